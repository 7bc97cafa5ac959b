"""Customers that pay late, by hand: invoices due after 15 days, paid 20 days after that.

100 GPUs in service at 2.00 USD an hour bring 4,800 a day from 1 April 2026, for three months:
April, May and June are invoiced at their ends, due on 15 May, 15 June and 15 July, and paid on
4 June, 5 July and 4 August.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import BAD_DEBTS, CASH_FROM_CUSTOMERS, RECEIVABLES
from gpusim.economics.books.measures import CFADS, COLLECTED
from gpusim.economics.core.state import CONTRACTS, NONE, State
from gpusim.economics.debt.covenants import KINDS
from gpusim.economics.decisions import outlook
from gpusim.engines.process import run
from gpusim.scenario import ScenarioError
from gpusim.units_of_measure import day_of
from tests.cases.test_late_credits_of_segments import asked, foreseen
from tests.engines.build import (
    Tables,
    book_of,
    contract,
    merged,
    own_gpus,
    played,
    quiet,
    world_of,
)
from tests.engines.watch import Watched, watch
from tests.parity.difference import first_difference

CENTS = 100
DAY = 4_800
APRIL, MAY, JUNE = 30 * DAY, 31 * DAY, 30 * DAY
ALWAYS = {"chance": 1, "mean_days": 20}


def firm(law: Tables | None, *more: Tables, **terms: Any) -> Tables:
    """The operator of the heading; law: how its customer pays; terms: of its contract."""
    tranche = {"gpus": 100, "start": dt.date(2026, 4, 1)}
    own = {"tranches": [tranche], "price_usd_per_gpu_hour": 2.0, "payment_days": 15} | terms
    pays = {"late_payment": law} if law else {}
    tables = quiet(assets=own_gpus(100), contracts={"C": contract(**own, **pays)})
    for tables_of in more:
        tables = merged(tables, tables_of)
    return tables


def by_month(state: State, account: int) -> list[float]:
    """What an account gains from April to August [USD]."""
    gains: list[float] = (state.ledger[account, 1:6] / CENTS).tolist()
    return gains


def checked(tables: Tables) -> State:
    """The final State, the same in both engines, with books that tie."""
    book = book_of(tables)
    world = world_of(book)
    assert first_difference(book, world) is None
    final: State = run(book.state, world)
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    return final


def test_invoices_are_paid_so_many_days_after_they_are_due():
    final = checked(firm(ALWAYS))
    assert by_month(final, CASH_FROM_CUSTOMERS) == [0, 0, APRIL, MAY, JUNE]
    assert by_month(final, RECEIVABLES) == [APRIL, MAY, JUNE - APRIL, -MAY, -JUNE]
    for measure in (COLLECTED, CFADS):
        assert (final.stocks[measure, 1:6] / CENTS).tolist() == [0, 0, APRIL, MAY, JUNE]


def test_on_time_they_are_paid_when_they_are_due():
    for law in (None, {"chance": 0, "mean_days": 20, "sd_days": 10}):
        final = checked(firm(law))
        assert by_month(final, CASH_FROM_CUSTOMERS) == [0, APRIL, MAY, JUNE, 0]
        assert by_month(final, RECEIVABLES) == [APRIL, MAY - APRIL, JUNE - MAY, -JUNE, 0]


@pytest.mark.parametrize("seed", range(5))
def test_by_chance_each_invoice_is_paid_once_and_in_full(seed):
    """Whatever is drawn: all that was invoiced is collected or still owed."""
    book = book_of(firm({"chance": 0.5, "mean_days": 60, "sd_days": 90}))
    world = world_of(book, seed)
    final = run(book.state, world)
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    paid = final.ledger[CASH_FROM_CUSTOMERS, 1:].sum()
    owed = final.ledger[RECEIVABLES, 1:].sum()
    assert paid + owed == (APRIL + MAY + JUNE) * CENTS
    bills = final.invoices[:3]
    days = (bills.paid - bills.due).tolist()
    assert days == world.collection_delay[0, 1:4].tolist()


def test_one_that_fails_has_not_paid_what_was_due():
    """It stops paying on 20 May: April, due on 15 May, is lost where it is paid late."""
    gone = {"customers": {"customer": {"defaults_on": dt.date(2026, 5, 20)}}}
    on_time, late = checked(firm(None, gone)), checked(firm(ALWAYS, gone))
    more = late.ledger[BAD_DEBTS, 1:].sum() - on_time.ledger[BAD_DEBTS, 1:].sum()
    assert more == APRIL * CENTS


def test_a_prepayment_comes_on_its_day():
    """A condition of supply and no debt: 100,000 asked for on 10 April and paid 15 days later."""
    ahead = {
        "prepayment": {
            "amount_usd": 100_000,
            "due": dt.date(2026, 4, 10),
            "credited_months": [3, 3],
        }
    }
    final = checked(firm(ALWAYS, **ahead))
    paid = [100_000, 0, APRIL, MAY, JUNE - 100_000]
    assert by_month(final, CASH_FROM_CUSTOMERS) == paid


def seen_on(day: dt.date, law: Tables | None) -> list[int]:
    """What the outlook of a day expects of May to August [USD]; a dollar lets it be asked."""
    dollar = {"equity": {"note": {"date": day, "amount_usd": 1}}}
    book = book_of(firm(law, dollar))
    return foreseen(book, world_of(book), day)


@pytest.mark.parametrize(
    "law",
    [{"chance": 0.5, "mean_days": 40, "sd_days": 30}, {"chance": 1, "mean_days": 20}],
    ids=["by chance", "always"],
)
def test_the_outlook_expects_the_mean_delay_whatever_is_drawn(law):
    """20 days on average after 15 May, 15 June and 15 July."""
    assert seen_on(dt.date(2026, 5, 10), law) == [0, APRIL, MAY, JUNE]
    assert seen_on(dt.date(2026, 5, 10), None) == [APRIL, MAY, JUNE, 0]


def test_an_invoice_that_is_later_than_expected_is_expected_today():
    """Half a day on average: April's, due on 15 May, is out on the 20th and paid in the summer."""
    law = {"chance": 0.01, "mean_days": 50}
    dollar = {"equity": {"note": {"date": dt.date(2026, 5, 20), "amount_usd": 1}}}
    book = book_of(firm(law, dollar))
    book.state.policy.liquidity_months = 12
    world = world_of(book)
    world.collection_delay[0, 1] = 100
    seen: list[int] = []

    def note(sim: Watched) -> Iterator[Any]:
        if sim.day == day_of(dt.date(2026, 5, 20)) and not seen:
            outlook.look_ahead(sim.h, sim.w, 6)
            seen.append(int(sim.s.outlook[2]) // CENTS)
        yield from ()

    watch(book, world, event=note)
    assert seen == [APRIL]


LOAN: Tables = {
    "debt": {
        "L": {
            "kind": "delayed-draw",
            "base": "fixed",
            "margin": 0.1,
            "day_count": "act/360",
            "maturity": dt.date(2028, 3, 31),
            "seniority": 1,
            "available_to": dt.date(2026, 4, 30),
            "commitment_usd": 1_000_000,
            "amortisation": {"law": "straight", "months": 12, "every_months": 3},
            "opening": {
                "principal_usd": 120_000,
                "every_months": 3,
                "repayments": {"2026": 60_000, "2027": 60_000},
            },
            "covenants": {"contract_realisation": {"minimum": 0.01, "from": dt.date(2026, 4, 1)}},
        }
    }
}


def test_a_lenders_plan_does_not_know_it_and_its_test_feels_it():
    """Of what was to come by 30 June, 292,800, 144,000 has."""
    tables = firm(ALWAYS, LOAN, facility="L")
    final, on_time = checked(tables), played(firm(None, LOAN, facility="L"))
    assert (final.plan == on_time.plan).all()
    assert (final.received[0, 1:6] / CENTS).tolist() == [0, 0, APRIL, MAY, JUNE]
    tested = [kind.key for kind in KINDS].index("contract_realisation")
    counted, needed = final.covenant_tests[0, tested, :, 3] / CENTS
    assert counted == APRIL
    assert needed == pytest.approx(0.01 * (APRIL + MAY), abs=1)


def test_a_customer_to_come_pays_by_the_law_of_its_segment():
    """Eleven days of May are invoiced on 31 May and paid on 30 June, and so on."""
    book, world = asked(None, late_payment={"chance": 1, "mean_days": 30})
    assert first_difference(book, world) is None
    final = run(book.state, world)
    assert final.count[CONTRACTS] == 1
    paid = (final.ledger[CASH_FROM_CUSTOMERS, 3:7] / CENTS).tolist()
    assert paid == [11 * DAY, 30 * DAY, 31 * DAY, 19 * DAY]


def test_a_renewal_pays_as_before():
    renewed = {"renewal": {"chance": 1, "term_months": 3, "price_share": 1.0, "times": 1}}
    final = checked(firm(ALWAYS, **renewed))
    first, second = final.contracts[0], final.contracts[1]
    assert second.payer == first.payer != NONE
    bills = final.invoices[:6]
    assert set((bills.paid - bills.due).tolist()) == {20}


def test_a_law_without_days_is_refused():
    with pytest.raises(ScenarioError, match="mean_days"):
        book_of(firm({"chance": 0.5, "mean_days": 0}))
