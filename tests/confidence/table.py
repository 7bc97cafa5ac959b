"""The page that the long form writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.confidence.laws import RARE
from tests.confidence.repeating import EXACT, NO, Row, by_claim

PAGE: Final = Path(__file__).parents[2] / "docs" / "validation" / "confidence.md"
COLUMNS: Final = (
    "setting",
    "n",
    "repetitions",
    "nominal",
    "wrong",
    "refused in words",
    "covered or refused",
    "of those claimed",
    "holds",
)
HEAD: Final = """# What confidence is worth

Written by `python -m tests.confidence` (some minutes on two cores); not edited by hand. Every claim
of confidence that gpusim prints is repeated on models whose truth is known by a formula or a large
draw of its own: how often is it wrong?

* `wrong`: claimed, and not so. `refused in words`: nothing was claimed ("rests on few
  replications", "alike in all", "not sure", "no crossing"). `covered or refused`: all but the
  wrong. `of those claimed`: right, of the times that something was claimed.
* A claim holds where an interval of 95% is wrong in 8% of repetitions or fewer, where what is said
  to be sure or more than luck is wrong in 5% or fewer (of one pair of three options in 1.7%),
  where a band of 80% leaves out 23% of new replications or fewer, and where a figure that should
  be neither high nor low is high in half.
  "Within the noise": more than that were wrong, but no more than the 99.9% quantile of so many
  repetitions if the promise were just kept. "Outside the claim": shown, not promised.
* Where n is `200+` or `to 1,600`, replications are added as the command adds them.
"""
FOOT: Final = f"""## What a reader may rely on

* An interval of a mean, a difference or a chance that is printed as one: it holds the truth in
  about 19 of 20 cases, at any law that was tried, from lopsided to heavy tails, where what carries
  the mean happens in 3/n of the replications or more; rows above that say "no" excepted.
* "Sure" in a comparison, a bracket of a crossing, "more than luck" in a screen: wrong in at most 1
  of 20 cases, whether options share their luck or not; rows above that say "no" excepted.
* That nothing is claimed where nothing can be: figures that were alike in all replications, or
  that rest on a few, have no interval. It happens often: where something happens in
  {RARE[0].rare:.1%} to {RARE[2].rare:.1%} of replications, 200 of them mostly give none, and a
  comparison or a break-even that hangs on it is mostly left open. More replications are the cure.
  What is told all the same: which of two loses more, where the few make its loss larger still, for
  the others alone are enough. Where they make it smaller, nothing is.

## What not to rely on

* Anything that happens in fewer than 3/n of the replications: 3% at 100, 1.5% at 200, 0.3% at
  1,000. Such an event is missed altogether one time in twenty or more often, and no interval knows
  of what was never seen: the figures may look normal, and narrow. Rows with such events are marked.
  A loss in 0.2% of replications takes 1,500 of them before one can expect to have seen it.
* The bound of a mean that few replications carry takes the largest seen to be the largest there is.
* A bracket holds *a* crossing, not the only one: a dip between two values that were looked at is
  not seen.
* A band of 80% from fewer than 100 replications: from 20 it holds about 73%.
* CVaR of regret from 20 replications: it is the worst of them alone, and too small by the share
  shown.
* A claim where nearly all repetitions are refused: taken alone, the few that are claimed are right
  less often ("of those claimed"). Two options of which one loses in 1% of replications, or less,
  are called sure only where the loss was not seen, and then the choice is wrong.
"""


def page(rows: Sequence[Row]) -> str:
    """The page, a table a claim."""
    told = [HEAD, summary(rows)]
    for claim, own in by_claim(rows).items():
        told += [f"## {claim[0].upper()}{claim[1:]}\n", table(own)]
    return "\n".join([*told, FOOT])


def summary(rows: Sequence[Row]) -> str:
    """How many rows hold, and those that do not."""
    within = [row for row in rows if not row.outside]
    broken = [row for row in within if row.verdict == NO]
    text = f"{len(rows)} rows: {len(within) - len(broken)} hold, {len(broken)} do not, "
    text += f"{len(rows) - len(within)} are outside the claim.\n"
    for row in broken:
        text += f"* does not hold: {row.claim}; {row.setting}; n {row.n}: {row.kept:.1%}\n"
    return text


def table(rows: Sequence[Row]) -> str:
    """The rows of one claim."""
    lines = [COLUMNS, ("---",) * len(COLUMNS), *map(cells, rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cells(row: Row) -> tuple[str, ...]:
    """A row as texts."""
    claimed = row.tried - row.refused
    tried = max(1, row.tried)
    return (
        row.setting,
        row.n,
        "exact" if row.tried == EXACT else f"{row.tried:,}",
        f"{row.nominal:.0%}",
        f"{row.wrong / tried:.1%}" if row.tried else "",
        f"{row.refused / tried:.1%}" if row.tried else "",
        f"{row.kept:.1%}" if row.tried else "",
        f"{1 - row.wrong / claimed:.1%}" if claimed else "",
        row.verdict,
    )
