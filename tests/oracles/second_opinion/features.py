"""What generated operators have beyond the planned path: lives, resale, renewals, notices."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.oracles.second_opinion.days import add_months


def lives(draw: Any) -> None:
    """GPUs reach the end of their economic life within the run and are sold."""
    r, t = draw.r, draw.tree
    for name, g in t["gpus"].items():
        g["book_life_years"] = r.choice([1.5, 2.0, 3.25, 4.0])
        g["redeploy_days"] = r.choice([0, 0, 10, 40])
        if draw.chance(0.7):
            g["economic_life_years"] = held(draw, name) + r.choice([0.0, 0.25, 0.5, 1.0])
    if draw.chance(0.8):
        t["market"]["resale"] = {
            "rent_elasticity": r.choice([0.0, 0.5, 1.0]),
            "residual_by_age": {"0": 0.9, "1": 0.6, "2": 0.45, "4": 0.1},
        }
    t["assets"]["fleet"]["remaining_life_years"] = r.choice([0.5, 1.0, 1.75, 3.0])
    t["operator"]["on_demand_share"] = r.choice([0.0, 0.5, 1.0])
    use = r.choice([0.0, 0.7, 1.0])
    t["market"]["on_demand_use"] = {"glut": 0.1, "balanced": use, "scarce": 0.9}


def held(draw: Any, gpu: str) -> float:
    """How old GPUs are when the last contract of their generation is over, and some [years]."""
    first, last = dt.date.max, dt.date.min
    for c in draw.tree["contracts"].values():
        for tr in c["tranches"] if c["gpu"] == gpu else ():
            months = tr.get("term_months", c["term_months"])
            first = min(first, max(tr["start"], draw.as_of))
            last = max(last, add_months(tr["start"], months + 5))
    if last < first:
        return 1.0
    return max(round((last - first).days / 365 * 4) / 4, 0.5)


def renewals(draw: Any) -> None:
    """Short terms; some renew for certain, some never."""
    r = draw.r
    for c in draw.tree["contracts"].values():
        if draw.chance(0.7):
            c["renewal"] = {
                "chance": r.choice([0.0, 0.0, 1.0]),
                "term_months": r.choice([6, 12, 15, 36]),
            }
            if draw.chance(0.6):
                c["renewal"]["price_share"] = r.choice([0.5, 0.85, 1.0, 1.2])
        for tr in c["tranches"]:
            if draw.chance(0.6) and "value_usd" not in tr and tr["start"] > draw.as_of:
                tr["term_months"] = r.choice([3, 6, 7, 12])
        longest = max(tr.get("term_months", c["term_months"]) for tr in c["tranches"])
        if "prepayment" in c:
            a, b = c["prepayment"]["credited_months"]
            c["prepayment"]["credited_months"] = [min(a, longest), min(b, longest)]
