"""The page of a run: complete, offline, exact, and the same bytes each time."""

import json
import re
import zipfile
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from gpusim.experiments.run import run as experiment
from gpusim.experiments.run.run import Request
from gpusim.reports import report
from gpusim.reports.figures import run_figures
from gpusim.reports.figures.backlog_figures import quarterly, rounded_chain, way_to_cash
from gpusim.reports.pages.headline import answer, statements
from gpusim.results.replications.backlog_to_cash import STEPS
from gpusim.results.stored.opened import NotARunError, open_run
from tests.reports.folders import REPS, written

KEYS = {
    "chances", "backlog_to_cash", "backlog", "revenue", "margins", "cash", "debt_service",
    "covenants", "leverage", "capacity",
}  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n"
VOID = {"meta", "img", "br", "link", "input"}


class Reader(HTMLParser):
    """Collects what a page refers to, and checks that its elements close in order."""

    def __init__(self):
        super().__init__()
        self.links, self.open, self.tables, self.text = [], [], 0, []

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in ("src", "href", "srcset")]
        self.tables += tag == "table"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return written(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def made(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return report.write(run, folder / "page.html", folder / "png", folder / "tables.xlsx")


@pytest.fixture(scope="module")
def page(made):
    reader = Reader()
    reader.feed(made.page.read_text(encoding="utf-8"))
    reader.close()
    assert reader.open == []
    return reader


def test_a_page_fetches_nothing(page, made):
    assert all(link.startswith(("#", "data:image/svg+xml;base64,")) for link in page.links)
    text = made.page.read_text(encoding="utf-8")
    assert re.findall(r"url\(|@import|fetch\(|https?://[^\s<\"']*\.(?:js|css|woff2?)", text) == []


def test_a_page_answers_at_its_top_with_intervals(page, run):
    text = " ".join(" ".join(page.text).split())
    short = int(run.table("outcomes")["shortfall"].sum())
    assert f"P(shortfall) {short / REPS:.1%}" in text
    assert f"{short} of {REPS} replications" in text
    for words in ("P(default)", "Opening backlog converted", "Cash left for shareholders"):
        assert words in text
    assert "numbers and dates" in text


def test_every_figure_is_there_with_a_table_and_a_picture(page, made, run):
    figures = run_figures.figures(run)
    assert {figure.key for figure in figures} == KEYS
    assert sum(link.startswith("data:") for link in page.links) == len(KEYS)
    assert page.tables >= len(KEYS) + 2
    assert {path.stem for path in made.pictures} == KEYS
    assert all(path.read_bytes().startswith(PNG) for path in made.pictures)


def test_every_column_of_a_figure_has_a_unit_but_names(run):
    for figure in run_figures.figures(run):
        numbers = {n for n, kind in figure.table.schema.items() if kind.is_numeric()}
        assert numbers == set(figure.units), figure.key


def test_the_same_run_gives_the_same_page(run, made, tmp_path):
    again = report.write(run, tmp_path / "again.html", None, None)
    assert again.page.read_bytes() == made.page.read_bytes()


def test_shown_steps_of_the_waterfall_sum_exactly(run):
    frame = run.table("backlog_to_cash")
    shown = rounded_chain([int(frame[step.name].sum()) for step in STEPS], frame.height)
    level = 0
    for step, value in zip(STEPS, shown, strict=True):
        if step.total:
            assert round(value * 10) == level
        else:
            level += round(value * 10)


def test_a_folder_that_has_moved_prices_among_what_is_signed_has_one_bar_less(run):
    frame = run.table("backlog_to_cash").drop("repriced")
    figure = way_to_cash(SimpleNamespace(table=lambda name: frame), ["2026Q3"])
    labels = [step.label for step in STEPS if step.name != "repriced"]
    assert figure.table["step"].to_list() == labels
    assert "renewed and newly signed, USD" in figure.answer


def test_backlog_roll_forward_ends_at_the_backlog_of_the_metrics(run):
    figure = next(f for f in run_figures.figures(run) if f.key == "backlog")
    metrics = run.table("metrics")
    closing = [
        metrics.filter(pl.col("period") == period)["backlog"].mean() / 1e6
        for period in figure.table["period"]
    ]
    assert np.allclose(figure.table["closing"].to_numpy(), closing, atol=1e-6)
    assert figure.table["opening"].to_list()[1:] == figure.table["closing"].to_list()[:-1]
    assert quarterly(run, figure.table["period"].to_list())["recognised"].sum() > 0


def test_a_fan_shows_the_percentiles_of_the_replications(run):
    figure = next(f for f in run_figures.figures(run) if f.key == "revenue")
    values = run.table("metrics").filter(pl.col("period") == "2028Q1")["revenue"].to_numpy() / 1e6
    row = figure.table.row(by_predicate=pl.col("period") == "2028Q1", named=True)
    assert row["p50"] == pytest.approx(np.median(values))
    assert (row["n"], row["p05"]) == (REPS, pytest.approx(np.percentile(values, 5)))


def test_chances_only_rise_and_end_at_the_outcome(run):
    figure = next(f for f in run_figures.figures(run) if f.key == "chances")
    column = figure.table["an amount stays unpaid"].to_numpy()
    assert (np.diff(column) >= 0).all()
    assert column[-1] == run.table("outcomes")["shortfall"].mean()


def test_every_covenant_has_a_line_from_its_first_test(tmp_path):
    """Of value and of realisation too; what is broken agrees with the outcomes."""
    limit = "{maximum=0.8, from=2027-05-31}"
    sets = (f"debt.ddtl.covenants.ltv={limit}", f"debt.ddtl.covenants.ltv_market={limit}")
    out = tmp_path / "chain"
    experiment.run(Request("covenant-chain", reps=4, sets=("model.quarters=8", *sets), out=out))
    run = open_run(str(out))
    figure = next(f for f in run_figures.figures(run) if f.key == "covenants")
    told = {row["covenant"]: row for row in figure.table.iter_rows(named=True)}
    assert set(told) >= {
        "ddtl: contract realisation, at least 0.85",
        "ddtl: LTV on book value, at most 0.80",
        "ddtl: LTV on market value, at most 0.80",
    }
    days = run.table("outcomes")["breach_contract_realisation_ddtl"]
    realisation = told["ddtl: contract realisation, at least 0.85"]
    assert realisation["broken"] == days.is_not_null().mean()
    assert realisation["first_broken_median"] == days.sort()[1]
    assert realisation["first_broken_median"] >= realisation["tested_from"]
    assert figure.png().startswith(PNG)


def test_a_loan_judged_by_its_own_contracts_has_a_line_of_its_own_cover(tmp_path):
    dscr = 'debt.ddtl.covenants.dscr={minimum=1.2, from=2027-06-30, scope="facility"}'
    out = tmp_path / "own"
    experiment.run(Request("single-site", reps=4, sets=("model.quarters=8", dscr), out=out))
    run = open_run(str(out))
    figure = next(f for f in run_figures.figures(run) if f.key == "debt_service")
    rows = run.table("summary").filter(metric="dscr.ddtl")
    own = dict(rows.select("period", "p50").iter_rows())
    last = figure.table.row(-1, named=True)
    assert last["dscr.ddtl_p50"] == own[last["period"]]
    assert figure.png().startswith(PNG)


def test_a_workbook_holds_the_same_tables_names_and_units(made, run):
    with zipfile.ZipFile(made.workbook) as book:
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        strings = book.read("xl/sharedStrings.xml").decode()
    assert names == ["about", *(f.key for f in run_figures.figures(run)), "statements", "assumed",
                     "sources"]  # fmt: skip
    assert "p50 [USD m]" in strings
    assert "Backlog at the as-of date" in strings


def test_the_income_statement_of_the_page_adds_up_in_means(run):
    """To the rounding of a mean: revenue less costs, less interest, with other income, less tax."""
    lines = {line.label: line.figures["mean"] for line in statements(run) if line.adds_up}
    costs = ("Cost of revenue", "Technology and infrastructure", "Sales and marketing",
             "General and administrative", "Impairment")  # fmt: skip
    operating = lines["Revenue"] - sum(lines[name] for name in costs if name in lines)
    assert np.allclose(operating, lines["Operating income"], atol=1e-6)
    net = operating - lines["Interest expense"] + lines["Other income, net"] - lines["Income tax"]
    assert np.allclose(net, lines["Net income"], atol=1e-6)


def test_chances_are_told_to_a_tenth_of_a_percent_everywhere(run):
    short = f"{run.table('outcomes')['shortfall'].mean():.1%} of replications"
    assert short in answer(run)
    figure = next(f for f in run_figures.figures(run) if f.key == "chances")
    assert short in figure.answer
    assert "the firm ends" not in figure.table.columns


def test_a_firm_that_cannot_fail_is_said_to_be_one(page):
    assert "in this model no firm ends" in " ".join(" ".join(page.text).split())


@pytest.mark.parametrize("quarters", [1, 2])
def test_short_runs_have_a_page(tmp_path, quarters):
    run = written(tmp_path, quarters=quarters, reps=2)
    assert report.write(run, None, None, None).page == run.path / "report.html"


def test_one_replication_has_a_page_without_intervals_of_means(tmp_path):
    run = written(tmp_path, quarters=4, reps=1)
    text = report.write(run, None, None, None).page.read_text(encoding="utf-8")
    assert "1 of 1 replications" in text or "0 of 1 replications" in text


def test_a_page_is_not_written_over_a_folder(run, tmp_path):
    with pytest.raises(NotARunError, match="is a folder; name a file"):
        report.write(run, tmp_path, None, None)


def test_a_folder_without_tables_is_refused(tmp_path, run):
    (tmp_path / "manifest.json").write_text(json.dumps({"model": "x"}))
    from gpusim.results.stored.opened import open_run

    with pytest.raises(NotARunError, match="no run, sweep or answer"):
        report.write(open_run(str(tmp_path)), None, None, None)
