"""What was lost of a tranche and is paid for after all, by what had caused the loss."""

from pathlib import Path

from gpusim.compiling.kernel import const
from gpusim.economics.core.handle import hand
from gpusim.economics.core.state import CANCELLED, CUSTOMER, FITOUT
from gpusim.economics.sales.losses import win_back
from gpusim.scenario import load
from gpusim.scenario.lower import lower

FIRST, KEPT = const(0), const(540_427_270_85)
MODEL = Path(__file__).parents[1] / "cases" / "models" / "kept_prepayment.toml"


def test_of_hundreds_of_millions_each_cause_is_paid_its_share_to_the_cent() -> None:
    """833,456,608.72 lost, 150,965,725.35 through fit-out, 540,427,270.85 kept of a prepayment:
    540,427,270.85 x 150,965,725.35 / 833,456,608.72 = 97,888,713.20 and a part of a cent. In cents
    the product is 8.2e20, more than 63 bits hold."""
    s = hand(lower(load(str(MODEL))).state)
    s.dropped[0, FITOUT] = 150_965_725_35
    s.dropped[0, CUSTOMER] = 682_490_883_37
    assert win_back(s, s.dropped, FIRST, CANCELLED, KEPT) == KEPT
    assert s.dropped[0, FITOUT] == 150_965_725_35 - 97_888_713_20
    assert s.dropped[0, CUSTOMER] == 682_490_883_37 - (KEPT - 97_888_713_20)
