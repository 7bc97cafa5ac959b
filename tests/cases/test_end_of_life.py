"""GPUs beyond their life are sold as they are free, those in use on the day they come free."""

import pytest

from tests.cases.reading import happened, usd

MODEL = "notice-frees"
OLD = (
    "assets.fleet.gross_usd=120_000_000",
    "assets.fleet.gpus=3000",
    "assets.fleet.remaining_life_years=0.75",
    "balance.servers_gross_usd=120_000_000",
    "balance.paid_in_capital_usd=220_000_000",
    "sites.hall.phases=[{it_mw=10,ready=2026-09-30}]",
    "contracts.first.tranches=[{gpus=1000,start=2026-09-15,hardware={status='in-service'}}]",
    "contracts.first.term_months=13",
    "contracts.first.exit_on=2028-12-31",
    "contracts.second.tranches=[{gpus=1000,start=2030-12-01}]",
)
"""Three quarters of a year from 2026-10-01 end on 2027-07-01; the contract ends on 2027-10-15."""


def days(what: str, *changes: str) -> list[str]:
    """Days on which something happened to the fleet."""
    return [day for day, name in happened(what, MODEL, *OLD, *changes) if name == "fleet"]


def test_those_that_are_free_are_sold_on_the_day_and_the_rest_when_it_comes_free() -> None:
    """2,000 of 3,000 are idle: 80 of 120 million leave the books in July, 40 in October."""
    assert days("retire") == ["2027-07-01"]
    assert days("sell") == ["2027-10-15"]
    for month, left in {"2027-06": 120, "2027-07": 40, "2027-09": 40, "2027-10": 0}.items():
        assert usd("ppe_gross", month, MODEL, *OLD) == left * 1_000_000
    once = usd("disposal_proceeds", "2027-07", MODEL, *OLD)
    later = usd("disposal_proceeds", "2027-10", MODEL, *OLD)
    assert 0 < later < once / 2
    assert usd("disposal_proceeds", "2027-08", MODEL, *OLD) == 0


def test_gpus_that_are_made_fit_again_are_sold_when_they_are_free() -> None:
    """Twenty days after 15 October."""
    assert days("sell", "gpus.H200.redeploy_days=20") == ["2027-11-04"]


def test_what_is_sold_has_its_own_share_of_the_books_and_the_rest_is_charged_on() -> None:
    """An economic life of 4.5 years, of a book life of 5 with 0.75 left: sold from 2027-01-01 on.

    92 of 273 days are charged by then, so that 181/273 of the 80 million of idle GPUs are left. The
    40 million of those in use are charged 31/273 in January.
    """
    own = ("gpus.H200.economic_life_years=4.5",)
    assert days("retire", *own) == ["2027-01-01"]
    got = usd("disposal_proceeds", "2027-01", MODEL, *OLD, *own)
    gain = usd("disposal_gain", "2027-01", MODEL, *OLD, *own)
    assert gain == pytest.approx(got - 80e6 * 181 / 273, abs=0.05)
    charge = usd("depreciation_and_amortization", "2027-01", MODEL, *OLD, *own)
    assert charge == pytest.approx(40e6 * 31 / 273, abs=0.05)
    assert days("sell", *own) == ["2027-10-15"]
