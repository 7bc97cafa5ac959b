"""On which days debt is paid, and what: model files run by the public command, sums by hand."""

from __future__ import annotations

import calendar
import datetime as dt

import polars as pl
import pytest

from tests.cases.reading import happened, table, usd

NOTES, LATE = "notes_off_grid", "maturity_first_of_month"
LADDER = (
    "debt.x.kind=delayed-draw",
    "balance.notes_usd=0",
    "balance.loans_usd=1200000000",
    "debt.x.opening.repayments={ 2027 = 600000000, 2028 = 600000000 }",
)
CONVERTIBLE = (
    "debt.x.kind=convertible",
    "balance.notes_usd=0",
    "balance.convertibles_usd=1200000000",
)


EXPENSED = "operator.capitalised_interest_share=0"


def moved(line: str, model: str, *changes: str) -> dict[str, float]:
    """A line of the monthly statements, what the same firm without the debt has taken off [USD]."""
    with_debt = table("statements_monthly", model, EXPENSED, *changes).select("period", line)
    plain = dict(table("statements_monthly", "det", EXPENSED).select("period", line).iter_rows())
    both = {period: cents - plain[period] for period, cents in with_debt.iter_rows()}
    return {period: -cents / 100 for period, cents in both.items() if cents}


# --- 5: interest and principal of one debt on one calendar


def test_the_last_interest_of_notes_is_paid_with_their_principal():
    """Yearly from 30 June 2026: 365 and 366 days, then 62 of July and August, with the 1,200."""
    paid = moved("cash_for_interest", NOTES)
    assert paid == pytest.approx(
        {
            "2027-06": 1.2e9 * 0.10 * 365 / 360,
            "2028-06": 1.2e9 * 0.10 * 366 / 360,
            "2028-08": 20_666_666.67,  # 1.2e9 x 0.10 x 62 / 360
        },
        abs=0.2,
    )
    assert moved("debt_repaid_cash", NOTES) == {"2028-08": 1.2e9}


def test_a_convertible_nobody_converts_is_paid_like_notes():
    assert moved("cash_for_interest", NOTES, *CONVERTIBLE) == pytest.approx(
        moved("cash_for_interest", NOTES), abs=0.01
    )
    assert moved("debt_repaid_cash", NOTES, *CONVERTIBLE) == {"2028-08": 1.2e9}


def test_a_ladder_is_paid_on_the_same_dates_as_its_interest():
    """600 on 30 June 2027; the 600 of 2028 in halves, on 30 June and at the maturity."""
    assert moved("debt_repaid_cash", NOTES, *LADDER) == {
        "2027-06": 6e8,
        "2028-06": 3e8,
        "2028-08": 3e8,
    }
    assert moved("cash_for_interest", NOTES, *LADDER) == pytest.approx(
        {
            "2027-06": 1.2e9 * 0.10 * 365 / 360,
            "2028-06": 0.6e9 * 0.10 * 366 / 360,
            "2028-08": 0.3e9 * 0.10 * 62 / 360,
        },
        abs=0.2,
    )


def test_dates_counted_back_from_the_maturity_have_their_stub_first():
    """30 June to 31 August 2026 are 62 days, then whole years."""
    paid = moved("cash_for_interest", NOTES, "debt.x.opening.stub=first")
    assert paid == pytest.approx(
        {
            "2026-08": 1.2e9 * 0.10 * 62 / 360,
            "2027-08": 1.2e9 * 0.10 * 365 / 360,
            "2028-08": 1.2e9 * 0.10 * 366 / 360,
        },
        abs=0.2,
    )


def test_a_stated_first_date_is_the_calendar_and_is_paid_on_that_day():
    """15 January and 15 July: 199 days from 30 June, 181, 184 (a leap year: 182, 184), then 47."""
    changes = ("debt.x.first_payment=2027-01-15", "debt.x.opening.every_months=6")
    paid = moved("cash_for_interest", NOTES, *changes)
    days = {"2027-01": 199, "2027-07": 181, "2028-01": 184, "2028-07": 182, "2028-08": 47}
    assert paid == pytest.approx(
        {month: 1.2e9 * 0.10 * count / 360 for month, count in days.items()}, abs=0.2
    )
    served = [date for date, name in happened("serve", NOTES, EXPENSED, *changes) if name == "x"]
    assert served == ["2027-01-15", "2027-07-15", "2028-01-15", "2028-07-15"]


def test_days_of_a_year_of_365_days():
    paid = moved("cash_for_interest", NOTES, "debt.x.day_count='act/365'")
    assert paid["2027-06"] == pytest.approx(1.2e8, abs=0.2)


# --- 7: the day of a maturity


def test_notes_due_tomorrow_bear_a_day_and_are_repaid_tomorrow():
    """By thirty, from 30 June to 1 July: one day, 1,200 x 0.10 / 360 = 0.333."""
    assert moved("cash_for_interest", LATE) == pytest.approx({"2026-07": 333_333.33}, abs=0.01)
    assert moved("debt_repaid_cash", LATE) == {"2026-07": 1.2e9}
    assert happened("serve", LATE, EXPENSED) == [("2026-07-01", "x")]


@pytest.mark.parametrize(
    ("maturity", "count", "days", "year"),
    [
        ("2026-08-17", "act/360", 48, 360),  # 31 of July and 17
        ("2026-08-17", "30/360", 47, 360),  # 30 and 17
        ("2026-12-30", "act/365", 183, 365),  # 31 31 30 31 30 30
        ("2026-08-17", "30e/360", 47, 360),  # likewise
    ],
)
def test_a_maturity_within_a_month_is_the_last_day_of_interest(maturity, count, days, year):
    changes = (f"debt.x.maturity={maturity}", f"debt.x.day_count='{count}'")
    changes += ("debt.x.opening.every_months=12",)
    due = 1.2e9 * 0.10 * days / year
    month = maturity[:7]
    assert moved("cash_for_interest", LATE, *changes) == pytest.approx({month: due}, abs=0.1)
    assert moved("debt_repaid_cash", LATE, *changes) == {month: 1.2e9}
    assert happened("serve", LATE, EXPENSED, *changes) == [(maturity, "x")]


# --- 6: instalments counted from the draw

DRAW = "draw_off_grid"


def repaid(*changes: str) -> dict[str, float]:
    rows = table("statements_monthly", DRAW, *changes).select("period", "debt_repaid_cash")
    return {period: -cents / 1e8 for period, cents in rows.iter_rows() if cents}


def drawn() -> float:
    rows = table("statements_monthly", DRAW).select("debt_drawn_cash")
    return float(rows.sum().item()) / 1e8


def test_a_sixty_month_loan_paid_yearly_has_five_instalments():
    """1,309.19 x 0.1 / (1.1^5 - 1) = 214.442, and each next one is a tenth more."""
    first = drawn() * 0.1 / (1.1**5 - 1)
    assert first == pytest.approx(214.442, abs=0.001)
    ladder = {f"{2027 + n}-12": first * 1.1**n for n in range(5)}
    assert repaid() == pytest.approx(ladder, abs=0.001)


def test_every_year_costs_the_same_345_4():
    interest = table("statements_monthly", DRAW).select("period", "cash_for_interest")
    paid = {period: -cents / 1e8 for period, cents in interest.iter_rows() if cents}
    paid.pop("2026-12")  # the days up to the first month end
    totals = [paid[month] + principal for month, principal in repaid().items()]
    assert totals == pytest.approx([drawn() * 0.1 / (1 - 1.1**-5)] * 5, abs=0.001)
    assert totals[0] == pytest.approx(345.36, abs=0.01)


def test_grace_takes_whole_instalments_away():
    """36 months less 6 of grace, quarterly: ten equal ones from nine months after the draw."""
    law = "{ law = 'straight', months = 36, grace_months = 6, every_months = 3 }"
    months = ["2027-09", "2027-12", "2028-03", "2028-06", "2028-09", "2028-12"]
    months += ["2029-03", "2029-06", "2029-09", "2029-12"]
    paid = repaid(f"debt.ddtl.amortisation={law}")
    assert paid == pytest.approx(dict.fromkeys(months, drawn() / 10), abs=0.001)


@pytest.mark.parametrize(
    ("stub", "months"),
    [
        ("last", ["2027-12", "2028-12", "2029-12", "2030-12", "2031-12", "2032-03"]),
        ("first", ["2027-03", "2028-03", "2029-03", "2030-03", "2031-03", "2032-03"]),
    ],
)
def test_a_term_of_63_months_has_a_stub_said_which(stub, months):
    law = f"{{ law = 'straight', months = 63, every_months = 12, stub = '{stub}' }}"
    paid = repaid(f"debt.ddtl.amortisation={law}")
    assert paid == pytest.approx(dict.fromkeys(months, drawn() / 6), abs=0.001)


def test_a_last_stub_is_paid_on_its_own_day():
    """63 months from 23 December 2026: 23 March 2032, with 83 days of interest by thirties."""
    law = "{ law = 'straight', months = 63, every_months = 12, stub = 'last' }"
    changes = (f"debt.ddtl.amortisation={law}", EXPENSED)
    assert [day for day, _ in happened("pay", DRAW, *changes)] == ["2026-12-23"]
    assert ("2032-03-23", "ddtl") in happened("serve", DRAW, *changes)
    paid = -usd("cash_for_interest", "2032-03", DRAW, *changes)
    assert paid == pytest.approx(drawn() * 1e6 / 6 * 0.10 * 83 / 360, abs=0.1)


@pytest.mark.parametrize(
    ("start", "drawn_on", "months", "last"),
    [("2027-04-09", "2027-02-28", 63, "2032-05"), ("2027-06-09", "2027-04-30", 51, "2031-07")],
)
def test_months_after_a_month_s_last_day_end_on_a_last_day(start, drawn_on, months, last):
    """63 months from 28 February 2027: 31 May 2032; 51 from 30 April 2027: 31 July 2031."""
    law = f"{{ law = 'straight', months = {months}, every_months = 12, stub = 'last' }}"
    tranches = f"contracts.anchor.tranches=[{{ gpus = 24000, start = {start} }}]"
    changes = (f"debt.ddtl.amortisation={law}", tranches)
    assert [day for day, _ in happened("pay", DRAW, *changes)] == [drawn_on]
    assert max(repaid(*changes)) == last
    assert happened("serve", DRAW, *changes) == []


def test_the_month_end_of_a_first_draw_on_it_is_a_payment_date():
    """Drawn on 30 November 2026: the fees of 61 days of October and November on 2,000 at 0.5%."""
    law = "{ law = 'straight', months = 60, every_months = 3 }"
    changes = (
        f"debt.ddtl.amortisation={law}",
        "debt.ddtl.undrawn_fee=0.005",
        "contracts.anchor.tranches=[{ gpus = 24000, start = 2027-01-09 }]",
        EXPENSED,
    )
    assert [day for day, _ in happened("pay", DRAW, *changes)] == ["2026-11-30"]
    rows = table("statements_monthly", DRAW, *changes).select("period", "cash_for_interest")
    paid = {period: -cents / 100 for period, cents in rows.iter_rows() if cents}
    assert list(paid)[:4] == ["2026-09", "2026-11", "2027-02", "2027-05"]
    assert paid["2026-09"] == pytest.approx(2e9 * 0.005 * 92 / 360, abs=0.02)
    assert paid["2026-11"] == pytest.approx(2e9 * 0.005 * 61 / 360, abs=0.02)


def test_the_maturity_is_the_last_instalment():
    """Five yearly instalments from December 2027, the maturity cuts them after three and a bit."""
    changes = ("debt.ddtl.amortisation.law=straight", "debt.ddtl.maturity=2030-04-10")
    paid = repaid(*changes)
    months = ["2027-12", "2028-12", "2029-12", "2030-04"]
    assert paid == pytest.approx(dict.fromkeys(months, drawn() / 4), abs=0.001)
    assert ("2030-04-10", "ddtl") in happened("serve", DRAW, *changes)


# --- 30e: reserves at the end


def test_the_last_payment_frees_the_reserve():
    assert usd("loans", "2032-02", "det") == pytest.approx(13_816_022.35, abs=0.02)
    assert usd("restricted_cash", "2032-02", "det") == pytest.approx(0.02 * 13_816_022.35, abs=0.02)
    assert usd("restricted_cash", "2032-03", "det") == 0


def test_months_of_service_are_freed_with_the_last_payment_too():
    changes = ("debt.ddtl.reserve_share=0", "debt.ddtl.reserve_months=3")
    assert usd("restricted_cash", "2031-12", "det", *changes) > 0
    assert usd("restricted_cash", "2032-03", "det", *changes) == 0


def test_a_maturity_within_a_month_frees_the_reserve_that_month():
    rich = ("balance.cash_usd=2700000000", "balance.paid_in_capital_usd=2700000000")
    changes = ("debt.ddtl.maturity=2029-05-20", *rich)
    assert usd("restricted_cash", "2029-04", "det", *changes) > 0
    assert usd("restricted_cash", "2029-05", "det", *changes) == 0
    assert usd("loans", "2029-05", "det", *changes) == 0


# --- 30j: what the end of a run changes

SCULPTED = (
    "debt.ddtl.amortisation={ law = 'sculpted', months = 60, grace_months = 3, every_months = 1, "
    "dscr = 1.4 }",
    "debt.ddtl.running_cost_share=0.35",
)


@pytest.mark.parametrize(
    "terms",
    [
        SCULPTED,
        (*SCULPTED, "debt.ddtl.reserve_share=0", "debt.ddtl.reserve_months=6"),
        (*SCULPTED, "debt.ddtl.size_dscr=1.5"),
    ],
    ids=["sculpted", "with months of reserve", "sized by cover"],
)
def test_another_horizon_moves_no_month_of_a_sculpted_loan(terms):
    lines = ["period", "cash_for_interest", "interest_expense", "loans", "cash", "restricted_cash"]
    short = table("statements_monthly", "det", "model.quarters=10", *terms).select(lines)
    for quarters in (13, 24):
        longer = table("statements_monthly", "det", f"model.quarters={quarters}", *terms)
        assert longer.select(lines).head(30).rows() == short.rows()


# --- the yield of a discount


def charged(flows: dict[dt.date, float], drawn: dt.date, kept: float, rate: float) -> dict:
    """Discount by month, at the yield that takes it to nothing: found by halving an interval.

    flows: principal by payment date; drawn; kept: the discount; rate: a month's coupon.
    """
    ends = pl.date_range(drawn, max(flows), "1d", eager=True).dt.month_end().to_list()
    stops = sorted({d for d in {*ends, *flows} if drawn < d <= max(flows)})

    def run(monthly: float) -> tuple[float, dict[str, float]]:
        left, rest, since, by_month = sum(flows.values()), kept, drawn, {}
        for day in stops:
            part = (day - since).days / calendar.monthrange(day.year, day.month)[1]
            charge = ((left - rest) * monthly - left * rate) * part
            by_month[f"{day:%Y-%m}"] = by_month.get(f"{day:%Y-%m}", 0.0) + charge
            left, rest, since = left - flows.get(day, 0.0), rest - charge, day
        return rest, by_month

    low, high = rate, rate + 0.05
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if run(middle)[0] > 0 else (low, middle)
    return run(low)[1]


def test_the_yield_counts_the_days_before_the_first_payment():
    """1,309.19 on 23 December 2026 less 1.5%; 57 level instalments from 30 April 2027 on; the base
    rate of 31 December 2026 is 3.75% less 0.25% x 92 / 731 x 2 of half years: 3.687%."""
    kept, lent = 0.015 * 1_309_190_400, 1_309_190_400.0
    rate = (0.0375 - 0.0025 * 184 / 731 + 0.0225) / 12
    left, flows = lent, {}
    for n in range(57):
        part = left if n == 56 else left * rate / ((1 + rate) ** (57 - n) - 1)
        month = 3 + n  # from January 2027
        year, at = 2027 + month // 12, month % 12 + 1
        flows[dt.date(year, at, calendar.monthrange(year, at)[1])] = part
        left -= part
    expected = charged(flows, dt.date(2026, 12, 23), kept, rate)
    assert expected["2026-12"] == pytest.approx(141_257.54, abs=0.01)
    for month in ("2026-12", "2027-01", "2027-02"):  # then the second half is drawn
        assert usd("noncash_interest", month, "det") == pytest.approx(expected[month], abs=0.02)


def test_a_discount_lasts_to_the_last_of_payment_days_within_months():
    """A bullet of a year, paid monthly on the 15th: the 16th of January 2028 has nothing left."""
    changes = (
        "debt.ddtl.amortisation={ law = 'bullet', months = 12, every_months = 1 }",
        "debt.ddtl.first_payment=2027-01-15",
        "debt.ddtl.draw_discount=0.03",
        EXPENSED,
    )
    lent = drawn() * 1e6
    flows = {dt.date(2027 + n // 12, n % 12 + 1, 15): 0.0 for n in range(12)}
    flows[dt.date(2028, 1, 15)] = lent
    expected = charged(flows, dt.date(2026, 12, 23), 0.03 * lent, 0.10 / 12)
    rows = table("statements_monthly", DRAW, *changes).select("period", "noncash_interest")
    found = {period: cents / 100 for period, cents in rows.iter_rows() if cents}
    assert found == pytest.approx(expected, abs=0.1)


def test_another_draw_s_own_day_takes_nothing_of_a_discount():
    """14 months, yearly, the stub last: half of the first draw on 31 December 2027, half on its own
    day in February 2028; the second, of 2027, is due at once 14 months after it."""
    changes = (
        "debt.ddtl.amortisation={ law='straight', months=14, every_months=12, stub='last' }",
        "debt.ddtl.draw_discount=0.03",
        "contracts.anchor.tranches=[{ gpus = 24000, start = 2027-02-01 }, "
        "{ gpus = 12000, start = 2027-05-01 }]",
        EXPENSED,
    )
    days = sorted({dt.date.fromisoformat(day) for day, _ in happened("pay", DRAW, *changes)})
    assert days[0] == dt.date(2026, 12, 23)
    rows = table("statements_monthly", DRAW, *changes)
    lent = [x / 97 for x in rows["debt_drawn_cash"] if x]
    first = {dt.date(2027, 12, 31): lent[0] / 2, dt.date(2028, 2, 23): lent[0] / 2}
    month = days[1].month + 2
    second = {dt.date(2028, month, days[1].day): lent[1]}
    expected = charged(first, days[0], 0.03 * lent[0], 0.10 / 12)
    for period, x in charged(second, days[1], 0.03 * lent[1], 0.10 / 12).items():
        expected[period] = expected.get(period, 0.0) + x
    found = {p: cents / 100 for p, cents in rows.select("period", "noncash_interest").iter_rows()}
    assert {p: x for p, x in found.items() if x} == pytest.approx(expected, abs=0.2)


# --- 30d: days of a broken month


@pytest.mark.parametrize(
    ("start", "drawn_on", "days"),
    [("2027-02-01", "2026-12-23", 7), ("2027-02-08", "2026-12-30", 0), ("2027-02-09", None, 0)],
)
def test_a_broken_month_counts_by_thirties_from_the_draw(start, drawn_on, days):
    """To the last of December, which is the thirtieth: 30 less the day of the draw."""
    changes = (
        f"contracts.anchor.tranches=[{{ gpus = 24000, start = {start} }}]",
        "operator.capitalised_interest_share=0",
    )
    paid = [date for date, _ in happened("pay", DRAW, *changes)]
    assert paid == [drawn_on or "2026-12-31"]
    rows = table("statements_monthly", DRAW, *changes).select("period", "interest_expense_debt")
    by_month = dict(rows.iter_rows())
    amount = table("statements_monthly", DRAW, *changes)["debt_drawn_cash"].sum()
    assert by_month["2026-12"] == pytest.approx(amount * 0.10 * days / 360, abs=1)
    assert by_month["2027-01"] == pytest.approx(amount * 0.10 * 30 / 360, abs=1)
    assert by_month["2027-02"] == pytest.approx(amount * 0.10 * 30 / 360, abs=1)
