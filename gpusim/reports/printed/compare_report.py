"""The report of `gpusim compare`: a table a metric, the ranking, the conditions.

Of options crossed with shocks, `cross_report`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gpusim.experiments.compare.compare import Comparison
from gpusim.experiments.compare.judgement import Measured
from gpusim.experiments.compare.options import NONE, Named, axes, labels, listed
from gpusim.experiments.compare.paired import Paired, Regret
from gpusim.experiments.run import fail_if
from gpusim.reports import laid_over
from gpusim.reports.layout import Cells, blocked, broken, counted, grids, portion
from gpusim.reports.luck import inputs_json, which_drawn
from gpusim.reports.printed import cross_report
from gpusim.reports.printed.sensitivity_report import finite
from gpusim.reports.quantity import Quantity, confidence, quantity
from gpusim.reports.regret_words import NOTHING_DRAWN
from gpusim.results import intervals

BLOCKS: Final = (
    ("mean", "95% interval"),
    ("less the base", "95% interval", "by"),
    ("wins", "ties"),
    ("regret: mean", "CVaR", "worst"),
    ("variance reduction",),
)
"""Columns of a metric; those of a block stay together on a narrow screen."""


def show(found: Comparison, console: Console) -> None:
    """Print the whole comparison."""
    for line in header(found):
        console.print(line)
    for line in titles(found):
        console.print(broken(line.plain, console.width))
    for line in left_out(found):
        console.print(line)
    if found.drawn:
        console.print(broken(which_drawn(found.drawn), console.width))
    for measured in found.measured:
        console.print()
        for part in tables(found, measured, console.width):
            console.print(part)
        for line in verdict(found, measured):
            console.print(broken(line.plain, console.width))
    for crossed in found.crossed:
        console.print()
        for part in cross_report.metric(found, crossed, console.width):
            console.print(part)
    if found.criteria:
        console.print()
        for part in conditions(found, console.width):
            console.print(part)
    if found.has_answer:
        told = cross_report.legend(found) if found.crossed else legend(found)
        console.print()
        console.print(Text(told, style="dim"))


def named(found: Comparison) -> list[str]:
    """What the options are called on the screen."""
    if found.compared.shocks:
        shocks = labels(found.compared.shocks)
        return [f"{row} under {shock}" for row in labels(found.compared.rows) for shock in shocks]
    return labels(tuple(Named(option.name, option.title) for option in found.options))


def compared(found: Comparison) -> str:
    """What was compared, in a line."""
    if found.crossed:
        return f"{listed(found.compared.rows)} under {listed(found.compared.shocks)}"
    names = named(found)
    return " against ".join((", ".join(names[1:]), names[0]))


def titles(found: Comparison) -> Iterator[Text]:
    """The file of each option and its whole title, where it is called by less than both."""
    every = tuple(Named(option.name, option.title) for option in found.options)
    crossed = (*axes(found.compared.rows), found.compared.shocks)
    for own in (one for axis in (crossed if found.compared.shocks else (every,)) for one in axis):
        if own.title != own.name:
            yield Text(f"  {own.name}: {own.title}")


def shared_by_all(found: Comparison) -> str:
    """The option of capital, strategy, shock and settings under which all options are played."""
    asked = found.request
    strategies, shocks = (
        names if len(names) == 1 and names[0] != NONE else ()
        for names in (asked.strategies, asked.shocks)
    )
    financed = found.options[0].prepared.scenario.financed if len(asked.capital) == 1 else ""
    return ", ".join(laid_over.in_words([financed], strategies, shocks, asked.sets))


def header(found: Comparison) -> Iterator[Text]:
    """What was compared."""
    yield Text(compared(found), style="bold")
    scenario, seed = found.options[0].prepared.scenario, found.request.seed
    cut = " (interrupted)" if found.interrupted else ""
    sets = f" in the same {counted(found.trials, 'set')} of drawn inputs" if found.drawn else ""
    how = f"the same {found.replications} replications for each{sets}, seed {seed}{cut}"
    figures = [one.figure for one in found.measured] + [one.figure for one in found.crossed]
    figures += [one.figure for one in found.criteria]
    if figures and all(figure.planned for figure in figures):
        how = "on the planned path: nothing in it is drawn"
    yield Text(
        f"{', '.join(found.request.models)}, as of {scenario.model.as_of}, "
        f"{counted(scenario.model.quarters, 'quarter')}; {how}"
    )
    if shared := shared_by_all(found):
        yield Text(f"in all: {shared}")


def left_out(found: Comparison) -> Iterator[Text]:
    """What is not compared, and what is the same as the base."""
    if out := found.compared.left_out:
        yield Text(f"left out, for they do not fit the model: {', '.join(out)}")
    if found.compared.shocks:
        yield from _same_crossed(found)
        return
    same = [name for name, one in zip(named(found), found.options, strict=True) if one.same]
    if len(same) > 1:
        yield Text(f"the same scenario: {', '.join(same)}")


def _same_crossed(found: Comparison) -> Iterator[Text]:
    """Options that are the first one under every shock, shocks that are the first for each."""
    rows, shocks = labels(found.compared.rows), labels(found.compared.shocks)
    every = [option.prepared for option in found.options]
    by_row = [every[n * len(shocks) : (n + 1) * len(shocks)] for n in range(len(rows))]
    by_shock = list(zip(*by_row, strict=True))
    for names, axis, words in (
        (rows, by_row, "the same scenario under every shock"),
        (shocks, by_shock, "the same scenario for every option, by shock"),
    ):
        same = [
            name
            for name, own in zip(names, axis, strict=True)
            if all(one.same_as(first) for one, first in zip(own, axis[0], strict=True))
        ]
        if len(same) > 1:
            yield Text(f"{words}: {', '.join(same)}")


def tables(found: Comparison, measured: Measured, width: int) -> Iterator[Table | Text]:
    """One metric: a row an option, the best first; width: of the screen [characters]."""
    as_text = quantity(measured.figure.unit, [m.mean for m in measured.means])
    better = "more" if measured.higher else "less"
    title = f"{measured.figure.text}, {as_text.unit} ({better} is better)"
    yield Text(title, style="bold")
    names, rows = named(found), []
    for n in order(measured):
        mean, pair, regret = measured.means[n], measured.against_base[n], measured.regret[n]
        base = n == 0
        difference = pair.difference
        cells = (
            []
            if base
            else [
                as_text.signed(difference.mean),
                as_text.interval_of_difference(difference),
                intervals.method_text(difference, found.trials_in(pair.replications)),
                share(pair.wins),
                share(pair.ties),
            ]
        )
        rows.append(
            [
                as_text.show(mean.mean),
                as_text.interval(mean),
                *(cells or ("base", "", "", "", "")),
                *(as_text.points(value) for value in (regret.mean, regret.cvar, regret.worst)),
                "" if base else saved(pair),
            ]
        )
    labels = Cells("", [names[n] for n in order(measured)], right=False)
    yield from grids(labels, blocked(BLOCKS, rows), width, [order(measured).index(0)])


def order(measured: Measured) -> list[int]:
    """Options from best to worst mean; those still in the race before those that are out."""
    sign = -1 if measured.higher else 1
    left = measured.choice.left

    def key(n: int) -> tuple[bool, float]:
        mean = measured.means[n].mean
        return n not in left, math.inf if math.isnan(mean) else sign * mean

    return sorted(range(len(measured.means)), key=key)


def verdict(found: Comparison, measured: Measured) -> Iterator[Text]:
    """Which is best, how sure that is, and what minimax regret and CVaR would choose."""
    names = named(found)
    as_text = quantity(measured.figure.unit, [m.mean for m in measured.means])
    zone, choice = as_text.exact(measured.indifference), measured.choice
    chance = 1 - found.request.alpha
    if measured.figure.planned:
        best = names[choice.best] if choice.sure else "none, it is undefined for some option"
        yield Text(f"  first: {best}; on the planned path, in which nothing is drawn")
        return
    if choice.sure:
        after = max(choice.out_after) * found.request.batch
        yield Text(
            f"  first, or within {zone} of it: {names[choice.best]}; probability of correct "
            f"selection at least {confidence(chance)}, reached after {after} replications"
        )
        best = measured.figures[choice.best]
        level = [
            name
            for name, own in zip(names, measured.figures, strict=True)
            if name != names[choice.best] and (own == best).all()
        ]
        if level:
            yield Text(f"  level with it in every replication: {', '.join(level)}")
    else:
        left = ", ".join(names[n] for n in choice.left)
        yield Text(
            f"  not sure at {confidence(chance)} after {found.replications} replications which is "
            f"first by {zone}: {left}; --most allows more replications"
        )
    yield from least_regret(names, measured.regret, as_text)
    if measured.undefined:
        yield Text(f"  undefined for some option in {measured.undefined} replications, left out")


def least_regret(
    names: Sequence[str], regrets: Sequence[Regret], as_text: Quantity
) -> Iterator[Text]:
    """Whom minimax regret and CVaR of regret would choose, and how sure that is."""
    if any(math.isnan(regret.worst) for regret in regrets):
        return
    worst = min(range(len(names)), key=lambda n: regrets[n].worst)
    least = min(range(len(names)), key=lambda n: regrets[n].cvar)
    told = regrets[least]
    line = f"  least worst regret seen: {names[worst]}; least CVaR of regret: {names[least]}, "
    line += as_text.points(told.cvar)
    if told.cvar_interval.how == intervals.ALIKE:
        line += " in every replication"
    else:
        line += f" ({as_text.interval_of_difference(told.cvar_interval)}; "
        line += f"expected to be off by {as_text.signed(told.cvar_bias)})"
    level = [name for n, name in enumerate(names) if n != least and not regrets[n].undercut]
    if level:
        line += f", not sure against {', '.join(level)}"
    yield Text(line)


def conditions(found: Comparison, width: int) -> Iterator[Table | Text]:
    """The conditions of --satisfy, a row an option; width: of the screen [characters]."""
    yield Text("Conditions", style="bold")
    chances = [c.text for c in found.criteria if c.figure.is_chance]
    others = [c.text for c in found.criteria if not c.figure.is_chance]
    heads = [(f"P[{text}]",) for text in chances]
    if others:
        heads.append((f"replications with {' and '.join(others)}",))
    rows = []
    for own in found.satisfied:
        cells = [
            f"{met}: {portion(mean, 1)} ({portion(low, 1)} to {portion(high, 1)})"
            for (_, mean, low, high), met in zip(own.chances, own.met, strict=True)
        ]
        if others:
            cells.append(
                f"{portion(own.share, 1)} ({portion(own.low, 1)} to {portion(own.high, 1)})"
            )
        rows.append(cells)
    yield from grids(Cells("", named(found), right=False), blocked(heads, rows), width)


def legend(found: Comparison) -> str:
    """What the columns mean."""
    if found.measured and all(measured.figure.planned for measured in found.measured):
        return f"regret: to the best option. {NOTHING_DRAWN}"
    used = [
        own for m in found.measured for own in (*m.means, *(p.difference for p in m.against_base))
    ]
    special = [f"{line}." for line in intervals.legend(used, found.trials, found.counted)]
    batch = "sets" if found.drawn else "ten replications"
    return " ".join(
        [
            "by: t (Student's), skewed (lopsided figures: Hall's transformation of it), counts "
            "(yes or no).",
            *special,
            "wins, ties: share of replications against the base. regret: to the best option of "
            "each replication; CVaR: mean of the worst 5%. variance reduction: how many times more "
            "replications with separate random numbers would be needed for the same interval. "
            f"Selection: Kim and Nelson (2006) on means of {batch}, upheld by the intervals.",
            cross_report.unseen(found),
        ]
    )


def share(value: float) -> str:
    """A share of replications, if there are any."""
    return "-" if math.isnan(value) else portion(value)


def saved(pair: Paired) -> str:
    """By how much the same random draws reduced the variance; where nothing is left to save, why.

    >>> from gpusim.experiments.compare.paired import Interval
    >>> same = Interval(0.0, 0.0, 0.0, "same")
    >>> saved(Paired(8, same, 0.0, 1.0, math.nan))
    'nothing to save: equal'
    >>> saved(Paired(8, same._replace(mean=5.0), 1.0, 0.0, math.nan))
    'all: the same in every replication'
    """
    if not math.isnan(pair.variance_reduction) or pair.replications < 2:
        return times(pair.variance_reduction)
    return "nothing to save: equal" if pair.ties == 1 else "all: the same in every replication"


def times(value: float) -> str:
    """A factor.

    >>> times(12.34), times(float("nan"))
    ('12x', '-')
    """
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}x" if value >= 10 else f"{value:.1f}x"


def text(found: Comparison, path: Path | None) -> str:
    """The comparison as JSON, with its folder; undefined figures are null."""
    names = [option.name for option in found.options]
    return json.dumps(
        {
            "run": str(path),
            "options": names,
            "titles": {option.name: option.title for option in found.options},
            "base": names[0],
            "replications": found.replications,
            "seed": found.request.seed,
            "alpha": found.request.alpha,
            "interrupted": found.interrupted,
            "inputs": inputs_json(found.drawn),
            "left_out": list(found.compared.left_out),
            "metrics": [metric_json(found, measured) for measured in found.measured],
            "crossed": [cross_report.as_json(found, crossed) for crossed in found.crossed],
            "fail_if": fail_if.rows(found.judged),
            "conditions": [
                {"option": name} | finite(own._asdict())
                for name, own in zip(names, found.satisfied, strict=False)
            ],
        },
        allow_nan=False,
    )


def metric_json(found: Comparison, measured: Measured) -> dict[str, Any]:
    """One metric for JSON."""
    names = [option.name for option in found.options]
    choice = measured.choice
    return {
        "metric": measured.figure.text,
        "unit": measured.figure.unit,
        "higher_is_better": measured.higher,
        "indifference": measured.indifference,
        "undefined_replications": measured.undefined,
        "selection": {
            "sure": choice.sure,
            "best": names[choice.best],
            "left": [names[n] for n in choice.left],
            "out_after_replications": [found.request.batch * n for n in choice.out_after],
        },
        "options": [
            {
                "option": option.name,
                "title": option.title,
                "mean": finite(mean._asdict()),
                "difference": finite(pair.difference._asdict()),
                **finite({k: v for k, v in pair._asdict().items() if k != "difference"}),
                "regret": finite(
                    regret._asdict() | {"cvar_interval": finite(regret.cvar_interval._asdict())}
                ),
            }
            for option, mean, pair, regret in zip(
                found.options,
                measured.means,
                measured.against_base,
                measured.regret,
                strict=True,
            )
        ],
    }
