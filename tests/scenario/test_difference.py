"""What differs between two models, by what it means and not by where it stands."""

import datetime as dt

import pytest

from gpusim.scenario import load
from gpusim.scenario.difference import Difference, differences

LATE = ("{ it_mw = 6, ready = 2026-04-01,", "{ it_mw = 6, ready = 2026-06-30,")
SLIPPED = ("{ gpus = 2_000, start = 2026-08-01 }", "{ gpus = 2_000, start = 2026-09-01 }")
CHEAPER = ("price_usd_per_gpu_hour = 2.1", "price_usd_per_gpu_hour = 2.0")
NO_ROUND = (
    "[equity.round]\ndate = 2026-03-15\namount_usd = 20_000_000\ncosts_usd = 500_000\n",
    "",
)
LEGAL = '\n[overheads.legal]\nline = "administration"\nmonthly_usd = 100_000\n'
CURVE = ("{ date = 2027-12-31, rate = 0.033 }", "{ date = 2028-12-31, rate = 0.03 }")
REPAID = ("repayments = { 2026 = 12_000_000, 2027 =", "repayments = { 2026 = 11_000_000, 2027 =")


@pytest.fixture
def told(small, spoiled):
    """What differs between the small model and a copy with edits."""

    def tell(*edits: tuple[str, str], more: str = "") -> list[Difference]:
        return differences(load(small), load(spoiled.write(*edits, more=more)))

    return tell


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        (CHEAPER, ("contracts.second", "price_usd_per_gpu_hour", "USD/GPU-hour", 2.1, 2.0)),
        (
            LATE,
            (
                "sites.alpha",
                "phases[2026-04-01 6 MW].ready",
                "date",
                dt.date(2026, 4, 1),
                dt.date(2026, 6, 30),
            ),
        ),
        (
            SLIPPED,
            (
                "contracts.second",
                "tranches[2026-08-01 2000 GPUs].start",
                "date",
                dt.date(2026, 8, 1),
                dt.date(2026, 9, 1),
            ),
        ),
        (
            ("book_life_years = 6", "book_life_years = 6\neconomic_life_years = 5"),
            ("gpus.H100", "economic_life_years", "years", None, 5),
        ),
    ],
    ids=["a number", "a phase without a name", "a tranche without a name", "a key of one alone"],
)
def test_a_change_is_told_with_its_unit_and_both_values(told, edit, found):
    assert told(edit) == [found]


def test_a_noun_of_one_model_alone_is_one_difference(told):
    gone, new = told(NO_ROUND, more=LEGAL)
    assert (gone.table, gone.key, gone.unit, gone.second) == ("equity.round", "", "", None)
    assert gone.first["amount_usd"] == 20_000_000
    assert (new.table, new.key, new.first) == ("overheads.legal", "", None)
    assert new.second["monthly_usd"] == 100_000


def test_rows_are_matched_by_date(told):
    gone, new = told(CURVE)
    assert (gone.key, gone.first["rate"], gone.second) == ("curve[2027-12-31]", 0.033, None)
    assert (new.key, new.first, new.second["rate"]) == ("curve[2028-12-31]", None, 0.03)


def test_a_value_by_year_has_the_unit_of_its_table(told):
    ((table, key, unit, before, after),) = [
        d
        for d in told(REPAID, ("2027 = 10_000_000, 2028 = 8", "2027 = 11_000_000, 2028 = 8"))
        if "2026" in d.key
    ]
    assert (table, key, unit) == ("debt.ddtl", "opening.repayments.2026", "USD")
    assert (before, after) == (12_000_000, 11_000_000)


def test_a_row_put_in_front_moves_no_other(told):
    first = "  { gpus = 2_000, start = 2026-08-01 },\n"
    added = "  { gpus = 500, start = 2026-07-01 },\n"
    (new,) = told((first, added + first))
    assert (new.key, new.first) == ("tranches[2026-07-01 500 GPUs]", None)
    assert new.second["gpus"] == 500


def test_order_layout_and_sources_make_no_difference(told, small, tmp_path):
    first = "  { gpus = 2_000, start = 2026-08-01 },\n"
    second = "  { gpus = 1_000, start = 2026-10-01, priority = 1 },\n"
    swapped = (first + second, second + first)
    assert told(swapped, ('"debt" = "Invented', '"debt" = "Made up')) == []
    resolved = tmp_path / "resolved.toml"
    resolved.write_text(load(small).resolved_toml())
    assert differences(load(small), load(str(resolved))) == []


def test_two_quarters_of_one_operator():
    """Each value is that of the two model files."""
    found = {
        f"{d.table} {d.key}".strip(): d
        for d in differences(load("coreweave-2025q3"), load("coreweave-2025q4"))
    }
    as_of = found["model as_of"]
    assert (as_of.first, as_of.second) == (dt.date(2025, 9, 30), dt.date(2025, 12, 31))
    cash = found["operator minimum_cash_usd"]
    assert (cash.unit, cash.first, cash.second) == ("USD", 300_000_000, 500_000_000)
    cost = found["gpus.H100 capex_usd_per_gpu"]
    assert (cost.unit, cost.first, cost.second) == ("USD/GPU", 40_000, 36_600)
    assert found["sites.helios"].first is None
    assert found["sites.growth"].second is None
    assert not [d for d in found.values() if d.first == d.second]
