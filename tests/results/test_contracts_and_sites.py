"""What became of each contract and each site: sums are the books, to the cent; one firm by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given

from gpusim.appraisal.nouns import realised_contracts, realised_sites
from gpusim.economics.books import ledger
from gpusim.economics.books import measures as ms
from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.economics.books.statements import line
from gpusim.economics.core import state
from gpusim.engines import batch
from gpusim.engines.process import run
from gpusim.experiments.run.points import Point, prepare
from gpusim.results import periods
from gpusim.results.payload import payload_of, stack
from gpusim.results.replications import realised_tables
from gpusim.world import draw
from tests.engines.build import AS_OF, book_of, contract, gpu, merged, quiet, site, world_of
from tests.engines.generate import plays
from tests.engines.profile import EXAMPLES

SITE_ACCOUNTS = {
    "power": "cost_power",
    "staff": "cost_site",
    "variable_rent": "cost_variable_rent",
    "lease_rent": "cost_rent",
}
SITE_POWER = {
    "powered_microwatts": ms.POWERED_MICROWATTS,
    "in_service_microwatts": ms.ACTIVE_MICROWATTS,
}
LOST = (state.CANCELLED, state.DEFAULTED, state.EXPIRED)


def of(rows, name):
    return rows[:, len(realised_contracts.KEYS) + realised_contracts.COLUMNS.index(name)]


def ties(s, rows):
    """Sums of contracts against the ledger, the measures and the backlog."""
    moved = s.backlog.sum(axis=(0, 3))  # [moves, causes]
    collected = int(s.stocks[ms.COLLECTED, 1:].sum())
    recharged = -s.ledger[ledger.REVENUE_RECHARGED, 1:].sum()
    assert of(rows, "recharged").sum() == recharged
    assert of(rows, "recognised").sum() == line(s.ledger, "revenue")[1:].sum() - recharged
    lost = sum(of(rows, name) for name in realised_contracts.LOST_BY)
    added = of(rows, "signed") + of(rows, "repriced") + of(rows, "accreted")
    assert (of(rows, "backlog") == added - lost - of(rows, "recognised"))[:-1].all()
    assert of(rows, "collected").sum() == collected
    assert of(rows, "signed").sum() == moved[[state.OPENING, state.SIGNED]].sum()
    assert of(rows, "repriced").sum() == moved[state.REPRICED].sum()
    assert of(rows, "accreted").sum() == moved[state.ACCRETION].sum()
    for cause, name in enumerate(realised_contracts.LOST_BY):
        assert of(rows, name).sum() == moved[LOST, cause].sum(), name
    assert of(rows, "backlog").sum() == s.stocks[ms.BACKLOG, -1]
    assert (of(rows, "collected") + of(rows, "written_off") <= of(rows, "invoiced"))[:-1].all()


def site_ties(s, rows, quarters):
    """Sums of sites against the ledger and the measures, by quarter."""
    for n, name in enumerate(realised_sites.COLUMNS, len(realised_sites.KEYS)):
        told = np.array([rows[rows[:, 1] == q, n].sum() for q in range(quarters)])
        if name in SITE_ACCOUNTS:
            posted = s.ledger[ACCOUNTS.index(SITE_ACCOUNTS[name]), 1:]
            assert told.tolist() == posted.reshape(quarters, 3).sum(axis=1).tolist(), name
        elif name in SITE_POWER:
            assert told.tolist() == s.stocks[SITE_POWER[name], 3::3].tolist(), name


@EXAMPLES
@given(plays())
def test_contracts_sum_to_the_books_to_the_cent(play):
    s = run(play.book.state, play.world)
    ties(s, realised_contracts.realise(s, play.world, play.book.names))


@EXAMPLES
@given(plays())
def test_each_contracts_backlog_is_that_of_its_tranches(play):
    """What its tranches are still to bring, with what else a contract keeps in the backlog."""
    s = run(play.book.state, play.world)
    named = len(play.book.names.contracts)
    left = np.zeros(s.count[state.CONTRACTS], np.int64)
    for k in range(s.count[state.TRANCHES]):
        t = s.tranches[k]
        if s.contracts[t.contract].signed <= s.clock[0].today and t.status != state.TRANCHE_LOST:
            left[t.contract] += t.value - t.recognised - t.lost - t.forgone
    for c in range(len(left)):
        left[c] += s.contracts[c].accreted + s.contracts[c].breakage
    rows = realised_contracts.realise(s, play.world, play.book.names)
    live = [c for c in range(named) if s.contracts[c].open_terms > 0]
    assert of(rows, "backlog")[live].tolist() == left[live].tolist()


@EXAMPLES
@given(plays())
def test_sites_sum_to_the_books_to_the_cent(play):
    s = run(play.book.state, play.world)
    site_ties(s, realised_sites.realise(s), (s.ledger.shape[1] - 1) // 3)


@pytest.mark.parametrize("model", ["coreweave-2025q4", "spot-heavy", "iren-2025q4"])
def test_bundled_models_tie_in_the_fast_engine_too(model):
    point = prepare(Point(model))
    for replication in range(3):
        world = draw(point.book.spec, 5, replication)
        s = batch.run(point.book.state, world)
        ties(s, realised_contracts.realise(s, world, point.book.names))
        site_ties(s, realised_sites.realise(s), (s.ledger.shape[1] - 1) // 3)


def firm():
    """A hundred GPUs; sixty of them reserved for USD 2 from 1 April 2026, paid after ten days.

    The customer stops paying on 1 June: April is paid, May is not.
    """
    own = {
        "category": "servers", "gpu": "G", "site": "S", "gpus": 100, "gross_usd": 1_200_000,
        "accumulated_usd": 0, "remaining_life_years": 5,
    }  # fmt: skip
    lot = {"gpus": 60, "start": dt.date(2026, 4, 1), "hardware": {"status": "in-service"}}
    deal = contract(
        [lot], price_usd_per_gpu_hour=2, term_months=12, payment_days=10, customer="fickle"
    )
    place = site(
        [{"it_mw": 1, "ready": dt.date(2026, 1, 1)}],
        tariff_usd_per_kwh=0.1,
        staff_usd_per_kw_month=3,
        variable_rent_usd_per_kw_month=2,
    )
    base = quiet(assets={"fleet": own}, contracts={"anchor": deal}, gpus={"G": gpu()})
    fails = {"customers": {"fickle": {"defaults_on": dt.date(2026, 6, 1)}}}
    return merged(base, {"sites": {"S": place}} | fails)


def tables(model=None):
    book = book_of(firm() if model is None else model)
    world = world_of(book)
    s = run(book.state, world)
    payload = payload_of(s, 0, world=world)._replace(
        contracts=realised_contracts.realise(s, world, book.names),
        sites=realised_sites.realise(s),
    )
    panel = stack([payload])
    quarters = periods.quarters(AS_OF, 12)
    return realised_tables.contracts(panel, book.names), realised_tables.sites(
        panel, quarters, book.names
    )


def test_a_customer_that_fails_by_hand():
    """60 GPUs x 24 hours x USD 2 are 2,880 a day: April 86,400, May 89,280, the year 1,051,200."""
    row = tables()[0].row(0, named=True)
    assert row["contract"] == "anchor"
    assert row["signed"] == 105_120_000
    assert row["recognised"] == 8_640_000 + 8_928_000
    assert row["invoiced"] == 8_640_000 + 8_928_000
    assert row["collected"] == 8_640_000
    assert row["written_off"] == 8_928_000
    assert row["lost_customer"] == 105_120_000 - 17_568_000
    assert row["backlog"] == 0
    assert row["gpu_hours"] == 60 * 24 * 61
    assert row["days_late"] == 0
    assert row["first_billing"] == dt.date(2026, 4, 1)
    assert row["customer_failed"] == dt.date(2026, 6, 1)


def landlord():
    """1,000 kW at 150 for three months from 1 April, power passed through, paid at once.

    At 0.06 a kWh, 5 a kW, a PUE of 1.25 and a load factor of 0.8: 49,450 in a month of 30 days,
    50,890 in one of 31.
    """
    let = {"kind": "colocation", "price_usd_per_kw_month": 150, "power": "passed-through"}
    lot = {"it_kw": 1_000, "start": dt.date(2026, 4, 1)}
    deal = contract([lot], term_months=3, signed=AS_OF, **let)
    deal.pop("gpu", None)
    place = site(
        [{"it_mw": 1, "ready": dt.date(2026, 1, 1)}],
        pue=1.25,
        load_factor=0.8,
        tariff_usd_per_kwh=0.06,
        grid_charge_usd_per_kw_month=5,
    )
    return merged(quiet(contracts={"tenant": deal}), {"sites": {"S": place}})


def test_power_that_is_passed_on_is_beside_what_leaves_the_backlog():
    row = tables(landlord())[0].row(0, named=True)
    assert row["signed"] == row["recognised"] == 45_000_000
    assert row["recharged"] == 2 * 4_945_000 + 5_089_000
    assert row["invoiced"] == row["collected"] == row["recognised"] + row["recharged"]
    assert row["backlog"] == 0


def test_a_contract_that_billed_before_the_as_of_day_is_not_late():
    """Ten GPUs since 1 January; ten more by the same contract, planned and started on 1 May."""
    lots = [
        {"gpus": 10, "start": dt.date(2026, 1, 1), "hardware": {"status": "in-service"}},
        {"gpus": 10, "start": dt.date(2026, 5, 1), "hardware": {"status": "in-service"}},
    ]
    deal = contract(lots, signed=dt.date(2025, 12, 1), price_usd_per_gpu_hour=2, term_months=12)
    early = {"contracts": {"early": deal}}
    rows = {row["contract"]: row for row in tables(merged(firm(), early))[0].rows(named=True)}
    assert rows["early"]["first_billing"] == dt.date(2026, 1, 1)
    assert rows["early"]["days_late"] is None
    assert rows["anchor"]["days_late"] == 0


def test_rows_of_no_one_contract_have_no_days():
    told = tables()[0].rows(named=True)
    assert [row["contract"] for row in told] == ["anchor", "new contracts", "no contract"]
    for row in told[1:]:
        assert (row["days_late"], row["first_billing"], row["customer_failed"]) == (None,) * 3


def test_a_site_by_hand():
    """One MW is there; 100 GPUs of 1 kW draw all of it for 91 days of 24 hours: 218,400 kWh.

    At 10 cents and a PUE of one. Staff costs USD 3, rent 2 a kW-month, of 3 x 1,000.
    """
    row = tables()[1].row(0, named=True)
    assert (row["site"], row["period"]) == ("S", "2026Q2")
    assert (row["handed_mw"], row["powered_mw"]) == (1, 1)
    assert row["in_service_mw"] == 0.1
    assert row["power"] == 2_184_000
    assert (row["staff"], row["variable_rent"], row["lease_rent"]) == (900_000, 600_000, 0)
