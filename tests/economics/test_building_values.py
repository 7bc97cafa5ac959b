"""What own buildings are worth by hand: let power by its income, the rest at cost, and tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gpusim.economics.books.measures import BUILDING_BOOK, BUILDING_VALUE
from gpusim.economics.core.state import LOAN_RESALE, LOAN_VALUE, NEVER
from gpusim.economics.debt.covenants import LTV, LTV_MARKET
from gpusim.scenario.language.errors import ScenarioError
from tests.economics.test_buildings import MILLION, hall, loan, played, tenant
from tests.engines.build import AS_OF, Tables, gpu, quiet, scenario_of, site
from tests.engines.test_sizing import RESALE

SEPTEMBER = 6
DAILY = 100 * MILLION / 9_131
"""What is charged of 100m in a day of 25 years from 1 September 2026."""
BOOK = 100 * MILLION - 10_000_000_000 * 30 // 9_131


def let(*phases: Tables, at: Tables | None = None, **tables: Any) -> Tables:
    """A firm with a building of 10 MW, worth 6.5%, or with other halls, and nothing else there."""
    halls = phases or (hall(cap_rate=0.065),)
    sites = {"S": site(list(halls), **(at or {}))}
    return quiet(**({"sites": sites, "gpus": {"G": gpu()}} | tables))


def worth(tables: Tables, month: int = SEPTEMBER) -> int:
    return int(played(tables).stocks[BUILDING_VALUE, month])


def test_let_power_is_worth_its_margin_over_the_cap_rate_and_the_rest_its_cost():
    """8,000 kW x (150 - 20) x 12 / 0.065 = 192m, and a fifth of what the books carry."""
    tables = let(at={"staff_usd_per_kw_month": 20}, contracts={"T": tenant()})
    final = played(tables)
    assert final.stocks[BUILDING_BOOK, SEPTEMBER] == BOOK
    assert final.stocks[BUILDING_VALUE, SEPTEMBER] == 192 * MILLION + round(0.2 * BOOK)
    assert final.stocks[BUILDING_VALUE, 1:SEPTEMBER].tolist() == [0] * 5


POWER = {"tariff_usd_per_kwh": 0.05, "grid_charge_usd_per_kw_month": 5, "pue": 1.2}


@pytest.mark.parametrize(
    ("power", "least", "borne"),
    [
        ("included", 0.0, 1.2 * (0.8 * 730 * 0.05 + 5)),
        ("included", 0.9, 1.2 * (0.9 * 730 * 0.05 + 5)),
        ("passed-through", 0.0, 0.0),
        ("passed-through", 0.9, 1.2 * 0.1 * 730 * 0.05),
    ],
)
def test_power_that_the_tenant_does_not_pay_for_lowers_it(power: str, least: float, borne: float):
    """A kW's month of 730 hours at 5 cents, load factor 0.8, PUE 1.2 and a demand charge of 5."""
    at = POWER | {"load_factor": 0.8, "minimum_take": least}
    tables = let(at=at, contracts={"T": tenant(power=power)})
    income = 8_000 * (150 - borne) * 12
    assert worth(tables) == pytest.approx(income / 0.065 * 100 + 0.2 * BOOK, abs=1)


def test_prices_of_power_are_those_of_the_day():
    """4 cents more from 15 September on: 1.2 x 0.8 x 730 x 0.09 a kW."""
    steps = [{"date": dt.date(2026, 9, 15), "tariff_usd_per_kwh": 0.09}]
    at = POWER | {"load_factor": 0.8, "minimum_take": 0.0, "tariff_steps": steps}
    income = 8_000 * (150 - 1.2 * (0.8 * 730 * 0.09 + 5)) * 12
    tables = let(at=at, contracts={"T": tenant(power="included")})
    assert worth(tables) == pytest.approx(income / 0.065 * 100 + 0.2 * BOOK, abs=1)


def test_a_free_month_counts_as_the_next_that_pays_and_rent_grows_on_its_day():
    """Free until March, 150, 3% more from September 2027 on; and a renewal at 90% of that."""
    free = [{"after_months": 0, "share": 0}, {"after_months": 6, "share": 1}]
    own = tenant(commitment=free, price_escalator=0.03)
    full = 8_000 * 150 * 12 / 0.065 * 100
    tables = let(contracts={"T": own})
    assert worth(tables) == round(full + 0.2 * BOOK)
    tables["model"]["quarters"] = 8
    final = played(tables)
    for month, days, rent in ((17, 365, 1.0), (18, 395, 1.03)):
        book = int(final.stocks[BUILDING_BOOK, month])
        assert book == pytest.approx(100 * MILLION - DAILY * days, abs=2)
        assert final.stocks[BUILDING_VALUE, month] == pytest.approx(full * rent + 0.2 * book, abs=1)


def test_what_nobody_rents_is_at_cost_less_depreciation():
    assert worth(let()) == BOOK
    waits = tenant(tranches=[{"it_kw": 8_000, "start": dt.date(2026, 10, 15)}])
    assert worth(let(contracts={"T": waits})) == BOOK


def test_a_tenant_who_has_left_is_worth_nothing():
    """A term of two months, September and October: at cost again in November."""
    tables = let(contracts={"T": tenant(term_months=2)})
    assert worth(tables, 7) > 200 * MILLION
    assert worth(tables, 8) == pytest.approx(100 * MILLION - DAILY * 91, abs=2)


def test_income_below_zero_is_worth_nothing():
    tables = let(at={"staff_usd_per_kw_month": 200}, contracts={"T": tenant()})
    assert worth(tables) == round(0.2 * BOOK)


def test_a_hall_without_power_has_no_tenants():
    """Its power comes in December: until then a tenant waits, and it is at cost."""
    late = hall({"power_ready": dt.date(2026, 12, 1)}, cap_rate=0.065)
    assert worth(let(late, contracts={"T": tenant()})) == BOOK


def test_halls_of_a_site_share_its_tenants_by_power():
    """8 MW in halls of 10 and 6 MW, one of which alone has a cap rate: five eighths of the rent."""
    other = {"it_mw": 6, "ready": AS_OF}
    tables = let(other, hall(cap_rate=0.065), contracts={"T": tenant()})
    income = 8_000 * 150 * 12 * 10 / 16
    assert worth(tables) == pytest.approx(income / 0.065 * 100 + 0.5 * BOOK, abs=1)


def test_a_building_whose_life_is_over_is_worth_nothing():
    """An eighth of a year from 1 September on."""
    tables = let(hall(cap_rate=0.065, life_years=0.125), contracts={"T": tenant()})
    assert worth(tables) > 100 * MILLION
    assert worth(tables, 9) == 0


def lent(**changes: Any) -> Tables:
    """A loan of 70m for the building, tested from the end of April on."""
    limits = {"ltv": 0.705, "ltv_market": 0.705} | changes
    tests = {kind: {"maximum": most, "from": dt.date(2026, 4, 30)} for kind, most in limits.items()}
    return loan(covenants=tests, advance_rate=0.7)


def test_a_lender_counts_cost_or_what_it_is_worth_and_what_is_billed_until_then():
    """14m of each 20m billed; then 70m of 100m less depreciation, or of 221.5m and a fifth."""
    tables = let(
        hall(cap_rate=0.065, facility="B"),
        debt={"B": lent()},
        contracts={"T": tenant()},
        market={"resale": RESALE},
    )
    final = played(tables)
    assert final.loan_months[0, LOAN_VALUE, 1:6].tolist() == [20 * n * MILLION for n in range(1, 6)]
    assert final.loan_months[0, LOAN_RESALE, 1:6].tolist() == [
        20 * n * MILLION for n in range(1, 6)
    ]
    assert final.loan_months[0, LOAN_VALUE, SEPTEMBER] == BOOK
    value = round(8_000 * 150 * 12 / 0.065 * 100 + 0.2 * BOOK)
    assert final.loan_months[0, LOAN_RESALE, SEPTEMBER] == value
    # 70 / 0.705 = 99.29m: the books have less 65 days after 1 September, by the end of November
    assert final.covenants[0, LTV].broken == days(dt.date(2026, 11, 30))
    assert final.covenants[0, LTV_MARKET].broken == NEVER


def test_the_market_test_fails_where_rent_does_not_carry_the_loan():
    """At 30 a kW 8 MW are worth 44.3m, with a fifth of the cost 64.2m: less than 70m."""
    tables = let(
        hall(cap_rate=0.065, facility="B"),
        debt={"B": lent(ltv=2.0, ltv_market=1.0)},
        contracts={"T": tenant(price_usd_per_kw_month=30)},
        market={"resale": RESALE},
    )
    final = played(tables)
    assert final.covenants[0, LTV_MARKET].broken == days(dt.date(2026, 9, 30))
    assert final.covenants[0, LTV].broken == NEVER


def days(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days


@pytest.mark.parametrize(("rate", "told"), [(None, "a cap_rate of the buildings"), (0.06, "")])
def test_a_loan_with_a_test_of_value_pays_for_buildings_that_have_one(
    rate: float | None, told: str
):
    own = hall(facility="B") if rate is None else hall(facility="B", cap_rate=rate)
    tables = let(
        own,
        debt={"B": lent()},
        contracts={"T": tenant(facility="B")},
        market={"resale": RESALE},
    )
    if not told:
        scenario_of(tables)
        return
    with pytest.raises(ScenarioError, match=told):
        scenario_of(tables)


def test_a_tenant_of_a_loan_that_pays_for_no_building_serves_none_with_a_test_of_value():
    tables = let(
        debt={"B": lent()}, contracts={"T": tenant(facility="B")}, market={"resale": RESALE}
    )
    with pytest.raises(ScenarioError, match="which lends on the value of GPUs"):
        scenario_of(tables)


def ended(share: float | None = None, rate: float | None = 0.065, **tables: Any) -> Any:
    """70m of a building's 100m fall due at the end of 2026, and 30m of bills have taken the cash.

    The last 1m, and rent, pay a part of it. The firm ends that day; hardware fetches 0.4 of its
    book value.
    """
    own = {"cap_rate": rate, "forced_sale_share": share, "facility": "B"}
    building = hall(**{key: value for key, value in own.items() if value is not None})
    terms = loan(advance_rate=0.7, maturity=dt.date(2026, 12, 31))
    terms["available_to"] = dt.date(2026, 12, 1)
    firm = {"default_after_months": 1, "forced_sale_share": 0.4}
    given = {"debt": {"B": terms}, "operator": firm, "balance": {"cash_usd": 31_000_000}}
    return played(let(building, **(given | tables)))


DECEMBER = round(100 * MILLION - DAILY * 122)


@pytest.mark.parametrize(
    ("share", "rate", "brings"),
    [
        (None, None, 0.4 * DECEMBER),
        (0.6, None, 0.6 * DECEMBER),
        (None, 0.065, 0.4 * DECEMBER),
        (0.6, 0.065, 0.6 * DECEMBER),
    ],
)
def test_a_lender_gets_the_share_of_a_building_that_nobody_rents(
    share: float | None, rate: float | None, brings: float
):
    """Its share of the cost less 122 days: 0.6 of 98.7m is 59.2m of the 69m that are owed."""
    final = ended(share, rate)
    loan_of_it = final.facilities[0]
    assert loan_of_it.creditor_claim == 69 * MILLION
    assert loan_of_it.from_lien == loan_of_it.recovered == pytest.approx(brings, abs=2)


def test_a_lender_gets_what_tenants_make_it_worth():
    """2,000 kW at 150 and 6.5% are worth 55.4m, with four fifths of the cost 134.3m; 0.45: 60.5m.

    Their rent of four months, 1.2m, has paid of it what the last 1m did not.
    """
    own = tenant(tranches=[{"it_kw": 2_000, "start": dt.date(2026, 9, 1)}])
    final = ended(0.45, contracts={"T": own})
    worth = 2_000 * 150 * 12 / 0.065 * 100 + 0.8 * DECEMBER
    assert final.facilities[0].from_lien == pytest.approx(0.45 * worth, abs=2)
    assert final.facilities[0].creditor_claim == (70 - 1 - 1.2) * MILLION


def test_no_lender_gets_more_than_his_claim():
    final = ended(1.0, contracts={"T": tenant()})
    owed = round((70 - 1 - 4 * 1.2) * MILLION)
    assert final.facilities[0].from_lien == final.facilities[0].recovered == owed
