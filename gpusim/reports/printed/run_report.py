"""The report of `gpusim run`: header, quarters, backlog, liquidity, what held things up."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.text import Text

from gpusim.economics.core.state import CAUSES
from gpusim.economics.debt.covenants import KIND_OF
from gpusim.experiments.run.run import Request, RunResult
from gpusim.reports import laid_over, layout, luck
from gpusim.reports.layout import MILLION, portion
from gpusim.reports.printed.run_tables import Spans, backlog_rows, own_rows, statement_rows
from gpusim.results import intervals
from gpusim.results.metric import Values
from gpusim.results.replications import outcomes
from gpusim.results.stored.folder import near
from gpusim.results.verdict.chances import few_for_bands
from gpusim.scenario.checks.warnings import warnings_of

COVERS_APART: Final = 0.05
"""Two covers that are further apart are explained [ratio]."""
RARE: Final = 0.05
"""Chances up to this one [share] are said to take more replications."""
FEWEST: Final = 20
"""Replications below which nobody expects to know a chance."""
SMALLEST_TOLD: Final = 50_000.0
"""What rounds to USD 0.0m is left out [USD]."""


def show(result: RunResult, console: Console) -> None:
    """Print the whole report."""
    if result.panel is None:
        return
    panel, calendar = result.panel, result.calendar
    spans = Spans(panel, calendar)
    head = outcomes.headline(panel, calendar, result.covenants, result.names.facilities)
    for line in header(result):
        console.print(line)
    console.print()
    many = result.finished > 1
    title = "USD m"
    if many:
        title += ", median and 80% band; medians need not add up, means do"
    if head["default_probability"]:
        title += "; a firm that has ended counts with no flows, and with cash and debt as it left "
        title += "them; ratios are those of firms still running"
    _print(console, title, spans, statement_rows(spans, result.values))
    for line in cover_notes(result.values):
        console.print(line)
        console.print()
    if result.metrics:
        title = "Metrics of your own" + (", median and 80% band" if many else "")
        _print(console, title, spans, own_rows(spans, result.values, result.metrics))
    title = "Opening backlog, USD m"
    if many:
        title += ", mean over replications; share recognised: median and 80% band"
    _print(console, title, spans, backlog_rows(spans, calendar))
    for line in (
        *liquidity_lines(head, typed(result.request)),
        *covenant_lines(head),
        *trap_lines(head),
        *size_lines(head),
        *sculpted_lines(head),
        *default_lines(head),
        *binding_lines(head),
    ):
        console.print(line)
    for text in luck.lines(result):
        console.print(Text(text), soft_wrap=True)
    if result.path is not None:
        console.print()
        console.print(Text(f"Written to {near(result.path)}"), soft_wrap=True)


def typed(request: Request) -> str:
    """What was run, as the command line has it.

    >>> typed(Request("single-site", sets=("tax.rate=0.2",)))
    'single-site --set tax.rate=0.2'
    """
    given = [request.model]
    given += [part for name in (request.strategy,) if name for part in ("--strategy", name)]
    given += [part for name in (request.capital,) if name for part in ("--capital", name)]
    given += [part for name in request.shocks for part in ("--shock", name)]
    given += [part for text in request.sets for part in ("--set", text)]
    return shlex.join(given)


def header(result: RunResult) -> Iterator[Text]:
    """What was run."""
    model, request = result.scenario.model, result.request
    yield Text(f"{result.scenario.name}: {model.title}", style="bold")
    count = layout.counted(result.finished, "replication")
    if result.interrupted:
        count += f" (interrupted; {request.reps} were asked for)"
    count += luck.in_sets(result)
    quarters = layout.counted(model.quarters, "quarter")
    yield Text(f"as of {model.as_of}, {quarters}, {count}, seed {request.seed}")
    if few := few_for_bands(result.finished, luck.each(result)):
        yield Text(few)
    yield Text(str(result.explained))
    yield from laid_over.lines(changes(result))
    yield from map(Text, result.scenario.laid)
    for warning in warnings_of(result.scenario):
        yield Text(f"warning: {warning}", style="yellow")


def changes(result: RunResult) -> list[str]:
    """What was changed of the model."""
    request, financed = result.request, result.scenario.financed
    return laid_over.in_words([financed], [request.strategy], request.shocks, request.sets)


def liquidity_lines(head: dict[str, Any], point: str = "MODEL") -> Iterator[Text]:
    """Chance and date of a shortfall, and the lowest liquidity.

    point: what was run, as the command line has it.
    """
    yield Text("Liquidity", style="bold")
    chance = head["shortfall_probability"]
    low, high = (portion(head[f"shortfall_ci_{end}"], 1) for end in ("low", "high"))
    text = f"  An amount falls due and stays unpaid in {portion(chance, 1)} of replications "
    yield Text(f"{text}(95% interval {low} to {high})")
    if head["shortfall_median_date"] is not None:
        worst = head["shortfall_worst_median"]
        yield Text(
            f"  where it does: first on {head['shortfall_median_date']} (median), "
            f"at worst {_usd(worst)} (median)"
        )
    if 0 < chance <= RARE and head["replications"] >= FEWEST:
        reps = intervals.to_know(chance, head["replications"])
        yield Text(
            f"  to know so small a chance to a fifth takes about {reps:,} replications: gpusim "
            f"sweep {point} --until shortfall:20% --reps {reps}",
            style="dim",
        )
    yield from unpaid_lines(head)
    if head["default_probability"]:
        text = f"  The firm ends in {portion(head['default_probability'], 1)} of replications, "
        text += f"first on {head['default_median_date']} (median)"
        if head["recovered_share"] is not None:
            text += f"; lenders get back {portion(head['recovered_share'])} (mean)"
        yield Text(text)
    if head["dilution_mean"]:
        yield Text(f"  New shares are {head['dilution_mean']:.1%} of all at the end (mean)")
    lowest = head["liquidity_lowest"]
    text = f"  Lowest cash and revolver: {_usd(lowest['p50'])}"
    if head["replications"] > 1:
        text += f" ({_usd(lowest['p10'])} to {_usd(lowest['p90'])}), most often"
    yield Text(f"{text} in {head['liquidity_lowest_period']}")


def cover_notes(values: Mapping[str, Values]) -> Iterator[Text]:
    """Why the two covers differ, where they do: as a rule customers pay ahead.

    Source: definitions, DSCR: prepayments are no cash available for debt service.
    """
    dscr, cover = (values[name].figures for name in ("dscr", "operating_cash_cover"))
    apart = np.abs(cover - dscr) > COVERS_APART
    if apart.any():
        yield Text(
            "DSCR leaves out what customers pay ahead, operating cash cover counts it; both of the "
            "last 12 months, or since the start",
            style="dim",
        )


def unpaid_lines(head: dict[str, Any]) -> Iterator[Text]:
    """A line for each loan without recourse that its contracts do not pay in full."""
    for told in head["unpaid_loans"]:
        band = f"{portion(told['unpaid_ci_low'], 1)} to {portion(told['unpaid_ci_high'], 1)}"
        yield Text(
            f"  {told['facility']}, without recourse, is due an amount that stays unpaid in "
            f"{portion(told['unpaid_probability'], 1)} of replications (95% interval {band}), "
            f"first on {told['unpaid_median_date']} (median), "
            f"at worst {_usd(told['unpaid_worst_median'])} (median)"
        )


def covenant_lines(head: dict[str, Any]) -> Iterator[Text]:
    """Chance and date of the first breach of each covenant; nothing where there is none."""
    if head["covenants"]:
        yield Text("Covenants", style="bold")
        own = any(told["scope"] == "facility" for told in head["covenants"])
        note = "cover is the whole operator's" + (" unless said otherwise" if own else "")
        note += "; a breach stops draws until it is over"
        if any(told["ended_probability"] for told in head["covenants"]):
            note += "; the end of the firm, or of a loan's borrower, counts as one"
        yield Text(f"  ({note})", style="dim")
    for told in head["covenants"]:
        band = f"{portion(told['breach_ci_low'], 1)} to {portion(told['breach_ci_high'], 1)}"
        comma = "," if told["scope"] == "facility" else ""
        text = (
            f"  {told['facility']}: {covenant_text(told, _usd)}{comma} from {told['tested_from']}: "
        )
        if not told["reached"] and not told["breach_probability"]:
            yield Text(f"{text}not tested before the run ends")
            continue
        text += f"broken in {portion(told['breach_probability'], 1)} of replications "
        text += f"(95% interval {band})"
        if told["ended_probability"]:
            text += f", in {portion(told['ended_probability'], 1)} by the end itself"
        if told["breach_median_date"] is not None:
            text += f", first on {told['breach_median_date']} (median)"
        yield Text(text)


def trap_lines(head: dict[str, Any]) -> Iterator[Text]:
    """A line for each cash trap that holds something; nothing where none does."""
    for told in head["cash_traps"]:
        most = told["trapped_most"]
        yield Text(
            f"Cash trap of {told['facility']}: holds something in "
            f"{portion(told['trapped_probability'], 1)} of replications, at most "
            f"{_usd(most['p50'])} (median; 80% band {_usd(most['p10'])} to {_usd(most['p90'])}); "
            f"{told['tests_missed_median']:g} tests missed (median)"
        )


def size_lines(head: dict[str, Any]) -> Iterator[Text]:
    """Which cap sets how much lenders lend; nothing where no loan is sized."""
    bound = head["size_bound_by"]
    if bound:
        shares = sorted(bound.items(), key=lambda item: -item[1])
        told = ", ".join(f"{name} {portion(share)}" for name, share in shares)
        yield Text(f"What limits loans that are sized (share of what they may lend): {told}")


def sculpted_lines(head: dict[str, Any]) -> Iterator[Text]:
    """A line for each sculpted loan whose cover results; nothing where there is none."""
    for told in head["sculpted_covers"]:
        cover = told["cover"]
        yield Text(
            f"Planned cash covers instalments of {told['facility']} {cover['p50']:.2f} times "
            f"(median; 80% band {cover['p10']:.2f} to {cover['p90']:.2f})"
        )


def default_lines(head: dict[str, Any]) -> Iterator[Text]:
    """What each lender is owed and gets back where the firm ends; nothing where it never does."""
    if head["recoveries"]:
        yield Text("Lenders at the firm's end, mean over the replications that end", style="bold")
    widest = max((len(told["facility"]) for told in head["recoveries"]), default=0)
    for told in head["recoveries"]:
        claim, back = told["claim"], told["recovered"]
        text = f"  {told['facility']:<{widest}}  owed {_usd(claim)}, gets {_usd(back)}"
        text += f" ({portion(back / claim)}), {_usd(told['from_lien'])} of it from its own hardware"
        yield Text(text)


def binding_lines(head: dict[str, Any]) -> Iterator[Text]:
    """What held the backlog up."""
    yield Text("What binds (all contracts, also those signed later)", style="bold")
    moved, gone = head["slipped_mean"], head["lost_mean"]
    total = sum(moved.values())
    if total == 0:
        yield Text("  Nothing slipped")
    elif max(moved.values()) < SMALLEST_TOLD:
        yield Text(f"  No cause holds up as much as {_usd(SMALLEST_TOLD)} (mean)")
    for name in sorted(CAUSES, key=lambda cause: -moved[cause]):
        told = []
        if moved[name] >= SMALLEST_TOLD:
            first = head["binding_share"].get(name, 0.0)
            told += [f"{moved[name] / total:>6.1%} of slipped value, mean {_usd(moved[name])}"]
            told += [f"the largest cause in {portion(first)} of replications"]
        if gone[name] >= SMALLEST_TOLD:
            told += [f"lost {_usd(gone[name])}"]
        if told:
            yield Text(f"  {name:<10} {'; '.join(told)}")
    if head["backstop_unused_mean"] >= SMALLEST_TOLD:
        unused = _usd(head["backstop_unused_mean"])
        yield Text(f"  Backstops expire unused: mean {unused}, which is no loss")
    if head["deferred_probability"]:
        yield Text(
            f"  Orders wait for funding in {portion(head['deferred_probability'], 1)} of "
            f"replications, at most {_usd(head['deferred_cost_most_median'])} at a time (median)"
        )


def _print(console: Console, title: str, spans: Spans, rows: list[layout.Row]) -> None:
    for table in layout.tables(title, spans.names, rows, console.width):
        console.print(table)
        console.print()


def covenant_text(told: dict[str, Any], usd: Callable[[float], str]) -> str:
    """A covenant in words; usd: how an amount is written.

    >>> covenant_text({"test": "dscr", "minimum": 1.4}, str)
    'DSCR of at least 1.40x'
    """
    kind = KIND_OF[told["test"]]
    own = ", by its own contracts" if told.get("scope") == "facility" else ""
    show = {"ratio": "{:.2f}x".format, "share": "{:.0%}".format, "USD": usd}[kind.unit]
    return f"{kind.limit} of at {kind.side} {show(told['minimum'])}{own}"


def _usd(amount: float) -> str:
    """An amount in words' length.

    >>> _usd(-1_500_000)
    'USD (1.5)m'
    """
    return f"USD {layout.number(1)(amount / MILLION) or '0'}m"
