"""GPUs after they are in service: failures, spares, credits, sale, refresh, impairment, lives."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books import measures as ms
from gpusim.economics.books.checks import residuals
from gpusim.economics.books.statements import line
from gpusim.economics.core import state as st
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.hardware.assets import write_off_part
from gpusim.engines.process import run
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.engines.build import Tables, book_of, contract, gpu, merged, played, quiet

GPUS = 100
PRICE = 2.0  # USD per GPU-hour
DAY_ONE = dt.date(2026, 4, 1)
DAYS = {1: 30, 2: 31, 3: 30}  # April, May, June
LIFE = 1826  # five years [days]
NEVER_COMES = {"planned_days": 3000, "sd_days": 0}
RESALE = {"rent_elasticity": 1, "residual_by_age": {"0": 1, "1": 0.5, "5": 0}}
IDLE: Tables = {"contracts": {}}
LEVERS = {
    "takes_offers": False,
    "price_markup": 1,
    "hurdle_margin": 0,
    "capital_rate": 0.1,
    "minimum_term_months": 1,
    "maximum_term_months": 60,
    "minimum_prepayment": 0,
    "investment_grade_only": False,
    "concentration_cap": 1,
    "contract_share": 1,
    "leverage_cap": 0,
    "build_ahead_share": 0,
    "vendor_share": 0,
    "programme": False,
}


def failures(spare: float = 0, repairs: float = 0, days: int = 0, short: float = 0) -> Tables:
    """One GPU in ten fails a year, before luck."""
    repair = {"rate_per_year": repairs, "days": days}
    shares = {"spare_share": spare, "short_start_share": short}
    return {"rate_per_year": 0.1, "log_sd": 0, "repair": repair} | shares


def fleet(installed: int = GPUS, sold: int = GPUS, **tables: Any) -> Tables:
    """New GPUs at USD 12,000 each, a hundred of them reserved for a year from the first day."""
    own = {
        "category": "servers",
        "gpu": "G",
        "site": "S",
        "gpus": installed,
        "gross_usd": 12_000 * installed,
        "accumulated_usd": 0,
        "remaining_life_years": 5,
    }
    lot = {"gpus": sold, "start": DAY_ONE, "hardware": {"status": "in-service"}}
    sale = {"anchor": contract([lot], price_usd_per_gpu_hour=PRICE, term_months=12)}
    return merged(quiet(assets={"fleet": own}, contracts=sale if sold else {}), tables)


def with_gpu(**changes: Any) -> Tables:
    return {"gpus": {"G": gpu(**changes)}}


def five_fail_in_april(months: int = 12) -> Any:
    """Luck by which five GPUs in a hundred fail for good in April, and none later."""
    factor = np.zeros((1, months + 1))
    factor[0, 1] = 5.001 * 365 / (GPUS * 0.1 * DAYS[1])
    return factor


FIVE = five_fail_in_april()


def usd(s: Any, name: str) -> list[float]:
    """A statement line by month, April first [USD]."""
    return [float(x) / 100 for x in line(s.ledger, name)[1:]]


def stock(s: Any, measure: int) -> list[int]:
    return s.stocks[measure, 1:].tolist()


def fee(month: int) -> float:
    """What the contract pays for all its hours of a month [USD]."""
    return GPUS * PRICE * 24 * DAYS[month]


def tied(s: Any) -> Any:
    left = residuals(s.ledger[None], s.stocks[None], s.backlog[None])
    assert {name for name, residual in left.items() if residual} == set()
    return s


def test_failed_gpus_leave_fleet_and_books_and_their_hours_are_not_paid():
    bare = with_gpu(failures=failures(), lead=NEVER_COMES)
    s = tied(played(fleet(**bare), failure_factor=five_fail_in_april()))
    assert stock(s, ms.GPUS_FAILED)[:3] == [5, 0, 0]
    assert stock(s, ms.GPUS_IN_SERVICE)[:2] == [95, 95]
    assert stock(s, ms.ACTIVE_MICROWATTS)[:2] == [95_000_000_000, 95_000_000_000]
    assert stock(s, ms.MISSING_GPU_HOURS)[:2] == [0, 5 * 24 * DAYS[2]]
    assert usd(s, "revenue_committed")[:2] == [fee(1), pytest.approx(0.95 * fee(2))]
    book_value = 5 * 12_000 * (1 - DAYS[1] / LIFE)
    assert usd(s, "disposal_gain")[0] == pytest.approx(-book_value, abs=0.02)
    after = 95 * 12_000 * DAYS[2] / LIFE
    assert usd(s, "depreciation_and_amortization")[1] == pytest.approx(after, abs=0.02)


def test_what_stays_when_a_gpu_leaves_is_charged_no_more_than_its_book_value():
    """Three GPUs of 3 cents, 1 written off: a third of it is 1 cent of cost and no whole cent of
    depreciation. The two left are in the books for 1, and of the 2 cents to come they charge 1."""
    book = {"gross_usd": 0.03, "accumulated_usd": 0.01}
    s = book_of(fleet(3, 0, assets={"fleet": book})).state
    assert write_off_part(to_pointer(s), np.int64(0), np.int64(1)) == 1
    left = s.assets[0]
    assert (left.gross, left.accumulated) == (2, 1)
    assert left.chargeable - left.charged == 1


def test_missing_hours_reprice_the_backlog_and_are_booked_to_failure():
    bare = with_gpu(failures=failures(), lead=NEVER_COMES)
    s = played(fleet(**bare), failure_factor=five_fail_in_april())
    repriced = s.backlog[0, st.REPRICED, :, 2] / 100
    assert repriced[st.FAILURE] == pytest.approx(-0.05 * fee(2))
    assert repriced.sum() == repriced[st.FAILURE]
    assert s.backlog[0, st.SLIPPED].sum() == 0


@pytest.mark.parametrize(
    ("availability", "multiple", "credit"),
    [(0.97, 3, 0.06), (0.95, 3, 0.05), (1, 1, 0.05), (0.9, 10, 0.05), (0.95, 30, 0.05), (1, 30, 1)],
)
def test_a_service_level_sets_what_missing_hours_cost(availability, multiple, credit):
    terms = {"availability": availability, "credit_multiple": multiple}
    bare = with_gpu(failures=failures(), lead=NEVER_COMES)
    tables = fleet(**bare, contracts={"anchor": {"sla": terms}})
    s = tied(played(tables, failure_factor=five_fail_in_april()))
    assert s.stocks[ms.SERVICE_CREDITS, 2] / 100 == pytest.approx(credit * fee(2), abs=0.01)


def test_spares_stand_in_and_are_bought_again_as_maintenance_capex():
    tables = fleet(110, **with_gpu(failures=failures(spare=0.1), capex_usd_per_gpu=11_000))
    factor = five_fail_in_april() * GPUS / 110
    s = tied(played(tables, failure_factor=factor))
    assert stock(s, ms.SPARE_GPUS)[:2] == [5, 11]
    assert sum(stock(s, ms.SERVICE_CREDITS)) == 0
    assert sum(stock(s, ms.MAINTENANCE_CAPEX)) == 6 * 11_000 * 100  # 5 failed, 1 was short
    assert sum(usd(s, "capex_cash")) == 6 * 11_000
    assert sum(stock(s, ms.CFADS)) == sum(stock(s, ms.COLLECTED)) - 6 * 11_000 * 100


def test_a_replacement_goes_to_the_contract_that_lacks_it():
    late = {"planned_days": 40, "sd_days": 0}
    tables = fleet(**with_gpu(failures=failures(), lead=late))
    s = tied(played(tables, failure_factor=five_fail_in_april()))
    assert stock(s, ms.MISSING_GPUS)[:3] == [5, 5, 0]
    assert stock(s, ms.GPUS_IN_SERVICE)[2] == GPUS
    assert 0 < usd(s, "revenue_committed")[2] < fee(3)
    assert stock(s, ms.MISSING_GPU_HOURS)[3] == 0


@pytest.mark.parametrize(("short", "late"), [(0.05, 0), (0.04, 24)])
def test_few_failed_gpus_do_not_hold_a_contract_up(short, late):
    """Five of its hundred fail before it starts on 17 May.

    Ordered on 1 May, their replacements are delivered, and without fit-out in service, on 10 June.
    It starts with the 95 that work, and the five are late; or all are.
    """
    lead = {"planned_days": 40, "sd_days": 0}
    lot = {"gpus": GPUS, "start": dt.date(2026, 5, 17), "hardware": {"status": "in-service"}}
    deal = {"anchor": contract([lot], price_usd_per_gpu_hour=PRICE, term_months=6)}
    own = with_gpu(failures=failures(short=short), lead=lead)
    s = tied(played(merged(fleet(sold=0, **own), {"contracts": deal}), failure_factor=FIVE))
    assert s.tranches[0].start - s.tranches[0].planned_start == late
    gpus = s.tranches[: s.count[st.TRANCHES]].gpus.tolist()
    assert gpus == ([95, 5] if short > 0.04 else [100])
    last = s.tranches[len(gpus) - 1]
    assert last.start - last.planned_start == 24
    days_in_may = 15 if late == 0 else 0
    assert usd(s, "revenue_committed")[1] == pytest.approx(95 * PRICE * 24 * days_in_may)
    assert sum(stock(s, ms.MISSING_GPUS)) == 0


def test_repairs_take_hours_from_the_pool_before_contracts():
    out = failures(repairs=1, days=20)  # 5.5% of the time
    none = np.zeros((1, 13)), np.ones((1, 13))
    with_pool = played(fleet(110, **with_gpu(failures=out | {"rate_per_year": 0})))
    without = played(fleet(**with_gpu(failures=out | {"rate_per_year": 0})))
    lucky = played(fleet(**with_gpu(failures=out)), failure_factor=none[0])
    assert sum(stock(tied(with_pool), ms.SERVICE_CREDITS)) == 0
    assert sum(stock(lucky, ms.SERVICE_CREDITS)) == 0
    share = tied(without).stocks[ms.SERVICE_CREDITS, 1] / 100 / fee(1)
    assert share == pytest.approx(20 / 365, abs=0.001)


def test_gpus_are_sold_at_their_economic_life_for_what_their_age_fetches():
    ages = with_gpu(economic_life_years=1)
    s = tied(played(fleet(sold=0, model={"quarters": 6}, market={"resale": RESALE}, **ages)))
    assert sum(stock(s, ms.GPUS_RETIRED)) == GPUS
    assert sum(usd(s, "disposal_proceeds")) == GPUS * 5_000
    book_value = GPUS * 12_000 * (1 - 365 / LIFE)
    assert sum(usd(s, "disposal_gain")) == pytest.approx(GPUS * 5_000 - book_value, abs=0.02)
    assert sum(usd(s, "operating_cash_flow")) == 0
    assert sum(usd(s, "capex_cash")) == 0


def test_without_a_resale_market_they_fetch_nothing():
    ages = with_gpu(economic_life_years=1)
    s = tied(played(fleet(sold=0, model={"quarters": 6}, **ages)))
    assert sum(usd(s, "disposal_proceeds")) == 0
    assert sum(stock(s, ms.GPUS_RETIRED)) == GPUS


def test_gpus_in_use_beyond_their_book_life_cost_nothing_more():
    old = {"fleet": {"remaining_life_years": 0.25}}
    s = tied(played(fleet(sold=0, assets=old, **with_gpu(economic_life_years=6))))
    assert stock(s, ms.GPUS_IN_SERVICE)[-1] == GPUS
    assert round(sum(usd(s, "depreciation_and_amortization")), 2) == GPUS * 12_000
    assert usd(s, "depreciation_and_amortization")[-1] == 0


@pytest.mark.parametrize(("years", "month"), [(5.75, 3), (6, 6), (6.25, 9)])
def test_free_gpus_retire_at_the_end_of_the_life_that_holds_then(years, month):
    """Half a year of six is left on 1 April, to 1 October.

    It was new on 1 October 2020: of 5.75 years it is to 1 July, of 6.25 to 1 January 2027.
    month: counted from April.
    """
    old = {"fleet": {"remaining_life_years": 0.5}}
    change = {"date": dt.date(2026, 5, 10), "years": years}
    ages = with_gpu(book_life_years=6, life_change=change)
    s = tied(played(fleet(sold=0, assets=old, **ages)))
    retired = stock(s, ms.GPUS_RETIRED)
    assert {n for n, gpus in enumerate(retired) if gpus} == {month}
    assert retired[month] == GPUS
    assert round(sum(usd(s, "depreciation_and_amortization")), 2) == GPUS * 12_000


def test_a_life_made_longer_holds_from_its_day_and_not_from_the_month_end():
    """A month and a half of five years is left, to mid-May; of 5.25 years it is to mid-August.

    The life is changed on 10 May, before its end and before the books.
    """
    old = {"fleet": {"remaining_life_years": 1.5 / 12}}
    ages = with_gpu(book_life_years=5, life_change={"date": dt.date(2026, 5, 10), "years": 5.25})
    s = tied(played(fleet(sold=0, assets=old, **ages)))
    retired = stock(s, ms.GPUS_RETIRED)
    assert {n for n, gpus in enumerate(retired) if gpus} == {4}


def test_who_waits_for_gpus_that_last_has_them_on_the_day_their_life_is_changed():
    """A contract of three years: of five years two are left, of eight five.

    Its own GPUs come in September; those that are there will do from 12 May, and are billed then.
    """
    lot = {"gpus": 40, "start": DAY_ONE}
    lot["hardware"] = {"status": "ordered", "delivery": dt.date(2026, 9, 1), "deposit_usd": 0}
    sale = contract([lot], price_usd_per_gpu_hour=PRICE, term_months=36, hardware_source="shared")
    old = {"fleet": {"remaining_life_years": 2}}
    change = {"date": dt.date(2026, 5, 12), "years": 8}
    ages = with_gpu(book_life_years=5, life_change=change)
    s = tied(played(fleet(sold=0, assets=old, contracts={"later": sale}, **ages)))
    billed = usd(s, "revenue_committed")
    assert billed[:2] == pytest.approx([0, 40 * PRICE * 24 * 20], abs=0.01)


def test_free_gpus_are_refreshed_and_those_under_contract_are_not():
    levers = LEVERS | {"refresh_age_days": 80}
    market = {"resale": RESALE}
    idle = tied(played(fleet(sold=0, levers=levers, market=market)))
    busy = tied(played(fleet(levers=levers, market=market)))
    assert stock(idle, ms.GPUS_RETIRED)[:4] == [0, 0, 0, GPUS]  # told at the end of June
    assert sum(stock(busy, ms.GPUS_RETIRED)) == 0
    assert sum(stock(played(fleet(sold=0, levers=LEVERS)), ms.GPUS_RETIRED)) == 0


@pytest.mark.parametrize(("redeploy_days", "start"), [(0, 0), (20, 20)])
def test_gpus_of_an_ended_contract_serve_the_next(redeploy_days, start):
    first = {"gpus": GPUS, "start": DAY_ONE, "hardware": {"status": "in-service"}}
    second = first | {"start": dt.date(2026, 7, 1)}
    deals = {
        "anchor": contract([first], price_usd_per_gpu_hour=PRICE),
        "next": contract([second], price_usd_per_gpu_hour=PRICE, customer="other"),
    }
    ready = with_gpu(redeploy_days=redeploy_days)
    s = tied(played(merged(fleet(sold=0), {"contracts": deals, **ready})))
    late = [int(t.start - t.planned_start) for t in s.tranches[:2]]
    assert late == [0, start]
    assert sum(usd(s, "capex_cash")) == 0


def test_idle_gpus_are_impaired_to_what_they_fetch():
    tested = {"operator": {"impairment_test": True}, "market": {"resale": RESALE}}
    s = tied(played(fleet(sold=0, **tested)))
    kept = GPUS * 12_000 * (1 - 91 / LIFE)
    fair = GPUS * 10_000 * (1 - 0.5 * 90 / 365)
    assert usd(s, "impairment")[:2] == [0, 0]
    assert usd(s, "impairment")[2] == pytest.approx(kept - fair, abs=1)
    july = usd(s, "depreciation_and_amortization")[3]
    assert july == pytest.approx(fair * 31 / (LIFE - 91), abs=1)
    assert sum(usd(s, "adjusted_ebitda")) == 0
    assert sum(usd(s, "operating_cash_flow")) == 0


def test_gpus_stay_at_cost_while_their_contract_pays_for_them():
    tested = {"operator": {"impairment_test": True}, "market": {"resale": RESALE}}
    written = usd(tied(played(fleet(**tested))), "impairment")
    assert written[:5] == [0] * 5  # USD 1.3m to come at the end of June
    assert written[5] > 0  # 0.9m in September, and no market after it
    assert sum(usd(played(fleet(sold=0, market={"resale": RESALE})), "impairment")) == 0


def let_for_less(price: float, residual: dict[str, float], **ages: Any) -> list[float]:
    """Impairment of 1,000 GPUs of 40m with six years of books from 1 July 2026 on, by quarter.

    They are let until 1 January 2031 and idle then, without costs.
    """
    start = dt.date(2026, 7, 1)
    lot = {"gpus": 1_000, "start": start, "hardware": {"status": "in-service"}}
    curve = {"resale": {"rent_elasticity": 1, "residual_by_age": residual}}
    tables = merged(
        fleet(1_000),
        {
            "model": {"as_of": dt.date(2026, 6, 30)},
            "assets": {"fleet": {"gross_usd": 40e6, "remaining_life_years": 6}},
            "contracts": {"anchor": {"tranches": [lot], "price_usd_per_gpu_hour": price}},
            "operator": {"impairment_test": True},
            "market": curve if residual else {},
        },
    )
    tables["contracts"]["anchor"]["term_months"] = 54
    tables["gpus"]["G"] |= {"capex_usd_per_gpu": 40_000, "book_life_years": 6} | ages
    return usd(tied(played(tables)), "impairment")[2::3]


@pytest.mark.parametrize(
    ("at_the_end", "infrastructure", "loss"),
    [
        ({"6": 0.02}, 0.0, 38_321_168 - 32e6),  # 37.272m and 0.8m are less than 38.321m
        ({"6": 0.03}, 0.0, 0),  # and 1.2m are enough
        ({"6": 0.03}, 0.5, 38_321_168 - 16e6),  # of servers that are half of the price, 0.6m
        ({"6": 0.06}, 0.5, 0),
        (None, 0.0, 38_321_168),  # no resale market
    ],
)
def test_what_gpus_fetch_at_the_end_of_their_life_is_cash_to_come(at_the_end, infrastructure, loss):
    """1,553 days of 1,000 GPUs at 1.00 after September; 92 of 2,192 days are charged by then."""
    residual = {} if at_the_end is None else {"0": 0.8, "1": 0.8} | at_the_end
    told = let_for_less(1.0, residual, infrastructure_share=infrastructure)
    assert told[0] == pytest.approx(loss, abs=1)


@pytest.mark.parametrize(("price", "loss"), [(0.25, 0), (0.15, 6_669_000)])
def test_gpus_in_use_beyond_their_life_fetch_the_price_of_their_age(price, loss):
    """Their economic life is over on 1 October 2026.

    On 31 December 36.642m are in the books, and on the next day they would fetch
    40m x (1 - 0.5 x 184 / 365) = 29.918m; the contract pays 1,461 days, 8.766m or 5.260m. What is
    too much goes down to 29.973m, the price of the day.
    """
    told = let_for_less(price, {"0": 1, "1": 0.5}, economic_life_years=0.25)
    assert told[0] == 0
    assert told[1] == pytest.approx(loss, abs=1_000)


def test_a_market_that_pays_for_the_gpus_keeps_them_at_cost():
    tested = {"operator": {"impairment_test": True, "on_demand_share": 1}}
    sells = {"resale": RESALE, "on_demand_use": dict.fromkeys(("glut", "balanced", "scarce"), 1)}
    rents = with_gpu(on_demand_usd_per_gpu_hour=0.5)
    s = played(fleet(sold=0, **tested, market=sells, **rents))
    assert sum(usd(tied(s), "impairment")) == 0


def test_a_pool_loses_what_all_its_vintages_fetch_less_than_their_books():
    """Books of 60, 30 and 10 that would fetch 20, 28 and 22, as in the definitions: 28, 2, 0.

    USD m; less what 50 years charge in the first 91 days. Later charges leave nothing to lose.
    """
    lots = {"old": (60, 20), "young": (30, 28), "new": (10, 22)}
    own = {
        name: {
            "category": "servers",
            "gpu": "G",
            "site": "S",
            "gpus": fetch,
            "gross_usd": book * 1_000_000,
            "accumulated_usd": 0,
            "remaining_life_years": 50,
        }
        for name, (book, fetch) in lots.items()
    }
    flat = {"rent_elasticity": 0, "residual_by_age": {"0": 1, "30": 1}}
    s = played(
        quiet(
            assets=own,
            contracts={},
            operator={"impairment_test": True, "on_demand_share": 0},
            market={"resale": flat},
            **with_gpu(capex_usd_per_gpu=1_000_000, book_life_years=80),
        )
    )
    charged = [book * 1e6 * 91 / 18_263 for book, _ in lots.values()]
    losses = usd(tied(s), "impairment")
    assert losses[2] == pytest.approx(30e6 - sum(charged), abs=0.05)
    assert sum(losses) == losses[2]
    written = {int(a.gpus): float(a.accumulated) / 100 for a in s.assets[:3]}
    year, rest = 365 / 18_263, 274 / (18_263 - 91)  # of a life, and of what is left of it
    assert written[22] == pytest.approx(10e6 * year, abs=0.05)
    assert written[28] == pytest.approx(2e6 + 28e6 * rest, abs=0.05)
    old = 60e6 - charged[0] - (losses[2] - (2e6 - charged[1]))
    assert written[20] == pytest.approx(60e6 - old + old * rest, abs=0.05)


def test_a_loss_on_sale_and_an_impairment_are_no_tax_deduction():
    """The tax basis is deducted on its own schedule: proceeds are taxed in full."""
    ages = with_gpu(economic_life_years=1)
    tax = {"rate": 0.25, "opening": {"ppe_basis_usd": 0}}
    taxed = {"tax": tax, "market": {"resale": RESALE}, "model": {"quarters": 6}}
    s = tied(played(fleet(sold=0, **taxed, **ages)))
    paid = -sum(usd(s, "cash_for_tax")) + usd(s, "tax_payable")[-1]
    assert paid == pytest.approx(0.25 * GPUS * 5_000, abs=0.05)


EVERYTHING = (
    "gpus.GB300.economic_life_years=2",
    "gpus.GB300.redeploy_days=15",
    "gpus.GB300.life_change={date=2028-05-10, years=4}",
    "gpus.GB300.failures={rate_per_year=0.06, log_sd=0.3,"
    " repair={rate_per_year=1.0, days=5}, spare_share=0.02, short_start_share=0.05}",
    'market.resale={rent_elasticity=0.8, residual_by_age={"0"=0.9, "6"=0.1}}',
    "operator.impairment_test=true",
    "contracts.anchor.sla={availability=0.995, credit_multiple=3.0}",
)


@pytest.mark.parametrize("replication", range(3))
def test_all_laws_hold_with_everything_switched_on(replication):
    book = lower(load("single-site", sets=EVERYTHING))
    s = tied(run(book.state, draw(book.spec, 1, replication)))
    assert s.stocks[ms.GPUS_FAILED].sum() > 0
    for g, gen in enumerate(s.pools):
        accepted = sum(
            int(a.gpus)
            for a in s.assets[: s.count[st.ASSETS]]
            if a.pool == g
            and a.category == st.SERVERS
            and not a.retired
            and (a.order == st.NONE or s.orders[a.order].status == st.ORDER_ACCEPTED)
        )
        held = gen.free + gen.billing + gen.spare + gen.refitting - gen.missing
        assert held == accepted
