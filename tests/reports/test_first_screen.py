"""The first screen of `gpusim run`: how long it is, that its figures are those of the files."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from gpusim.appraisal.returns import annualised, irr
from gpusim.reports.first_screen import lines as table
from gpusim.reports.first_screen import paragraphs, sentences
from gpusim.reports.first_screen.size import size_of
from gpusim.results.intervals import wilson
from gpusim.results.moves import OPENING_VINTAGE
from gpusim.results.verdict.chances import chance
from gpusim.scenario.reading.bundled import names
from tests.cases.reading import gpusim

FEW = ("--reps", "12", "-q")
CENTS = 100
WIDTHS = (60, 80, 140)
BUNDLED = sorted(names("operators"))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("screens")


@pytest.fixture(scope="module")
def screens(home):
    """The screen of each bundled model, in a pipe of no stated width; made once."""
    made: dict[str, list[str]] = {}

    def screen(model: str) -> list[str]:
        if model not in made:
            done = gpusim("run", model, *FEW, "--monthly", "--out", str(home / model))
            assert done.returncode == 0, done.stderr
            made[model] = [line.rstrip() for line in done.stdout.splitlines()]
        return made[model]

    return screen


@pytest.fixture(autouse=True)
def no_stated_width(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)


def verdict_of(screen: list[str]) -> list[str]:
    return screen[: screen.index("")]


def table_of(screen: list[str]) -> list[str]:
    """The lines of the table, without the note that may stand under it."""
    first = screen.index("") + 1
    lines = screen[first : screen.index("", first)]
    return lines[:-1] if lines[-1].startswith("DSCR of ") else lines


def sentence(screen: list[str], word: str) -> str:
    """The sentence of a word, its lines joined."""
    verdict = verdict_of(screen)
    first = next(n for n, line in enumerate(verdict) if line.startswith(f"{word} "))
    text = [verdict[first][paragraphs.INDENT :]]
    for line in verdict[first + 1 :]:
        if not line.startswith(" " * paragraphs.INDENT):
            break
        text.append(line.strip())
    return " ".join(text)


@pytest.mark.parametrize("model", BUNDLED)
def test_the_verdict_stands_in_twenty_lines_and_the_screen_in_forty_five(model, screens):
    screen = screens(model)
    assert len(verdict_of(screen)) <= 20
    assert len(screen) <= 45
    assert max(len(line) for line in screen if "/" not in line) <= 100
    assert not any("\x1b" in line for line in screen)


@pytest.mark.parametrize("model", BUNDLED)
def test_with_drawn_inputs_too(model, tmp_path):
    asked = ("--reps", "32", "-q", "--inputs", "drawn", "--out", str(tmp_path / "drawn"))
    done = gpusim("run", model, *asked)
    screen = [line.rstrip() for line in done.stdout.splitlines()]
    assert len(verdict_of(screen)) <= 20
    assert len(screen) <= 45
    assert any(line.startswith("Luck ") for line in screen)


@pytest.mark.parametrize("model", BUNDLED)
def test_every_word_in_front_of_a_line_is_in_the_glossary(model, screens):
    screen = screens(model)
    told = [line[: paragraphs.INDENT].strip() for line in verdict_of(screen)]
    start = next(n for n, word in enumerate(told) if word == "Shortfall")
    assert {word for word in told[start:] if word} <= set(sentences.WORDS)
    assert {"Covenants", "Lowest liquidity", "Backlog", "Money", "Equity", "What binds"} <= set(
        told
    )
    labels = {line[: table.LABEL].strip() for line in table_of(screen)[2:]}
    assert labels - {""} <= {*table.LINES.values(), "low", "high"}
    assert {"Revenue", "Cash", "DSCR"} <= labels


def frame(home: Path, model: str, name: str) -> pl.DataFrame:
    return pl.read_parquet(home / model / f"{name}.parquet")


@pytest.fixture(scope="module")
def told(home, screens):
    """What JSON says of the same replications."""

    made: dict[str, dict] = {}

    def verdict(model: str) -> dict:
        if model not in made:
            screens(model)
            done = gpusim("run", model, *FEW, "--json", "--out", str(home / f"{model}-json"))
            made[model] = json.loads(done.stdout)["verdict"]
        return made[model]

    return verdict


YEARS = {
    "2026Q2-4": ("2026Q2", "2026Q4"),
    **{f"FY{year}": (f"{year}Q1", f"{year}Q4") for year in range(2027, 2031)},
    "2031Q1": ("2031Q1", "2031Q1"),
}
"""Years of a model as of 31 March 2026 that runs for twenty quarters, and their quarters."""
PAIRED = ("hyperscaler-anchor", "sovereign-cloud")
"""Two such models, in which something stays unpaid and a covenant is broken."""


@pytest.mark.parametrize("model", PAIRED)
def test_chances_by_year_are_those_of_the_days_in_outcomes(model, home, told):
    verdict, outcomes = told(model), frame(home, model, "outcomes")
    columns = {"shortfall_first": verdict["shortfall_by_year"]} | verdict["breach_by_year"]
    assert len(columns) > 1
    for column, found in columns.items():
        years = outcomes[column].drop_nulls().dt.year().to_list()
        counts = [years.count(year) for year in range(2026, 2032)]
        assert sum(counts) > 0
        assert [one["period"] for one in found] == list(YEARS)
        assert [one["probability"] for one in found] == [count / 12 for count in counts]
        for count, one in zip(counts, found, strict=True):
            assert (one["ci_low"], one["ci_high"]) == pytest.approx(wilson(count, 12))


@pytest.mark.parametrize("model", PAIRED)
def test_what_is_said_of_chances_is_what_the_files_hold(model, home, screens):
    screen, outcomes = screens(model), frame(home, model, "outcomes")
    short = outcomes["shortfall"].sum() / 12
    assert f"stays unpaid in {percent(short)} of replications" in sentence(screen, "Shortfall")
    (column,) = (name for name in outcomes.columns if name.startswith("breach_"))
    broken = 1 - outcomes[column].null_count() / 12
    assert f"broken in {percent(broken)} (" in sentence(screen, "Covenants")
    for word, days in (("Shortfall", "shortfall_first"), ("Covenants", column)):
        years = outcomes[days].drop_nulls().dt.year().to_list()
        shares = {year: years.count(year) / 12 for year in range(2027, 2031)}
        for year, share in shares.items():
            said = f"FY{year} {percent(share)} (" in sentence(screen, word)
            assert said == (share > 0), (word, year)


def percent(share: float) -> str:
    """Of a multiple of a twelfth, as the screen has it."""
    return f"{share:.1%}" if 0 < share < 0.0995 else f"{share:.0%}"


@pytest.mark.parametrize("model", ["single-site", "coreweave-2025q4", "covenant-chain"])
def test_what_becomes_of_the_backlog_is_what_the_files_hold(model, home, told, screens):
    verdict, outcomes = told(model)["backlog"], frame(home, model, "outcomes")
    rows = frame(home, model, "backlog").filter(pl.col("vintage") == OPENING_VINTAGE)
    slipped = (
        rows.filter(pl.col("movement") == "slipped").group_by("replication").agg(pl.sum("cents"))
    )
    late = outcomes.join(slipped, on="replication", how="left")["cents"].fill_null(0).to_numpy()
    whole = outcomes["backlog_opening_convertible"].to_numpy()
    earned = outcomes["backlog_opening_recognised"].to_numpy() / whole
    lost = outcomes["backlog_opening_lost"].to_numpy() / whole
    assert verdict["recognised"] == pytest.approx(earned.mean())
    assert verdict["lost"] == pytest.approx(lost.mean())
    assert verdict["late"] == pytest.approx((late / whole).mean(), abs=1e-12)
    assert verdict["planned"] == pytest.approx((earned + lost + late / whole).mean())
    assert 0 < verdict["planned"] < 1 + 1e-9
    said = sentence(screens(model), "Backlog")
    assert f"signed {earned.mean():.1%} on average" in said
    assert f"planned; {lost.mean():.1%} is lost" in said


@pytest.mark.parametrize("model", ["single-site", "coreweave-2025q4", "covenant-chain"])
def test_where_the_money_comes_from_and_goes_is_that_of_the_statements(model, home, told, screens):
    """Cash in less cash out is the change in cash; cover by year from the months of each."""
    found = told(model)["money"]
    months = frame(home, model, "statements_monthly")

    def mean(name: str) -> float:
        sums = months.group_by("replication").agg(pl.sum(name))[name]
        return sums.mean() / CENTS

    for name, column in (
        ("debt_drawn", "debt_drawn_cash"),
        ("equity_raised", "equity_raised"),
        ("debt_repaid", "debt_repaid_cash"),
    ):
        assert abs(found[name]) == pytest.approx(abs(mean(column)))
    out = ("capex", "interest", "debt_costs", "debt_repaid")
    left = found["operations"] + found["debt_drawn"] + found["equity_raised"]
    left -= sum(found[name] for name in out)
    flows = ("operating_cash_flow", "investing_cash_flow", "financing_cash_flow")
    change = sum(map(mean, flows)) + mean("transfer_to_reserves")
    assert left == pytest.approx(change, abs=1.0)
    said = sentence(screens(model), "Money")
    notes = re.search(r"\(([\d.,]+) by notes", said)
    assert (notes is not None) == (model == "coreweave-2025q4")  # the one that may issue some
    if notes:
        assert notes[1] == f"{found['notes_raised'] / 1e9:,.2f}"
        assert found["notes_raised"] < found["debt_drawn"]
    (row,) = (line for line in table_of(screens(model)) if line.startswith("DSCR"))
    words = row[table.LABEL :].replace("(", "-").replace(")", "").split()
    cover = [float(word) for word in words if word != "-"]
    assert len(cover) == found["years_with_service"]
    assert sum(ratio >= 1 for ratio in cover) == found["years_covered"]
    count = found["years_covered"] or "none"
    assert said.endswith(f"debt service is covered in {count} of {len(cover)} years")


@pytest.mark.parametrize("model", ["single-site", "coreweave-2025q4", "spot-heavy"])
def test_equitys_return_is_that_of_the_statements(model, home, told, screens):
    """Its flows by month, and the root of their present value by the other finder of roots."""
    found = told(model)["equity"]
    months = frame(home, model, "statements_monthly").sort("replication", "period")
    multiples, rates = [], []
    for _, own in months.group_by("replication", maintain_order=True):
        first = own.row(0, named=True)
        paid_in = first["net_income"] + first["stock_compensation"] + first["equity_raised"]
        flows = -own["equity_raised"].to_numpy().astype(float)
        flows = np.concatenate([[float(paid_in - first["equity"])], flows])
        value = 0.0 if own["firm_ended"].any() else max(float(own["equity"][-1]), 0.0)
        multiples.append(value / -flows.sum())
        flows[-1] += value
        rate = irr(flows).value
        rates.append(-1.0 if rate is None else annualised(rate, 12))
    for name, own in (("multiple", multiples), ("irr", rates)):
        wanted = np.percentile(own, (10, 50, 90))
        assert [found[name][p] for p in ("p10", "p50", "p90")] == pytest.approx(wanted, abs=1e-7)
    assert found["book"]["equity"] == pytest.approx(
        months.group_by("replication").agg(pl.last("equity"))["equity"].mean() / CENTS
    )
    parts = found["book"]
    assert parts["cash"] + parts["hardware"] - parts["debt"] + parts["other"] == pytest.approx(
        parts["equity"]
    )
    said = sentence(screens(model), "Equity")
    assert said.startswith(f"{np.median(multiples):.2f}x")
    assert f"IRR {np.median(rates):.1%}" in said
    assert "a year (medians): " in said


@pytest.mark.parametrize("model", PAIRED)
def test_the_table_by_year_is_that_of_the_statements(model, home, screens):
    """Medians over replications of sums over quarters, of balances at the end; hand over hand."""
    screen, statements = screens(model), frame(home, model, "statements")
    shown = table_of(screen)
    unit, decimals = (1e6, 0) if shown[0].startswith("USD m") and model == PAIRED[0] else (1e6, 1)
    assert shown[1].split() == list(YEARS)
    for label, name, flow in (
        ("Revenue", "revenue", True),
        ("Net income", "net_income", True),
        ("Capex, cash", "capex_cash", True),
        ("Cash", "cash", False),
        ("Debt, principal", "debt_principal", False),
    ):
        wanted = []
        for first, last in YEARS.values():
            own = statements.filter(pl.col("period").is_between(pl.lit(first), pl.lit(last)))
            own = (
                own.sort("period")
                .group_by("replication")
                .agg(pl.sum(name) if flow else pl.last(name))
            )
            wanted.append(written(np.median(own[name].to_numpy()) / CENTS / unit, decimals))
        (row,) = (line for line in shown if line[: table.LABEL].strip() == label)
        assert row[table.LABEL :].split() == [text for text in wanted if text]


def written(figure: float, decimals: int) -> str:
    text = f"{abs(figure):,.{decimals}f}"
    if not text.strip("0.,"):
        return ""
    return f"({text})" if figure < 0 else text


@pytest.mark.parametrize("model", ["single-site", "spot-heavy"])
def test_the_lowest_liquidity_is_that_of_outcomes(model, home, screens):
    screens(model)
    outcomes = frame(home, model, "outcomes")
    median = float(np.median(outcomes["liquidity_lowest"].to_numpy())) / CENTS
    quarters = outcomes["liquidity_lowest_period"].to_list()
    said = sentence(screens(model), "Lowest liquidity")
    decimals = 0 if model == "single-site" else 1
    assert said.startswith(f"USD {median / 1e6:,.{decimals}f}m (80% band ")
    assert quarters.count(said.split()[-1]) == max(map(quarters.count, quarters))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("model", ["coreweave-2025q4", "single-site"])
def test_a_screen_is_as_wide_as_it_is_said_to_be(model, width, home, screens, monkeypatch):
    """Narrow ones have the years below each other; every figure stands whole."""
    monkeypatch.setenv("COLUMNS", str(width))
    done = gpusim("run", model, *FEW, "--out", str(home / f"{model}-{width}"))
    screen = [line.rstrip() for line in done.stdout.splitlines()]
    shown = [line for line in screen if "/" not in line and not line.startswith("  gpusim")]
    assert max(map(len, shown)) <= width
    figures = re.compile(r"\(?[\d,]+\.?\d*[%x)]?")
    plain = verdict_of(screens(model))
    assert figures.findall(" ".join(verdict_of(screen))) == figures.findall(" ".join(plain))
    years = [word for line in screen for word in line.split() if re.fullmatch(r"FY\d{4}", word)]
    assert {"FY2027", "FY2030"} <= set(years)
    if width > 100:
        assert len(screen) <= 45


@pytest.mark.parametrize("width", [40, 50])
def test_a_small_screen_tells_what_may_be_broken_and_says_bands_where_there_are(
    width, home, screens, monkeypatch
):
    plain = " ".join(screens(PAIRED[0]))
    monkeypatch.setenv("COLUMNS", str(width))
    done = gpusim("run", PAIRED[0], *FEW, "--out", str(home / f"small-{width}"))
    screen = " ".join(done.stdout.split())
    broken = re.findall(r"broken in [\d.]+%", plain)
    assert broken
    assert re.findall(r"broken in [\d.]+%", screen) == broken
    shown = table_of([line.rstrip() for line in done.stdout.splitlines()])
    low = any(line.strip().startswith("low") or " - " in line for line in shown)
    assert ("80% band;" in " ".join(shown)) == low
    assert ", median" in " ".join(shown)


def test_the_longest_run_fits(tmp_path):
    """Ten years: no room for bands, or for every line."""
    sets = ("--set", "model.quarters=40")
    done = gpusim("run", "single-site", *FEW, *sets, "--out", str(tmp_path / "long"))
    screen = [line.rstrip() for line in done.stdout.splitlines()]
    assert len(verdict_of(screen)) <= 20
    assert len(screen) <= 45
    told = " ".join(table_of(screen)[1:])
    assert re.findall(r"FY\d{4}", told) == [f"FY{year}" for year in range(2027, 2036)]


def test_a_cover_before_any_revenue_says_what_it_measures(tmp_path):
    """Interest on 196m of cash against fees on 304m that are not drawn yet; then it bills."""
    made = gpusim("new", "mine", "--yes", "--as-of", "2026-09-30", cwd=tmp_path)
    assert made.returncode == 0
    done = gpusim("run", "mine.toml", *FEW, "--out", "run", cwd=tmp_path)
    assert len(done.stdout.splitlines()) <= 45
    (note,) = [line for line in done.stdout.splitlines() if line.startswith("DSCR of ")]
    assert note.startswith("DSCR of 2026Q4: no revenue yet; interest earned less costs, over fees")
    statements = pl.read_parquet(tmp_path / "run" / "statements.parquet")
    assert statements.filter(period="2026Q4")["revenue"].sum() == 0
    assert statements.filter(period="2027Q4")["revenue"].min() > 0


def test_one_replication_has_no_band(tmp_path):
    asked = ("--reps", "1", "-q", "--out", str(tmp_path / "one"))
    screen = gpusim("run", "single-site", *asked).stdout.splitlines()
    assert "one replication, seed 1" in screen[1]
    assert "band" not in " ".join(table_of([line.rstrip() for line in screen]))
    assert not any(line.strip() == "low" for line in screen)


def test_more_is_shown_where_it_is_asked_for(tmp_path):
    def run(*asked: str) -> str:
        out = str(tmp_path / "-".join(asked).replace(",", ""))
        done = gpusim("run", "single-site", *FEW, *asked, "--out", out)
        assert done.returncode == 0, done.stderr
        return done.stdout

    quarters = table_of([line.rstrip() for line in run("--quarterly").splitlines()])
    names = re.findall(r"20\d\dQ\d", "\n".join(quarters))
    assert len(names) == len(set(names)) == 24
    chosen = table_of([one.rstrip() for one in run("--lines", "rent,dscr.ddtl").splitlines()])
    labels = [line[: table.LABEL].strip() for line in chosen[2:]]
    assert list(dict.fromkeys(labels)) == ["rent", "low", "high", "dscr.ddtl"]
    full = run("--full")
    for words in ("Opening backlog, USD m", "General and administrative", "Liquidity", "Covenants"):
        assert words in full


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--lines", "revenu"), "nearest valid name: revenue"),
        (("--lines", "revenue,dscr.dtl"), "nearest valid name: dscr.ddtl"),
        (("--lines", ","), "no name"),
        (("--lines", "shortfall"), "found shortfall, a figure of a whole replication"),
        (("--lines", "CASH"), "nearest valid name: cash"),
        (("--lines", "cash", "--full"), "--full prints all lines"),
        (("--quarterly", "--json"), "--json prints all"),
    ],
)
def test_a_line_that_is_none_is_refused_before_anything_is_run(asked, said, tmp_path):
    done = gpusim("run", "single-site", *FEW, *asked, "--out", str(tmp_path / "none"))
    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("\u2502", " ").split())
    assert not (tmp_path / "none").exists()


def test_the_commands_to_go_on_with_are_commands(home, screens):
    """As they are printed; the sensitivity of one input, for that of all takes long."""
    commands = [line.strip() for line in screens("single-site") if line.startswith("  gpusim ")]
    assert len(commands) == 3
    for command in commands:
        words = shlex.split(command)[1:]
        if words[0] == "sensitivity":
            vary = "contracts.anchor.price_usd_per_gpu_hour*=0.9:1.1"
            words += ["--vary", vary, "--reps", "2", "--out", str(home / "moves"), "-q"]
        done = gpusim(*words)
        assert done.returncode == 0, (command, done.stderr)


def test_a_model_from_stdin_goes_on_from_its_folder(tmp_path, monkeypatch):
    """What came in cannot be read again; the folder has the scenario."""
    from gpusim.experiments.run.run import Request, RunResult
    from gpusim.reports.first_screen.screen import ending

    class Result:
        path, metrics = tmp_path / "run", ()
        request = Request("-", sets=("model.quarters=4",))

    asked: RunResult = Result()  # type: ignore[assignment]
    told = [str(line) for line in ending(asked, "2026Q3", 0, 100)]
    assert told[-1].split()[2] == f"{tmp_path / 'run'}/scenario.toml"
    assert "--set" not in told[-1]


@pytest.mark.parametrize("model", ["spot-heavy", "single-site"])
def test_the_replication_to_explain_is_one_that_is_lowest_in_that_quarter(model, home, screens):
    """Its own lowest quarter is the one that is named, and half of those there are no lower."""
    (command,) = (line for line in screens(model) if line.strip().startswith("gpusim explain"))
    words = shlex.split(command)
    period = words[words.index("--period") + 1]
    rep = int(words[words.index("--rep") + 1]) if "--rep" in words else 0
    outcomes = frame(home, model, "outcomes").sort("replication")
    of_it = outcomes.filter(pl.col("liquidity_lowest_period") == period)
    own = of_it.filter(pl.col("replication") == rep)["liquidity_lowest"]
    assert len(own) == 1
    below = (of_it["liquidity_lowest"] < own[0]).sum()
    assert below <= len(of_it) / 2 <= len(of_it) - below


def covenant(number: int, probability: float) -> dict:
    low, high = wilson(round(12 * probability), 12)
    return {
        "facility": f"loan-{number}",
        "test": "dscr",
        "scope": "operator",
        "minimum": 1.2,
        "reached": True,
        "breach_probability": probability,
        "breach_ci_low": low,
        "breach_ci_high": high,
    }


@pytest.mark.parametrize("width", [40, 50, 100])
@pytest.mark.parametrize("room", [1, 6])
def test_of_many_covenants_those_that_may_be_broken_are_never_left_out(width, room):
    """The likeliest first, in one sentence; what is never broken is counted where it is long."""
    rows = [covenant(n, max(n, 0) / 12) for n in range(-5, 13)]
    years = {f"breach_dscr_loan-{n}": [] for n in range(1, 13)}
    told = {"breach_by_year": years, "breach_of_any": chance([1] * 12, None)}
    found = sentences._covenant_lines({"covenants": rows}, told, size_of(1e9), width, room)
    lines = [str(line) for line in found]
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    places = [text.index(f"loan-{n}, DSCR of at least 1.20x: broken in") for n in range(12, 0, -1)]
    assert places == sorted(places)
    assert "never broken" not in text
    assert text.endswith("and 1 more, see --full")


def test_where_years_do_not_fit_every_covenant_is_told_without_them():
    rows = [covenant(n, n / 12) for n in range(1, 5)]
    year = [
        {"period": "FY2027", **chance([1] + [0] * 11, None)},
        {"period": "FY2028", **chance([0] * 12, None)},
    ]
    years = {f"breach_dscr_loan-{n}": year for n in range(1, 5)}
    told = {"breach_by_year": years, "breach_of_any": chance([1] * 12, None)}

    def lines(room: int) -> list[str]:
        found = sentences._covenant_lines({"covenants": rows}, told, size_of(1e9), 100, room)
        return [str(line) for line in found]

    assert sum("FY2027" in line for line in lines(9)) == 4
    assert [f"loan-{4 - n}," in line for n, line in enumerate(lines(4))] == [True] * 4
    assert not any("FY2027" in line for line in lines(4))
    joined = " ".join(" ".join(lines(3)).split())
    assert [joined.count(f"loan-{n}, DSCR") for n in range(1, 5)] == [1] * 4
    assert "more, see --full" not in joined


def test_the_table_shows_less_rather_than_more_lines():
    """Bands of all, of fewer lines; their ends on rows of their own; none; fewer lines."""
    wide = np.array([1234.0, 2345.0])
    own = [
        table.Line(name, label, wide - 1, wide, wide + 1, size_of(2e9).show)
        for name, label in table.LINES.items()
    ]
    two = ("FY2027", "FY2028")
    shown = {room: table.choose(two, own, 100, room) for room in (23, 18, 12, 7)}
    assert [len(rows) for rows in shown.values()] == [11, 11, 11, 6]
    assert [sum(row.low is not None for row in rows) for rows in shown.values()] == [11, 6, 0, 0]
    eight = tuple(f"FY{year}" for year in range(2027, 2035))
    longer = [
        one._replace(low=np.tile(one.low, 4), middle=np.tile(wide, 4), high=np.tile(one.high, 4))
        for one in own
    ]
    rows = table.choose(eight, longer, 100, 20)
    assert [row.label for row in rows].count("  low") == 4
    assert table.height(eight, rows, 100) == 20
