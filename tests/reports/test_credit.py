"""The credit memo: its figures are the folder's, what a folder holds is text, and it prints."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from fractions import Fraction
from io import StringIO

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from gpusim.experiments.run import run as experiment
from gpusim.experiments.run.run import Request
from gpusim.reports.credit import sections, write
from gpusim.reports.credit.cells import Cell, of_happened, of_spread
from gpusim.reports.credit.lending import debt, paired, repaid
from gpusim.reports.credit.sections import dollars
from gpusim.reports.first_screen.sentences import wrapped
from gpusim.reports.quantity import Quantity
from gpusim.results.credit import downside as comparing
from gpusim.results.credit import memo as making
from gpusim.results.credit.by_date import counted, without_room
from gpusim.results.credit.happened import Happened
from gpusim.results.credit.loans import Terms, one_loan
from gpusim.results.credit.spreads import Spread
from gpusim.results.figures import OUTCOMES
from gpusim.results.intervals import wilson
from gpusim.results.metrics import METRICS
from gpusim.results.replications.sources_and_uses import SOURCES, USES
from gpusim.results.stored.opened import NotARunError, open_run
from gpusim.scenario.reading.bundled import path_of
from tests.cases.reading import gpusim
from tests.engines.build import STEPS
from tests.reports.test_report import Reader
from tests.security.folders import forge

REPS = 12
MODEL = "covenant-chain"
NASTY = 'A <script>alert(1)</script>\n & "title" \x1b[2J'


def played(out, model=MODEL, **asked):
    own = {"reps": REPS, "seed": 1} | asked
    experiment.run(Request(model, out=out, command=("gpusim", "run", model), **own))
    return open_run(str(out))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return played(tmp_path_factory.mktemp("credit") / "base")


@pytest.fixture(scope="module")
def worse(tmp_path_factory):
    sets = ("sites.*.tariff_usd_per_kwh*=3",)
    return played(tmp_path_factory.mktemp("credit") / "worse", sets=sets)


@pytest.fixture(scope="module")
def memo(run, worse):
    return making.of_run(run, worse)


def section(memo, key):
    return next(one for one in sections.of(memo).sections if one.key == key)


def screen(run, downside=None, width=100):
    told = StringIO()
    write.show(run, downside, Console(file=told, width=width, markup=False, highlight=False))
    return told.getvalue()


def page_of(run, downside=None):
    reader = Reader()
    text = write.html(run, downside)
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader, text


def test_the_page_has_no_script_and_asks_for_nothing(run, worse):
    reader, text = page_of(run, worse)
    assert reader.links == []
    assert re.findall(r"<script|url\(|@import|https?://|src=|href=", text) == []
    assert "default-src 'none'" in text


def test_means_of_sources_and_uses_are_the_folder_s_to_the_cent(memo, run):
    table = run.table("sources_and_uses")
    for side, told in ((SOURCES, memo.capital.sources), (USES, memo.capital.uses)):
        for part, amount in zip(side, told, strict=True):
            cents = table[part.name].to_list()
            assert amount.mean == float(Fraction(sum(cents), REPS) / 100)
            assert amount.p90 == pytest.approx(np.percentile(cents, 90) / 100)
    assert memo.capital.total_sources == memo.capital.total_uses
    assert memo.capital.untied == 0
    whole = dollars(memo.capital.total_uses)
    assert f"Both are USD {whole} in the mean" in section(memo, "uses").notes[0]


def test_a_folder_whose_sides_differ_says_so(run, tmp_path):
    path = tmp_path / "forged"
    shutil.copytree(run.path, path)
    table = pl.read_parquet(path / "sources_and_uses.parquet")
    first = pl.int_range(pl.len()) == 0
    changed = table.with_columns(pl.col("capex") + pl.when(first).then(1).otherwise(0))
    changed.write_parquet(path / "sources_and_uses.parquet")
    forge(path, lambda manifest: None)
    found = making.of_run(open_run(str(path)))
    tie, _ = section(found, "uses").notes
    assert tie == f"The two sides differ in 1 of {REPS} replications."


def test_debt_owed_at_the_end_adds_up_to_the_outcomes(memo, run):
    debt = run.table("outcomes")["debt_ending"].mean() / 100
    assert sum(loan.owed for loan in memo.loans) + memo.owed_by_others == pytest.approx(debt)
    terms = run.scenario()["debt"]
    for loan in memo.loans:
        if loan.name in terms:
            assert loan.terms.matures == terms[loan.name]["maturity"]
            assert loan.terms.margins == (terms[loan.name]["margin"],) * 2
            assert loan.recourse == terms[loan.name]["recourse"]


def test_covenants_by_date_are_the_metrics_and_the_days_of_outcomes(memo, run):
    metrics, outcomes = run.table("metrics"), run.table("outcomes")
    assert memo.by_date.covenants
    for one in memo.by_date.covenants:
        name = f"headroom.{one.facility}.{one.test}"
        days = outcomes[f"breach_{one.test}_{one.facility}"]
        for place, date in enumerate(memo.by_date.dates):
            values = metrics.filter(period=date)[name].drop_nulls()
            assert one.headroom[place].n == len(values)
            if len(values):
                assert one.headroom[place].p50 == pytest.approx(values.median())
            year, quarter = int(date[:4]), int(date[-1])
            last = pl.date(year, 3 * quarter, 1).dt.month_end()
            count = pl.select((pl.lit(days) <= last).sum()).item()
            by_then = one.broken[place]
            assert by_then.times == count
            assert (by_then.low, by_then.high) == wilson(count, REPS)
        assert one.in_all.times == days.is_not_null().sum()


def test_a_dscr_held_against_its_limit_is_the_dscr_of_the_metrics(memo, run):
    metrics = run.table("metrics")
    tested = [one for one in memo.by_date.covenants if one.test == "dscr"]
    assert tested
    for one in tested:
        name = "dscr" if one.scope == "operator" else f"dscr.{one.facility}"
        for date, figure in zip(memo.by_date.dates, one.figures, strict=True):
            kept = metrics.filter(period=date).drop_nulls(f"headroom.{one.facility}.dscr")
            if figure.n:
                assert figure.p50 == pytest.approx(kept[name].median(), rel=1e-6)


def test_the_base_and_the_downside_are_what_their_folders_say(memo, run, worse):
    for one in memo.figures:
        for told, folder in ((one.base, run), (one.downside, worse)):
            row = folder.table("outcome_summary").filter(metric=one.name)
            if row.is_empty() or not row["n"][0]:
                assert np.isnan(told.mean)
                continue
            assert told.mean == pytest.approx(row["mean"][0], rel=1e-12)
            assert told.how == row["ci_by"][0]
            if row["ci_low"][0] is not None:
                ends = (row["ci_low"][0], row["ci_high"][0])
                assert (told.low, told.high) == pytest.approx(ends)
        both = [comparing.figures(folder, one.name) for folder in (run, worse)]
        assert one.difference.mean == pytest.approx(np.nanmean(both[1] - both[0]), nan_ok=True)
    assert any(one.difference.mean for one in memo.figures), "the downside moves nothing"


def test_every_figure_of_base_and_downside_has_a_name():
    assert set(sections.LABELS) == set(comparing.FIGURES)
    assert set(comparing.FIGURES) <= set(OUTCOMES)


@pytest.fixture(scope="module")
def living(tmp_path_factory):
    """A firm that no model lets end."""
    return played(tmp_path_factory.mktemp("credit") / "living", "single-site")


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """The same firm, whose power costs ten times as much, and which ends when it does not pay."""
    sets = (
        "operator.default_after_months=1",
        "operator.forced_sale_share=0.5",
        "sites.*.tariff_usd_per_kwh*=10",
    )
    return played(tmp_path_factory.mktemp("credit") / "ended", "single-site", sets=sets)


def row_of(memo, key, label):
    return next(row for row in section(memo, key).rows if row.label == label)


def test_default_is_asked_of_each_run_by_itself(living, ended):
    """Of a base in which no firm ends default is not known, of its downside it is, and back."""
    notes = {}
    for base, downside, asked in ((living, ended, (False, True)), (ended, living, (True, False))):
        memo = making.of_run(base, downside)
        cells = row_of(memo, "compared", "Chance that the firm ends").cells
        assert [cell.text != "not asked" for cell in cells] == [*asked, True]
        assert cells[2].text == "-"
        loan = row_of(memo, "default", "ddtl").cells
        assert [loan[place].text != "not asked" for place in (0, 3)] == list(asked)
        notes[asked] = " ".join(section(memo, "default").notes)
    assert "Not asked, of loans with recourse, base: " in notes[False, True]
    assert "Not asked, of loans with recourse, downside: " in notes[True, False]


def test_firms_that_have_ended_are_told_of_where_figures_stand_by_date(living, ended):
    gone = ended.table("outcomes")["defaulted"].is_not_null().sum()
    assert gone > 0, "no firm ends"
    notes = section(making.of_run(ended), "tests").notes
    assert any(f"In {gone} of {REPS} replications the firm has ended" in note for note in notes)
    assert not any("has ended" in n for n in section(making.of_run(living), "tests").notes)


def test_of_how_many_replications_a_figure_is(ended, living):
    """Each cell of a figure that is null in some replications says of how many it is."""
    partly = 0
    for run in (ended, living):
        metrics, memo = run.table("metrics"), making.of_run(run)
        for name, label in (("dscr", "DSCR of the firm"), ("ltv", "LTV on book value")):
            cells = row_of(memo, "tests", label).cells[:-1]
            for date, cell in zip(memo.by_date.dates, cells, strict=True):
                there = len(metrics.filter(period=date)[name].drop_nulls())
                assert cell.of == (f"{there} of {REPS}" if 0 < there < REPS else "")
                assert (cell.text == "-") == (there == 0)
                partly += bool(cell.of)
    assert partly, "no figure is of some replications only"


def test_of_how_many_replications_by_hand():
    cell = of_spread(Spread(20, 0.0, 0.0, 0.0), Quantity("USD m", 1e6, 1), 100)
    assert cell == ("0.0", "", "20 of 100")
    assert of_spread(Spread(100, 1e6, 2e6, 3e6), Quantity("USD m", 1e6, 1), 100).of == ""


def test_a_debt_over_no_earnings_is_no_figure_by_hand():
    """Of 11 firms with at most 3.00x two earn nothing, one has 6.00x or more, eight 3.00x to 1.50x.

    Their headrooms: -1 three times, 0 five times, 50% three times. The second highest of eleven is
    the 90% end, the sixth the median, the tenth the 10% end.
    """
    figures = [-1.0] * 3 + [0.0] * 5 + [0.5] * 3
    table = pl.DataFrame({"period": ["2027Q1"] * 11 + ["2027Q2"], "h": [*figures, -1.0]})
    roomless = without_room(table, "h", ["2027Q1", "2027Q2", "2027Q3"])
    assert roomless == [3, 1, 0]
    spread = Spread(11, *(float(p) for p in np.percentile(figures, (10, 50, 90))))
    told = counted(spread, "leverage", 3.0, roomless[0])
    assert told == (11, 1.5, 3.0, float("inf"))
    cell = of_spread(told, Quantity("ratio", 1.0, 2, "x"), 11, "6.00x+")
    assert cell[:2] == ("3.00x", "1.50x to 6.00x+")


@pytest.mark.parametrize(("n", "roomless", "beyond"), [(11, 1, 0), (11, 2, 1), (10, 1, 1)])
def test_no_figure_is_made_of_headrooms_that_are_none(n, roomless, beyond):
    """Of ten, the 90% end lies between the worst and the next: between nothing and a figure."""
    figures = [-1.0] * roomless + [0.0] * (n - roomless)
    spread = Spread(n, *(float(p) for p in np.percentile(figures, (10, 50, 90))))
    told = counted(spread, "ltv", 0.8, roomless)
    assert [np.isinf(figure) for figure in told[1:]] == [False, False, bool(beyond)]


def test_cover_below_nothing_is_told_of(memo):
    """Cash for debt service of -0.9x has the headroom of 0, -100%: so 0.00x may be less."""
    one = next(one for one in memo.by_date.covenants if one.test == "dscr")
    lost, some = Spread(4, -1.0, 0.0, 0.5), Spread(4, -0.9, 0.0, 0.5)

    def told(test: str, room: Spread) -> bool:
        figures = [counted(room, test, 1.2, int(room.p10 == -1.0))]
        tested = one._replace(test=test, figures=figures, headroom=[room])
        found = memo.by_date._replace(covenants=[tested])
        notes = section(memo._replace(by_date=found), "tests").notes
        return "A figure of 0 whose headroom is (100.0%) is 0 or below." in notes

    assert counted(lost, "dscr", 1.2, 1).p10 == 0.0
    assert [told("dscr", lost), told("dscr", some), told("ltv", lost)] == [True, False, False]


def test_ltv_on_market_value_says_what_is_valued_and_what_stands_in_the_books(memo):
    """In a model that states resale prices it is a row; where it is none nothing is said of it."""
    text = " ".join(section(memo, "tests").notes)
    assert f"LTV on market value: {METRICS['ltv_market'].meaning}; what is not named" in text
    assert "and buildings without a cap_rate too, counts at book value, which is no" in text
    lines = [one for one in memo.by_date.lines if one.label != "LTV on market value"]
    bare = memo._replace(by_date=memo.by_date._replace(lines=lines))
    assert "no market value" not in " ".join(section(bare, "tests").notes)


def test_the_lowest_cover_is_named_by_what_it_counts(memo):
    labels = [row.label for row in section(memo, "compared").rows]
    assert sections.FROM_TEST in labels
    assert sections.LABELS["dscr_lowest"] not in labels
    bare = memo._replace(by_date=memo.by_date._replace(covenants=[]))
    labels = [row.label for row in section(bare, "compared").rows]
    assert sections.LABELS["dscr_lowest"] in labels


def test_shocks_are_told_by_their_titles(run, tmp_path):
    """Of a bundled one and of a file, whose title holds what a page would obey."""
    own, nasty = tmp_path / "own.toml", NASTY.partition("\x1b")[0]
    change = '[[change]]\npath = "sites.*.tariff_usd_per_kwh"\ntimes = 2.0\n'
    head = f"[shock]\ntitle = {json.dumps(nasty)}\nas_of = 2026-01-31\n"
    own.write_text(f'{head}source = "made up"\n{change}')
    shocked = played(tmp_path / "run", shocks=("memory-inflation", str(own)))
    bundled = tomllib.loads(path_of("shocks", "memory-inflation").read_text())
    told = sections.of(making.of_run(run, shocked)).changes
    titles = f"shock memory-inflation ({bundled['shock']['title']}), "
    titles += f"shock {own} ({' '.join(nasty.split())})"
    assert told == ["Base: the model as it is.", f"Downside: {titles}."]
    assert "<script>" not in page_of(run, shocked)[1]


def test_covenants_without_room_are_told_of(memo):
    assert memo.untold == 0
    notes = section(memo._replace(untold=2), "compared").notes
    assert "First breaches of 2 further covenants are in outcomes.parquet." in notes


def test_what_nothing_can_be_drawn_of_has_no_commitment(memo):
    bare = memo._replace(loans=[loan._replace(commitment=0.0) for loan in memo.loans])
    rows = section(bare, "debt").rows
    assert {row.cells[0].text for row in rows[:-1]} == {"-"}
    assert rows[-1].cells[0].text == ""


def test_default_and_recovery_are_those_of_facilities(ended):
    """A firm whose power costs ten times as much does not live; its lenders get a part."""
    run, found = ended, making.of_run(ended)
    rows = run.table("facilities").filter(facility="ddtl")
    loan = next(one for one in found.loans if one.name == "ddtl")
    hit = rows.filter(pl.col("claim") > 0)
    assert hit.height > 0, "no default to tell of"
    assert loan.defaults == hit.height
    assert (loan.default.low, loan.default.high) == wilson(hit.height, REPS)
    assert loan.claim == pytest.approx(hit["claim"].mean() / 100)
    assert 0 <= loan.recovered.low <= loan.recovered.high <= 1 or loan.recovered.how == "alike"
    assert loan.recovered.mean == pytest.approx((hit["recovered"] / hit["claim"]).mean())
    row = next(row for row in section(found, "default").rows if row.label == "ddtl")
    assert row.cells[0].text == f"{hit.height / REPS:.1%}"


def test_a_run_without_loans_says_so(tmp_path):
    run = played(tmp_path / "run", "single-site", sets=())
    path = tmp_path / "bare"
    shutil.copytree(run.path, path)
    for name in ("facilities", "covenants"):
        pl.read_parquet(path / f"{name}.parquet").clear().write_parquet(path / f"{name}.parquet")
    forge(path, lambda manifest: None)
    bare = open_run(str(path))
    told = screen(bare)
    assert "The model has no loan." in told
    assert "No loan of the model has a covenant." in told
    assert "Facility" not in told
    assert "The model has no loan." in page_of(bare)[1]


def test_what_a_received_folder_holds_is_text(run, tmp_path):
    path = tmp_path / "received"
    shutil.copytree(run.path, path)

    def change(manifest):
        manifest["title"] = manifest["model"] = NASTY
        manifest["shocks"] = [NASTY]

    forge(path, change)
    for name in ("facilities", "covenants"):
        table = pl.read_parquet(path / f"{name}.parquet")
        nasty = table.with_columns(pl.lit("<b>\n\x1b[31mx") + pl.col("facility").alias("facility"))
        nasty.with_columns(facility=pl.lit("<b>\n\x1b[31m") + table["facility"]).select(
            table.columns
        ).write_parquet(path / f"{name}.parquet")
    forge(path, change)
    received = open_run(str(path))
    reader, text = page_of(received)
    assert "<script" not in text
    assert "<b>" not in text
    assert "\x1b" not in text
    assert "A <script>alert(1)</script> & " in " ".join(" ".join(reader.text).split())
    told = screen(received)
    assert "\x1b" not in told
    title = next(line for line in told.splitlines() if "Credit memo" in line)
    assert "<script>alert(1)</script>" in title
    done = gpusim("report", str(path), "--credit", "--text")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout


def test_no_figure_is_cut_at_any_width(memo, run, worse):
    """Digits of a table printed are those of its cells, on screens that show all dates or fewer."""
    tables = {key: section(memo, key) for key in ("sources", "uses", "debt", "compared")}
    cells = [
        text
        for one in tables.values()
        for row in one.rows
        for text in (row.label, *(part for cell in row.cells for part in cell))
    ]
    wanted = sorted(
        re.findall(r"\d", "".join([*cells, *(h for t in tables.values() for h in t.heads)]))
    )
    for width in range(60, 121, 3):
        told = screen(run, worse, width)
        printed = ""
        for one in tables.values():
            body = told.partition(f"\n{one.title}\n")[2]
            note = wrapped(one.notes[0], min(width, 100))[0]
            assert note in body, width
            printed += body.partition(note)[0]
        assert sorted(re.findall(r"\d", printed)) == wanted, width


@pytest.mark.parametrize("width", [60, 100, 200])
def test_text_keeps_within_the_screen_and_100_columns(run, worse, width):
    lines = screen(run, worse, width).splitlines()
    assert max(map(len, lines)) <= min(width, 100)
    assert sum("Sources" in line for line in lines) >= 1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"model": "single-site"}, "a downside is the same model under a shock"),
        ({"seed": 2}, "it is compared on the same replications"),
        ({"reps": REPS - 1}, "it is compared on the same replications"),
        ({"strategy": "liquidity-first"}, "only shocks and --set may differ"),
        ({}, "a downside has a shock or --set of its own"),
    ],
)
def test_what_is_no_downside_is_refused(run, tmp_path, asked, words):
    other = played(tmp_path / "other", **asked)
    with pytest.raises(NotARunError, match=words):
        making.of_run(run, other)
    done = gpusim("report", str(run.path), "--credit", "--downside", str(other.path))
    assert done.returncode == 2
    assert words in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--text",),
        ("--downside", "other"),
        ("--credit", "--png", "pictures"),
        ("--credit", "--xlsx", "tables.xlsx"),
        ("--credit", "--text", "--out", "page.html"),
        ("--credit", "--text", "--json"),
        ("--credit", "--text", "--open"),
    ],
)
def test_options_that_would_do_nothing_are_refused(run, words):
    before = sorted(run.path.iterdir())
    done = gpusim("report", str(run.path), *words)
    assert done.returncode == 2
    assert sorted(run.path.iterdir()) == before


def test_the_command_and_the_function_write_the_same_page(run, worse, tmp_path):
    import gpusim as api

    out = tmp_path / "typed.html"
    words = ("--credit", "--downside", str(worse.path), "--out", str(out))
    done = gpusim("report", str(run.path), *words)
    assert done.returncode == 0, done.stderr
    found = api.Run.open(run.path)
    made = found.report(tmp_path / "made.html", credit=True, downside=worse.path)
    again = found.report(tmp_path / "b.html", credit=True, downside=api.Run.open(worse.path))
    assert made.read_bytes() == out.read_bytes() == again.read_bytes()
    with pytest.raises(ValueError, match="credit=True"):
        found.report(downside=worse.path)
    with pytest.raises(ValueError, match="credit=True"):
        found.report(credit=True, png=tmp_path)


def test_it_prints_on_one_page(run, worse, tmp_path):
    browser = next((p for n in ("chromium", "google-chrome") if (p := shutil.which(n))), None)
    if browser is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    page, target = write.write(run, worse, tmp_path / "memo.html"), tmp_path / "memo.pdf"
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'own'}")
    printing = ("--no-pdf-header-footer", f"--print-to-pdf={target}", page.as_uri())
    subprocess.run([browser, *options, *printing], check=True, capture_output=True, timeout=120)
    assert len(re.findall(rb"/Type\s*/Page\b", target.read_bytes())) == 1


def test_loans_of_two_runs_are_paired_by_name(memo):
    first, *rest = memo.loans
    assert paired([first], []) == [(first, None)]
    assert paired([], [first]) == [(None, first)]
    assert paired(memo.loans, rest)[0] == (first, None)


@pytest.mark.parametrize(
    ("kind", "law", "opening", "words"),
    [
        ("revolver", None, 5.0, "revolving"),
        ("notes", None, 5.0, "schedule, quarterly"),
        ("notes", None, 0.0, "at maturity"),
        ("ddtl", "level", 5.0, "schedule; draws level, 36 months"),
        ("ddtl", "bullet", 5.0, "schedule; draws bullet"),
        ("vendor", "straight", 0.0, "straight, 36 months, quarterly"),
        ("vendor", "bullet", 0.0, "bullet, quarterly"),
    ],
)
def test_repayment_in_words(kind, law, opening, words):
    assert repaid(Terms(kind, "SOFR", (0.01, 0.01), None, law, 36, 3, opening)) == words


DDTL = {"debt": {"ddtl": {"kind": "notes", "margin": 0.05}}}


def test_default_and_recovery_by_hand():
    """Of 40 replications the lender is owed 100 in one and 200 in another; gets 100 and 50."""
    rows = pl.DataFrame(
        {
            "claim": [0] * 38 + [100_00, 0],
            "recovered": [0] * 38 + [100_00, 0],
            "seized_claim": [0] * 39 + [200_00],
            "seized_recovered": [0] * 39 + [50_00],
            "replication": list(range(40)),
            "recourse": [False] * 40,
            **dict.fromkeys(("commitment", "used", "principal"), [0] * 40),
        }
    )
    loan = one_loan("ddtl", rows, DDTL, np.arange(40), None)
    assert (loan.defaults, loan.claim, loan.recourse) == (2, 150.0, False)
    assert loan.default.mean == 0.05
    assert (round(loan.default.low, 3), round(loan.default.high, 3)) == (0.014, 0.165)
    assert loan.recovered.mean == 0.625
    assert (loan.recovered.low, loan.recovered.high) == (0.0, 1.0)


def test_replications_that_a_recovery_needs_by_hand():
    """Of 40 replications 20 default; 19 lenders get half, one all: its gap is most of the variance.

    Six as rare as it are wanted, 20 x 6 = 120 defaults, of which every second replication has one.
    """
    rows = pl.DataFrame(
        {
            "claim": [0] * 20 + [100_00] * 20,
            "recovered": [0] * 20 + [50_00] * 19 + [100_00],
            "recourse": [True] * 40,
            "replication": list(range(40)),
            **dict.fromkeys(("commitment", "used", "principal"), [0] * 40),
            **dict.fromkeys(("seized_claim", "seized_recovered"), [0] * 40),
        }
    )
    loan = one_loan("ddtl", rows, DDTL, np.arange(40), None)
    assert (loan.recovered.how, loan.recovered.rests_on) == ("few", 1)
    assert loan.recovered.needed == 240


def test_a_chance_is_none_or_all_only_where_it_is_so():
    rare = of_happened(Happened(1, 0.0002, 0.00004, 0.001))
    assert rare == Cell("<0.1%", "<0.1% to 0.1%")
    assert of_happened(Happened(4_999, 0.9998, 0.999, 0.99996)).text == ">99.9%"
    assert of_happened(Happened(0, 0.0, 0.0, 0.1)) == Cell("0.0%", "0.0% to 10.0%")


def test_what_is_used_has_a_total_only_where_all_of_it_is_known(memo):
    used = 2
    alone, beside = (debt(memo._replace(owed_by_others=owed)) for owed in (0.0, 5e9))
    assert alone.rows[-1].cells[used].text not in ("", "-")
    assert beside.rows[-1].cells[used].text == "-"
    assert beside.rows[-1].cells[used + 1].text != alone.rows[-1].cells[used + 1].text


def test_a_cover_that_results_is_told_beside_how_the_loan_is_repaid(tmp_path):
    """Of the figures of the folder, and on the run's screen; a stated cover is not."""
    law = "{law='sculpted', months=48, every_months=3, dscr=1.1, cover='%s'}"
    for word in ("resulting", "stated"):
        sets = (f"debt.ddtl.amortisation={law % word}", "debt.ddtl.running_cost_share=0.2")
        found = played(tmp_path / word, "single-site", sets=sets)
        memo = making.of_run(found)
        (told,) = (loan for loan in memo.loans if loan.name == "ddtl")
        cell = next(row for row in debt(memo).rows if row.label == "ddtl").cells[-1].text
        if word == "stated":
            assert told.cover is None
            assert "covered" not in cell
            continue
        kept = found.table("facilities").filter(facility="ddtl")
        covers = (kept["sculpted_cash"] / kept["sculpted_debt"]).to_numpy()
        assert told.cover is not None
        assert told.cover.p50 == pytest.approx(np.median(covers))
        assert told.cover.p50 > 1.1
        assert f", covered {told.cover.p50:.2f}x (" in cell


def test_a_cash_trap_has_a_row_of_its_level_what_it_holds_and_tests_missed(tmp_path):
    """Of the figures of the folder; one whose level is 0 has none."""
    trap = "debt.ddtl.cash_trap={min_dscr=1.35, from=2027-03-31, release_quarters=2}"
    sets = (trap, f"operator.waterfall={json.dumps([*STEPS, 'trap'])}")
    found = played(tmp_path / "trap", "single-site", sets=sets)
    told = making.of_run(found).by_date.traps[0]
    kept = found.table("facilities").filter(facility="ddtl")
    assert (told.facility, told.level, told.scope) == ("ddtl", 1.35, "operator")
    assert told.most.p50 == pytest.approx(np.median(kept["trapped_most"].to_numpy()) / 100)
    assert told.missed.p50 == np.median(kept["trap_tests"].to_numpy()) > 0
    rows = section(making.of_run(found), "tests").rows
    at = next(n for n, row in enumerate(rows) if row.label.startswith("ddtl: cash trap"))
    assert rows[at].label.startswith("ddtl: cash trap, DSCR at least 1.35, USD")
    assert rows[at].label.endswith("from 2027-03-31")
    assert rows[at + 1].label == "tests missed"
    none = played(tmp_path / "none", "single-site", sets=(trap.replace("1.35", "0"), sets[1]))
    assert making.of_run(none).by_date.traps == []
