"""Covenants that are tested before anything is drawn: as defined, and said beforehand."""

from __future__ import annotations

from tests.cases.reading import MODELS, gpusim, table

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
