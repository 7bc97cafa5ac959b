"""Sources and uses of capital: by hand, and equal to the cent in every replication."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from gpusim.economics.books import measures
from gpusim.experiments.run import run as running
from gpusim.experiments.run.run import Request
from gpusim.results.payload import stack
from gpusim.results.replications.backlog_to_cash import backlog_to_cash
from gpusim.results.replications.sources_and_uses import SOURCES, USES, sources_and_uses
from gpusim.results.stored.opened import open_run
from gpusim.scenario import load
from gpusim.scenario.listing import list_models
from gpusim.scenario.starting import templates
from tests.cases.reading import gpusim
from tests.engines.build import toml
from tests.relations.firms import firm as firm_of
from tests.relations.playing import SEED
from tests.results.panels import M, firm, panel, payload

REPS = 2
CENTS = 100


def sides(table) -> tuple[np.ndarray, np.ndarray]:
    return tuple(sum(np.asarray(table[part.name]) for part in side) for side in (SOURCES, USES))


def of(one) -> dict[str, np.ndarray]:
    return sources_and_uses(one, backlog_to_cash(one))


def test_the_small_firm_by_hand():
    """Opens with 100 of cash and equity; draws 60, builds for 60, earns 120 less 48, pays 14."""
    parts = {name: int(values[0]) // M for name, values in of(panel()).items()}
    assert parts == {
        "debt_opening": 0,
        "equity_opening": 100,
        "debt_drawn": 60,
        "credit_granted": 0,
        "equity_raised": 0,
        "operations": 72,
        "in_place": 0,
        "capex": 60,
        "bought_on_credit": 0,
        "interest": 14,
        "debt_costs": 0,
        "debt_repaid": 0,
        "cash_left": 158,
    }


@pytest.mark.parametrize(
    ("debit", "credit", "moved"),
    [
        ("cash_from_equity", "paid_in_capital", {"equity_raised": 7, "cash_left": 7}),
        ("loans", "cash_for_principal", {"debt_repaid": 7, "cash_left": -7}),
        ("debt_discount", "cash_for_debt_costs", {"debt_costs": 7, "cash_left": -7}),
        ("restricted_cash", "cash_to_reserves", {"debt_costs": 7, "cash_left": -7}),
        ("tax_payable", "cash_for_tax", {"operations": -7, "cash_left": -7}),
        ("cash_from_disposals", "servers_gross", {"capex": -7, "cash_left": 7}),
        ("accrued_interest", "cash_for_capitalised_interest", {"interest": 7, "cash_left": -7}),
    ],
)
def test_each_flow_of_cash_is_in_one_part_beside_what_is_left(debit, credit, moved):
    books, before = firm(), of(panel())
    books.post(debit, credit, 7 * M, 6)
    after = of(stack([payload(books=books)]))
    changed = {name: int(after[name][0] - before[name][0]) // M for name in after}
    assert {name: by for name, by in changed.items() if by} == moved


def test_hardware_on_credit_is_a_source_and_a_use_without_cash():
    """A supplier lends 9 on delivery and is repaid 4: both sides are 9 more, 4 of cash is gone."""
    books, before = firm(), of(panel())
    books.post("servers_gross", "vendor_debt", 9 * M, 5)
    books.stocks[measures.BOUGHT_ON_CREDIT, 5] = 9 * M
    books.post("vendor_debt", "cash_for_principal", 4 * M, 6)
    after = of(stack([payload(books=books)]))
    changed = {name: int(after[name][0] - before[name][0]) // M for name in after}
    assert {name: by for name, by in changed.items() if by} == {
        "credit_granted": 9,
        "bought_on_credit": 9,
        "debt_repaid": 4,
        "cash_left": -4,
    }
    assert (sides(after)[0] == sides(after)[1]).all()
    assert sides(after)[0][0] - sides(before)[0][0] == 9 * M


LEASED = """
[model]
title = "A lessee"
as_of = 2026-09-30
quarters = 8
[gpus.GB200]
use = "catalogue"
lead = { planned_days = 60, sd_days = 0 }
[sites.hall]
use = "catalogue/us-colocation"
delay = { probability = 0, mean_days = 0, sd_days = 0 }
phases = [{ it_mw = 6, ready = 2026-12-31 }]
[contracts.lab]
site = "hall"
price_usd_per_gpu_hour = 3.3
term_months = 24
tranches = [{ gpus = 1_000, start = 2027-02-01 }]
vendor = "lease"
vendor_share = 0.6
[debt.lease]
kind = "finance-lease"
commitment_usd = 60_000_000
base = "fixed"
margin = 0.09
amortisation = { law = "level", months = 36, every_months = 1 }
[balance]
cash_usd = 60_000_000
"""


def test_a_lessee_repays_what_its_sources_show(tmp_path):
    """Owed at the end is what the lessor paid, 0.6 of the price, less what was repaid."""
    file = tmp_path / "lessee.toml"
    file.write_text(LEASED)
    running.run(Request(str(file), reps=REPS, out=tmp_path / "run", workers=1))
    run = open_run(str(tmp_path / "run"))
    table, lines = run.table("sources_and_uses"), run.table("statements")
    owed = lines.filter(pl.col("period") == lines["period"].max())["debt_principal"]
    assert (table["debt_drawn"] == 0).all()
    assert (table["debt_repaid"] > 0).all()
    assert (table["credit_granted"] - table["debt_repaid"] == owed).all()
    assert (table["credit_granted"] / (table["capex"] + table["credit_granted"])).to_list() == [
        pytest.approx(0.6, abs=1e-9)
    ] * REPS
    assert (sides(table)[0] == sides(table)[1]).all()


@pytest.mark.parametrize("name", templates.names())
def test_sources_are_uses_to_the_cent_of_every_template(name, tmp_path):
    assert gpusim("new", "firm", "--template", name, "--yes", cwd=tmp_path).returncode == 0
    file = tmp_path / "firm.toml"
    running.run(Request(str(file), reps=REPS, out=tmp_path / "run", workers=1))
    sources, uses = sides(open_run(str(tmp_path / "run")).table("sources_and_uses"))
    assert (sources == uses).all()


def test_the_opening_stands_on_both_sides():
    books = firm()
    books.post("servers_gross", "loans", 30 * M, 0)
    books.post("servers_gross", "paid_in_capital", 5 * M, 0)
    parts = of(stack([payload(books=books)]))
    assert (parts["debt_opening"][0], parts["equity_opening"][0]) == (30 * M, 105 * M)
    assert parts["in_place"][0] == 35 * M
    sources, uses = sides(parts)
    assert (sources == uses).all()


@pytest.mark.parametrize("model", [one.name for one in list_models("operators")])
def test_sources_are_uses_to_the_cent_and_open_with_the_balance_sheet(model, tmp_path):
    sets = ("model.quarters=4",)
    running.run(Request(model, reps=REPS, sets=sets, out=tmp_path / "run", command=("run",)))
    run = open_run(str(tmp_path / "run"))
    table, scenario = run.table("sources_and_uses"), load(model)
    sources, uses = sides(table)
    assert (sources == uses).all()
    opening = scenario.balance.cash_usd * CENTS
    held = table["debt_opening"] + table["equity_opening"] - table["in_place"]
    assert held.n_unique() == 1
    raised_at_once = held[0] - round(opening)
    assert raised_at_once >= 0
    assert raised_at_once == 0 or scenario.equity, "more cash than the balance sheet has"
    lines = run.table("statements")
    last = lines.filter(pl.col("period") == lines["period"].max())
    assert (table["cash_left"] == last["cash"]).all()
    drawn = lines.group_by("replication", maintain_order=True).agg(pl.col("debt_drawn_cash").sum())
    assert (table["debt_drawn"] == drawn["debt_drawn_cash"]).all()


@pytest.mark.parametrize("name", ["wild-0", "wild-2", "wild-3", "wild-5", "calm-1", "every-table"])
def test_sources_are_uses_to_the_cent_of_any_operator(name, tmp_path):
    """Drawn by a seed: short of cash, defaulting, with lenders of every kind."""
    file = tmp_path / "firm.toml"
    file.write_text(toml(firm_of(name)))
    asked = Request(str(file), reps=8, seed=SEED, out=tmp_path / "run", workers=1)
    running.run(asked)
    table = open_run(str(tmp_path / "run")).table("sources_and_uses")
    sources, uses = sides(table)
    assert (sources == uses).all()
    assert sources.any()
