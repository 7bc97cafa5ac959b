"""Generated operators with little cash: revolvers, covenants, amounts that stay unpaid."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from tests.oracles.second_opinion.days import month_end


def lines(draw: Any) -> None:
    """A fleet under contract, bills and debt, and revolvers for what cash lacks."""
    r, t = draw.r, draw.tree
    t["contracts"] = {"old": t["contracts"]["old"]}
    draw.cash = round(r.uniform(1e6, 8e7), 2)
    t["operator"]["minimum_cash_usd"] = r.choice([0.0, 0.0, 5e6, 3e7])
    steps = t["operator"]["waterfall"]
    if draw.chance(0.4):
        r.shuffle(steps)
        steps.remove("revolver")
        steps.append("revolver")
    for k in range(r.choice([1, 1, 2, 3])):
        t["debt"][f"r{k}"] = revolver(draw)
    for d in t["debt"].values():
        if "first_payment" in d:
            d.pop("reserve_months", None)
    last = {**revolver(draw), "commitment_usd": 9e9, "seniority": 5}
    last["maturity"] = draw.end + dt.timedelta(days=r.randint(1, 900))
    last["available_to"] = last["maturity"]
    last.pop("first_payment", None)
    t["debt"]["last"] = last


def short(draw: Any) -> None:
    """Cash and revolvers that do not last: amounts stay unpaid, and are paid when cash comes."""
    r, t = draw.r, draw.tree
    lines(draw)
    del t["debt"]["last"]
    for name in [n for n in t["debt"] if n.startswith("r")][1:]:
        if draw.chance(0.5):
            del t["debt"][name]
    draw.cash = round(r.uniform(1e6, 3e8), 2)
    t["sites"]["alpha"].update(kind="owned", rent_usd_per_kw_month=0.0, lease_years=0.0)


def covenants(draw: Any) -> None:
    """Covenants on revolvers and loans; the last revolver has none."""
    r, t = draw.r, draw.tree
    lines(draw)
    steps = t["operator"]["waterfall"]
    if draw.chance(0.7):
        steps.insert(r.choice([len(steps), len(steps) - 1]), "sweep")
    sweeps = r.choice([n for n in t["debt"] if n != "last"])
    for name, d in t["debt"].items():
        if name == "last" or draw.chance(0.3):
            continue
        c: dict[str, Any] = {"stops_draws": draw.chance(0.8)}
        first = draw.as_of + dt.timedelta(days=r.randint(1, 400))
        if draw.chance(0.6):
            c["dscr"] = {"minimum": r.choice([0.1, 0.5, 1.0, 1.4]), "from": first}
        if draw.chance(0.4):
            first = draw.as_of + dt.timedelta(days=r.randint(1, 400))
            c["leverage"] = {"maximum": r.choice([0.5, 2.0, 6.0]), "from": first}
        if draw.chance(0.6):
            first = draw.as_of + dt.timedelta(days=r.randint(1, 400))
            c["minimum_liquidity"] = {"minimum_usd": r.choice([1e6, 1e7, 6e7]), "from": first}
        if "sweep" in steps and name == sweeps:
            c["sweep_share"] = r.choice([0.0, 0.3, 1.0])
        if draw.chance(0.4):
            c["cures"] = {
                "count": r.choice([1, 3]),
                "until": draw.as_of + dt.timedelta(days=r.randint(200, 900)),
                "max_usd_each": r.choice([5e6, 5e7, 1e9]),
            }
        d["covenants"] = c


def sweep_excess(draw: Any) -> None:
    """In half of the operators loans take a share of what each quarter leaves."""
    r, t = random.Random(f"{draw.seed}/excess"), draw.tree
    steps = t["operator"]["waterfall"]
    swept = ("delayed-draw", "vendor", "finance-lease")
    loans = [d for d in t["debt"].values() if d["kind"] in swept]
    if not loans or r.random() < 0.5:
        return
    if "sweep" not in steps:
        steps.insert(r.choice([len(steps), len(steps) - 1]), "sweep")
    for d in loans:
        first = draw.as_of + dt.timedelta(days=r.randint(1, 300))
        if r.random() < 0.7:
            d["cash_sweep"] = {"share": r.choice([0.25, 0.5, 1.0]), "from": first}


def traps(draw: Any) -> None:
    """In two of five operators lenders keep what quarters leave while cover is thin."""
    r, t = random.Random(f"{draw.seed}/trap"), draw.tree
    steps = t["operator"]["waterfall"]
    debts = [d for d in t["debt"].values() if d["kind"] not in ("revolver", "convertible")]
    if not debts or r.random() < 0.6:
        return
    last = [step in steps for step in ("revolver", "sweep")]  # whose steps come last
    steps.insert(r.randint(len(steps) - sum(last), len(steps)), "trap")
    for d in debts:
        if r.random() < 0.3:
            continue
        trap = {"min_dscr": r.choice([0.5, 1.25, 3.0, 20.0]), "release_quarters": r.choice([1, 2])}
        if r.random() < 0.5:
            trap["from"] = draw.as_of + dt.timedelta(days=r.randint(1, 300))
            if trap["from"] > d["maturity"]:
                del trap["from"]
        if r.random() < 0.5:
            trap["prepay_quarters"] = r.choice([1, 2, 3])
        d["cash_trap"] = trap


def stepping_margins(draw: Any) -> None:
    """In two of five operators margins of some debts step by date, up or down."""
    r, t = random.Random(f"{draw.seed}/margins"), draw.tree
    if r.random() < 0.6:
        return
    for d in t["debt"].values():
        days = sorted({r.randint(-60, 1000) for _ in range(r.choice([0, 1, 2, 4]))})
        dates = [draw.as_of + dt.timedelta(days=n) for n in days]
        steps = [{"date": day, "margin": r.choice([0.01, 0.04, 0.09, 0.15])} for day in dates]
        steps = [step for step in steps if step["date"] <= d["maturity"]]
        if steps:
            d["margin_steps"] = steps


def loan_lives(draw: Any) -> None:
    """Loans that are tested on what their contracts are still to leave (LLCR).

    In the layer `covenants` the contract of the as-of day is one of a loan's, and may be left.
    """
    r, t = random.Random(f"{draw.seed}/llcr"), draw.tree
    loans = [n for n, d in t["debt"].items() if d["kind"] == "delayed-draw"]
    if draw.layer == "covenants" and loans:
        old = t["contracts"]["old"]
        old["facility"] = r.choice(loans)
        if r.random() < 0.3:
            old["renewal"] = {"chance": 1.0, "term_months": r.choice([6, 15]), "price_share": 0.9}
        elif r.random() < 0.5:
            old["exit_notice_days"] = r.choice([1, 90, 200])
            old["exit_on"] = draw.as_of + dt.timedelta(days=r.randint(1, 500))
    financed = {c.get("facility") for c in t["contracts"].values()}
    for name in loans:
        if name not in financed or r.random() < 0.3:
            continue
        c = t["debt"][name].setdefault("covenants", {"stops_draws": r.random() < 0.5})
        first = draw.as_of + dt.timedelta(days=r.randint(1, 500))
        c["llcr"] = {"minimum": r.choice([0.9, 1.3, 2.0, 5.0]), "from": first}
        if "cures" not in c and r.random() < 0.4:
            c["cures"] = {
                "count": r.choice([1, 3]),
                "until": draw.as_of + dt.timedelta(days=r.randint(200, 900)),
                "max_usd_each": r.choice([5e6, 1e8, 2e9]),
            }


def revolver(draw: Any) -> dict[str, Any]:
    r = draw.r
    d: dict[str, Any] = {
        "kind": "revolver",
        "base": r.choice(["SOFR", "fixed"]),
        "margin": r.choice([0.02, 0.03, 0.05]),
        "base_floor": r.choice([0.0, 0.01]),
        "day_count": r.choice(["act/360", "30/360", "act/365"]),
        "seniority": r.choice([0, 1, 1, 2]),
        "commitment_usd": r.choice([5e6, 4e7, 3e8]),
        "undrawn_fee": r.choice([0.0, 0.005]),
        "draw_discount": r.choice([0.0, 0.0, 0.01]),
        "maturity": draw.as_of + dt.timedelta(days=r.randint(500, 2500)),
    }
    if d["day_count"] == "30/360" and d["margin"] == 0.02:
        d["day_count"] = "30e/360"
    if draw.chance(0.6):
        d["maturity"] = month_end(d["maturity"])
    d["available_to"] = d["maturity"] - dt.timedelta(days=r.choice([0, 0, 30, 200]))
    if draw.chance(0.2):
        d["opens"] = draw.as_of + dt.timedelta(days=r.randint(1, 200))
    if draw.chance(0.3):
        d["first_payment"] = draw.as_of + dt.timedelta(days=r.randint(1, 90))
    return d
