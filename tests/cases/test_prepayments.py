"""Prepaid balances, by files: whose months credit them, and in which year each is taxed.

Expected taxes come from `tax_by_hand`; here stands what tax has in other months than the books.
"""

import datetime as dt
import json

import polars as pl
import pytest

from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.cases.reading import MODELS, folder_of, gpusim, happened, table, usd
from tests.cases.tax_by_hand import Terms, by_hand, check, check_booked, level, line, minus

PREPAID = 0.08 * 24_000 * 5.00 * 24 * (1_826 + 1_827)
"""Of terms of five years from February and from May 2027: USD 841.7m, received in October 2026."""


def check_tax(apart: dict[str, float], model: str, *changes: str) -> dict[str, float]:
    return check(apart, Terms(), model, *changes)


SINCE = 0.25 * (13 * 180 * 92 * (1 / 5_478 - 1 / 5_479) + 4.0 * 0.001_71)
"""What late 2027 pays more than when the rows were found [USD m]: rent is spread over
5,479 days instead of 5,478, and overheads grow by twelfth roots: 1.0025^n - 1.03^(n / 12), months
15 to 17."""


# --- row 26: credits in the year after receipt ---------------------------------------------------

NEXT_YEAR = "credits_next_year"
PLAN = "contracts.anchor.prepayment"


def test_credits_of_the_next_year_are_taxed_as_earned():
    """All of it is earned in 2027, by whose end it must be income: tax and books agree."""
    paid = check_tax({}, NEXT_YEAR)
    by_quarter = [paid[f"2027-{month}"] for month in ("03", "06", "09", "12")]
    assert by_quarter == pytest.approx([0.12, 32.35, 70.17, 70.14 + SINCE], abs=0.005)


def test_fiscal_years_that_end_in_june_are_taxed_and_closed_by_themselves():
    """Received in October 2026, of the year that ends in June 2027: by June 2028 it must be income.

    Twenty months from March 2027 on: sixteen are earned by then, four are taxed in that June.
    """
    parts = level(PREPAID, "2027-03", 20)
    apart = {"2028-06": PREPAID * 4 / 20} | minus(parts, "2028-07")
    terms = Terms(year_ends=6)
    changes = ("model.fiscal_year_ends=6", f"{PLAN}.credited_months=[2, 21]")
    check(apart, terms, NEXT_YEAR, *changes)
    check_booked(apart, terms, NEXT_YEAR, *changes)


def test_credits_of_the_year_of_receipt_are_taxed_as_earned():
    check_tax({}, NEXT_YEAR, f"{PLAN}.due=2027-03-10")


def test_what_is_left_at_the_end_of_the_next_year_is_income_of_its_last_month():
    """Twenty months from March 2027 on: half is earned in 2027, half is taxed in December."""
    parts = level(PREPAID, "2027-03", 20)
    apart = {"2027-12": PREPAID / 2} | minus(parts, "2028-01")
    check_tax(apart, NEXT_YEAR, f"{PLAN}.credited_months=[2, 21]")


def test_a_prepayment_credited_over_three_years_is_taxed_in_two():
    """Received in March 2027, credited 48 months from March 2027 on: 10 earned in 2027, 12 in 2028.

    At the end of 2028 the other 26 months are income; their credits of 2029 on are not again.
    """
    parts = level(PREPAID, "2027-03", 48)
    apart = {"2028-12": PREPAID * 26 / 48} | minus(parts, "2029-01")
    changes = (f"{PLAN}.due=2027-03-10", f"{PLAN}.credited_months=[2, 49]")
    check_tax(apart, NEXT_YEAR, *changes)


def test_taxed_with_the_books_if_the_terms_say_so():
    check_tax({}, NEXT_YEAR, f"{PLAN}.credited_months=[2, 21]", "tax.advance_payment_share=0")


def test_tax_knows_no_financing_component():
    """It moves interest and revenue of the books, no cash and no tax."""
    plain = line("cash_for_tax", NEXT_YEAR, f"{PLAN}.credited_months=[2, 21]")
    financed = (NEXT_YEAR, f"{PLAN}.credited_months=[2, 21]", "contracts.anchor.sfc_rate=0.06")
    assert line("cash_for_tax", *financed) == pytest.approx(plain, abs=0.02)
    assert line("cash", *financed) == pytest.approx(line("cash", NEXT_YEAR, financed[1]), abs=0.02)
    assert sum(line("revenue", *financed)) > sum(line("revenue", NEXT_YEAR)) + 10e6


# --- row 27: prepayments of two contracts --------------------------------------------------------

FIRST = 0.08 * 24_000 * 5.00 * 24 * 1_826
SECOND = 0.06 * 24_000 * 5.00 * 24 * 1_827


def test_each_prepayment_alone():
    """420.7 of 2026, credited March 2027 to October 2028; 315.5 of 2027, credited from May 2029.

    The first: half earned in 2027, the rest taxed in December 2027. The second: untaxed until
    December 2028, whatever the first's credits are.
    """
    apart = minus(level(FIRST, "2027-03", 20), "2028-01")
    apart |= {"2027-12": FIRST / 2, "2028-12": SECOND} | minus(level(SECOND, "2029-05", 12), "2029")
    paid = check_tax(apart, "two_prepayments")
    assert (paid["2027-12"], paid["2028-12"]) == pytest.approx((122.73 + SINCE, 143.72), abs=0.005)


def test_two_prepayments_of_one_contract_are_apart_as_well():
    """An opening balance of 120, received in 2025, credited from July 2028 on: income of 2026.

    The file's own prepayment of 2026 is income of 2027 as before.
    """
    opening = 120_000_000.0
    changes = (
        "contracts.anchor.opening.deferred_revenue_usd=120000000",
        "contracts.anchor.opening.credited_from=2028-07-01",
        "contracts.anchor.opening.credited_to=2029-06-30",
        "contracts.anchor.opening.received=2025-11-15",
        "balance.deferred_revenue_usd=120000000",
        "balance.paid_in_capital_usd=8880000000",
    )
    apart = {"2026-12": opening} | minus(level(opening, "2028-07", 12), "2028")
    check_tax(apart, NEXT_YEAR, *changes)


@pytest.mark.parametrize(
    ("received", "taxed"), [("2026-02-01", "2027-12"), ("2025-11-15", "2026-12"), ("", "")]
)
def test_an_opening_balance_is_taxed_by_its_year_of_receipt(received, taxed):
    """Of this year: next year's income; of last year: this year's; left out: it has been."""
    changes = [
        "contracts.anchor.opening.deferred_revenue_usd=120000000",
        "contracts.anchor.opening.credited_from=2028-07-01",
        "contracts.anchor.opening.credited_to=2029-06-30",
        "balance.deferred_revenue_usd=120000000",
        "balance.paid_in_capital_usd=8880000000",
    ]
    apart = minus(level(120_000_000.0, "2028-07", 12), "2028")
    if received:
        changes.append(f"contracts.anchor.opening.received={received}")
        apart |= {taxed: 120_000_000.0}
    expected = by_hand(apart, Terms(), NEXT_YEAR, *changes).paid
    assert [-x for x in line("cash_for_tax", NEXT_YEAR, *changes)] == pytest.approx(expected, abs=2)


# --- row 30h: an opening balance and a later prepayment ------------------------------------------

ENDS = [f"{year}Q{quarter}" for year in range(2026, 2033) for quarter in range(1, 5)][2:26]


def by_quarter(name: str, model: str, *changes: str) -> dict[str, float]:
    rows = table("statements", model, *changes).filter(pl.col("replication") == 0)
    return {period: x / 100 for period, x in zip(rows["period"], rows[name], strict=True)}


def test_a_dollar_more_of_prepayment_moves_about_a_dollar():
    alone = by_quarter("cash", "opening-only")
    beside = by_quarter("cash", "opening-and-1usd")
    assert {q: abs(beside[q] - alone[q]) for q in alone if abs(beside[q] - alone[q]) > 1.25} == {}


def credited(months: int, amount: float, first: dt.date, quarter: str) -> float:
    """Of an amount credited level from a month on, so much by a quarter's end."""
    year, n = int(quarter[:4]), int(quarter[5])
    done = (year - first.year) * 12 + 3 * n - first.month + 1
    return amount * min(max(done, 0), months) / months


def test_each_balance_is_credited_by_its_own_months():
    """Opening: 600 over January 2028 to December 2030. One dollar: months 49 to 60 from February
    2027 on, which are February 2031 to January 2032."""
    left = by_quarter("deferred_revenue", "opening-and-1usd")
    for quarter in ENDS:
        opening = 600e6 - credited(36, 600e6, dt.date(2028, 1, 1), quarter)
        later = 1.0 - credited(12, 1.0, dt.date(2031, 2, 1), quarter)
        assert left[quarter] == pytest.approx(opening + later, abs=0.2), quarter


def test_balances_whose_months_overlap():
    """Opening as above; 120 credited in months 13 to 24: February 2028 to January 2029."""
    changes = (f"{PLAN}.amount_usd=120000000", f"{PLAN}.credited_months=[13, 24]")
    left = by_quarter("deferred_revenue", "opening-and-1usd", *changes)
    for quarter in ENDS[1:]:
        opening = 600e6 - credited(36, 600e6, dt.date(2028, 1, 1), quarter)
        later = 120e6 - credited(12, 120e6, dt.date(2028, 2, 1), quarter)
        assert left[quarter] == pytest.approx(opening + later, abs=0.5), quarter


def test_each_balance_has_its_own_financing_component():
    """At 6% 600 grow to 600 x 1.005^18 by the end of 2027, and end with 2030, 120 with 2028."""
    changes = (
        f"{PLAN}.amount_usd=120000000",
        f"{PLAN}.credited_months=[13, 23]",
        "contracts.anchor.sfc_rate=0.06",
    )
    left = by_quarter("deferred_revenue", "opening-and-1usd", *changes)
    own = 600e6 * 1.005**18
    later = 120e6 * (1 + 0.005 * 1 / 30) * 1.005**15  # received on 30 September 2026
    assert left["2027Q4"] == pytest.approx(own + later, abs=1.0)
    payment = own * 1.005 / sum(1.005**-n for n in range(36))
    due = own
    for _ in range(12):
        due = due * 1.005 - payment
    assert left["2028Q4"] == pytest.approx(due, abs=2.0)
    assert left["2030Q4"] == pytest.approx(0.0, abs=0.01)


def test_the_bundled_contract_with_both_keeps_the_months_it_states():
    """`nebius-2025q4`: opening credits of March 2026 to December 2030; the contract bills since
    November 2025, so that months 13 to 60 are November 2026 to October 2030."""
    book = lower(load("nebius-2025q4"))
    c = book.names.contracts.index("microsoft")
    final = process.run(book.state, draw(book.spec, 1, 0))
    own = final.advances[final.advances.contract == c]
    months = [(int(a.credit_first), int(a.credit_last)) for a in own if a.booked > 0]
    assert months == [(3, 60), (11, 58)]


def test_unit_economics_take_both_balances_however_the_due_day_is_stated():
    """Thirty days before the start of 1 February 2027 is 2 January: the same money either way."""
    prepayment = "credited_months = [49, 60], amount_usd = 500_000_000, unconditional = false"
    whole = "contracts.anchor.prepayment={{ {}, {} }}"
    model = str(MODELS / "opening-and-1usd.toml")
    asked = [
        gpusim("units", model, "--json", "--set", whole.format(prepayment, due))
        for due in ("due = 2027-01-02", "days_before_start = 30")
    ]
    assert [done.returncode for done in asked] == [0, 0], asked[0].stderr + asked[1].stderr
    assert asked[0].stdout == asked[1].stdout


def test_an_opening_balance_was_received_by_the_as_of_day():
    model = str(MODELS / "opening-only.toml")
    done = gpusim("units", model, "--set", "contracts.anchor.opening.received=2026-07-01")
    assert done.returncode == 2
    assert "the as-of day, 2026-06-30, or a day before it" in done.stderr


# --- the day on which it is asked for, and its financing component --------------------------------


def paid_ahead(due: str, millions: int, first: int, last: int) -> str:
    """An unconditional prepayment of USD m, credited in months of the contract."""
    terms = f"due = {due}, amount_usd = {millions}_000_000, unconditional = true"
    return f"contracts.anchor.prepayment={{ {terms}, credited_months = [{first}, {last}] }}"


ASKED = (
    "contracts.anchor.signed=2026-07-20",
    f"{PLAN}.due=2026-07-05",
    f"{PLAN}.unconditional=true",
)


def test_a_prepayment_due_before_the_signature_is_asked_for_on_the_day_after():
    assert happened("prepay", "zero_days", *ASKED) == [("2026-07-21", "anchor")]


def test_its_financing_component_runs_from_that_day():
    """120.0 at 6% are 0.6 a month: eleven of the 31 days of July, 212,903.23."""
    changes = (ASKED[0], paid_ahead("2026-07-05", 120, 25, 60), "contracts.anchor.sfc_rate=0.06")
    grown = usd("interest_expense", "2026-07", "zero_days", *changes)
    grown -= usd("interest_expense_debt", "2026-07", "zero_days", *changes)
    assert grown == pytest.approx(600_000 * 11 / 31, abs=0.01)


def test_a_balance_booked_in_its_first_month_of_credits_is_released_level():
    """12.0 of 21 February at 6%, credited in February and March, an invoice of 46.9 and 52.0.

    Two equal parts R that are worth it: R + R / 1.005 = 12.0 x (1 + 0.005 x 8 / 28), so that each
    month has R - 6.0 of revenue more, although only 17,142.86 have grown in February.
    """
    changes = (paid_ahead("2027-02-21", 12, 1, 2), "contracts.anchor.sfc_rate=0.06")
    part = 12e6 * (1 + 0.005 * 8 / 28) / (1 + 1 / 1.005)
    for month, days in (("2027-02", 28), ("2027-03", 31)):
        price = 24_000 * 2.91 * 24 * days
        earned = usd("revenue_committed", month, "zero_days", *changes)
        assert earned - price == pytest.approx(part - 6e6, abs=0.02)
    assert part - 6e6 == pytest.approx(23_555.40, abs=0.01)
    assert usd("deferred_revenue", "2027-03", "zero_days", *changes) == 0


# --- a financing component in backlog, RPO and plan ----------------------------------------------

FINANCED = ("zero_days", "contracts.anchor.sfc_rate=0.06")
PRICE = 24_000 * 2.91 * 24 * (1_826 + 1_827)
"""Terms of five years from 1 February and 1 May 2027, over by the end of June 2032."""


def test_accretion_is_earned_on_top_of_the_price_and_no_more_than_all_is():
    """A fifth is received on 31 August 2026, of which it bears a day, and grows through February
    2029, 30 months. Credits of months 25 to 60 are those from February 2029 on: 36 level releases
    R with R + R / 1.005 + ... + R / 1.005^35 = that balance."""
    outcomes = table("outcomes", *FINANCED).row(0, named=True)
    grown = 0.2 * PRICE * (1 + 0.005 / 31) * 1.005**30
    release = grown / sum(1.005**-n for n in range(36))
    accreted = 36 * release - 0.2 * PRICE
    assert outcomes["backlog_opening"] / 100 == pytest.approx(PRICE, abs=1)
    whole = outcomes["backlog_opening_convertible"]
    assert whole / 100 == pytest.approx(PRICE + accreted, abs=5)
    assert outcomes["backlog_opening_recognised"] == whole
    done = gpusim(
        "run", str(MODELS / "zero_days.toml"), "--reps", "1", "--json", "--set", FINANCED[1]
    )
    assert json.loads(done.stdout)["outcomes"]["backlog_opening_recognised_share"] == 1.0


def test_what_a_prepayment_is_kept_for_is_of_what_could_become_revenue():
    """100 GPUs at 2.00 for 91 days: 436,800. A tenth of that comes off the 100,000 paid ahead.

    56,320 are kept, and all of both becomes revenue.
    """
    model = str(MODELS / "renewed-prepaid.toml")
    told = json.loads(gpusim("run", model, "--reps", "1", "--json").stdout)
    outcomes = folder_of("renewed-prepaid") / "outcomes.parquet"
    row = pl.read_parquet(outcomes).row(0, named=True)
    assert row["backlog_opening"] == 436_800_00
    assert row["backlog_opening_convertible"] == 436_800_00 + 56_320_00
    assert row["backlog_opening_recognised"] == row["backlog_opening_convertible"]
    assert told["outcomes"]["backlog_opening_recognised_share"] == 1.0
    said = " ".join(gpusim("run", model, "--reps", "1").stdout.split())
    signed = "of USD 437 thousand signed and USD 56 thousand of prepayments kept or prices risen,"
    assert f"{signed} 100.0% on average becomes revenue" in said


def test_accretion_is_in_rpo_as_in_backlog():
    """Nobody may leave, so that the two are one in every month."""
    rows = table("metrics_monthly", *FINANCED)
    assert rows["rpo"].to_list() == rows["backlog"].to_list()


def test_the_plan_has_accretion_in_the_month_in_which_it_is_earned():
    """Every tranche starts on its day: planned is recognised, nothing slips."""
    rows = (
        table("backlog_monthly", *FINANCED)
        .group_by("period", "movement")
        .agg(pl.col("cents").sum())
    )
    moves = {(period, movement): cents for period, movement, cents in rows.iter_rows()}
    recognised = {p: cents for (p, movement), cents in moves.items() if movement == "recognised"}
    assert len(recognised) > 60
    assert recognised == {p: moves[p, "planned"] for p in recognised}
    assert not [cents for (_, movement), cents in moves.items() if movement == "slipped" and cents]
