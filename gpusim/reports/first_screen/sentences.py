"""The verdict of a run: what it was, the chances, what converts, what owners get, what binds.

At most `MOST` lines on a screen of `FULL_WIDTH` columns or more. Every word in front of a line has
a row in `WORDS`, from which the glossary is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.text import Text

from gpusim.experiments.run.run import RunResult
from gpusim.reports import luck
from gpusim.reports.first_screen.paragraphs import FULL_WIDTH, fitting, paragraphs, wrapped
from gpusim.reports.first_screen.size import NO_BREAK, Size
from gpusim.reports.layout import percent, portion
from gpusim.reports.printed.run_report import changes, covenant_text
from gpusim.results.periods import Calendar
from gpusim.results.verdict.chances import few_for_bands
from gpusim.results.verdict.headline import ALSO_BINDS
from gpusim.scenario.checks.sources import absent_text
from gpusim.scenario.checks.warnings import warnings_of

SEEN: Final = 5e-4
"""Part of what is signed from which it is told by how much that moved [share]."""
MOST: Final = 20
"""Lines of the verdict at most."""
BRIEF: Final = (0, 1, 2, 3)
"""Where there is no room: all; without the book value's parts; of money only notes
and cover; without the inputs that stand out."""
NAMED: Final = 2
"""Contracts without money that are named."""
FEWEST: Final = 2
"""Lines of `FULL_WIDTH` that covenants get at least; more on a narrow screen, for as many words."""
WORDS: Final = {
    "Shortfall": "an amount falls due that cash, the revolver and shareholders do not pay; chance "
    "over the run, then of its first day by year, which add up to it",
    "End of the firm": "it has not paid for `operator.default_after_months` months; chance, and "
    "what lenders get back",
    "Loans unpaid": "a loan without recourse is due an amount that its own contracts do not pay",
    "Covenants": "of each covenant: chance that it is broken, and of its first breach by year; the "
    "end of the firm counts as one",
    "Lowest liquidity": "cash and the revolver that can be drawn, at the month's end at which they "
    "are lowest, and the quarter in which that is most often; median and 80% band",
    "Cash traps": "restricted cash that lenders keep of what quarters left, at the month's end at "
    "which it is most; in no liquidity, see A cash trap; median and 80% band",
    "Sculpted loans": "how often planned cash covers the instalments of loans whose cover results, "
    "see Cover that results; median and 80% band",
    "Backlog": "of signed business that could become revenue, what does by the end, with its 80% "
    "band; what was planned to; what is lost, and late at the end: means, which add up",
    "Money": "cash of the run, means: from operations before interest and after tax, from debt, of "
    "it the face of notes that the operator issues when its outlook runs short, from new shares; "
    "what it went to; and how many of the years with debt service have a median DSCR of at least 1",
    "Equity": "all shareholders' multiple and rate of return, see Equity's return; medians and 80% "
    "bands",
    "Luck": "of a run with drawn inputs: how much of the variance of lowest liquidity is luck, how "
    "much is not knowing inputs, and which of them move it beyond chance, see Drawn inputs",
    "What binds": "what contracts wait for most, through what they are lost, and what caps loans, "
    "see What binds",
}
"""The words in front of the lines, and what each says."""

TERMS: Final = {
    "replication": "the model played once, with random draws of its own",
    "95% interval": "where the chance itself may lie, as so many replications are no more: Wilson, "
    "see Intervals and answers",
    "80% band": "from the figure that one replication in ten stays below to the one that one in "
    "ten exceeds; `low` and `high` in a table. From 100 replications on such an end is passed by "
    "one in 20 to one in 6, with a chance of 95%",
    "median": "half of the replications are above it; medians of lines need not add up, means do",
    "first in": "the chance that it happens first in that year or part of one; `else` is every "
    "other year, in which it happened in no replication",
    "FY2027": "a whole fiscal year, by the calendar year in which it ends; parts of years go by "
    "their quarters, as 2026Q3-4",
    "assumption": "a number that someone chose, with a reason and a range; unexplained: with "
    "neither",
    "value that comes late": "slipped value, see Slippage and leakage",
    "orders wait for money": "in so many replications an order waited for funding at least once",
    "get none to the end": "orders that have waited for money for 90 days or more on the last day: "
    "their cost, what their lenders' terms leave for them, and what neither that nor free cash and "
    "revolvers then reach to; see What binds",
    "unsold": "GPU-hours in service that nobody pays for, of all; null without any",
}
"""Words inside the lines."""


def lines(
    result: RunResult, head: dict[str, Any], told: dict[str, Any], size: Size, width: int
) -> list[Text]:
    """The verdict, with so many lines of covenants that it has `MOST`, if broken ones allow it.

    head: `outcomes.headline`; told: `verdict.headline`; width [characters].
    """
    wide = min(width, FULL_WIDTH)
    top = list(_header(result, wide))
    above = paragraphs(_risks(head, told, size), wide)
    least = -(-FEWEST * FULL_WIDTH // wide)
    taken = len(top) + len(above) + (least if head["covenants"] else 1)
    for brief in BRIEF:
        of_luck = luck.sentences(result, strongest=brief < BRIEF[3])
        rest = [*_rest(head, told, size, result.calendar, brief), *of_luck]
        below = paragraphs(iter(rest), wide)
        if taken + len(below) <= MOST or wide < FULL_WIDTH:
            break
    room = max(MOST - len(top) - len(above) - len(below), least)
    return [*top, *above, *_covenant_lines(head, told, size, wide, room), *below]


def _header(result: RunResult, width: int) -> Iterator[Text]:
    """What was run, as of when, and where its numbers come from."""
    model, request = result.scenario.model, result.request
    for line in wrapped(f"{result.scenario.name}: {model.title}", width):
        yield Text(line, style="bold")
    count = f"{result.finished:,} replications" if result.finished > 1 else "one replication"
    count += luck.in_sets(result)
    text = f"as of {model.as_of}, {model.quarters} quarters, {count}, seed {request.seed}"
    found = warnings_of(result.scenario)
    gone = absent_text(result.scenario, small=False)
    told = [text, "; ".join(filter(None, (str(result.explained), gone)))]
    if few := few_for_bands(result.finished, luck.each(result)):
        told.insert(1, few)
    if changed := changes(result):
        told.append("with " + ", ".join(changed))
    if found:
        others = f" (and {len(found) - 1:,} more, see --full)" if len(found) > 1 else ""
        told.append(f"warning: {found[0]}{others}")
    for text in told:
        yield from map(Text, wrapped(text, width))


def _risks(head: dict[str, Any], told: dict[str, Any], size: Size) -> Iterator[tuple[str, str]]:
    """Word and sentence of what may go unpaid."""
    chance = _percent(head["shortfall_probability"])
    low, high = (_percent(head[f"shortfall_ci_{end}"]) for end in ("low", "high"))
    text = f"an amount due stays unpaid in {chance} of replications (95% interval {low} to {high})"
    if head["shortfall_probability"]:
        worst = size.amount(head["shortfall_worst_median"])
        text += f", at worst {worst} (median); first in {_years(told['shortfall_by_year'])}"
    yield "Shortfall", text
    if head["default_probability"]:
        text = f"in {_chance(head, 'default')}, first in {_years(told['default_by_year'])}"
        if head["recovered_share"] is not None:
            text += f"; lenders get back {portion(head['recovered_share'])} (mean)"
        text += "; after it the firm has no flows, and the cash and debt that it left"
        yield "End of the firm", text
    unpaid = sorted(head["unpaid_loans"], key=lambda one: -one["unpaid_probability"])
    if unpaid:
        text = f"{unpaid[0]['facility']}, without recourse, in {_chance(unpaid[0], 'unpaid')}"
        more = len(unpaid) - 1
        yield "Loans unpaid", text + (f"; {more} more, see --full" if more else "")


def _covenant_lines(
    head: dict[str, Any], told: dict[str, Any], size: Size, width: int, room: int
) -> list[Text]:
    """Covenants in so many lines: with years; without; in one sentence; else what holds is cut.

    One that may be broken is told in any case, though that takes more lines.
    """
    for by_year in (True, False):
        sentences = _covenants(head, told, size, by_year=by_year)
        if len(paragraphs(iter(sentences), width)) <= room:
            break
    broken = sum(one["breach_probability"] > 0 for one in head["covenants"])
    if broken > 1 and len(paragraphs(iter(sentences), width)) > room:
        texts = [text for _, text in sentences]
        sentences = [("Covenants", "; ".join(texts[:broken])), *(("", t) for t in texts[broken:])]
        broken = 1
    return fitting(sentences, width, room, broken)


def _covenants(
    head: dict[str, Any], told: dict[str, Any], size: Size, *, by_year: bool = True
) -> list[tuple[str, str]]:
    """Word and sentence of each covenant that may be broken, the likeliest first, then the rest.

    by_year: chances of the first breach by year, and that of any of them.
    """
    rows = sorted(head["covenants"], key=lambda one: -one["breach_probability"])
    if not rows:
        return [("Covenants", "the model states none")]
    sentences = []
    broken = [one for one in rows if one["breach_probability"]]
    if len(broken) > 1 and by_year:
        sentences.append(f"any of them in {_chance(told['breach_of_any'])}")
    for one in broken:
        text = f"{_named(one, size)}: broken in {_chance(one, 'breach')}"
        if by_year:
            years = told["breach_by_year"][f"breach_{one['test']}_{one['facility']}"]
            text += f", first in {_years(years)}"
        sentences.append(text)
    held = [one for one in rows if not one["breach_probability"]]
    tested = [one for one in held if one["reached"]]
    if tested:
        chance = _chance(tested[0], "breach")
        sentences.append(f"never broken, {chance}: " + _listed(tested, size))
    if later := [one for one in held if not one["reached"]]:
        sentences.append("not tested before the run ends: " + _listed(later, size))
    return [("Covenants" if not n else "", text) for n, text in enumerate(sentences)]


def _listed(rows: Sequence[dict[str, Any]], size: Size) -> str:
    return "; ".join(_named(one, size) for one in rows)


def _named(told: dict[str, Any], size: Size) -> str:
    """A covenant by its facility and limit."""
    return f"{told['facility']}, {covenant_text(told, size.amount)}"


def _rest(
    head: dict[str, Any], told: dict[str, Any], size: Size, calendar: Calendar, brief: int
) -> Iterator[tuple[str, str]]:
    """Word and sentence of liquidity, backlog, money, equity and what binds; brief: of `BRIEF`."""
    lowest = head["liquidity_lowest"]
    text = size.amount(lowest["p50"]) + _band(lowest, size.plain, "80% band ")
    yield "Lowest liquidity", f"{text}, most often in {head['liquidity_lowest_period']}"
    if head["cash_traps"]:
        yield "Cash traps", _traps(head["cash_traps"], size)
    if head["sculpted_covers"]:
        yield "Sculpted loans", _sculpted(head["sculpted_covers"])
    yield "Backlog", _converts(told["backlog"], size, calendar)
    yield "Money", _money(told["money"], size, whole=brief < BRIEF[2])
    equity = list(_equity(told["equity"], size, calendar))
    yield from equity if brief < BRIEF[1] or len(equity) == 1 else equity[:-1]
    yield "What binds", _binds(told["binds"], head, size)


def _traps(told: Sequence[dict[str, Any]], size: Size) -> str:
    """Traps that hold cash: the one that holds most, and how many more there are."""
    first, *more = sorted(told, key=lambda one: -one["trapped_most"]["p50"])
    most = first["trapped_most"]
    text = f"{first['facility']} holds {size.amount(most['p50'])} at most"
    text += _band(most, size.plain, "80% band ")
    text += f", in {_percent(first['trapped_probability'])} of replications; "
    text += f"{first['tests_missed_median']:g} tests missed (median)"
    return text + (f"; {len(more)} more, see --full" if more else "")


def _sculpted(told: Sequence[dict[str, Any]]) -> str:
    """Loans whose cover results: the one with the least, and how many more there are."""
    first, *more = sorted(told, key=lambda one: one["cover"]["p50"])
    text = f"planned cash covers instalments of {first['facility']} {first['cover']['p50']:.2f} "
    text += f"times{_band(first['cover'], '{:.2f}'.format, '80% band ')}"
    return text + (f"; {len(more)} more, see --full" if more else "")


def _converts(told: dict[str, float] | None, size: Size, calendar: Calendar) -> str:
    if told is None:
        return "nothing is signed on the as-of day that could become revenue"
    band = {"p10": told["recognised_p10"], "p90": told["recognised_p90"]}
    whole, more = told["convertible"], told["repriced"]
    text = f"of {size.amount(whole)} signed"
    if abs(more) >= SEEN * whole:
        text, moved = f"of {size.amount(whole - more)} signed", size.amount(abs(more))
        text += f" and {moved} of prepayments kept or prices risen," if more > 0 else ""
        text += f" less {moved} by which prices fell," if more < 0 else ""
    text += f" {told['recognised']:.1%} on average"
    text += (
        f"{_band(band, '{:.1%}'.format, '80% band ')} becomes revenue by {calendar.names[-1]}, of "
    )
    text += f"{told['planned']:.1%} planned; {told['lost']:.1%} is lost, "
    late = told["late"]
    return text + (f"{late:.1%} late" if late >= 0 else f"{-late:.1%} came early")


def _money(told: dict[str, Any], size: Size, *, whole: bool) -> str:
    """What comes in and goes out, if whole, and whether operations pay for debt."""
    years, covered = told["years_with_service"], told["years_covered"]
    cover = f"debt service is covered in {covered or 'none'} of {years} years" if years else ""
    notes = told["notes_raised"]
    if not whole:
        raised = f"notes bring {size.amount(notes)} when cash runs short (mean)" if notes else ""
        return "; ".join(filter(None, (cover, raised))) or "there is no debt service"
    text = f"operations bring {size.amount(told['operations'])}"
    if told["debt_drawn"]:
        text += f", debt {size.plain(told['debt_drawn'])}"
        text += f" ({size.plain(notes)} by notes when cash runs short)" if notes else ""
    text += f", new shares {size.plain(told['equity_raised'])}" if told["equity_raised"] else ""
    costs, repaid = told["interest"] + told["debt_costs"], told["debt_repaid"]
    spent = (("capex", told["capex"]), ("net interest and fees", costs), ("repayment", repaid))
    out = [f"{word} {size.plain(amount)}" for word, amount in spent if amount]
    text += (f"; paid out: {', '.join(out)}" if out else "") + " (means)"
    return f"{text}; {cover}" if cover else text


def _equity(told: dict[str, Any], size: Size, calendar: Calendar) -> Iterator[tuple[str, str]]:
    """The multiple and the rate; then the value at the end and what it is made of."""
    opening, raised = size.amount(told["opening"]), told["raised"]
    put_in = f"{opening} of book value"
    put_in += f" and {size.plain(raised)} of new shares" if raised else ""
    if told["multiple"] is None:
        yield "Equity", f"no multiple: its book value on the as-of day is {opening}"
    else:
        multiple, irr = told["multiple"], told["irr"]
        text = f"{multiple['p50']:.2f}x{_band(multiple, '{:.2f}x'.format)}, IRR "
        text += f"{_rate(irr['p50'])}{_band(irr, _rate)} a year (medians): {put_in} "
        text += f"are worth {size.plain(told['value'])} by {calendar.names[-1]} (means)"
        nothing = told["nothing_left_probability"]
        yield "Equity", text + (f"; nothing is left in {_percent(nothing)}" if nothing else "")
    book = told["book"]
    text = f"book value: cash {size.plain(book['cash'])}, PP&E {size.plain(book['hardware'])}, "
    text += f"debt {size.plain(-book['debt'])}, other "
    yield "", f"{text}{size.plain(book['other'])}, in all {size.amount(book['equity'])}"


def _binds(told: dict[str, Any], head: dict[str, Any], size: Size) -> str:
    """One sentence, by the rule on the page of definitions."""
    causes = " and ".join(told["held_up"])
    shares = " and ".join(portion(share) for share in told["held_up"].values())
    hold = "holds" if len(told["held_up"]) == 1 else "hold"
    held = f"{causes} {hold} up {shares} of the value that comes late"
    waits = "no value comes late"
    if told["unsold"] is not None:
        waits += f"; {portion(told['unsold'])} of the GPU-hours in service go unsold"
    parts = [held if causes else waits]
    if told["lost_most"] is not None:
        parts.append(f"{size.amount(told['lost'])} is lost, most through {told['lost_most']}")
    if head["deferred_probability"]:
        parts.append(f"orders wait for money in {_percent(head['deferred_probability'])}")
    if told["unfunded"] is not None:
        parts.append(_unfunded(told["unfunded"], size))
    if told["cap"] is not None:
        parts.append(f"loans are capped by {told['cap']}")
    return "; ".join(parts)


def _unfunded(told: dict[str, Any], size: Size) -> str:
    """What never gets its money, what it costs, and how much is missing."""
    shares, chance = told["contracts"], _percent(told["probability"])
    first, *others = list(shares)[:NAMED]
    named = [first, *(name for name in others if shares[name] >= ALSO_BINDS)]
    more = len(shares) - len(named)
    who = ", ".join(named) + (f" and {more:,} more" if more else "")
    text = f"GPUs of {who} get none to the end in {chance}: of {size.amount(told['cost'])} lenders "
    text += f"would give {size.plain(told['lent'])}, " if told["lent"] else "would give nothing, "
    if size.plain(told["missing"]) == "0":
        return text + "the rest is there but not in time"
    return text + f"{size.plain(told['missing'])} is missing (medians)"


def _chance(told: dict[str, Any], of: str = "") -> str:
    """A chance with its interval.

    >>> _chance({"probability": 0.025, "ci_low": 0.011, "ci_high": 0.057}).split()
    ['2.5%', '(1.1-5.7%)']
    """
    name = f"{of}_" if of else ""
    low, high = (_percent(told[f"{name}ci_{end}"]) for end in ("low", "high"))
    return f"{_percent(told[f'{name}probability'])}{NO_BREAK}({low.removesuffix('%')}-{high})"


def _rate(figure: float) -> str:
    """A rate of return; nought is told."""
    return percent(figure) or "0.0%"


def _percent(share: float) -> str:
    """A chance as short as it can be told; none and all only where it is so.

    >>> _percent(0.0), _percent(0.0249), _percent(0.345), _percent(0.999), _percent(1.0)
    ('0%', '2.5%', '34%', '99.9%', '100%')
    >>> _percent(0.0001), _percent(0.9999)
    ('<0.1%', '>99.9%')
    """
    exact = share not in (0.0, 1.0) and (share < 0.0995 or share > 0.99)
    return portion(share, 1 if exact else 0)


def _years(chances: Sequence[dict[str, Any]]) -> str:
    """Chances by year, those in which nothing happened together at the end."""
    told = [f"{one['period']}{NO_BREAK}{_chance(one)}" for one in chances if one["probability"]]
    others = len(chances) - len(told)
    return ", ".join([*told, *(["else 0%"] if others else [])])


def _band(told: dict[str, float], show: Any, called: str = "") -> str:
    """An 80% band to follow its median, after what it is called; nothing where it has no width."""
    low, high = show(told["p10"]), show(told["p90"])
    if low == high:
        return ""
    return f" ({called}{low}{NO_BREAK}to{NO_BREAK}{high})"
