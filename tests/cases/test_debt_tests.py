"""Covenants that are tested before anything is drawn: as defined, and said beforehand."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.cases.reading import MODELS, gpusim, table
from tests.engines.build import balanced, contract, merged, notes, own_gpus, quiet, toml
from tests.engines.test_sculpted import loan

EARLY = str(MODELS / "covenant_before_first_draw.toml")
MUST_FAIL = "must fail"


def warnings(model: str, tmp_path, changes: str = "") -> list[str]:
    """What `models check` warns of, for a model and changes of it."""
    file = tmp_path / "changed.toml"
    file.write_text(f'extends = "{model}"\n{changes}')
    lines = gpusim("models", "check", str(file)).stdout.splitlines()
    return [line for line in lines if line.startswith("warning: ")]


def test_a_test_before_the_first_draw_fails_and_is_warned_of(tmp_path):
    """Fees of 0.5% fall due from July on; the customer pays first in March 2027."""
    (warning,) = warnings(EARLY, tmp_path)
    assert "debt.ddtl.covenants.dscr.from" in warning
    assert "2026-09-30" in warning
    assert "the first pays on 2027-03-30" in warning
    assert MUST_FAIL in warning
    loans = table("statements_monthly", "covenant_before_first_draw")["debt_drawn_cash"]
    assert loans.sum() == 0


def test_a_test_after_the_first_payment_is_not_warned_of(tmp_path):
    later = "[debt.ddtl.covenants]\ndscr = { minimum = 1.05, from = 2027-03-31 }"
    assert warnings(EARLY, tmp_path, later) == []
    just_before = "[debt.ddtl.covenants]\ndscr = { minimum = 1.05, from = 2026-10-01 }"
    assert MUST_FAIL in warnings(EARLY, tmp_path, just_before)[0]


def test_without_a_fee_nothing_is_due_and_the_test_holds(tmp_path):
    assert warnings(EARLY, tmp_path, "[debt.ddtl]\nundrawn_fee = 0.0") == []
    loans = table("statements_monthly", "covenant_before_first_draw", "debt.ddtl.undrawn_fee=0")
    assert loans["debt_drawn_cash"].sum() > 0


LATER = dt.date(2029, 3, 31)


def owing(tmp_path, maturity: dt.date = LATER, **changes: Any) -> list[str]:
    """Warnings of early tests of leverage: a bond of 5m, no hardware, no contract."""
    june = {"leverage": {"maximum": 5, "from": dt.date(2026, 6, 30)}}
    bond = notes(5_000_000, 0.1, maturity, 3, seniority=2, covenants=june)
    file = tmp_path / "owing.toml"
    file.write_text(toml(balanced(merged(quiet(debt={"bond": bond}), changes))))
    lines = gpusim("models", "check", str(file)).stdout.splitlines()
    return [line for line in lines if "test of the leverage of" in line]


def test_leverage_tested_before_anything_is_earned_is_warned_of(tmp_path):
    """Debt over no earnings fails at any limit, on 30 June 2026 as on every day."""
    (warning,) = owing(tmp_path)
    assert "the first test of the leverage of bond, on 2026-06-30, must fail: " in warning
    assert "none ever is served" in warning
    assert "debt.bond.covenants.leverage.from" in warning


def one(start: dt.date) -> dict[str, Any]:
    terms = {"price_usd_per_gpu_hour": 2, "term_months": 24}
    return {"contracts": {"one": contract([{"gpus": 20, "start": start}], **terms)}}


def test_leverage_with_something_earned_or_nothing_owed_is_not_warned_of(tmp_path):
    """Its first customer is served on the day of the test, or a day later; or the bond matured."""
    assert owing(tmp_path, **one(dt.date(2026, 6, 30))) == []
    (warning,) = owing(tmp_path, **one(dt.date(2026, 7, 1)))
    assert "the first is served on 2026-07-01" in warning
    assert owing(tmp_path, assets=own_gpus(20)) == []
    assert owing(tmp_path, maturity=dt.date(2026, 6, 30)) == []  # paid in full that day


def test_leverage_is_not_warned_of_once_all_is_repaid_before_the_maturity(tmp_path):
    """All 5m in the second quarter of 2026; or 1m of it in the third, after the test."""

    def repaid(**periods: int) -> int:
        amounts = {period.removeprefix("in_"): usd for period, usd in periods.items()}
        bond = notes(5_000_000, 0.1, LATER, 3, seniority=2)
        bond["opening"]["repayments"] = amounts
        bond["covenants"] = {"leverage": {"maximum": 5, "from": dt.date(2026, 6, 30)}}
        file = tmp_path / "repaid.toml"
        file.write_text(toml(balanced(quiet(debt={"bond": bond}))))
        checked = gpusim("models", "check", str(file))
        assert checked.returncode == 0, checked.stderr
        told = checked.stdout
        return told.count("test of the leverage of bond")

    assert repaid(in_2026Q2=5_000_000) == 0
    assert repaid(in_2026Q2=4_000_000, in_2026Q3=1_000_000) == 1


def test_leverage_of_a_loan_to_be_drawn_is_of_what_others_owe(tmp_path):
    june = {"leverage": {"maximum": 5, "from": dt.date(2026, 6, 30)}}
    both = owing(tmp_path, debt={"loan": loan(covenants=june)})
    assert ["must fail and stop its draws" in told for told in sorted(both)] == [False, True]
