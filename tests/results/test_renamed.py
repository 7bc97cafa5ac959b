"""Names that changed: one list, its page, what is read under old names and written under new."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import gpusim
from gpusim.experiments.saved import runs
from gpusim.reports.figures import sensitivity_figures
from gpusim.reports.printed import bridge_report, compare_report, sensitivity_report, solve_report
from gpusim.results.stored import forms, renamed
from gpusim.results.stored.opened import open_run

ROOT = Path(__file__).parents[2]
MAPPING = renamed.mapping()
OLD_FOLDERS = ROOT / "tests/fixtures/before_renaming"
KINDS = ("compare", "morris", "sobol", "solve")
MODEL, SHORT = "single-site", "model.quarters=4"
TARIFF = "sites.*.tariff_usd_per_kwh*=0.8:1.2"
VARIED = (TARIFF, "gpus.*.capex_usd_per_gpu*=0.9:1.1")


def pairs(of: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every old name with its new one, of all levels of the file."""
    for key, value in of.items():
        if isinstance(value, dict):
            yield from pairs(value)
        else:
            yield key, value


def keys_of(value: Any) -> set[str]:
    """Every key of a JSON."""
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys_of(inner)}
    return {key for inner in value for key in keys_of(inner)} if isinstance(value, list) else set()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One answer of each kind, as its folder and as JSON."""
    place = tmp_path_factory.mktemp("written")
    options = {"sets": SHORT, "workers": 1}
    study = {"vary": VARIED, "metric": "cash", "reps": 4, **options}
    told = {
        "compare": gpusim.compare(
            MODEL,
            strategies=("none", "liquidity-first"),
            metrics="cash",
            satisfy=("shortfall<=0.05", "cash>=1"),
            reps=100,
            most=100,
            out=place / "compare",
            **options,
        ),
        "morris": gpusim.sensitivity(MODEL, method="morris", rows=4, out=place / "morris", **study),
        "tornado": gpusim.sensitivity(MODEL, out=place / "tornado", **study),
        "sobol": gpusim.sensitivity(MODEL, method="sobol", rows=8, out=place / "sobol", **study),
        "solve": gpusim.solve(
            MODEL,
            TARIFF.replace("0.8:1.2", "0.2:5"),
            "cash<60000000",
            reps=20,
            out=place / "solve",
            **options,
        ),
        "run": gpusim.run(MODEL, reps=2, engine="process", events=1, out=place / "run", **options),
    }
    bridge = gpusim.bridge(MODEL, metric="cash", to_sets="tax.rate=0.3", reps=4, **options)
    texts = {
        "compare": compare_report.text(told["compare"].found, place),
        "sensitivity": sensitivity_report.text(told["morris"].found, place),
        "sensitivity of variance": sensitivity_report.text(told["sobol"].found, place),
        "solve": solve_report.text(told["solve"].found, place),
        "bridge": bridge_report.text(bridge.found),
    }
    return {"folders": {name: one.path for name, one in told.items()}, "json": texts}


@pytest.fixture(scope="module")
def tables(written: dict[str, Any]) -> dict[str, set[str]]:
    """Columns of every table that was written, by its name."""
    columns: dict[str, set[str]] = {}
    for folder in written["folders"].values():
        for file in folder.glob("*.parquet"):
            columns.setdefault(file.stem, set()).update(pl.read_parquet_schema(file))
    return columns


def test_each_table_has_its_new_name_and_none_an_old_one(tables):
    assert set(MAPPING["tables"].values()) <= set(tables)
    assert set(MAPPING["tables"]) & set(tables) == set()


@pytest.mark.parametrize("table", MAPPING["columns"])
def test_each_column_has_its_new_name_and_none_an_old_one(table, tables):
    names = MAPPING["columns"][table]
    assert set(names.values()) <= tables[table]
    assert set(names) & tables[table] == set()


def test_each_word_is_written_as_it_is_now(written):
    ((column, words),) = MAPPING["values"]["conditions"].items()
    found = set(pl.read_parquet(written["folders"]["compare"] / "conditions.parquet")[column])
    assert found == {"probability", *words.values()}


@pytest.mark.parametrize("command", MAPPING["json"])
def test_each_key_of_json_has_its_new_name_and_none_an_old_one(command, written):
    told = [json.loads(text) for key, text in written["json"].items() if key.startswith(command)]
    keys = keys_of(told)
    assert set(MAPPING["json"][command].values()) <= keys
    assert set(MAPPING["json"][command]) & keys == set()


def test_manifests_say_no_old_name(written):
    old = {name for name, _ in pairs(MAPPING)}
    for folder in written["folders"].values():
        assert keys_of(json.loads((folder / "manifest.json").read_text())) & old == set()


def test_the_page_lists_every_name_and_no_other():
    page = (ROOT / "docs/renamed.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| ") and "`" in line]
    told = {tuple(cell.strip(" `") for cell in row.strip("|").split("|")[1:]) for row in rows}
    plain = {tuple(name.removesuffix(".parquet") for name in pair) for pair in told}
    assert plain == set(pairs(MAPPING))


def test_each_column_of_a_sheet_has_its_new_name_and_none_an_old_one(written):
    figure = sensitivity_figures.tornado(open_run(str(written["folders"]["tornado"])))
    names = MAPPING["sheets"]["tornado"]
    assert set(names.values()) <= set(figure.table.columns)
    assert set(names) & set(figure.table.columns) == set()


def test_no_new_name_is_an_old_one():
    for section in (
        MAPPING["tables"],
        *(own for key in ("columns", "sheets", "json") for own in MAPPING[key].values()),
    ):
        assert set(section) & set(section.values()) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_of_before_is_listed_and_reads_as_one_of_today(kind, tmp_path, written):
    shutil.copytree(OLD_FOLDERS / kind, tmp_path / kind)
    (row,) = runs.rows(tmp_path)
    assert (row.name, row.status, row.model) == (kind, "finished", MODEL)
    before, now = open_run(str(tmp_path / kind)), open_run(str(written["folders"][kind]))
    for file in now.path.glob("*.parquet"):
        assert before.has(file.stem)
        newer = forms.tables(now.manifest["kind"])[file.stem].newer
        columns = [name for name in now.table(file.stem).columns if name not in newer]
        assert before.table(file.stem).columns == columns, file.stem


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_of_before_makes_a_page_and_a_workbook(kind, tmp_path):
    folder = tmp_path / kind
    shutil.copytree(OLD_FOLDERS / kind, folder)
    page = gpusim.open_run(folder).report(tmp_path / "page.html")
    assert re.findall(r"worlds(?!\.parquet)|luck", Path(page).read_text()) == []


def test_a_folder_of_before_is_verified_by_what_its_tables_say_today(written, tmp_path):
    """Its hashes hold, and its tables are those of a repetition but for names."""
    aged = tmp_path / "aged"
    shutil.copytree(written["folders"]["compare"], aged)
    for old, new in MAPPING["tables"].items():
        (aged / f"{new}.parquet").rename(aged / f"{old}.parquet")
    for file in aged.glob("*.parquet"):
        back = {
            new: old
            for old, new in MAPPING["columns"].get(renamed.table_now(file.stem), {}).items()
        }
        frame = pl.read_parquet(file).rename(back, strict=False)
        if file.stem == "conditions":
            frame = frame.with_columns(pl.col("of").replace("replications", "worlds"))
        frame.write_parquet(file, compression="zstd", statistics=True, row_group_size=1 << 18)
    found = runs.compared(aged, written["folders"]["compare"])
    assert {one.verdict for one in found} == {runs.SAME}
    assert "worlds.parquet" in {one.file for one in found}
    worlds = aged / "worlds.parquet"
    pl.read_parquet(worlds).with_columns(cash=pl.col("cash") + 1).write_parquet(worlds)
    found = runs.compared(aged, written["folders"]["compare"])
    assert [one.file for one in found if one.verdict != runs.SAME] == ["worlds.parquet"]
