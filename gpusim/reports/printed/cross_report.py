"""The report of `gpusim compare --cross`: a table of means, one of regrets, whom they choose."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from gpusim.experiments.compare.compare import Comparison
from gpusim.experiments.compare.cross import Crossed
from gpusim.experiments.compare.experiment import titles_of
from gpusim.experiments.compare.options import labels
from gpusim.reports.layout import Cells, blocked, broken, grids
from gpusim.reports.printed.sensitivity_report import finite
from gpusim.reports.quantity import Quantity, confidence, quantity
from gpusim.reports.regret_words import NOTHING_DRAWN, UNDEFINED, WEIGHTS, beside, regret_is
from gpusim.results import intervals
from gpusim.results.intervals import Interval


def metric(found: Comparison, crossed: Crossed, width: int) -> Iterator[Table | Text]:
    """One metric: options by shocks, their regrets, and what is chosen by them.

    width: of the screen [characters].
    """
    names, shocks = labels(found.compared.rows), labels(found.compared.shocks)
    told = [mean.mean for row in crossed.rows for mean in row.means]
    as_text = quantity(crossed.figure.unit, told)
    better = "more" if crossed.higher else "less"
    title = f"{crossed.figure.text}, {as_text.unit} ({better} is better)"
    options = Cells("", names, right=False)
    yield Text(title, style="bold")
    yield from grids(options, means(shocks, crossed, as_text), width)
    yield Text(f"  regret: {regret_is(higher=crossed.higher)}", style="bold")
    yield from grids(options, regrets(shocks, crossed, as_text), width)
    for line in verdict(names, crossed, as_text, 1 - found.request.alpha):
        yield broken(line.plain, width)


def means(shocks: list[str], crossed: Crossed, as_text: Quantity) -> list[list[Cells]]:
    """A row an option, a column a shock: the mean and its interval; the best is marked."""
    rows = [
        [
            ("*" if lost.mean == 0 else "")
            + _cell(as_text.show(own.mean), own, as_text.interval(own))
            for own, lost in zip(row.means, row.regret, strict=True)
        ]
        for row in crossed.rows
    ]
    return blocked([(shock,) for shock in shocks], rows)


def regrets(shocks: list[str], crossed: Crossed, as_text: Quantity) -> list[list[Cells]]:
    """A row an option: its regret under each shock, the worst of them and their mean."""
    planned = crossed.figure.planned

    def over_shocks(own: Interval) -> tuple[str, ...]:
        figure = as_text.points(own.mean)
        return (figure,) if planned else (figure, as_text.interval_of_difference(own))

    rows = [
        [
            *(
                _cell(as_text.points(own.mean), own, as_text.interval_of_difference(own))
                for own in row.regret
            ),
            *(text for own in (row.worst, row.mean) for text in over_shocks(own)),
        ]
        for row in crossed.rows
    ]
    of_means = () if planned else ("95% interval",)
    ends = [("worst", *of_means), ("mean", *of_means)]
    return blocked([*((shock,) for shock in shocks), *ends], rows)


def _cell(text: str, own: Interval, told: str) -> str:
    """A figure with its interval as it is told, where there is one to tell."""
    return (
        text
        if own.how in (intervals.SAME, intervals.NONE, intervals.PLANNED)
        else f"{text}, {told}"
    )


def verdict(names: list[str], crossed: Crossed, as_text: Quantity, chance: float) -> Iterator[Text]:
    """Who has the least worst regret and the least mean regret, and how sure that is."""
    rows, choice = crossed.rows, crossed.choice
    if any(math.isnan(row.worst.mean) for row in rows):
        yield Text(f"  {UNDEFINED}")
        return
    for what, least, others, figure in (
        ("worst", crossed.least_worst, crossed.worst_open, rows[crossed.least_worst].worst.mean),
        ("mean", crossed.least_mean, crossed.mean_open, rows[crossed.least_mean].mean.mean),
    ):
        line = f"  least {what} regret: {names[least]}, {as_text.points(figure)}"
        rest = beside([names[n] for n in others], planned=crossed.figure.planned)
        yield Text(f"{line}{rest}")
    zone = as_text.exact(crossed.indifference)
    if crossed.figure.planned:
        line = f"first by the mean over shocks: {names[choice.best]}; on the planned path"
    elif choice.sure:
        line = f"first by the mean over shocks, or within {zone} of it: {names[choice.best]}; "
        line += f"probability of correct selection at least {confidence(chance)}"
    else:
        last = ", ".join(names[n] for n in choice.left)
        line = (
            f"not sure at {confidence(chance)} which is first by the mean over shocks by {zone}: "
        )
        line += f"{last}; --most allows more replications"
    yield Text(f"  {line}")
    if crossed.undefined:
        yield Text(f"  undefined in some cell in {crossed.undefined} replications, left out")


def legend(found: Comparison) -> str:
    """What the tables mean."""
    mark = "*: the best mean under the shock, which has no regret."
    shocks = f"Worst: of the shocks asked for. Mean: {WEIGHTS}."
    if all(own.figure.planned for own in found.crossed):
        return f"{mark} {shocks} {NOTHING_DRAWN}"
    used = [one for own in found.crossed for row in own.rows for one in (*row.means, *row.regret)]
    return " ".join(
        [
            f"Behind the comma: 95% intervals, of regrets from paired differences; {mark} {shocks}",
            *(f"{line}." for line in intervals.legend(used, found.trials, found.counted)),
            unseen(found),
        ]
    )


def unseen(found: Comparison) -> str:
    """What may not have been seen, in a sentence."""
    least = f"{intervals.unseen(found.trials):.1%}"
    return f"What happens in fewer than {least} of {found.counted} may not have been seen."


def as_json(found: Comparison, crossed: Crossed) -> dict[str, Any]:
    """One metric for JSON."""
    rows, shocks = found.compared.rows, found.compared.shocks

    def chosen(least: int, left: tuple[int, ...]) -> dict[str, Any]:
        return {"option": rows[least].name, "not_sure_against": [rows[n].name for n in left]}

    return {
        "metric": crossed.figure.text,
        "unit": crossed.figure.unit,
        "higher_is_better": crossed.higher,
        "indifference": crossed.indifference,
        "undefined_replications": crossed.undefined,
        "weights": "equal",
        "least_worst_regret": chosen(crossed.least_worst, crossed.worst_open),
        "least_mean_regret": chosen(crossed.least_mean, crossed.mean_open),
        "selection": {
            "sure": crossed.choice.sure,
            "best": rows[crossed.choice.best].name,
            "left": [rows[n].name for n in crossed.choice.left],
        },
        "options": [
            {
                "option": own.name,
                "title": own.title,
                **titles_of(own, found.compared.kinds),
                "shocks": [
                    {
                        "shock": shock.name,
                        "title": shock.title,
                        "mean": finite(row.means[j]._asdict()),
                        "regret": finite(row.regret[j]._asdict()),
                        "best": n == crossed.best[j],
                    }
                    for j, shock in enumerate(shocks)
                ],
                "worst_regret": {"shock": shocks[row.worst_shock].name}
                | finite(row.worst._asdict()),
                "mean_regret": finite(row.mean._asdict()),
            }
            for n, (own, row) in enumerate(zip(rows, crossed.rows, strict=True))
        ],
    }
