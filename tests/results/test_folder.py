"""A run folder is there whole or not at all, and its bytes follow from the figures alone."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from gpusim.results import periods, report_tables, tables
from gpusim.results.payload import stack
from gpusim.results.stored import folder
from gpusim.results.stored.folder import FolderExistsError
from tests.results.panels import MONTHS, payload

TABLE = {"sources": report_tables.provenance([])}


def names(path: Path) -> list[str]:
    return sorted(p.name for p in path.iterdir())


class NotWritableError(Exception):
    pass


class Broken(dict[str, str]):
    """Texts that fail to come after the tables are written."""

    def items(self):
        raise NotWritableError


def test_a_folder_appears_with_all_files(tmp_path: Path):
    path = folder.write(tmp_path / "a" / "run", {"kind": "run"}, TABLE, {})
    assert names(path) == ["manifest.json", "sources.parquet"]
    assert names(path.parent) == ["run"]


def test_a_failure_half_way_leaves_nothing(tmp_path: Path):
    with pytest.raises(NotWritableError):
        folder.write(tmp_path / "run", {}, TABLE, Broken())
    assert names(tmp_path) == []


def test_an_existing_folder_is_never_touched(tmp_path: Path):
    (tmp_path / "run").mkdir()
    with pytest.raises(FolderExistsError, match="exists already"):
        folder.write(tmp_path / "run", {}, TABLE, {})
    assert names(tmp_path) == ["run"]
    assert names(tmp_path / "run") == []


def test_a_generated_name_gives_way(tmp_path: Path):
    paths = [folder.write(tmp_path / "run", {}, TABLE, {}, rename_if_taken=True) for _ in range(3)]
    assert [p.name for p in paths] == ["run", "run-2", "run-3"]


def test_a_target_below_a_file_is_refused_at_once(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderExistsError, match="not a writable folder"):
        folder.refuse_existing(tmp_path / "file" / "run")


def test_names_sort_by_time():
    first = folder.default_name("m", "abcdef0", dt.datetime(2026, 1, 2, 3, 4, 5))
    second = folder.default_name("m", "0000000", dt.datetime(2026, 1, 2, 3, 4, 6))
    assert first == "20260102T030405Z-m-abcdef"
    assert first < second


def test_bytes_do_not_depend_on_the_order_of_arrival(tmp_path: Path):
    calendar = periods.quarters(dt.date(2025, 12, 31), MONTHS)
    contents = []
    for name, order in (("a", range(40)), ("b", reversed(range(40)))):
        panel = stack([payload(k) for k in order])
        files = {"statements": tables.statements(panel, calendar)}
        path = folder.write(tmp_path / name, {}, files, {})
        contents.append((path / "statements.parquet").read_bytes())
    assert contents[0] == contents[1]


def test_a_table_that_is_not_declared_is_told_once_it_is_kept(tmp_path):
    """gpusim's own fault: no reader takes it, and what was worked out is there all the same."""
    frame = pl.DataFrame({"surprise": [1]})
    with pytest.raises(folder.UndeclaredError, match="table surprise of a run is not declared"):
        folder.write(tmp_path / "run", {"kind": "run"}, {"surprise": frame}, {})
    assert pl.read_parquet(tmp_path / "run" / "surprise.parquet").equals(frame)
