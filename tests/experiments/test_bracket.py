import datetime as dt
import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from gpusim.experiments.common.inputs import Leaf
from gpusim.experiments.solve.bracket import crossing, enough
from gpusim.experiments.solve.solve import Request, outward, solve
from gpusim.reports.printed import solve_report
from gpusim.reports.printed.solve_report import suffice, typed


def line(root, noise, slope=1.0):
    """A rising line with luck that is the same at all levels but for a tenth of it."""
    luck = np.random.default_rng(1).normal(0, noise, 10_000)

    def excess(level, replications):
        own = np.random.default_rng(round(level * 1e6)).normal(0, noise / 10, 10_000)
        return (slope * (level - root) + luck + own)[:replications]

    return excess


def test_a_root_without_luck_is_found_as_narrowly_as_asked():
    found = crossing(line(0.3, 0.0), most=10, alpha=0.05, width=1 / 128)
    assert found.low <= 0.3 <= found.high
    assert found.high - found.low <= 1 / 128
    assert found.estimate == pytest.approx(0.3)
    assert not found.turns


def test_brackets_hold_the_root_under_noise():
    held = 0
    for trial in range(100):
        luck = np.random.default_rng(trial).normal(0, 0.5, 2_000)

        def excess(level, replications, luck=luck):
            return level - 0.42 + luck[:replications]

        found = crossing(excess, most=2_000, alpha=0.05, width=0.01)
        held += found.low is None or found.low <= 0.42 <= found.high
    assert held >= 95


def test_more_worlds_make_the_bracket_narrower():
    few = crossing(line(0.5, 0.5), most=200, alpha=0.05, width=0.001)
    many = crossing(line(0.5, 0.5), most=5_000, alpha=0.05, width=0.001)
    assert many.high - many.low < few.high - few.low


def test_a_probability_that_crosses_a_share():
    """A world says yes where its uniform number lies below the level: crosses 30% at 0.3."""
    uniform = np.random.default_rng(2).random(5_000)

    def excess(level, replications):
        return (uniform[:replications] < level).astype(float) - 0.3

    found = crossing(excess, most=5_000, alpha=0.05, width=0.01, share=0.3)
    assert found.low < 0.3 < found.high
    assert found.ends[0].high < 0  # never yes at level 0, and that is told without variance


def test_no_crossing_is_said_with_both_ends():
    found = crossing(line(2.0, 0.1), most=200, alpha=0.05, width=0.01)
    assert found.low is None
    assert found.why == "no crossing between the 9 values that were looked at"
    assert found.ends[0].mean < found.ends[1].mean < 0


def test_an_end_that_cannot_be_told_is_said():
    found = crossing(line(0.0, 1.0), most=50, alpha=0.05, width=0.01)
    assert "cannot be told from the target" in found.why


def test_a_figure_that_rises_and_falls_is_said_to():
    found = crossing(
        lambda level, replications: np.full(replications, 0.2 - (level - 0.5) ** 2),
        most=10,
        alpha=0.05,
        width=0.01,
    )
    assert found.turns
    assert found.low <= 0.5 - 0.2**0.5 <= found.high  # the first of two


def test_as_many_worlds_as_are_said_tell_the_end():
    """The ends that are unsure after 50 replications; half as many are too few to be sure of it."""
    excess = line(0.2, 1.0)
    found = crossing(excess, most=50, alpha=0.05, width=0.01)
    assert "cannot be told from the target" in found.why
    said = enough(found.ends, 0.05)
    assert said is not None
    assert 50 < said < 10_000
    end = next(one for one in found.ends if not one.sign)
    half = (end.high - end.low) / 2
    assert said == pytest.approx(50 * (half / end.mean) ** 2, rel=0.35)  # and more tests
    again = crossing(excess, most=said, alpha=0.05, width=0.01)
    assert "cannot be told" not in again.why
    told = [one._replace(low=1.0) for one in found.ends]
    assert enough([one for one in told if not one.sign], 0.05) is None


def test_the_command_that_would_tell_is_said():
    request = Request("mine.toml", "a.b*=0.5:2", "dscr@2028<1", sets=("tax.rate=0.2",), seed=7)
    assert suffice(1_900).startswith("about 1,900 replications would tell")
    assert typed(request, 1_900) == (
        "gpusim solve mine.toml --for 'a.b*=0.5:2' --until 'dscr@2028<1' --set tax.rate=0.2 "
        "--seed 7 --reps 1900"
    )
    assert "--strategy S --capital bank --shock dear" in typed(
        Request("m", "a=0:1", "b<0", strategy="S", capital="bank", shocks=("dear",)), 10
    )
    assert "wider range" in suffice(None)


def test_the_command_stands_in_one_line_below_the_words_that_announce_it():
    """Cash that two prices of power leave within a million of the target: 20 cannot tell.

    On a screen of 60 columns, in which the command has no room.
    """
    request = Request(
        "single-site",
        "sites.*.tariff_usd_per_kwh=0.05:0.06",
        "equity_cash<1221.2e6",
        sets=("model.quarters=1",),
        reps=20,
    )
    console = Console(record=True, width=60, file=io.StringIO())
    found = solve(request)
    solve_report.show(found, console)
    told = console.export_text().splitlines()
    at = next(n for n, line in enumerate(told) if line.endswith("square root:"))
    assert "replications would tell" in f"{told[at - 1]} {told[at]}"
    assert told[at + 1].startswith("  gpusim solve single-site --for 'sites.*.tariff")
    assert " --reps " in told[at + 1]
    assert told[at + 2].startswith("it stands at 0.06")


def test_a_target_outside_the_range_lies_in_the_range_that_is_asked_for():
    """Revenue is a line in the price: means of 5,451 at 2.5 and 6,485 at 3 are 5,000 at 2.28."""
    price = "contracts.anchor.price_usd_per_gpu_hour"
    request = Request("single-site", f"{price}=2.5:3", "revenue<5000e6", reps=20)
    outside = solve(request).solved[0]
    low, high = (one.mean for one in outside.crossing.ends)
    hit = 2.5 - 0.5 * low / (high - low)
    assert outside.crossing.low is None
    assert outside.wider is not None
    leaf = solve(replace(request, key=outside.wider, reps=2)).input.leaves[0]
    assert (leaf.low < hit - 0.1, leaf.high) == (True, 3.0)


def test_where_twice_as_far_is_no_model_the_crossing_itself_is_in_the_range_that_is_asked_for():
    """Revenue is a line in the price, of which 275m stand near 0.045; no price is below 0."""
    price = "contracts.anchor.price_usd_per_gpu_hour"
    request = Request("single-site", f"{price}=0.05:0.6", "revenue<275e6", reps=20)
    found = solve(request)
    (outside,) = found.solved
    low, high = (one.mean for one in outside.crossing.ends)
    hit = 0.05 - 0.55 * low / (high - low)
    assert outside.crossing.beyond * 0.55 + 0.05 < 0 < hit < 0.05
    start, _, end = outside.wider.partition("=")[2].partition(":")
    assert hit - 0.01 < float(start) <= hit
    assert end == "0.6"
    nowhere = replace(found, solved=[outside._replace(wider=None)])
    assert solve_report.goal(found) == "the mean of revenue crosses USD 275m"
    told = "\n".join(str(line) for line in solve_report.lines(nowhere, nowhere.solved[0]))
    assert "wider range" in told
    assert "replications would tell" not in told


@pytest.mark.parametrize(
    ("low", "high", "level", "whole"),
    [(30, 31, 1.25, True), (30, 31, 1.4, True), (30, 31, -0.25, True), (30, 31, -0.6, True)]
    + [(2.0, 3.0, -0.25, False), (1e6, 5e7, 1.251, False)]
    + [(dt.date(2026, 7, 1), dt.date(2026, 7, 2), level, False) for level in (-0.25, 1.25)],
)
def test_a_wider_range_is_wider(low, high, level, whole):
    leaf = Leaf("a.b", "=", low, high, whole, low)
    far = outward(leaf, level)
    assert far < low if level < 0 else far > high
