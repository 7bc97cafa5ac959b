"""What is left of amounts paid ahead when a contract is over, and is credited against renewals."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracles.second_opinion.days import DAY, nearest

if TYPE_CHECKING:
    from tests.oracles.second_opinion.contracts import Ahead, Contract, Lot, Term

Holder = tuple[int, int] | None
"""Whose invoices a balance lowers: a lot and the number of its renewal; None: the first terms."""


def of(term: Lot | Term) -> Holder:
    """Whose balances a term's invoices are credited with: a renewal is a contract of its own."""
    lot = getattr(term, "lot", term)
    return (id(lot), term.renewals) if term.renewed else None


def runs_on(c: Contract) -> bool:
    plans = [x for x in (c.spec.prepayment, c.spec.opening) if x]
    return any(x.runs_on for x in plans)


def running(c: Contract, last: dt.date) -> list[Lot]:
    """Renewals that run at a month's end."""
    return [x for x in c.lots() if x.renewed and x.live and x.end and x.end > last]


def is_over(c: Contract, holder: Holder, last: dt.date) -> bool:
    """Whether the terms are over against which a balance is credited."""
    if holder is None:
        return c.over(last)
    return holder not in [of(lot) for lot in running(c, last)]


def invoices(fees: list[tuple[Holder, Fraction]]) -> dict[Holder, int]:
    """Of a month, before any credit [cents]: each renewal is a contract of its own."""
    out: dict[Holder, Fraction] = {None: Fraction(0)}
    for holder, fee in fees:
        out[holder] = out.get(holder, Fraction(0)) + fee
    return {holder: nearest(fee) for holder, fee in out.items()}


def parts(a: Ahead, to: list[Lot]) -> list[Ahead]:
    """A balance as balances of renewals, each with its part by the value of its term."""
    worth = [lot.worth(lot.start, lot.end) * lot.gpus for lot in to]
    whole = sum(worth, Fraction(0)) or Fraction(1)
    out, left, grown = [], a.left, a.interest
    for lot, own in zip(to, worth, strict=True):
        last = lot is to[-1]
        cents = left if last else int(a.left * own / whole)
        interest = grown if last else a.interest * float(own / whole)
        left, grown = left - cents, grown - interest
        out.append(replace(a, left=cents, interest=interest, of=of(lot)))
    return out


def join(balances: list[Ahead], more: list[Ahead]) -> None:
    """What runs on of one balance to one renewal is one balance, whatever renewals it was of."""
    for a in more:
        same = [x for x in balances if (x.of, x.was) == (a.of, a.was)]
        if same:
            same[0].left += a.left
            same[0].interest += a.interest
        else:
            balances.append(a)


def drawn(draw: Any) -> None:
    """Some of what is paid ahead runs on to renewals, by months after the term or in them."""
    r = random.Random(f"{draw.seed}/runs on")
    for c in draw.tree["contracts"].values():
        plans = [c[key] for key in ("prepayment", "opening") if key in c]
        if c["kind"] == "colocation" or not plans or r.random() < 0.4:
            continue
        for plan in plans:
            plan["runs_on"] = True
            if "credited_months" in plan:
                plan["credited_months"][1] += r.choice([0, 0, 6, 30])
            if "credited_to" in plan:
                plan["credited_to"] += r.choice([0, 0, 300, 900]) * DAY
        if draw.layer in RENEWED and "renewal" not in c and r.random() < 0.8:
            c["renewal"] = {"chance": 1.0, "term_months": r.choice([1, 3, 6, 15])}
            level = not any(key in c for key in ("price_steps", "commitment"))
            for t in c["tranches"] if level else ():
                if "value_usd" not in t and t["start"] > draw.as_of:
                    t["term_months"] = r.choice([2, 3, 7, 11])
            longest = max(t.get("term_months", c["term_months"]) for t in c["tranches"])
            if months := c.get("prepayment", {}).get("credited_months"):
                months[0] = min(months[0], longest)


RENEWED = ("plant", "debt", "tax", "all", "sized", "covenants", "lines", "short", "ordered")
"""Layers whose contracts renew for this alone."""
