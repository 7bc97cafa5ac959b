"""Every waiting day has the cause that was true on it."""

from __future__ import annotations

import polars as pl
import pytest

from tests.cases.reading import happened, table

DAY = 6_000 * 24 * 3.20
"""What a day of the tranche is worth [USD]."""


def test_money_that_came_late_is_the_cause_for_as_long_as_it_was_missing() -> None:
    """Asked for on 1 July, paid in on 10 July; 120 days of delivery, 60 of fit-out and acceptance.

    The start was planned for 1 September, and is on 6 January: 30 + 31 + 30 + 31 + 5 = 127 days.
    With money on 1 July it had been 28 December, 118 days late, so 9 are for want of money.
    """
    assert happened("need", "late-money")[0][0] == "2026-07-01"
    assert happened("start", "late-money")[0][0] == "2027-01-06"
    rows = table("backlog_monthly", "late-money").filter(movement="slipped")
    until = rows.filter(pl.col("period") <= "2027-01")
    slipped = dict(until.group_by("cause").agg(pl.col("cents").sum()).iter_rows())
    assert {cause: cents / 100 for cause, cents in slipped.items() if cents} == {
        "delivery": 118 * DAY,
        "funding": 9 * DAY,
    }


@pytest.mark.parametrize(
    ("money", "start", "late"),
    [
        ("2026-07-02", "2026-09-01", {"delivery": 118, "funding": 1}),
        ("2026-08-15", "2026-09-01", {"delivery": 118, "funding": 45}),
        ("2026-07-24", "2027-01-31", {}),
        ("2026-08-04", "2027-01-31", {}),
        ("2026-08-05", "2027-01-31", {"funding": 1}),
        ("2026-08-15", "2027-01-31", {"funding": 11}),
    ],
)
def test_want_of_money_is_told_for_the_days_by_which_it_made_a_start_late(money, start, late):
    """120 + 30 + 30 days from the order to its acceptance, which is planned ten days ahead.

    So GPUs for 31 January are asked for on 25 July, and are in time if ordered by 4 August.
    """
    changes = (f"equity.a.date={money}", f"contracts.c1.tranches=[{{gpus=6_000,start={start}}}]")
    slipped = table("backlog_monthly", "late-money", *changes).filter(movement="slipped")
    until = slipped.filter(pl.col("period") <= "2027-02")
    cents = until.group_by("cause").agg(pl.col("cents").sum())
    assert {cause: days / 100 for cause, days in cents.iter_rows() if days} == {
        cause: days * DAY for cause, days in late.items()
    }


def test_a_wait_whose_cause_changes_has_slipped_once() -> None:
    """The hall is late until 9 December, its power until the 19th; 25 days later GPUs bill.

    13 January is 58 days after 16 November: 58 x 2,000 GPUs x 24 hours x 2.50 = USD 6.96m. In
    November the hall was missing, 15 days of it; in December they turn out to be for power.
    """
    rows = table("backlog_monthly", "late-hall").filter(movement="slipped", period="2026-11")
    told = {cause: cents / 100 for cause, cents in rows["cause", "cents"].rows() if cents}
    assert told == {"site": 15 * 2_000 * 24 * 2.50}
    ended = table("outcomes", "late-hall").row(0, named=True)
    slipped = {word: ended[f"slipped_{word}"] / 100 for word in ("power", "site", "delivery")}
    assert slipped == {"power": 6_960_000, "site": 0, "delivery": 0}
    assert ended["slipped"] == 696_000_000
    assert ended["binding_cause"] == "power"


TODAY = ("contracts.a.signed=2026-07-31", "contracts.a.prepayment.amount_usd=12")
"""Of `bound-by-notice`: 2,000 GPUs stand idle; a GPU earns 48 a day."""


def late(model: str, month: str, movement: str, *changes: str) -> dict[str, float]:
    """What moved in a month, by cause [USD]."""
    rows = table("backlog_monthly", model, *changes).filter(movement=movement, period=month)
    return {cause: cents / 100 for cause, cents in rows["cause", "cents"].rows() if cents}


def test_the_day_of_signature_waits_for_the_customer_where_its_gpus_are_there() -> None:
    """Nobody starts on the day of signature: planned for 31 July, 500 GPUs start on 1 August."""
    own = (*TODAY, "contracts.a.tranches=[{gpus=500,start=2026-07-31}]")
    assert [day for day, _ in happened("start", "bound-by-notice", *own)] == ["2026-08-01"]
    assert late("bound-by-notice", "2026-07", "slipped", *own) == {"customer": 500 * 48}
    assert late("bound-by-notice", "2026-08", "slipped", *own) == {}
    ends = (*own, "contracts.a.late_start=keeps-end")
    assert late("bound-by-notice", "2026-07", "expired", *ends) == {"customer": 500 * 48}
    assert late("bound-by-notice", "2026-08", "expired", *ends) == {}


def test_it_does_so_where_gpus_are_bought_and_accepted_that_day() -> None:
    """1,000 GPUs without lead time, signed and planned for 3 August."""
    assert late("signed_today", "2026-08", "slipped") == {"customer": 48_000}


def test_the_day_of_signature_waits_for_delivery_where_gpus_are_missing() -> None:
    """They take ten days: 3 August to 12 August, all of them for want of GPUs."""
    own = "gpus.G1.lead.planned_days=10"
    assert [day for day, _ in happened("start", "signed_today", own)] == ["2026-08-13"]
    assert late("signed_today", "2026-08", "slipped", own) == {"delivery": 10 * 48_000}


def test_idle_gpus_are_there_for_one_tranche_only() -> None:
    """Of 2,000 the first tranche takes 1,200; the second has 800 and waits for 400 to be bought."""
    own = (
        *TODAY,
        "contracts.a.tranches=[{gpus=1200,start=2026-07-31,priority=1},"
        "{gpus=1200,start=2026-07-31,priority=2}]",
    )
    assert happened("start", "bound-by-notice", *own)[0][0] == "2026-08-01"
    a_day = 1_200 * 48
    told = late("bound-by-notice", "2026-07", "slipped", *own)
    assert told == {"customer": a_day, "delivery": a_day}


def slipped_by_cause(month: str, model: str, *changes: str) -> dict[str, float]:
    """What has slipped by the end of a month, by cause [USD]."""
    rows = table("backlog_monthly", model, *changes).filter(movement="slipped")
    until = rows.filter(pl.col("period") <= month).group_by("cause").agg(pl.col("cents").sum())
    return {cause: cents / 100 for cause, cents in until.iter_rows() if cents}


ROOM_DAY = 1_000 * 24 * 2.80
"""What a day of the second contract of `taken-room` is worth [USD]."""


def test_room_is_missing_from_the_day_on_which_others_took_it() -> None:
    """Planned for 1 September; 15 + 10 days of fit-out and acceptance; a hall on 10 January.

    The first contract took the room on 1 October, 25 days before 26 October: 30 + 25 days. Then
    6 + 30 + 31 + 31 + 3 days to 4 February. No fit-out was longer than planned.
    """
    assert ("2027-02-04", "second.tranches.0") in happened("start", "taken-room")
    told = slipped_by_cause("2027-02", "taken-room")
    assert told == {"delivery": 55 * ROOM_DAY, "site": 101 * ROOM_DAY}


def test_room_that_others_leave_is_the_site_and_no_long_fit_out() -> None:
    """A full hall until GPUs retire on 1 January: 25 days later is 56 days after 1 December."""
    assert ("2027-01-01", "old") in happened("retire", "left-room")
    assert ("2027-01-26", "second.tranches.0") in happened("start", "left-room")
    assert slipped_by_cause("2027-01", "left-room") == {"site": 56 * ROOM_DAY}


def test_a_wait_longer_than_the_term_goes_on_to_be_told_by_cause() -> None:
    """A term of September, 30 days; by the end of November 55 of 91 days are delivery.

    By the end of January, before it starts, 98 of 153 are site; no value slips twice.
    """
    short = "contracts.second.term_months=1"
    whole = 30 * ROOM_DAY
    assert slipped_by_cause("2026-10", "taken-room", short) == {"delivery": whole}
    told = slipped_by_cause("2026-11", "taken-room", short)
    assert told["delivery"] == pytest.approx(whole * 55 / 91, abs=0.01)
    assert told["site"] == pytest.approx(whole * 36 / 91, abs=0.01)
    ended = table("outcomes", "taken-room", short).row(0, named=True)
    assert ended["slipped"] == whole * 100
    assert ended["slipped_site"] == pytest.approx(whole * 100 * 98 / 153, abs=1)


def test_failed_gpus_are_the_cause_until_they_are_replaced() -> None:
    """Bob's 1,000 wait for the 900 of Ann until the end of the year; some of his 100 fail monthly.

    They are lacked from the first of a month and replaced on its 21st: 20 days of each month.
    """
    changes = (
        "contracts.first.tranches=[{gpus=900,start=2025-10-01,hardware={status='in-service'}}]",
        "contracts.first.term_months=15",
        "operator.reuse_wait_days=120",
    )
    assert [day for day, _ in happened("accept", "failing-between", *changes)][:4] == [
        "2026-09-21",
        "2026-10-21",
        "2026-11-21",
        "2026-12-21",
    ]
    assert happened("start", "failing-between", *changes)[0][0] == "2027-01-01"
    for month, days in (("2026-10", 31), ("2026-11", 30), ("2026-12", 31)):
        told = late("failing-between", month, "slipped", *changes)
        assert told == {"failure": 20 * 48_000, "delivery": (days - 20) * 48_000}
