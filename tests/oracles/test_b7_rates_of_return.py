"""Known answers B7: rates of return, with several roots, over many periods, negative, or none."""

import numpy as np
import pytest

from gpusim.appraisal.returns import irr

CASE = "B7"


def test_both_roots_and_the_rule_for_the_chosen_one(compare):
    found = irr(np.array([-50.0, -100, 600, 300, -100]))
    roots = [round(100 * root, 3) for root in found.roots]
    compare("roots of [-50, -100, 600, 300, -100], to a thousandth [%]", roots, [-76.890, 185.442])
    assert found.value == found.roots[1]
    rule = "2 roots; chosen: the one where present value falls through zero"
    compare("the rule that is told", found.note, rule)


@pytest.mark.parametrize(
    ("flows", "percent"),
    [
        ([-172_545.848] + [787.735] * 480, 0.384010),
        ([-10_000] + [327.24625] * 16, -6.765411),
    ],
)
def test_one_root(flows, percent, compare):
    found = irr(np.array(flows))
    what = f"rate a period of {flows[0]:,}, {flows[1]:,} x {len(flows) - 1}, to six digits [%]"
    compare(what, round(100 * found.value, 6), percent)
    assert (found.roots, found.note) == ((found.value,), "")


@pytest.mark.parametrize(
    ("flows", "reason"),
    [
        ([1.0, 2.0], "no flow is negative"),
        ([-1.0, -2.0, 0.0], "no flow is positive"),
        ([0.0, 0.0], "every flow is zero"),
        ([], "every flow is zero"),
    ],
)
def test_no_sign_change_is_a_reason_not_a_number(flows, reason, compare):
    found = irr(np.array(flows))
    assert found == (None, (), reason, "")
    compare(f"no rate for {flows}: a reason", found.reason, reason)
