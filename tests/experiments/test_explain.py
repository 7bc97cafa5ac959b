"""Cells taken apart: postings sum to the stored cell, for every line, and the events are real."""

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from gpusim import economics
from gpusim.economics.books.statements import BALANCE, INCOME, LINES
from gpusim.economics.core.agenda import PHASES
from gpusim.experiments.explain.explain import ORIGINS, explain, months_of
from gpusim.experiments.explain.loss_chain import chains
from gpusim.experiments.explain.posting_rules import all_posts, rules_of
from gpusim.experiments.explain.replay import replay_run, story, tie
from gpusim.experiments.run import run as experiment
from gpusim.experiments.run.run import Request
from gpusim.experiments.run.simulate import RunError
from gpusim.results.stored.opened import NotARunError, open_run
from tests.security.folders import forge

REPS = 3


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("explain") / "run"
    experiment.run(Request("single-site", reps=REPS, sets=("model.quarters=8",), out=out))
    return open_run(str(out))


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    out = tmp_path_factory.mktemp("chain") / "run"
    experiment.run(Request("covenant-chain", reps=2, sets=("model.quarters=8",), out=out))
    return replay_run(open_run(str(out)), 0)


@pytest.mark.parametrize("name", ["revenue", "net_income", "cash", "debt_principal", "capex_cash"])
def test_postings_sum_to_the_stored_cell_to_the_cent(run, name):
    told = explain(run, name, "2027Q4", 2)
    frame = run.table("statements")
    row = frame.filter((pl.col("replication") == 2) & (pl.col("period") == "2027Q4"))
    assert told.cell == row[name].item()
    before = told.before or 0
    assert before + sum(pair.amount for pair in told.pairs) == told.cell
    assert before + sum(part.amount for part in told.parts) == told.cell
    assert (told.before is not None) == (name in BALANCE)


def test_months_and_years_sum_to_the_same(run):
    quarter = explain(run, "revenue", "2027Q4", 1).cell
    assert sum(explain(run, "revenue", f"2027-{m}", 1).cell for m in (10, 11, 12)) == quarter
    year = explain(run, "interest_expense", "2027", 0).cell
    assert year == sum(explain(run, "interest_expense", f"2027Q{q}", 0).cell for q in (1, 2, 3, 4))


def test_events_are_told_with_the_largest_first_and_a_rule_each(run):
    parts = explain(run, "capex_cash", "2027Q1").parts
    assert [abs(p.amount) for p in parts] == sorted((abs(p.amount) for p in parts), reverse=True)
    assert all(part.rule and part.text for part in parts)
    assert any("suppliers of anchor tranche 1 are paid" in part.text for part in parts)


def test_what_set_revenue_going_is_the_start_of_billing(run):
    told = explain(run, "revenue", "2027Q4")
    assert any("anchor tranche 1 starts billing" in origin.text for origin in told.origins)


def test_every_posting_of_a_run_has_a_rule(run):
    told = replay_run(run, 0)
    journal = told.state.journal[: int(told.state.clock[0].journal)]
    from gpusim.economics.books.ledger import ACCOUNTS

    pairs = set(zip(journal.debit.tolist(), journal.credit.tolist(), strict=True))
    unknown = [
        (ACCOUNTS[d], ACCOUNTS[c]) for d, c in pairs if not rules_of(ACCOUNTS[d], ACCOUNTS[c])
    ]
    assert pairs
    assert unknown == []


def test_calls_of_post_that_could_be_any_pair_are_few():
    """A rule that names neither account would be offered for every pair."""
    from gpusim.economics.books.ledger import N_ACCOUNTS

    assert [p.rule.name for p in all_posts() if p.vague == N_ACCOUNTS**2] == []


def test_a_cell_that_is_not_the_stored_one_is_an_error(run, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(run.path, copy)
    frame = pl.read_parquet(copy / "statements.parquet")
    frame.with_columns(pl.col("revenue") + 1).write_parquet(copy / "statements.parquet")
    forge(copy, lambda manifest: None)
    with pytest.raises(RunError, match="cents played again"):
        explain(open_run(str(copy)), "revenue", "2027Q4")


def test_a_model_that_has_changed_is_refused(run, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(run.path, copy)
    forge(copy, lambda manifest: manifest.update(scenario_hash="other"))
    with pytest.raises(NotARunError, match="which comes with gpusim, has changed since"):
        replay_run(open_run(str(copy)), 0)


@pytest.mark.parametrize(
    ("line", "period", "rep", "message"),
    [
        ("revenu", "2027Q4", 0, "revenu is not a statement line; nearest valid names: revenue"),
        (
            "revenue",
            "2029Q4",
            0,
            "no period 2029Q4; nearest valid names: .*it has 2026Q3 to 2028Q2",
        ),
        ("revenue", "2027Q4", 3, r"no replication 3; it has 0 to 2 \(3\)"),
    ],
)
def test_wrong_input_is_refused_with_what_there_is(run, line, period, rep, message):
    with pytest.raises(NotARunError, match=message):
        explain(run, line, period, rep)


def test_periods_are_quarters_months_and_whole_years(run):
    calendar = replay_run(run, 0).calendar
    assert months_of("2026Q3", calendar) == (0, 3)
    assert months_of("2026-08", calendar) == (1, 2)
    assert months_of("fy2027", calendar) == months_of("2027", calendar) == (6, 18)


def test_every_line_of_the_statements_can_be_explained(run):
    assert {"revenue", "cost_of_revenue"} <= set(INCOME)
    sums = {
        name: sum(pair.amount for pair in explain(run, name, "2027Q4").pairs) for name in INCOME
    }
    row = run.table("statements").filter(
        (pl.col("replication") == 0) & (pl.col("period") == "2027Q4")
    )
    assert sums == {name: row[name].item() for name in INCOME}
    assert set(sums) <= set(LINES)


def test_the_chain_of_a_covenant_is_told_from_late_site_to_lost_backlog(chain):
    (links,) = chains(chain)
    words = (
        "2027-02-01  anchor tranche 1 should bill .* late <- alpha phase 1 (powered|handed over)",
        "2027-05-31  the contract realisation covenant of ddtl is missed",
        "2027-07-.*  the order for anchor tranche 2 finds no money",
        "2028-03-.*  anchor tranche 2 passes its long-stop date: .* of backlog lost",
    )
    import re

    assert [bool(re.match(w, link)) for w, link in zip(words, links, strict=True)] == [True] * 4


def test_a_story_keeps_to_its_days(chain):
    import datetime as dt

    lines = story(chain, dt.date(2027, 5, 1), dt.date(2027, 6, 30))
    assert lines
    assert all("2027-05-01" <= line[:10] <= "2027-06-30" for line in lines)
    assert any("no draws" in line for line in lines)
    tie(chain)


def test_what_starts_a_charge_names_rules_and_phases_that_there_are():
    rules = {f"{path.stem}.{rule}" for path, rule in every_rule()}
    assert set(ORIGINS) <= rules
    assert {phase for phases in ORIGINS.values() for phase in phases} <= set(PHASES)


def every_rule() -> Iterator[tuple[Path, str]]:
    """Functions of economics, with the file of each."""
    for path in Path(economics.__file__).parent.rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                yield path, node.name
