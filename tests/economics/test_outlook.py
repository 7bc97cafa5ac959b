"""The operator's own outlook: against a quiet firm's arithmetic, and against what then happens."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np

from gpusim.economics.books.ledger import cash
from gpusim.economics.books.statements import line
from gpusim.economics.closing.opening import open_run
from gpusim.economics.core import agenda
from gpusim.economics.core.state import NEVER
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.decisions import expected_sites, outlook, prospects
from gpusim.economics.sales import customers
from gpusim.engines import process
from gpusim.scenario.lower import Book
from tests.engines.build import Tables, book_of, contract, own_gpus, quiet, same, site, world_of
from tests.engines.watch import Watched, watch

CENTS = 100
NOTES = {
    "kind": "notes",
    "base": "fixed",
    "margin": 0.12,
    "day_count": "30/360",
    "maturity": dt.date(2026, 9, 30),
    "seniority": 0,
    "opening": {
        "principal_usd": 30_000_000,
        "every_months": 3,
        "repayments": {"2026": 30_000_000},
    },
}


def expected(book: Book, months: int):
    """The outlook of the first day, by month [cents], and its lowest point."""
    w = world_of(book)
    book.state.policy.liquidity_months = months  # else nobody reads plans, and none are frozen
    pointer, world = to_pointer(book.state), world_to_pointer(w)
    open_run(pointer, world)
    outlook.look_ahead(pointer, world, months)
    return book.state.outlook.tolist(), int(outlook.lowest(pointer, world, months))


def test_a_quiet_firm_expects_nothing_and_keeps_its_cash() -> None:
    flows, least = expected(book_of(quiet()), 12)
    assert set(flows) == {0}
    assert least == 100_000_000 * CENTS


def test_a_contract_is_expected_when_its_invoices_will_be_paid() -> None:
    # three months from 31 March, 30 days to pay: April's invoice comes on 30 May
    tranche = {"gpus": 10, "start": dt.date(2026, 3, 31), "term_months": 3, "value_usd": 9_200}
    terms = contract([tranche | {"hardware": {"status": "in-service"}}], payment_days=30)
    tables = quiet(contracts={"C": terms})
    tables["assets"] = own_gpus(10)
    flows, _ = expected(book_of(tables), 12)
    assert flows[1] == 0
    assert flows[2] > 0
    assert sum(flows) == 9_200 * CENTS


def leaving(term_months: int, value: int) -> Book:
    """Ten GPUs billed from the as-of day; the customer gives notice for 31 May on 1 April."""
    tranche = {
        "gpus": 10,
        "start": dt.date(2026, 3, 31),
        "term_months": term_months,
        "value_usd": value,
        "hardware": {"status": "in-service"},
    }
    leaves = {"exit_on": dt.date(2026, 4, 1), "exit_notice_days": 60}
    tables = quiet(contracts={"C": contract([tranche], **leaves)})
    tables["assets"] = own_gpus(10)
    return book_of(tables)


def test_nothing_is_expected_of_a_customer_after_it_has_left() -> None:
    """Of 90 days at 100 those before 31 May are paid for: 30 in April, 30 in May."""
    book = leaving(3, 9_000)
    w = world_of(book)
    book.state.policy.liquidity_months = 12
    pointer, world = to_pointer(book.state), world_to_pointer(w)
    open_run(pointer, world)
    pointer.clock[0].today += 1
    customers.give_notice(pointer, world, 0, int(pointer.clock[0].today))
    outlook.look_ahead(pointer, world, 12)
    assert book.state.outlook.tolist()[:4] == [0, 3_000 * CENTS, 3_000 * CENTS, 0]
    assert book.state.outlook.sum() == 6_000 * CENTS


def test_nothing_is_expected_in_later_months_of_a_customer_that_has_left() -> None:
    """Two years are signed; in the run's last month, ten after it left, nothing is to come."""
    book = leaving(24, 70_000)
    book.state.policy.liquidity_months = 12
    world = world_of(book)
    final = process.run(book.state, world)
    pointer = to_pointer(final)
    outlook.look_ahead(pointer, world_to_pointer(world), 12)
    assert final.plan[0, -1] > 2_000 * CENTS
    assert not final.outlook.any()


def test_debt_is_expected_with_its_interest_and_its_end() -> None:
    # 30m at 12%, coupons every three months: 0.9m at the end of June, all at that of September
    flows, least = expected(book_of(quiet(debt={"N": NOTES})), 12)
    assert flows[1:7] == [0, 0, -900_000 * CENTS, 0, 0, -30_900_000 * CENTS]
    assert least == (100_000_000 - 31_800_000) * CENTS


def test_the_revolver_counts_while_it_can_be_drawn() -> None:
    line = {
        "kind": "revolver",
        "commitment_usd": 5_000_000,
        "available_to": dt.date(2026, 7, 15),
        "base": "SOFR",
        "margin": 0.02,
        "day_count": "act/360",
        "maturity": dt.date(2027, 7, 15),
        "seniority": 0,
    }
    book = book_of(quiet(debt={"N": NOTES, "R": line}))
    _, least = expected(book, 12)
    _, soon = expected(book_of(quiet(debt={"N": NOTES, "R": line})), 2)
    assert least == (100_000_000 - 31_800_000) * CENTS
    assert soon == (100_000_000 - 900_000 + 5_000_000) * CENTS


def test_hardware_to_come_is_expected_with_its_deposit_and_its_bill() -> None:
    # ordered on 10 June for a start on 10 June: no lead time; USD 10,000 a GPU, bill after 30 days
    tables = quiet(
        gpus={"G": {"deposit_share": 0.1}},
        contracts={"C": contract([{"gpus": 100, "start": dt.date(2026, 6, 10), "value_usd": 0}])},
    )
    flows, _ = expected(book_of(tables), 12)
    assert flows[3] == -100_000 * CENTS
    assert flows[4] == -900_000 * CENTS


def test_hardware_on_order_is_expected_on_its_own_delivery_day() -> None:
    # delivered on 10 August and billed 30 days later, whatever the lead of orders placed today
    coming = {"status": "ordered", "delivery": dt.date(2026, 8, 10)}
    tranche = {"gpus": 100, "start": dt.date(2026, 8, 10), "value_usd": 0, "hardware": coming}
    lead = {"planned_days": 20, "sd_days": 0}
    tables = quiet(gpus={"G": {"lead": lead}}, contracts={"C": contract([tranche])})
    flows, _ = expected(book_of(tables), 12)
    assert [month for month, flow in enumerate(flows) if flow] == [6]
    assert flows[6] == -1_000_000 * CENTS


def test_what_is_expected_happens_where_nothing_is_left_to_luck() -> None:
    """Month-end cash of a run without luck, against the outlook of its first day."""
    halls = [{"it_mw": 1, "ready": dt.date(2026, 1, 1)}, {"it_mw": 1, "ready": dt.date(2026, 7, 1)}]
    hosted = site(
        halls, kind="colocation", rent_usd_per_kw_month=100, staff_usd_per_kw_month=10,
        tariff_usd_per_kwh=0.05, lease_years=5,
    )  # fmt: skip
    term = {"gpus": 900, "start": dt.date(2026, 7, 1), "term_months": 12, "value_usd": 30_000_000}
    terms = contract([term], payment_days=30, facility="L", loan_share=0.7)
    loan = {
        "kind": "delayed-draw",
        "commitment_usd": 8_000_000,
        "available_to": dt.date(2027, 1, 1),
        "advance_rate": 0.7,
        "base": "SOFR",
        "margin": 0.08,
        "day_count": "act/360",
        "undrawn_fee": 0,
        "draw_discount": 0.01,
        "amortisation": {"law": "level", "months": 24, "every_months": 3},
        "maturity": dt.date(2032, 1, 1),
        "seniority": 0,
    }
    book = book_of(quiet(sites={"S": hosted}, contracts={"C": terms}, debt={"L": loan, "N": NOTES}))
    flows, _ = expected(book, 12)
    opening = int(cash(to_pointer(book.state)))
    played = process.run(book.state, world_of(book))
    assert played.clock[0].first_shortfall >= NEVER
    happened = line(played.ledger[None], "cash")[0, 1:] - opening
    foreseen = np.cumsum(flows)[1:]
    quarters = np.abs(happened - foreseen)[2::3]
    # interest is expected by the month and paid by the quarter; power in average months
    assert quarters.max() < 300_000 * CENTS
    assert np.abs(happened).max() > 30_000_000 * CENTS


def shell(ready: dt.date, step: float, **changes: Any) -> Tables:
    """A leased shell of 1 MW at 100 a kW and month, 100,000 a month at handover."""
    hall = site([{"it_mw": 1, "ready": ready}], lease_years=3)
    rent = {"kind": "leased-shell", "rent_usd_per_kw_month": 100, "rent_escalator": step}
    return hall | rent | changes


def rents_to_come(ready: dt.date, step: float, months: int, **changes: Any) -> list[int]:
    """What a firm that only pays rent expects on the as-of day, by month from April on [USD]."""
    tables = quiet(model={"quarters": 9}, sites={"S": shell(ready, step, **changes)})
    flows, _ = expected(book_of(tables), months)
    return [-flow // CENTS for flow in flows[1 : months + 1]]


def test_rent_of_a_hall_to_come_steps() -> None:
    """From May 2026 on 100,000 a month, from May 2027 on 110,000."""
    told = rents_to_come(dt.date(2026, 5, 1), 0.1, 15)
    assert told == [0] + [100_000] * 12 + [110_000] * 2


def test_rent_of_a_hall_to_come_begins_with_its_first_full_month_and_ends_with_its_lease() -> None:
    """From 15 May on: twelve payments from June on, and in a lease of two years twelve more."""
    assert rents_to_come(dt.date(2026, 5, 15), 0.1, 26, lease_years=2) == (
        [0] * 2 + [100_000] * 12 + [110_000] * 12
    )
    assert rents_to_come(dt.date(2026, 5, 15), 0.1, 18, lease_years=1) == (
        [0] * 2 + [100_000] * 12 + [0] * 4
    )


def test_rent_is_expected_in_every_month_as_it_is_then_paid() -> None:
    """Two halls without luck, one from 15 May 2026 and one from 1 October, for two years each.

    The firm pays nothing else. At the end of each month its outlook of a year has what then leaves.
    """
    halls = [
        {"it_mw": 1, "ready": dt.date(2026, 5, 15)},
        {"it_mw": 0.5, "ready": dt.date(2026, 10, 1)},
    ]
    place = shell(dt.date(2026, 5, 15), 0.1, lease_years=2) | {"phases": halls}
    book = book_of(quiet(model={"quarters": 12}, sites={"S": place}))
    told: dict[int, list[int]] = {}

    def at_month_end(sim: Watched) -> Iterator[str]:
        if sim.phase == agenda.MONTH:
            outlook.look_ahead(sim.h, sim.w, 12)
            told[int(sim.s.clock[0].month)] = sim.s.outlook.tolist()
        yield from ()

    sim = watch(book, world_of(book), event=at_month_end)
    paid = np.diff(line(sim.s.ledger[None], "cash")[0], prepend=0).tolist()
    assert -paid[7] == 150_000 * CENTS  # October 2026
    assert -paid[15] == 160_000 * CENTS  # of the first hall 110,000 from June 2027 on
    assert -paid[27] == 55_000 * CENTS  # June 2028: its lease is over
    assert set(told) == set(range(2, 37))
    for month, flows in told.items():
        ahead = [n for n in range(month, month + 12) if n < len(paid)]
        assert [flows[n] for n in ahead] == [paid[n] for n in ahead]


def test_an_offer_expects_the_rent_of_an_optional_hall_with_its_steps() -> None:
    """500 GPUs of 1 kW whose fit-out begins on 1 June 2026, in a hall that nobody has yet.

    50,000 of rent a month from June on, 55,000 a year later, and 1,000 of staff.
    """
    hall = {"it_mw": 1, "ready": dt.date(2026, 5, 1), "taken": "with-first-order"}
    place = shell(dt.date(2026, 5, 1), 0.1, staff_usd_per_kw_month=2) | {"phases": [hall]}
    book = book_of(quiet(model={"quarters": 9}, sites={"S": place}))
    pointer, world = to_pointer(book.state), world_to_pointer(world_of(book))
    open_run(pointer, world)
    outlook.look_ahead(pointer, world, 24)
    start = int((dt.date(2026, 6, 1) - dt.date(1970, 1, 1)).days)
    expected_sites.expect_no_operating(pointer, world, 24)
    prospects.allocate_site(pointer, world, 0, 0, 500, start, 16)
    expected_sites.expect_operating(pointer, world, 24)
    flows = [-flow // CENTS for flow in book.state.outlook.tolist()[1:17]]
    assert flows == [0] * 2 + [51_000] * 12 + [56_000] * 2


def test_gpus_whose_term_ends_with_a_month_are_expected_to_be_sold_from_the_next_on() -> None:
    """1,000 GPUs at 1 USD an hour on demand, 600 let from 1 May to 31 July 2026; no other luck.

    May, June and July: 400 x 24 h x 31, 30 and 31 days = 297,600, 288,000, 297,600. From August
    on all: 1,000 x 24 x 31 = 744,000, September 720,000.
    """
    term = {"gpus": 600, "start": dt.date(2026, 5, 1), "term_months": 3, "value_usd": 0}
    tables = quiet(
        assets=own_gpus(1_000),
        gpus={"G": {"on_demand_usd_per_gpu_hour": 1}},
        operator={"on_demand_share": 1},
        market={"on_demand_use": same(1)},
        contracts={"C": contract([term | {"hardware": {"status": "in-service"}}])},
    )
    book = book_of(tables)
    foreseen: list[list[int]] = []

    def at_the_end_of_may(sim: Watched) -> Iterator[Any]:
        if sim.phase == agenda.MONTH and int(sim.s.clock[0].month) == 3 and not foreseen:
            outlook.look_ahead(sim.h, sim.w, 6)
            foreseen.append((sim.s.outlook[3:8] // CENTS).tolist())
        yield from ()

    played = watch(book, world_of(book), event=at_the_end_of_may)
    happened = line(played.s.ledger[None], "cash")[0] // CENTS
    months = np.diff(happened)[1:6].tolist()
    assert months == [297_600, 288_000, 297_600, 744_000, 720_000]
    assert foreseen == [[*months[1:], 744_000]]
