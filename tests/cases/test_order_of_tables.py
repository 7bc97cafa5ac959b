"""What is decided on a tie is not decided by the order of tables in the file."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.measures import CURED
from gpusim.economics.core.state import MINIMUM_LIQUIDITY, NEVER
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.decisions.capacity_source import capacity_source, powered_site
from gpusim.units_of_measure import date_of
from tests.cases.test_cash_floor import MILLION
from tests.engines import build
from tests.engines.build import Tables, book_of, gpu, merged, played, quiet, site

APRIL, JUNE = dt.date(2026, 4, 30), dt.date(2026, 6, 30)


def notes(covenants: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """100m of notes at nothing, due in eight years."""
    terms = build.notes(1e8, 0.0, dt.date(2034, 3, 31), 3, covenants=covenants)
    return merged(terms, changes)


def cash_of(minimum: float, *, cures: int = 0) -> dict[str, Any]:
    """A test of cash in millions, which equity may cure so often."""
    covenants: dict[str, Any] = {"minimum_liquidity": {"minimum_usd": minimum * 1e6, "from": APRIL}}
    if cures:
        covenants["cures"] = {"count": cures, "until": JUNE, "max_usd_each": 50_000_000}
    return covenants


def both_ways(debts: Tables) -> list[Tables]:
    """The tables in one order of the file and in the other."""
    return [debts, dict(reversed(debts.items()))]


def broken(debts: Tables, **tables: Any) -> tuple[dict[str, Any], float]:
    """First day of each debt's missed test of cash, and the cures of the run [USD m]."""
    final = played(merged(quiet(debt=debts), tables))
    days = [int(day) for day in final.covenants.broken[: len(debts), MINIMUM_LIQUIDITY]]
    first = [None if day == NEVER else date_of(day) for day in days]
    return dict(zip(debts, first, strict=True)), float(final.stocks[CURED].sum()) / MILLION


def test_cash_of_a_cure_counts_for_whoever_tests_cash_that_day():
    """Cash of 4: 10 are asked for and cured with 6, 8 are then there for the other."""
    for debts in both_ways({"A": notes(cash_of(10, cures=1)), "B": notes(cash_of(8, cures=1))}):
        days, cured = broken(debts, balance={"cash_usd": 4_000_000})
        assert days == {"A": APRIL, "B": None}
        assert cured == 6.0


def test_what_the_highest_test_cannot_cure_the_next_may():
    """Nobody cures the 10; the 8 are cured with 4."""
    for debts in both_ways({"A": notes(cash_of(10)), "B": notes(cash_of(8, cures=1))}):
        days, cured = broken(debts, balance={"cash_usd": 4_000_000})
        assert days == {"A": APRIL, "B": APRIL}
        assert cured == 4.0


def test_a_cure_of_cover_counts_for_every_test_of_cash():
    """Interest of 3 in the second quarter without any CFADS: cover of 1.0 is cured with 3.

    10 of cash less 3 of interest and 3 of the cure are 10: a test of 9 from June on holds.
    """
    from_june = {"minimum_liquidity": {"minimum_usd": 9_000_000, "from": JUNE}}
    covered = {
        "dscr": {"minimum": 1.0, "from": JUNE, "scope": "operator"},
        "cures": {"count": 1, "until": JUNE, "max_usd_each": 50_000_000},
    }
    debts = {"A": notes(from_june), "B": notes(covered, margin=0.12)}
    for ordered in both_ways(debts):
        final = played(quiet(debt=ordered, balance={"cash_usd": 10_000_000}))
        place = list(ordered).index("A")
        assert final.stocks[CURED, 3] == 3 * MILLION
        assert final.covenants.broken[place, MINIMUM_LIQUIDITY] > final.clock[0].today - 300
        first = date_of(int(final.covenants.broken[place, MINIMUM_LIQUIDITY]))
        assert first == dt.date(2026, 9, 30)  # nobody cures the interest of the third quarter


def test_a_loan_that_is_repaid_and_lent_no_more_tests_nothing():
    """10 of cash repay 8 on 30 April: the test of 5 on that day is a test of nothing."""
    due = {"maturity": APRIL, "opening": {"principal_usd": 8e6, "repayments": {"2026": 8e6}}}
    tested = notes(cash_of(5), **due)
    tested["opening"]["repayments"].pop("2034")
    final = played(quiet(debt={"A": tested}, balance={"cash_usd": 10_000_000}))
    assert final.facilities.principal[0] == 0
    assert final.covenants.broken[0, MINIMUM_LIQUIDITY] == NEVER
    assert final.facilities.first_stopped[0] == NEVER


def test_a_loan_that_still_owes_or_can_be_drawn_tests_as_before():
    """The same 8 due a month later, or a commitment that is left: 5 are not there."""
    later = {"maturity": dt.date(2026, 6, 30)}
    due = {"opening": {"principal_usd": 8e6, "repayments": {"2026": 8e6}}}
    tested = notes(cash_of(5), **due, **later)
    tested["opening"]["repayments"].pop("2034")
    final = played(quiet(debt={"A": tested}, balance={"cash_usd": 4_000_000}))
    assert date_of(int(final.covenants.broken[0, MINIMUM_LIQUIDITY])) == APRIL
    line = {
        "kind": "revolver",
        "commitment_usd": 1_000_000,
        "available_to": dt.date(2027, 3, 31),
        "base": "fixed",
        "margin": 0.0,
        "day_count": "30/360",
        "maturity": dt.date(2027, 3, 31),
        "seniority": 0,
        "covenants": cash_of(5),
    }
    final = played(quiet(debt={"A": line}, balance={"cash_usd": 3_000_000}))
    assert date_of(int(final.covenants.broken[0, MINIMUM_LIQUIDITY])) == APRIL


READY = [{"it_mw": 1, "ready": dt.date(2026, 1, 1)}]


@pytest.mark.parametrize("dearer", [0.0, 1.0])
def test_of_two_sites_with_power_the_cheaper_rent_then_the_name_decides(dearer: float):
    """Both have power today: the same one is taken in either order of the file."""
    rents = {"alpha": 10.0 + dearer, "beta": 10.0}
    shell = {"kind": "leased-shell", "lease_years": 10}
    sites = {n: site(READY, rent_usd_per_kw_month=rent, **shell) for n, rent in rents.items()}
    found = set()
    for ordered in both_ways(sites):
        tables = quiet()
        tables["sites"] = ordered
        book = book_of(tables)
        s = to_pointer(book.state)
        row, _ = powered_site(s, np.int64(0), np.int64(10))
        new, pooled = capacity_source(s, np.int64(0), np.int64(10))
        assert new == row
        assert not pooled
        found.add(list(ordered)[row])
    assert len(found) == 1
    assert not dearer or found == {"beta"}


def test_the_order_of_assets_decides_nothing_about_what_fails():
    """One of 20 GPUs fails a month: it is out of the same row in both files."""
    rows = {
        name: {
            "category": "servers",
            "gross_usd": gross,
            "accumulated_usd": 0,
            "remaining_life_years": 4,
            "gpu": "G",
            "site": "S",
            "gpus": 10,
        }
        for name, gross in (("dear", 200_000), ("cheap", 100_000))
    }
    failing = {"rate_per_year": 0.6, "log_sd": 0, "spare_share": 0, "short_start_share": 0}
    failing["repair"] = {"rate_per_year": 0, "days": 0}
    tables = [
        quiet(assets=ordered, gpus={"G": gpu(failures=failing)}) for ordered in both_ways(rows)
    ]
    one, other = (played(one) for one in tables)
    assert (one.ledger == other.ledger).all()
    assert one.stocks.tolist() == other.stocks.tolist()
