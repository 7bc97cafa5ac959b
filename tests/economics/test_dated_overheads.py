"""Cost lines by date: begun, stepped and ended by the day, and costs of one day; by hand."""

import datetime as dt
import json
from typing import Any

import numpy as np
import pytest

from gpusim.appraisal.unit_lots import lots_of
from gpusim.economics.books.statements import line
from gpusim.economics.decisions.cost_bases import BASES, TIME
from gpusim.scenario import ScenarioError, load
from gpusim.scenario.lowering.nouns.books import cost_rates
from gpusim.scenario.tables.tax import Overhead
from gpusim.units_of_measure import month_ends
from tests.cases.reading import gpusim
from tests.economics.test_overheads import CENTS, RATES, costly, foreseen
from tests.engines.build import contract, played, quiet, scenario_of

ADMINISTRATION = "general_and_administrative"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def charged(own: dict[str, Any], **changes: Any) -> Any:
    """What a cost line costs from April 2026 on [USD by month]."""
    state = played(costly(overheads={"all": {"line": "administration"} | own}, **changes))
    return line(state.ledger[None], ADMINISTRATION)[0, 1:] / CENTS


def test_a_line_begins_steps_and_ends_by_the_day() -> None:
    """30,000 a month from 16 April, 60,000 from 11 June, until 20 July 2026.

    15 of 30 days of April, 15,000; May 30,000; June 10 of 30 days at the old and 20 at the new
    amount, 10,000 + 40,000; July 20 of 31 days, 38,709.68; nothing after.
    """
    own = {
        "monthly_usd": 30_000, "from": day("2026-04-16"), "until": day("2026-07-20"),
        "steps": [{"date": day("2026-06-11"), "monthly_usd": 60_000}],
    }  # fmt: skip
    assert charged(own)[:6].tolist() == [15_000, 30_000, 50_000, 38_709.68, 0, 0]


@pytest.mark.parametrize("basis", [b.key for b in BASES])
def test_every_rate_can_step(basis: str) -> None:
    """Three times the rate from 16 June 2026 on, nothing from 1 August to the 15th of September.

    June, half and half, costs (1 + 3) / 2 of what the line without steps does, July three times,
    August nothing, September with 15 of 30 days at the old rate half.
    """
    rate = RATES[basis] / 10
    steps = [
        {"date": day("2026-06-16"), basis: 3 * rate},
        {"date": day("2026-08-01"), basis: 0},
        {"date": day("2026-09-16"), basis: rate},
    ]
    level, stepped = charged({basis: rate}), charged({basis: rate, "steps": steps})
    factors = np.array([1, 1, 2, 3, 0, 0.5, *[1.0] * (len(level) - 6)])
    assert stepped.tolist() == pytest.approx((level * factors).tolist(), abs=0.02)
    assert level[:6].all()


def test_a_step_leaves_what_it_does_not_state() -> None:
    """From 1 June 2026 the fixed part is 2,000; 4% of revenue and half in shares stay."""
    own = {"monthly_usd": 1_000, "revenue_share": 0.04, "stock_share": 0.5}
    steps = [{"date": day("2026-06-01"), "monthly_usd": 2_000}]
    moved = charged(own | {"steps": steps}) - charged(own)
    assert moved.tolist() == pytest.approx([0, 0] + [1_000] * 16, abs=0.011)


def test_a_fixed_part_grows_from_the_month_in_which_it_begins() -> None:
    """Doubling in a year: 1,000 in June 2026 is 2,000 in June 2027, and 5,000 again a year later.

    The step of 5,000 lies in the second half of June 2028: 15 days of 4,000 and 15 of 5,000; from
    there it grows by the twelfth root of 2 a month, to 10,000 in June 2029.
    """
    own = Overhead.model_validate(
        {
            "line": "sales", "monthly_usd": 1_000.0, "growth_per_year": 1.0,
            "from": day("2026-06-01"),
            "steps": ({"date": day("2028-06-16"), "monthly_usd": 5_000.0},),
        }
    )  # fmt: skip
    rates = cost_rates(own, month_ends(day("2025-12-31"), 42))[:, 0] / CENTS
    assert rates[:7].tolist() == [0] * 6 + [1_000]
    assert rates[18] == pytest.approx(2_000)
    assert rates[30] == pytest.approx(4_500)
    assert rates[31] == pytest.approx(5_000 * 2 ** (1 / 12))
    assert rates[42] == pytest.approx(10_000)


def test_what_began_before_the_run_grows_from_its_first_month() -> None:
    """A step of 2024 is what holds; the stated amount is that of April 2026."""
    steps = [{"date": day("2024-06-16"), "monthly_usd": 5_000}]
    own = {"monthly_usd": 1, "growth_per_year": 1, "from": day("2020-01-01"), "steps": steps}
    assert charged(own).tolist() == charged({"monthly_usd": 5_000, "growth_per_year": 1}).tolist()


def test_a_one_off_cost_is_charged_once_and_paid_as_the_rest_of_its_line() -> None:
    """80,000 on 20 June 2026, a quarter in shares: 60,000 in cash, two months later."""
    own = {"line": "administration", "monthly_usd": 1_000, "stock_share": 0.25}
    cost = {"one_offs": [{"date": day("2026-06-20"), "amount_usd": 80_000}]}
    ledgers = [played(costly(overheads={"all": o})).ledger[None] for o in (own | cost, own)]

    def moved(name: str) -> list[float]:
        after, before = (line(ledger, name)[0] for ledger in ledgers)
        return ((after - before) / CENTS).tolist()

    rest = [0] * 15
    assert moved(ADMINISTRATION) == [0, 0, 0, 80_000, *rest]
    assert moved("stock_compensation") == [0, 0, 0, 20_000, *rest]
    assert moved("cash_for_operations") == [0, 0, 0, 0, 0, -60_000, *rest[2:]]
    assert moved("payables_operating") == [0, 0, 0, 60_000, 60_000, *rest[1:]]


def test_a_one_off_cost_lies_in_or_out_of_the_time_of_its_line() -> None:
    """A line of one month with a cost of moving out later; costs before the run are history."""
    costs = [
        {"date": day("2026-03-31"), "amount_usd": 7}, {"date": day("2026-04-01"), "amount_usd": 5},
        {"date": day("2026-07-31"), "amount_usd": 90}, {"date": day("2026-07-01"), "amount_usd": 4},
    ]  # fmt: skip
    own = {"monthly_usd": 1_000, "until": day("2026-04-30"), "one_offs": costs}
    assert charged(own)[:5].tolist() == [1_005, 0, 0, 94, 0]


def test_dated_lines_are_foreseen_as_they_are_then_paid() -> None:
    """From each month's end on, cash is what the outlook said, with every rate stepped twice."""
    steps = [
        {"date": day("2026-09-11")} | {b.key: RATES[b.key] / 2 for b in BASES},
        {"date": day("2027-01-15"), "monthly_usd": 35_000, "revenue_share": 0.1},
    ]
    late = RATES | {
        "line": "administration", "from": day("2026-05-20"), "until": day("2027-06-10"),
        "steps": steps, "stock_share": 0.25,
        "one_offs": [{"date": day("2026-12-24"), "amount_usd": 123_456.78}],
    }  # fmt: skip
    told, state = foreseen(costly(overheads={"all": late}), 12)
    paid = np.diff(line(state.ledger[None], "cash")[0], prepend=0).tolist()
    for month, flows in told.items():
        if month < 4:
            continue  # hardware to come is paid by then, in June
        ahead = [n for n in range(month, month + 12) if n < len(paid)]
        assert [flows[n] for n in ahead] == [paid[n] for n in ahead]


def test_a_lot_bears_the_rates_of_its_own_months() -> None:
    """Two lots of equal power, of two months from July and from September 2026.

    1,000 a month from 16 July on, 3,000 from 1 October on, 500 once on 9 September: half of it all
    is the first's 516.13 (16 of 31 days) and 1,000, the other's 1,500 and 3,000.
    """
    first = {"gpus": 10, "start": day("2026-07-01"), "term_months": 2, "value_usd": 50_000}
    second = first | {"start": day("2026-09-01")}
    own = {
        "line": "sales", "monthly_usd": 1_000, "from": day("2026-07-16"),
        "steps": [{"date": day("2026-10-01"), "monthly_usd": 3_000}],
        "one_offs": [{"date": day("2026-09-09"), "amount_usd": 500}],
    }  # fmt: skip
    tables = quiet(contracts={"C": contract([first, second])}, overheads={"O": own})
    one, two = (lot.cash.overhead[1:] for lot in lots_of(scenario_of(tables)))
    assert one.tolist() == pytest.approx([500 * 16 / 31, 500])
    assert two.tolist() == pytest.approx([750, 1_500])


WRONG = {
    "until": (
        {"from": day("2026-05-01"), "until": day("2026-04-30")},
        "no day before from, 2026-05-01",
    ),
    "steps.1.date": (
        {"steps": [{"date": day("2026-05-01"), "monthly_usd": 1}] * 2},
        "a day after 2026-05-01, that of the step before",
    ),
    "steps.0.date": (
        {"from": day("2026-05-01"), "steps": [{"date": day("2026-05-01"), "monthly_usd": 1}]},
        "a day after the line's first, 2026-05-01",
    ),
    "steps.0": ({"steps": [{"date": day("2026-05-01")}]}, "one of monthly_usd, revenue_share"),
}


@pytest.mark.parametrize("key", WRONG)
def test_dates_out_of_order_are_refused(key: str) -> None:
    own, expected = WRONG[key]
    with pytest.raises(ScenarioError) as refused:
        scenario_of(quiet(overheads={"O": {"line": "sales"} | own}))
    (mistake,) = refused.value.mistakes
    assert mistake.key == f"overheads.O.{key}"
    assert mistake.expected.startswith(expected)


def test_a_step_after_the_last_day_is_refused() -> None:
    own = {
        "until": day("2026-04-30"), "steps": [{"date": day("2026-05-01"), "monthly_usd": 1}],
    }  # fmt: skip
    with pytest.raises(ScenarioError) as refused:
        scenario_of(quiet(overheads={"O": {"line": "sales"} | own}))
    assert refused.value.mistakes[0].expected == "no day after until, 2026-04-30"


def test_settings_reach_dates_steps_and_costs() -> None:
    """A line of the model is given dates, and a rate of a step is moved by what it is then.

    1.5m a month on 5 of July's 31 days and 3m on 5 are 725,806.45; with 1,000 on the 31st,
    726,806.45.
    """
    sets = (
        "overheads.office.until=2026-07-10",
        "overheads.office.steps=[{ date = 2026-07-06, monthly_usd = 2_000_000 }]",
        "overheads.office.steps.0.monthly_usd*=1.5",
        "overheads.office.one_offs=[{ date = 2026-07-31, amount_usd = 1_000 }]",
    )
    told = gpusim("models", "show", "single-site", "--json", *(f"--set={s}" for s in sets))
    own = json.loads(told.stdout)["overheads"]["office"]
    assert own["until"] == "2026-07-10"
    assert own["steps"] == [{"date": "2026-07-06", "monthly_usd": 3_000_000}]
    assert own["one_offs"] == [{"date": "2026-07-31", "amount_usd": 1_000}]
    office = load("single-site", sets=sets).overheads["office"]
    (july,) = cost_rates(office, month_ends(day("2026-06-30"), 1))[1:, TIME] / CENTS
    assert round(july, 2) == 726_806.45
