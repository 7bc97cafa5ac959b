"""What the story says of halls that were taken when they were needed, and of terms that go on."""

import polars as pl

from tests.cases.reading import folder_of, gpusim, table

TWO_HALLS = (
    "sites.alpha.phases=[{it_mw=50,ready=2026-12-01},"
    "{it_mw=50,ready=2026-12-01,taken='with-first-order'}]"
)
LATER = "contracts.anchor.tranches=[{gpus=24000,start=2027-02-01},{gpus=24000,start=2028-09-01}]"


def told(model: str, *changes: str) -> list[str]:
    """Day and sentence of what the story tells."""
    rows = table("events", model, *changes).filter(pl.col("in_story"))
    return [f"{day} {text}" for day, text in zip(rows["date"], rows["text"], strict=True)]


def test_a_hall_that_an_order_asks_for_is_not_late() -> None:
    """The second half is ordered on 2028-02-24, and its hall stood ready since 2026-12-01.

    190 days before the start: lead of 120, 30 of fit-out, 30 of acceptance, 10 ahead.
    """
    halls = [text for text in told("det", TWO_HALLS, LATER) if "alpha phase 2" in text]
    assert halls[0].startswith(
        "2028-02-25 alpha phase 2 (50 MW) is handed over, for the order of 2028-02-24; rent of"
    )
    assert halls[1] == "2028-02-25 alpha phase 2 (50 MW) has power"


def test_an_optional_hall_is_late_by_what_its_landlord_adds() -> None:
    """Its landlord is 500 days late: 2026-12-01 and 500 days are 2028-04-14, 49 after the order."""
    slow = "sites.alpha.delay={probability=1,mean_days=500,sd_days=0}"
    first = "contracts.anchor.tranches=[{gpus=24000,start=2028-09-01}]"
    one = TWO_HALLS.replace("[{it_mw=50,ready=2026-12-01},", "[")
    halls = [text for text in told("det", one, first, slow) if "alpha phase 1" in text]
    assert halls[0].startswith("2028-04-14 alpha phase 1 (50 MW) is handed over, 49 days late, for")
    assert halls[1] == "2028-04-14 alpha phase 1 (50 MW) has power, 49 days late"


def test_a_renewal_says_who_stays_and_for_what() -> None:
    """24,000 at half of 2.91 for twelve months from 2032-02-01, 366 days: 306.7m."""
    renews = "contracts.anchor.renewal={chance=1.0,term_months=12,price_share=0.5}"
    (end,) = [text for text in told("det", renews) if "anchor tranche 1 ends" in text]
    assert end.startswith("2032-02-01 anchor tranche 1 ends, USD ")
    assert end.endswith("renewed for 366 days: USD 307m of backlog, 24,000 GB300 stay")
    assert not [text for text in told("det", renews) if "free again" in text]


def test_the_end_of_a_renewal_is_told_by_its_name_without_a_lot() -> None:
    """A renewal for one month ends on 2032-03-01, a month after; nothing else has its name."""
    renews = "contracts.anchor.renewal={chance=1.0,term_months=1,price_share=0.5}"
    ends = [text for text in told("det", renews) if "anchor renewal" in text]
    assert ends[0].startswith("2032-03-01 anchor renewal 1 tranche 1 ends, ")


def test_a_fee_before_the_first_draw_repays_nothing() -> None:
    """Undrawn fees are paid on 20 August and 20 November, the first draw is on 26 November."""
    story = gpusim("replay", str(folder_of("late-hall"))).stdout
    assert "2026-11-26  suppliers of first tranche 1 are paid USD 64.0m, with USD 47.0m" in story
    assert "loan is paid" not in story
    assert "outstanding" not in story


def test_a_loan_that_is_repaid_is_told_once() -> None:
    """Over fourteen quarters, on 20 February 2029: seven instalments from 20 August 2027."""
    story = gpusim("replay", str(folder_of("late-hall", "model.quarters=14"))).stdout
    over = [line for line in story.splitlines() if "outstanding" in line]
    assert [line[:10] for line in over] == ["2029-02-20"]
    assert over[0].endswith("; nothing of it is outstanding any more")
