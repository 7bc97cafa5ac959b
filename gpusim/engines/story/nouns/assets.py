"""Events of an asset: the end of its book life, and of its use."""

from __future__ import annotations

from typing import Final, NamedTuple

from gpusim.economics.core import agenda
from gpusim.economics.core.state import NEVER, NONE
from gpusim.engines.story.formatting import date, plain, usd
from gpusim.engines.story.narrator import Narrator, Sentence, declare
from gpusim.engines.story.trace import Event, Moment

CATEGORIES = ("servers", "infrastructure", "other equipment", "intangibles")


class AssetRecord(NamedTuple):
    """RETIRE, SELL."""

    gpus: int
    gen: int
    gross: int
    category: int
    order: int  # NONE: there from the start
    retired: bool
    sold: int  # GPUs sold while others of it stay
    revised: int  # day to which its life is changed today; NEVER


def asset_record(m: Moment, a: int) -> AssetRecord:
    """An asset at the end of its life."""
    row, gens = m.s.assets[a], m.s.gens
    changed = row.gen != NONE and gens[row.gen].life_change_day == row.start == m.s.clock[0].today
    return AssetRecord(
        int(row.gpus),
        int(row.gen),
        int(row.gross),
        int(row.category),
        int(row.order),
        bool(row.retired),
        int(row.sold),
        int(row.start + row.life_days) if changed else NEVER,
    )


def retire(narrator: Narrator, e: Event, r: AssetRecord) -> Sentence:
    """It is written out, or stays with its customer: told once."""
    what = called(narrator, e, r)
    if r.retired:
        return Sentence(f"{what} retired: {usd(r.gross)} written out", r.gross, in_story=True)
    if r.sold:
        text = f"{r.sold:,} GPUs beyond their life are sold, {what} stay with their customer"
        return Sentence(text, None, in_story=True)
    if r.revised < NEVER:
        return Sentence(f"book life of {what} now ends on {date(r.revised)}", None, in_story=True)
    first = e.subject not in narrator.kept
    narrator.kept.add(e.subject)
    text = f"{what} reach the end of their book life and stay with their customer"
    return Sentence(text, r.gross, in_story=first)


def called(narrator: Narrator, e: Event, r: AssetRecord) -> str:
    """An asset by its GPUs or its category, and what it was bought for."""
    names = narrator.names
    what = f"{r.gpus:,} {names.gens[r.gen]}" if r.gpus else CATEGORIES[r.category]
    if r.order != NONE:
        return f"{what} of {plain(names.orders[r.order])}"
    return f"{what} ({names.assets[e.subject]})" if e.subject < len(names.assets) else what


EVENTS: Final = {
    agenda.RETIRE: declare(asset_record, retire),
    agenda.SELL: declare(asset_record, retire),
}
