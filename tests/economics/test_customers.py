"""Customers: what each way of leaving does to the backlog, the GPUs and the money."""

import datetime as dt

import numpy as np
import pytest

from gpusim.economics.books.checks import residuals
from gpusim.economics.books.ledger import BAD_DEBTS, REVENUE_COMMITTED
from gpusim.economics.core import state as st
from gpusim.engines import process
from gpusim.scenario import ScenarioError, load
from gpusim.scenario.lower import lower
from gpusim.units_of_measure import day_of
from gpusim.world import draw

CALM = ("sites.*.delay.probability=0", "gpus.*.lead.sd_days=0", "gpus.*.fitout.sd_days=0")
MODEL = "single-site"
TRANCHE = "contracts.anchor.tranches"


def play(*sets: str, seed: int = 1, fails: dt.date | None = None):
    book = lower(load(MODEL, sets=[*CALM, *sets]))
    if fails is not None:
        book.state.customers[0].planned_default = day_of(fails)
    s = process.run(book.state, draw(book.spec, seed, 0))
    left = residuals(s.ledger, s.stocks, s.backlog)
    assert not {name for name, residual in left.items() if residual}
    return s


def moved(s, move: int) -> int:
    return int(s.backlog[:, move].sum())


@pytest.fixture(scope="module")
def calm():
    return play()


def test_nobody_leaves_without_a_reason(calm) -> None:
    assert moved(calm, st.CANCELLED) == moved(calm, st.DEFAULTED) == 0


def test_notice_ends_every_tranche_and_the_rest_of_its_value_is_lost(calm) -> None:
    day = dt.date(2029, 1, 1)
    s = play("contracts.anchor.exit_notice_days=90", f"contracts.anchor.exit_on={day}")
    gone = day_of(day) + 90
    t = s.tranches
    assert (t.status[:2] == st.TRANCHE_LOST).all()
    assert (t.through[:2] == gone - 1).all()  # it pays to the end of its notice
    assert s.pools[0].free == t.gpus[:2].sum()  # its GPUs are idle
    opening = moved(s, st.OPENING)
    assert moved(s, st.CANCELLED) == opening - moved(s, st.RECOGNISED)
    assert (s.backlog[:, st.CANCELLED].sum(axis=(0, 2))[: st.CUSTOMER] == 0).all()
    before = np.searchsorted(calm_ends(s), gone)
    same = s.ledger[REVENUE_COMMITTED, :before] == calm.ledger[REVENUE_COMMITTED, :before]
    assert same.all()  # and nothing moved before


def calm_ends(s) -> np.ndarray:
    book = lower(load(MODEL))
    return book.spec.month_end


def test_a_price_trigger_needs_a_market_below_its_share() -> None:
    exits = ("contracts.anchor.exit_notice_days=90",)
    never = play(*exits, "contracts.anchor.exit_price_share=0.01")
    always = play(*exits, "contracts.anchor.exit_price_share=2.0")
    assert moved(never, st.CANCELLED) == 0
    assert moved(always, st.CANCELLED) > 0
    first = int(always.tranches[0].start)
    ends = calm_ends(always)
    notice = ends[np.searchsorted(ends, first)]  # the first month end after it has started
    assert int(always.tranches[0].through) == notice + 90 - 1


def test_a_late_tranche_is_cancelled_after_its_long_stop_and_the_cause_is_the_site() -> None:
    late = ("sites.alpha.phases.*.ready+=200", f"{TRANCHE}.*.long_stop_days=100")
    s = play(*late)
    t = s.tranches
    assert (t.status[:2] == st.TRANCHE_LOST).all()
    lost = s.backlog[:, st.CANCELLED].sum(axis=(0, 2))
    assert lost[st.SITE] == lost.sum() > 0
    waits = play(*late, "contracts.anchor.long_stop_use=0")
    assert moved(waits, st.CANCELLED) == 0
    assert (waits.tranches.start[:2] < st.NEVER).all()


def test_a_prepayment_is_kept_when_the_last_tranche_goes() -> None:
    s = play("sites.alpha.phases.*.ready+=200", f"{TRANCHE}.*.long_stop_days=100")
    prepaid = round(0.2 * moved(s, st.OPENING))
    assert moved(s, st.RECOGNISED) == prepaid  # never served, never refunded
    assert s.contracts[0].balance == 0


def test_a_failed_customer_pays_nothing_more(calm) -> None:
    day = dt.date(2029, 3, 15)
    s = play(fails=day)
    assert (s.tranches.status[:2] == st.TRANCHE_LOST).all()
    assert moved(s, st.DEFAULTED) > 0
    assert moved(s, st.CANCELLED) == 0
    month = int(np.searchsorted(calm_ends(s), day_of(day)))
    written_off = s.ledger[BAD_DEBTS]
    assert written_off[month] > 0
    assert written_off.sum() == written_off[month]  # once, with the part of the month it had used
    assert not s.ledger[REVENUE_COMMITTED, month + 1 :].any()
    assert (s.ledger[:, :month] == calm.ledger[:, :month]).all()


def test_leaving_needs_a_notice_period() -> None:
    with pytest.raises(ScenarioError, match="exit_notice_days"):
        load(MODEL, sets=["contracts.anchor.exit_price_share=0.5"])
