"""The two tables of a run, from a firm followed by hand."""

import datetime as dt

import numpy as np
import pytest
from rich.console import Console

from gpusim.economics.core import state
from gpusim.economics.core.state import CAUSES
from gpusim.reports.layout import Row, number, tables
from gpusim.reports.pages.headline import mean_interval
from gpusim.reports.printed.run_report import (
    binding_lines,
    covenant_lines,
    cover_notes,
    liquidity_lines,
)
from gpusim.reports.printed.run_tables import INCOME_ROWS, Spans, backlog_rows, statement_rows
from gpusim.results import metrics, periods
from gpusim.results.payload import stack
from gpusim.results.replications import outcome_metrics, outcomes
from gpusim.results.replications.backlog_to_cash import backlog_to_cash
from gpusim.results.replications.covenants import Covenant
from gpusim.units_of_measure import day_of
from tests.results.panels import MONTHS, M, firm, panel, payload

QUARTERS = periods.quarters(dt.date(2025, 12, 31), MONTHS)


@pytest.fixture(scope="module")
def spans() -> Spans:
    return Spans(panel(), QUARTERS)


def test_columns_are_quarters_then_whole_years(spans):
    assert spans.names == ["2026Q1", "2026Q2", "2026Q3", "2026Q4", "2027Q1", "FY2026"]


def test_statement_rows_read_as_the_statements_do(spans):
    rows = {r.label: r for r in statement_rows(spans, metrics.compute(panel(), QUARTERS))}
    assert rows["Revenue"].figures.tolist() == [0, 30, 30, 30, 30, 90]
    assert rows["Cash"].figures.tolist() == [98, 113, 128, 143, 158, 143]
    assert rows["Utilisation"].figures.tolist() == [0, 0.75, 0.75, 0.75, 0.75, 0.675]
    assert rows["DSCR"].figures[5] == rows["DSCR"].figures[3]


def test_backlog_rows_add_up(spans):
    rows = {r.label: r for r in backlog_rows(spans, QUARTERS)}
    planned, recognised = rows["Planned (losses when lost)"].figures, rows["Recognised"].figures
    assert (planned - recognised == rows["Slipped, net"].figures + rows["Lost"].figures).all()
    assert rows["  held up by power"].figures.tolist() == [10, 0, 0, 0, 0, 10]
    assert "  held up by site" not in rows
    share = rows["Share recognised, cumulative"].figures
    assert share.tolist() == [0, 30 / 480, 60 / 480, 90 / 480, 120 / 480, 90 / 480]


def test_losses_stand_under_their_cause():
    books = firm()
    books.move(state.EXPIRED, 3 * M, 5, state.SITE)
    books.move(state.CANCELLED, 2 * M, 5, state.CUSTOMER)
    one = stack([payload(books=books)])
    rows = {r.label: r for r in backlog_rows(Spans(one, QUARTERS), QUARTERS)}
    assert rows["Lost"].figures.tolist()[1] == 5
    assert rows["  through site"].figures.tolist()[1] == 3
    assert rows["  through customer"].figures.tolist()[1] == 2


def test_a_service_credit_is_lost_through_failure_and_a_raised_price_is_not():
    """2m are credited; 1m of a prepayment that nobody claims is earned beyond what was signed."""
    books = firm()
    books.move(state.REPRICED, -2 * M, 5, state.FAILURE)
    books.move(state.REPRICED, 1 * M, 6)
    one = stack([payload(books=books)])
    rows = {r.label: r for r in backlog_rows(Spans(one, QUARTERS), QUARTERS)}
    assert rows["Lost"].figures.tolist()[1] == 2
    assert rows["  through failure"].figures.tolist()[1] == 2
    told = outcome_metrics.columns(one, QUARTERS)
    assert (told["lost"], told["lost_failure"]) == ([2 * M], [2 * M])
    assert told["backlog_opening_lost"] == [2 * M]
    steps = backlog_to_cash(one)
    assert (steps["lost"], steps["signed"], steps["repriced"]) == ([-2 * M], [0], [1 * M])


def test_the_income_statement_adds_up():
    """A gain of 7m, 2m of interest income, 3m of tax, 4m written down in the second quarter.

    30 of revenue, 12 of power and 3 of depreciation: 30 - 12 - 3 - 4 + 7 = 18; - 3 of interest + 2
    - 3 of tax = 14.
    """
    books = firm()
    books.post("cash_from_disposals", "disposal_gain", 7 * M, 5)
    books.post("cash_interest_received", "interest_income", 2 * M, 5)
    books.post("tax_current", "tax_payable", 3 * M, 5)
    books.post("impairment", "servers_accumulated", 4 * M, 5)
    one = stack([payload(books=books)])
    found = metrics.compute(one, QUARTERS)
    rows = {r.label: r.figures[1] for r in statement_rows(Spans(one, QUARTERS), found)}
    names = [label for _, label in INCOME_ROWS]
    assert [rows[name] for name in names] == [30, 12, 3, 0, 0, 4, 7, 18, 3, 2, 3, 14]
    without = {
        r.label
        for r in statement_rows(Spans(panel(), QUARTERS), metrics.compute(panel(), QUARTERS))
    }
    assert without & {"Impairment", "Gain or loss on disposals"} == set()


def test_an_unused_backstop_is_no_loss():
    books = firm()
    books.move(state.EXPIRED, 4 * M, 5)
    one = stack([payload(books=books)])
    rows = {r.label: r for r in backlog_rows(Spans(one, QUARTERS), QUARTERS)}
    assert rows["Lost"].figures.tolist()[1] == 0
    assert rows["Backstop unused"].figures.tolist()[1] == 4
    assert "  through customer" not in rows
    text = "\n".join(line.plain for line in binding_lines(outcomes.headline(one, QUARTERS)))
    assert "Backstops expire unused: mean USD 4.0m, which is no loss" in text
    told = outcome_metrics.columns(one, QUARTERS)
    assert (told["lost"], told["backstop_unused"]) == ([0], [4 * M])


def test_a_model_shorter_than_a_year_has_no_year_column():
    short = periods.quarters(dt.date(2025, 12, 31), 6)
    cut = panel()
    cut = cut._replace(
        ledger=cut.ledger[..., :7],
        stocks=cut.stocks[..., :7],
        backlog=cut.backlog.where(cut.backlog.meaning["month"] <= 6),
    )
    rows = statement_rows(Spans(cut, short), metrics.compute(cut, short))
    assert [len(r.figures) for r in rows] == [2] * len(rows)
    assert [len(r.figures) for r in backlog_rows(Spans(cut, short), short)] == [2] * 6


def test_liquidity_is_told_with_its_interval():
    day = day_of(dt.date(2026, 5, 31))
    mixed = stack([payload(k, day) if k < 3 else payload(k) for k in range(10)])
    text = "\n".join(line.plain for line in liquidity_lines(outcomes.headline(mixed, QUARTERS)))
    assert "stays unpaid in 30.0% of replications (95% interval 10.8% to 60.3%)" in text
    assert "first on 2026-05-31 (median), at worst USD 7.0m" in text
    assert "Lowest cash and revolver: USD 103.0m" in text


def test_covenants_are_told_with_their_interval():
    day = day_of(dt.date(2026, 6, 30))
    mixed = stack([payload(k, breaches=(day,)) for k in range(10)])
    covenants = (Covenant("ddtl", "dscr", 1.4, dt.date(2026, 3, 31)),)
    head = outcomes.headline(mixed, QUARTERS, covenants)
    title, note, line = (line.plain for line in covenant_lines(head))
    assert title == "Covenants"
    assert "a breach stops draws" in note
    assert line == (
        "  ddtl: DSCR of at least 1.40x from 2026-03-31: broken in 100.0% of replications "
        "(95% interval 72.2% to 100.0%), first on 2026-06-30 (median)"
    )
    assert list(covenant_lines(outcomes.headline(panel(), QUARTERS))) == []


def test_what_binds_is_told():
    lines = [line.plain for line in binding_lines(outcomes.headline(panel(), QUARTERS))]
    assert lines[1].split()[:2] == ["power", "100.0%"]
    assert not np.any(["fit-out" in line for line in lines])


def binding(**cents):
    """What binds, of a head whose only slips and losses are these [USD]."""
    head = outcomes.headline(panel(), QUARTERS)
    for part in ("slipped", "lost"):
        head[f"{part}_mean"] = dict.fromkeys(CAUSES, 0.0) | cents.get(part, {})
    return [line.plain for line in binding_lines(head)]


def test_what_binds_is_never_empty_and_says_no_share_of_nothing():
    title = "What binds (all contracts, also those signed later)"
    assert binding() == [title, "  Nothing slipped"]
    assert binding(slipped={"delivery": 24_000.0}) == [
        title,
        "  No cause holds up as much as USD 0.1m (mean)",
    ]
    assert binding(lost={"customer": 10_776_000.0}) == [
        title,
        "  Nothing slipped",
        "  customer   lost USD 10.8m",
    ]
    share = "of slipped value, mean USD"
    first = "the largest cause in 0% of replications"
    assert binding(slipped={"site": 3e6, "customer": 1e6}, lost={"customer": 2e6}) == [
        title,
        f"  site        75.0% {share} 3.0m; {first}",
        f"  customer    25.0% {share} 1.0m; {first}; lost USD 2.0m",
    ]


@pytest.mark.parametrize(("large", "few"), [(1, "1 replication"), (2, "2 replications")])
def test_a_mean_carried_by_few_says_how_many(large, few):
    values = np.linspace(0.9, 0.9001, 100)
    values[:large] = 0.2
    assert f"(rests on {few}: " in mean_interval(values, str, None)


def test_covers_that_differ_are_explained():
    books = firm()
    assert not list(cover_notes(metrics.compute(stack([payload(books=books)]), QUARTERS)))
    books.post("cash_from_customers", "deferred_revenue", 20 * M, 3)
    (note,) = cover_notes(metrics.compute(stack([payload(books=books)]), QUARTERS))
    assert note.plain.startswith("DSCR leaves out what customers pay ahead")


def test_a_narrow_screen_shows_every_figure_whole():
    """Forty columns: labels go on below, the widest band (15) and its label have room."""
    rows = [
        Row("Technology and infrastructure", np.array([1997.0]), None, None, number(0)),
        Row("Debt", np.array([28980.0]), np.array([27929.0]), np.array([31243.0]), number(0)),
    ]
    console = Console(width=40)
    with console.capture() as shown:
        for one in tables("USD m", ["2026Q2"], rows, 40):
            console.print(one)
    text = shown.get()
    assert "27,929 - 31,243" in text
    assert "infrastructure" in text
    assert "\u2026" not in text
    assert max(map(len, text.splitlines())) <= 40
