"""Own buildings to come, by hand: their bills, their loan, their life, and who may lend on them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import (
    CASH_FOR_CAPEX,
    CASH_FROM_DRAWS,
    CONSTRUCTION_IN_PROGRESS,
    COST_DEPRECIATION,
    INFRASTRUCTURE_GROSS,
    INTEREST_CAPITALISED,
)
from gpusim.economics.books.measures import CAPEX_ACCRUED, CAPEX_IN_SERVICE
from gpusim.economics.core.state import LOAN_LIFE_CASH, LOAN_PRINCIPAL, LOAN_PROJECT_CASH
from gpusim.economics.debt.sizing import CAP_ADVANCE
from gpusim.engines import batch
from gpusim.engines.process import run
from gpusim.engines.story import Trace, tell
from gpusim.scenario.checks.warnings import warnings_of
from gpusim.scenario.language.errors import ScenarioError
from gpusim.units_of_measure import date_of
from tests.cases.test_what_is_lent import line
from tests.engines.build import AS_OF, Tables, book_of, gpu, quiet, scenario_of, site, world_of

USD = 100
READY = dt.date(2026, 9, 1)
FAR = dt.date(2040, 1, 1)
MILLION = 1_000_000 * USD


def loan(**changes: Any) -> Tables:
    """80m to draw, nothing repaid for a year, no interest."""
    own = {"commitment_usd": 80_000_000, "available_to": dt.date(2027, 12, 31), "advance_rate": 0.8}
    return line("delayed-draw", **(own | changes))


def hall(phase: Tables | None = None, **building: Any) -> Tables:
    """10 MW at 10m, ready on 1 September 2026, six months, over 25 years."""
    own = {"usd_per_mw": 10_000_000, "months": 6, "life_years": 25} | building
    return {"it_mw": 10, "ready": READY, "building": own} | (phase or {})


def tenant(**changes: Any) -> Tables:
    """8 MW for ten years at 150 a kW from 1 September on, power included."""
    terms: Tables = {
        "customer": "tenant",
        "rating": "other",
        "kind": "colocation",
        "site": "S",
        "price_usd_per_kw_month": 150,
        "power": "included",
        "term_months": 120,
        "signed": AS_OF,
        "payment_days": 0,
        "late_start": "shifts",
        "tranches": [{"it_kw": 8_000, "start": READY}],
    }
    return terms | changes


def firm(*phases: Tables, **tables: Any) -> Tables:
    """A quiet firm with halls at its own site."""
    sites = {"S": site([{"it_mw": 1, "ready": AS_OF}, *phases])}
    return quiet(**({"sites": sites, "gpus": {"G": gpu()}} | tables))


def played(tables: Tables) -> Any:
    book = book_of(tables)
    final = run(book.state, world_of(book))
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    return final


def monthly(final: Any, account: int, months: int = 7) -> list[float]:
    """Postings to an account by month from the first on [USD m]."""
    return [int(cents) / MILLION for cents in final.ledger[account][1 : months + 1]]


def test_a_building_is_billed_level_up_to_its_handover_and_then_depreciates():
    """Of six parts the first falls on the as-of day: five of 20m on the last days of the months.

    In use from 1 September: 100m over 9,131 days to 1 September 2051, 30 days of it in September.
    """
    final = played(firm(hall()))
    due = [date_of(bill.due) for bill in final.bills[:5]]
    assert due == [dt.date(2026, m, d) for m, d in ((4, 30), (5, 31), (6, 30), (7, 31), (8, 31))]
    assert monthly(final, CASH_FOR_CAPEX) == [-20, -20, -20, -20, -20, 0, 0]
    assert monthly(final, CONSTRUCTION_IN_PROGRESS) == [20, 20, 20, 20, 20, -100, 0]
    assert monthly(final, INFRASTRUCTURE_GROSS) == [0, 0, 0, 0, 0, 100, 0]
    assert final.ledger[COST_DEPRECIATION, 6] == 10_000_000_000 * 30 // 9_131
    assert (
        final.stocks[CAPEX_ACCRUED].sum() == final.stocks[CAPEX_IN_SERVICE].sum() == 100 * MILLION
    )


def test_what_is_spent_stands_in_construction_and_is_not_billed_again():
    """40m spent: five parts of 12m, and 100m in use."""
    final = played(firm(hall(spent_usd=40_000_000)))
    assert monthly(final, CASH_FOR_CAPEX) == [-12, -12, -12, -12, -12, 0, 0]
    assert monthly(final, INFRASTRUCTURE_GROSS, 6)[-1] == 100


def test_cents_that_do_not_divide_are_in_the_earlier_bills():
    final = played(firm(hall(usd_per_mw=10_000_000.003)))
    whole = [int(bill.whole) for bill in final.bills[:5]]
    assert whole == [2_000_000_001, 2_000_000_001, 2_000_000_001, 2_000_000_000, 2_000_000_000]


def test_a_late_hall_is_paid_as_planned_and_in_use_when_it_comes():
    late = {"probability": 1, "mean_days": 61, "sd_days": 0}
    tables = firm(hall())
    tables["sites"]["S"]["delay"] = late
    final = played(tables)
    assert monthly(final, CASH_FOR_CAPEX) == [-20, -20, -20, -20, -20, 0, 0]
    assert monthly(final, INFRASTRUCTURE_GROSS, 8) == [0, 0, 0, 0, 0, 0, 0, 100]


@pytest.mark.parametrize(("share", "drawn"), [(0.7, 14), (0.9, 16), (None, 16)])
def test_its_loan_pays_its_share_at_most_its_advance_rate(share: float | None, drawn: int):
    own: Tables = {"facility": "B"} | ({} if share is None else {"loan_share": share})
    final = played(firm(hall(**own), debt={"B": loan(commitment_usd=100_000_000)}))
    assert monthly(final, CASH_FROM_DRAWS) == [drawn] * 5 + [0, 0]
    assert final.facilities[0].reserved == 0


def test_a_loan_that_opens_later_pays_the_bills_from_then_on():
    """Open from 15 July: of five bills those of 31 July and 31 August, 14m of each."""
    own = hall(facility="B", loan_share=0.7)
    final = played(firm(own, debt={"B": loan(opens=dt.date(2026, 7, 15))}))
    assert monthly(final, CASH_FROM_DRAWS) == [0, 0, 0, 14, 14, 0, 0]
    assert final.facilities[0].reserved == 0


def test_a_commitment_too_small_pays_the_earliest_bills():
    """80m of 100m wanted less what is left: five draws of 14m of 30m: 14, 14, 2 and nothing."""
    final = played(firm(hall(facility="B", loan_share=0.7), debt={"B": loan(commitment_usd=30e6)}))
    assert monthly(final, CASH_FROM_DRAWS) == [14, 14, 2, 0, 0, 0, 0]


def test_a_loan_sized_on_the_rent_lends_what_it_covers():
    """1.2m of rent a month in full from September on, at a cover of 1.2 and no interest.

    Of 60 instalments from 30 April 2026 to 31 March 2031 those from September 2026 on have rent: 4
    of 2026, 48 to 2030 and 3 of 2031, 55 of 1.0m, less than 70% of 100m.
    """
    terms = loan(size_dscr=1.2, running_cost_share=0.0)
    terms["amortisation"] = {"law": "level", "months": 60, "every_months": 1}
    own = hall(facility="B", loan_share=0.7)
    tables = firm(own, debt={"B": terms}, contracts={"T": tenant(facility="B")})
    final = played(tables)
    assert final.facilities[0].commitment == 55 * MILLION
    assert final.facilities[0].size_binds != CAP_ADVANCE
    drawn = monthly(final, CASH_FROM_DRAWS)
    assert drawn[:3] == [14, 14, 14]
    assert sum(drawn) == pytest.approx(final.facilities[0].commitment / MILLION)


@pytest.mark.parametrize(("life", "drawn"), [(25, [24, 24, 24]), (0.125, [24, 0, 0])])
def test_a_sized_loan_lends_on_a_building_as_long_as_it_is_in_use(life: float, drawn: list[int]):
    """Four fifths of 100m billed by August, in use from 1 September, then of three bills of 30m.

    With the first building in use 0.8 of 190m is more than the 80m and 72m that are owed. Where it
    has left the books by mid-October, 0.8 of 60m in October and of 90m in November is less than
    what is owed (some 100m), and nothing is drawn.
    """
    terms = loan(commitment_usd=300_000_000, size_dscr=1.0, running_cost_share=0.0)
    terms["amortisation"] = {"law": "level", "months": 60, "every_months": 1}
    second = hall({"ready": dt.date(2026, 12, 1)}, facility="B", usd_per_mw=9_000_000, months=3)
    rent = tenant(facility="B", price_usd_per_kw_month=3_000)
    halls = hall(facility="B", life_years=life), second
    final = played(firm(*halls, debt={"B": terms}, contracts={"T": rent}))
    assert monthly(final, CASH_FROM_DRAWS, 8) == [16, 16, 16, 16, 16, *drawn]
    if drawn[-1] == 0:
        assert final.facilities[0].cut_by == CAP_ADVANCE


def test_rent_is_cash_of_the_loan_that_the_contract_names():
    """8,000 kW at 150: 1.2m a month from September on, nothing before; costs are nothing."""
    tables = firm(
        hall(facility="B", loan_share=0.7),
        debt={"B": loan()},
        contracts={"T": tenant(facility="B")},
    )
    final = played(tables)
    assert [int(x) / MILLION for x in final.own_cash[0, 1:9]] == [0] * 5 + [1.2] * 3


def test_the_loan_of_a_building_that_stands_has_its_tenants_rent() -> None:
    """60m owed on the as-of day, 10 MW standing, 8 of them let from 1 April 2026 for ten years.

    1.2m a month from April on. On 30 June 117 months are to come, at no rate 140.4m: 2.34 times
    60m. A loan that ends on 30 June 2028 has 731 of those 3,562 days, 28.8m: 0.48 times.
    """
    for maturity, days in ((FAR, 3_562), (dt.date(2028, 6, 30), 731)):
        terms = loan(
            commitment_usd=60_000_000, available_to=AS_OF, maturity=maturity,
            opening={
                "principal_usd": 60_000_000, "every_months": 1,
                "repayments": {str(maturity.year): 60_000_000},
            },
        )  # fmt: skip
        terms["amortisation"] = {"law": "bullet", "months": 24, "every_months": 1}
        first = [{"it_kw": 8_000, "start": AS_OF + dt.timedelta(1)}]
        tables = quiet(
            sites={"S": site([{"it_mw": 10, "ready": AS_OF}])}, gpus={"G": gpu()},
            debt={"B": terms}, contracts={"T": tenant(facility="B", tranches=first)},
        )  # fmt: skip
        final = played(tables)
        assert [int(x) / MILLION for x in final.own_cash[0, 1:4]] == [1.2] * 3
        assert final.loan_months[0, LOAN_LIFE_CASH, 3] == round(117 * 1_200_000_00 * days / 3_562)
        assert final.loan_months[0, LOAN_PROJECT_CASH, 3] == 117 * 1_200_000_00
        assert final.loan_months[0, LOAN_PRINCIPAL, 3] == 60 * MILLION


def test_rent_of_a_renewal_is_cash_of_the_same_loan():
    """1.2m a month in April and May, then 0.6m for twelve months, eleven of them after June.

    The borrower's power earns it as before: what is left of it, 6.6m, covers the loan of 6m 1.1x.
    """
    terms = loan(
        commitment_usd=6_000_000, available_to=AS_OF, maturity=FAR,
        opening={
            "principal_usd": 6_000_000, "every_months": 1,
            "repayments": {str(FAR.year): 6_000_000},
        },
    )  # fmt: skip
    terms["amortisation"] = {"law": "bullet", "months": 24, "every_months": 1}
    terms["covenants"] = {"llcr": {"minimum": 1.05}}
    renewal = {"chance": 1, "term_months": 12, "price_share": 0.5}
    first = [{"it_kw": 8_000, "start": AS_OF + dt.timedelta(1)}]
    own = tenant(facility="B", tranches=first, term_months=2, renewal=renewal)
    tables = quiet(
        sites={"S": site([{"it_mw": 10, "ready": AS_OF}])}, gpus={"G": gpu()},
        debt={"B": terms}, contracts={"T": own},
    )  # fmt: skip
    final = played(tables)
    assert [int(x) / MILLION for x in final.own_cash[0, 1:5]] == [1.2, 1.2, 0.6, 0.6]
    assert final.loan_months[0, LOAN_LIFE_CASH, 3] == 11 * 600_000_00
    assert final.loan_months[0, LOAN_PRINCIPAL, 3] == 6 * MILLION


def test_costs_of_the_site_come_off_by_the_tenants_share_of_its_power():
    """8 of 8 MW in use: all of 10 MW x 20 a kW of staff in September, with 1 MW that stood."""
    tables = firm(hall(facility="B"), debt={"B": loan()}, contracts={"T": tenant(facility="B")})
    tables["sites"]["S"]["staff_usd_per_kw_month"] = 20
    final = played(tables)
    assert final.own_cash[0, 6] == 1_200_000_00 - 11_000 * 20 * USD


def test_interest_on_a_building_in_construction_is_part_of_its_cost():
    """At 12% by thirties on 14m: 0 in April (drawn on the 30th), 0.14m in May on a building alone.

    Half is said to qualify: 0.5 x (20 + 40) / 2 x 0.14 / 28 a month = 0.075m, of 0.14m incurred.
    """
    tables = firm(hall(facility="B", loan_share=0.7), debt={"B": loan(margin=0.12)})
    tables["operator"]["buildings_interest_share"] = 0.5
    final = played(tables)
    capitalised = -final.ledger[INTEREST_CAPITALISED]
    assert capitalised[1] == 0
    assert capitalised[2] == pytest.approx(0.5 * 30 * MILLION * 0.14 / 28, rel=1e-6)
    cost = 100 * MILLION + capitalised.sum()
    assert final.ledger[INFRASTRUCTURE_GROSS].sum() == cost
    assert final.assets[0].gross == cost


def test_a_building_bears_all_interest_unless_said_otherwise():
    """Of 30m on average all bears 0.14 / 28 of May: 0.15m, of which 0.14m was incurred."""
    final = played(firm(hall(facility="B", loan_share=0.7), debt={"B": loan(margin=0.12)}))
    assert -final.ledger[INTEREST_CAPITALISED][2] == 140_000_00


def test_tax_deducts_it_over_its_own_years():
    """100m over 468 months: 213,675.2137 a month, whose cents over make one in the third."""
    final = played(firm(hall(tax_life_years=39)))
    assert final.tax_schedule[6:9].tolist() == [213_675_21, 213_675_21, 213_675_22]
    assert final.tax_schedule[1:6].sum() == 0


def test_both_engines_have_the_same_books():
    tables = firm(
        hall(facility="B", loan_share=0.7), debt={"B": loan(margin=0.06)}, contracts={"T": tenant()}
    )
    one, two = book_of(tables), book_of(tables)
    world = world_of(one)
    slow, fast = run(one.state, world), batch.run(two.state, world)
    assert (slow.ledger == fast.ledger).all()
    assert (slow.stocks == fast.stocks).all()


def test_the_story_names_the_building_that_is_billed_and_comes_into_use() -> None:
    """20m a month, 14m of it by the loan; 100m in use on the day of the handover."""
    book = book_of(firm(hall(facility="B", loan_share=0.7), debt={"B": loan()}))
    trace = Trace()
    run(book.state, world_of(book), trace=trace)
    told = tell(book.names, trace)
    paid = "suppliers of the building of S phase 2 are paid USD 20.0m, with USD 14.0m of debt drawn"
    assert [line[12:] for line in told if "building of S" in line] == [paid] * 5
    assert (
        "2026-09-01  S phase 2 (10 MW) is handed over; its building of USD 100m is in use" in told
    )


REFUSED = {
    "a leased site": (
        {"sites": {"S": site([hall()], kind="colocation", lease_years=10)}},
        "a building of a colocation",
    ),
    "on demand": (
        {"sites": {"S": site([hall({"taken": "with-first-order"})])}},
        'taken = "with-first-order"',
    ),
    "it stands": ({"sites": {"S": site([hall({"ready": AS_OF})])}}, "stands on the as-of day"),
    "overspent": (
        {
            "sites": {"S": site([hall(spent_usd=200_000_000)])},
        },
        "at most what it costs",
    ),
    "unpaid at once": (
        {"sites": {"S": site([hall({"ready": AS_OF + dt.timedelta(1)})])}},
        "not yet paid for",
    ),
    "without recourse": (
        {
            "sites": {"S": site([hall(facility="B")])},
            "debt": {"B": loan(recourse=False, default_after_months=2)},
            "contracts": {"T": tenant(facility="B")},
        },
        "without recourse",
    ),
    "on value": (
        {
            "sites": {"S": site([hall(facility="B")])},
            "debt": {"B": loan(covenants={"ltv": {"maximum": 0.8, "from": READY}})},
        },
        "which lends on the value of GPUs",
    ),
    "a share of nobody": ({"sites": {"S": site([hall(loan_share=0.5)])}}, "loan_share is given"),
    "rent for a loan without recourse": (
        {
            "sites": {"S": site([hall()])},
            "debt": {"B": loan(recourse=False, default_after_months=2)},
            "contracts": {"T": tenant(facility="B")},
        },
        "without recourse",
    ),
    "rent for a loan on value": (
        {
            "sites": {"S": site([hall()])},
            "debt": {"B": loan(size_ltv=0.8)},
            "contracts": {"T": tenant(facility="B")},
        },
        "which lends on the value of GPUs",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_built_is_refused(name: str):
    changes, told = REFUSED[name]
    with pytest.raises(ScenarioError, match=told):
        scenario_of(quiet(**({"gpus": {"G": gpu()}} | changes)))


def test_a_loan_that_comes_too_late_for_every_bill_is_warned_of():
    late = loan(opens=dt.date(2026, 9, 30))
    told = warnings_of(scenario_of(firm(hall(facility="B"), debt={"B": late})))
    assert any("can never pay for the building of S" in text for text in told)
