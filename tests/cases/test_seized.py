"""A lender that takes its hardware takes the need to replace it: nothing more is ordered for it."""

import datetime as dt

import polars as pl

from tests.cases.reading import happened, table

SEIZED = dt.date(2027, 12, 1)


def test_nothing_is_ordered_for_a_contract_that_its_lender_has_taken() -> None:
    """Only the contract that was taken used GB300: in the half year after, none is ordered."""
    assert str(SEIZED) in [day for day, _ in happened("lapse", "seized")]
    placed = table("events", "seized").filter(pl.col("what") == "place")
    after = placed.filter(pl.col("date").is_between(SEIZED, dt.date(2028, 5, 31)))
    assert [text for text in after["text"] if "GB300" in text] == []
    before = placed.filter(pl.col("date") < SEIZED)
    assert [text for text in before["text"] if "GB300" in text] != []
