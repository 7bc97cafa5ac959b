"""Tables of the pages, made from run folders or declarations; `tests.pages` puts them in place.

    python -m tests.tables crossings runs/prices
    python -m tests.tables swings runs/inputs '--head=input|change|USD m' '--as=rates=base rates'

--head gives the columns the page's words, --as those rows whose first cell has a text in it.
Amounts are USD m, in brackets where negative; ranges are the command's own 95% intervals.
"""

from __future__ import annotations

import html
import re
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from gpusim.reports.first_screen import lines as run_lines
from gpusim.reports.first_screen import sentences as run_verdict
from gpusim.results import figures
from gpusim.results.formulas.lenders import FAMILIES, SUBJECTS
from gpusim.results.intervals import ALIKE, FEW, of_mean
from gpusim.results.metric import Metric
from gpusim.results.metrics import METRICS
from gpusim.results.replications import backlog_to_cash
from gpusim.results.replications.sources_and_uses import SOURCES, USES

MILLION = 1e6
Row = dict[str, Any]
Shown = Callable[[float], str]


def frame(folder: str, name: str) -> pl.DataFrame:
    """A table of a run folder."""
    return pl.read_parquet(Path(folder) / f"{name}.parquet")


def usd(amount: float) -> str:
    """USD m, in brackets where negative.

    >>> usd(-1_234_400_000.0), usd(56_000_000.0)
    ('(1,234)', '56')
    """
    whole = round(amount / MILLION)
    return f"({-whole:,})" if whole < 0 else f"{whole:,}"


def share(part: float) -> str:
    """A share in percent.

    >>> share(0.0123)
    '1.2%'
    """
    return f"{part:.1%}"


def points(part: float) -> str:
    """A difference of shares in points, in brackets where negative.

    >>> points(-0.0123), points(0.5)
    ('(1.2 pt)', '50.0 pt')
    """
    size = f"{abs(100 * part):.1f} pt"
    return f"({size})" if part < 0 else size


def ranged(
    mean: float, low: float | None, high: float | None, shown: Shown, sign: str = "", how: str = ""
) -> str:
    """A figure with its range; brackets of a negative one are not put in brackets again.

    >>> ranged(-2e6, -3e6, -1e6, usd), ranged(2e6, -1e6, 3e6, usd, "+")
    ('(2), (3) to (1)', '+2 ((1) to 3)')
    >>> ranged(2e6, None, None, usd), ranged(2e6, -1e6, 3e6, usd, how="few")
    ('2, alike', '2 (a few carry it: (1) to 3)')
    """
    if low is None or high is None:
        return f"{shown(mean)}, alike"
    if how == FEW:
        return f"{shown(mean)} (a few carry it: {shown(low)} to {shown(high)})"
    if shown(mean).startswith("("):
        return f"{shown(mean)}, {shown(low)} to {shown(high)}"
    return f"{sign}{shown(mean)} ({shown(low)} to {shown(high)})"


def spread(row: Row, shown: Shown) -> str:
    """A mean and half of its interval."""
    if row["ci_low"] is None or row["rests_on"]:
        return ranged(row["mean"], row["ci_low"], row["ci_high"], shown, how=row["ci_by"])
    half = (row["ci_high"] - row["ci_low"]) / 2
    return f"{shown(row['mean'])} +-{shown(half)}"


def plain(name: str) -> str:
    """A metric in words.

    >>> plain("net_income@2027"), plain("adjusted_ebitda_margin@2027>=0.6")
    ('net income of 2027', 'worlds with adjusted ebitda margin of 2027 >= 0.6')
    """
    words = name.replace("_", " ").replace("@", " of ")
    return f"worlds with {words.replace('>=', ' >= ')}" if ">=" in words else words


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("|" + "|".join(f" {c} " if c else " " for c in row) + "|" for row in lines)


def crossings(folder: str) -> str:
    """Break-evens: a row a period, a column a mark."""
    found = frame(folder, "breakevens").to_dicts()
    marks = list(dict.fromkeys(row["target"] for row in found))
    periods = list(dict.fromkeys(row["metric"].partition("@")[2] for row in found))
    cells = {
        (row["metric"].partition("@")[2], row["target"]): "none found"
        if row["estimate"] is None
        else f"{row['estimate']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
        for row in found
    }
    head = ["", *(f"below {mark:.1f}x under" for mark in marks)]
    return markdown(head, [[p, *(cells[p, mark] for mark in marks)] for p in periods])


def lateness(*folders: str) -> str:
    """Changes by input, a column each end of one sensitivity after the other; widest first."""
    bars = pl.concat([frame(folder, "bars") for folder in folders]).to_dicts()
    ends = sorted({row["value"] for row in bars}, key=lambda end: float(end.strip("+ ")))
    cells = {
        (row["input"], row["value"]): ranged(
            row["change"], row["change_low"], row["change_high"], usd, "+", row["how"]
        )
        if row["matters"]
        else "no more than noise"
        for row in bars
    }
    rows = [
        [name.split(".")[1], *(cells.get((name, end), "") for end in ends)]
        for name in dict.fromkeys(row["input"] for row in bars)
    ]
    return markdown(["", *(end.removeprefix("+ ") for end in ends)], rows)


def swings(folder: str) -> str:
    """The end of each input that is not as is."""
    bars = [row for row in frame(folder, "bars").to_dicts() if row["change"]]
    rows = [
        [
            f"`{row['input']}`",
            row["value"],
            ranged(row["change"], row["change_low"], row["change_high"], usd, "+", row["how"])
            if row["matters"]
            else "no more than noise",
        ]
        for row in bars
    ]
    return markdown(["input", "change", "USD m"], rows)


def swept(folder: str) -> str:
    """A sweep: a row a point, a column a metric."""
    results = frame(folder, "results")
    rows = results.to_dicts()
    moved: dict[tuple[Any, ...], str] = {}  # keys that move together are shown by the first
    for key in results.columns[1 : results.columns.index("metric")]:
        moved.setdefault(tuple(pl.Series(results[key]).rank("dense").to_list()), key)
    keys = list(moved.values())
    names = list(dict.fromkeys(row["metric"] for row in rows))
    told = []
    for point in dict.fromkeys(row["point"] for row in rows):
        own = [row for row in rows if row["point"] == point]
        cells = {row["metric"]: spread(row, usd if row["unit"] == "USD" else share) for row in own}
        told.append([*(str(own[0][key]) for key in keys), *(cells.get(name, "") for name in names)])
    return markdown([*(f"`{key}`" for key in keys), *map(plain, names)], told)


def compared(folder: str, *asked: str) -> str:
    """Options: each metric, with `METRIC-` its difference from the base, with `METRIC!` losses."""
    rows = {(row["metric"], row["option"]): row for row in frame(folder, "comparison").to_dicts()}
    first = asked[0].rstrip("-!")
    ranked = sorted(
        (row for (metric, _), row in rows.items() if metric == first),
        key=lambda row: row["mean"],
        reverse=bool(rows[first, "as is"]["higher_is_better"]),
    )
    met: dict[tuple[str, str], Row] = {}
    if any(">=" in name for name in asked):
        met = {(row["condition"], row["option"]): row for row in _conditions(folder)}
    told = [
        [
            row["option"],
            *(
                ranged(*(met[name, row["option"]][key] for key in ("share", "low", "high")), share)
                if ">=" in name
                else _cell(rows, name, row["option"])
                for name in asked
            ),
        ]
        for row in ranked
    ]
    words = {"-": "less as is", "!": "loses to as is in"}
    head = [words.get(name[-1]) or plain(name) for name in asked]
    return markdown(["", *head], told)


def _conditions(folder: str) -> list[Row]:
    return frame(folder, "conditions").to_dicts()


def _cell(rows: dict[tuple[str, str], Row], name: str, option: str) -> str:
    row = rows[name.rstrip("-!"), option]
    money = row["unit"].startswith("USD")
    if name[-1] == "!":
        return "" if row["how"] == "same" else f"{1 - row['wins'] - row['ties']:.0%}"
    if name[-1] == "-":
        ends = row["difference"], row["difference_low"], row["difference_high"]
        shown = usd if money else points
        return "" if row["how"] == "same" else ranged(*ends, shown, "+", row["how"])
    ends = row["mean"], row["low"], row["high"]
    return ranged(*ends, usd if money else share, how=row["mean_how"])


def options(folder: str) -> str:
    """A comparison of two: a row a metric, a column an option, and the difference."""
    rows = frame(folder, "comparison").to_dicts()
    names = list(dict.fromkeys(row["option"] for row in rows))
    by = {(row["metric"], row["option"]): row for row in rows}
    told = [
        [
            plain(metric),
            *(_cell(by, metric, name) for name in names),
            _cell(by, f"{metric}-", other),
        ]
        for metric in dict.fromkeys(row["metric"] for row in rows)
        for other in names[-1:]
    ]
    return markdown(["", *names, "less as is"], told)


def to_cash(folder: str) -> str:
    """From backlog to cash for shareholders: means with their 95% intervals."""
    steps = frame(folder, "backlog_to_cash").drop("replication")
    rows = []
    for name in steps.columns:
        told = of_mean(steps[name].cast(pl.Float64).to_numpy() / 100)
        interval = "" if told.how == ALIKE else f"{usd(told.low)} to {usd(told.high)}"
        few = f", {told.rests_on} carry it" if told.how == FEW else ""
        rows.append([name.replace("_", " "), usd(told.mean), interval + few])
    return markdown(["", "USD m", "95%"], rows)


def answer(folder: str) -> str:
    """The sentence under the title of a run's page, quoted."""
    page = (Path(folder) / "report.html").read_text()
    found = re.search(r'<p class="answer">(.*?)</p>', page, re.DOTALL)
    assert found is not None
    return textwrap.fill(
        html.unescape(found[1]), width=98, initial_indent="> ", subsequent_indent="> "
    )


def metrics() -> str:
    """Every metric of a period that is declared: unit, which way is better, meaning."""
    margins = {f"{name}{figures.MARGIN}" for name in figures.MARGINS}
    own = METRICS.keys() | {"equity_cash"} | margins
    return _declared({name: m for name, m in figures.BY_PERIOD.items() if name in own})


def of_loans() -> str:
    """Every figure of a loan or covenant: unit, which way is better, whether it has periods."""
    return _of_subjects("loan", "covenant")


def of_gpus() -> str:
    """Every figure of a GPU generation, likewise."""
    return _of_subjects("gpu")


def _of_subjects(*subjects: str) -> str:
    heads = ["name", "unit", "better", "of", "meaning"]
    rows = []
    for family in FAMILIES:
        if family.of in subjects:
            whose = SUBJECTS[family.of]
            of = "a period too" if family.by_period else "a replication"
            meaning = family.meaning.format(name=whose.told)
            name = f"`{family.word}.{whose.placeholder}`"
            rows.append([name, family.unit, str(family.better), of, meaning])
    return markdown(heads, rows)


def outcomes() -> str:
    """Every outcome of a replication that is a figure: unit, which way is better, meaning."""
    return _declared(figures.OUTCOMES)


def _declared(metrics: Mapping[str, Metric]) -> str:
    rows = [
        f"| `{name}` | {own.unit} | {own.better} | {own.meaning} |" for name, own in metrics.items()
    ]
    return "\n".join(["| name | unit | better | meaning |", "| --- | --- | --- | --- |", *rows])


def to_cash_steps() -> str:
    """Every step from backlog to cash: what the page calls it, what it is."""
    rows = [
        f"| `{step.name}` | {step.label} | {step.meaning}{'; total' if step.total else ''} |"
        for step in backlog_to_cash.STEPS
    ]
    return "\n".join(["| name | on the page | meaning |", "| --- | --- | --- |", *rows])


def sources_and_uses() -> str:
    """Every part of either side of the sources and uses: what the memo calls it, what it is."""
    rows = [
        f"| `{part.name}` | {side} | {part.label} | {part.meaning} |"
        for side, parts in (("source", SOURCES), ("use", USES))
        for part in parts
    ]
    return "\n".join(
        ["| name | side | in the memo | meaning |", "| --- | --- | --- | --- |", *rows]
    )


def verdict() -> str:
    """Every word of a run's first screen: in front of a line, inside it, in front of a table's."""
    rows = [
        f"| `{word}` | {meaning} |"
        for word, meaning in (run_verdict.WORDS | run_verdict.TERMS).items()
    ]
    rows += [
        f"| `{label}` | `{name}`, see Metrics |"
        for name, label in run_lines.LINES.items()
        if label not in run_verdict.WORDS
    ]
    return "\n".join(["| word | meaning |", "| --- | --- |", *rows])


MADE = (crossings, lateness, swings, swept, compared, options, to_cash, answer)
DECLARED = (metrics, outcomes, of_loans, of_gpus, to_cash_steps, sources_and_uses, verdict)
TABLES: dict[str, Callable[..., str]] = {made.__name__: made for made in (*MADE, *DECLARED)}


def worded(table: str, words: Sequence[str]) -> str:
    """A table in the page's own words for its columns and rows.

    >>> table = "| | mean |\\n| --- | --- |\\n| `a.b` | 1 |"
    >>> print(worded(table, ["--head=input|USD m", "--as=a.b=power"]))
    | input | USD m |
    | --- | --- |
    | power | 1 |
    """
    lines = table.split("\n")
    for word in words:
        option, _, text = word.partition("=")
        if option == "--head":
            if text.count("|") + 3 != lines[0].count("|") + 1:
                raise ValueError(f"{text}: another number of columns than {lines[0]}")
            lines[0] = (
                "|" + "|".join(f" {cell} " if cell else " " for cell in text.split("|")) + "|"
            )
            continue
        name, _, said = text.rpartition("=")
        for n, line in enumerate(lines[2:], 2):
            first, rest = line[1:].split("|", 1)
            if name in first:
                lines[n] = f"| {said} |{rest}"
    return "\n".join(lines)


def main(asked: Sequence[str]) -> None:
    """Print a table."""
    words = [one for one in asked if one.startswith("--")]
    name, *given = (one for one in asked if not one.startswith("--"))
    print(worded(TABLES[name](*given), words))


if __name__ == "__main__":
    main(sys.argv[1:])
