"""What generated operators have beyond the planned path: lives, resale, renewals, notices."""

from __future__ import annotations

import datetime as dt
import random
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


def exits(draw: Any) -> None:
    """Notice on a day, long stops, power that is late enough for some."""
    r, t = draw.r, draw.tree
    for c in t["contracts"].values():
        if draw.chance(0.3):
            c["exit_notice_days"] = r.choice([1, 30, 90, 200])
            first = max(draw.as_of, c["signed"])
            c["exit_on"] = first + dt.timedelta(days=r.randint(1, 700))
        elif draw.chance(0.2) and "price_usd_per_gpu_hour" in c:
            c["exit_notice_days"] = r.choice([1, 30, 90])
            c["exit_price_share"] = r.choice([0.3, 0.6, 0.9])
        c["long_stop_use"] = r.choice([0.0, 1.0, 1.0])
        for tr in c["tranches"]:
            if draw.chance(0.4) and tr["start"] > draw.as_of:
                tr["long_stop_days"] = r.choice([0, 1, 10, 30, 60])


def market(draw: Any) -> None:
    """Rents that move, and list prices that follow them."""
    r, m = draw.r, draw.tree["market"]
    drift = r.choice([0.0, -0.1, -0.5, 0.2])
    m["drift_per_year"] = {"glut": -1.0, "balanced": drift, "scarce": 1.0}
    m["list_adjustment"] = r.choice([1.0, 0.5, 0.1])
    m["use_elasticity"] = r.choice([0.0, 0.5, 2.0])
    single = all(len(c["tranches"]) == 1 for c in draw.tree["contracts"].values())
    if single and draw.chance(0.7):
        m["term_ratio"] = {"12": 1.0, "24": 0.95, "36": 0.9, "48": 0.8, "60": 0.7}
    for g in draw.tree["gpus"].values():
        g["floor_usd_per_gpu_hour"] = r.choice([0.5, 2.0])


def failing(draw: Any) -> None:
    """GPUs that fail and are repaired as the rates say, at sites with power to spare or little.

    Some contracts renew or are left, some GPUs are sold at the end of their life or on demand.
    """
    r, t = draw.r, draw.tree
    if draw.chance(0.5):
        renewals(draw)
    if draw.chance(0.3):
        exits(draw)
    aged = draw.chance(0.3)
    if aged:
        lives(draw)
    elif draw.chance(0.5):
        t["operator"]["on_demand_share"] = r.choice([0.5, 1.0])
        t["market"]["on_demand_use"] = {
            "glut": 0.1,
            "balanced": r.choice([0.7, 1.0]),
            "scarce": 0.9,
        }
    for g in t["gpus"].values():
        g["failures"] = {
            "rate_per_year": r.choice([0.0, 0.04, 0.1, 0.4]),
            "log_sd": 0.0,
            "repair": {"rate_per_year": r.choice([0.0, 0.17, 2.0]), "days": r.choice([0, 4, 20])},
            "spare_share": r.choice([0.0, 0.0, 0.02, 0.05]),
            "short_start_share": r.choice([0.0, 0.001, 0.05]),
        }
    for s in t["sites"].values():
        first = min(s["phases"], key=lambda p: p["ready"])
        first["it_mw"] += r.choice([0.0, 0.5, 2.0, 200.0, 300.0])
    for c in t["contracts"].values():
        if draw.chance(0.5):
            c["sla"] = {
                "availability": r.choice([0.95, 0.99, 0.999]),
                "credit_multiple": r.choice([0.5, 1.0, 3.0, 20.0]),
            }
    for g in t["gpus"].values() if not aged else ():
        if draw.chance(0.4):
            day = draw.as_of + dt.timedelta(days=r.randint(1, 500))
            g["life_change"] = {"date": day, "years": r.choice([5.0, 7.5, 9.0])}
            g["economic_life_years"] = 15.0


def sized(draw: Any) -> None:
    """Loans that are sculpted on planned cash, or sized on it or on value."""
    r = draw.r
    debt = draw.tree["debt"]
    loans = [name for name, d in debt.items() if drawn(d)]
    while not loans:
        name = f"d{len(debt)}"
        debt[name] = draw.loan(len(debt))
        loans = [name] if drawn(debt[name]) else []
    for c in draw.tree["contracts"].values():
        if draw.chance(0.7) and any(t["start"] > draw.as_of for t in c["tranches"]):
            c["facility"] = r.choice(loans)
            c["vendor_share"] = min(c.get("vendor_share", 0.0), 1 - c.get("loan_share", 0.0))
            if not c["vendor_share"]:
                del c["vendor_share"]
    for name in loans:
        d = debt[name]
        a = d["amortisation"]
        starts = [
            t["start"]
            for c in draw.tree["contracts"].values()
            for t in c["tranches"]
            if c.get("facility") == name and t["start"] > draw.as_of
        ]
        d["commitment_usd"] = r.choice([1.0, 1.0, 0.1, 4.0]) * 1e9
        d["available_to"] = min(draw.as_of + dt.timedelta(days=r.randint(500, 900)), d["maturity"])
        d.pop("opens", None)
        if starts and draw.chance(0.5):
            d["opens"] = max(min(starts) - dt.timedelta(days=r.choice([0, 20, 90])), draw.as_of)
            d["available_to"] = max(d["available_to"], d["opens"])
            d["maturity"] = max(d["maturity"], d["available_to"])
        if "upfront_fee" in d:
            d["opens"] = max(d.get("opens", draw.as_of), draw.as_of + dt.timedelta(days=1))
        if draw.chance(0.6):
            a["law"] = "sculpted"
            a["dscr"] = r.choice([1.0, 1.2, 1.4, 2.0])
            a["cover"] = r.choice(["stated", "resulting", "resulting"])
        if draw.chance(0.5):
            d["size_dscr"] = r.choice([1.0, 1.25, 1.6, 3.0])
        if draw.chance(0.4):
            d["size_ltv"] = r.choice([0.3, 0.5, 0.7, 0.9])
        if a["law"] == "sculpted" or "size_dscr" in d:
            d["running_cost_share"] = r.choice([0.0, 0.25, 0.4])


def drawn(d: dict[str, Any]) -> bool:
    return d["kind"] == "delayed-draw" and "commitment_usd" in d


def leases(draw: Any) -> None:
    """Leases in force on the as-of day; leases that end while GPUs stand in the hall, or not."""
    r, t = draw.r, draw.tree
    renewals(draw)
    exits(draw)
    lives(draw)
    for name, s in t["sites"].items():
        if name == "old":
            s["kind"] = r.choice(["owned", "colocation", "leased-shell", "leased-shell"])
            s["rent_usd_per_kw_month"] = 0.0 if s["kind"] == "owned" else 120.0
            s["rent_escalator"] = r.choice([0.0, 0.03])
        s["lease_years"] = 0.0 if s["kind"] == "owned" else r.choice([1.0, 1.5, 2.0, 4.0])
        if draw.chance(0.6):
            s["holdover_rent_ratio"] = r.choice([1.0, 1.25, 2.0])
    if t["sites"]["old"]["kind"] == "leased-shell":
        months = r.choice([1, 7, 12, 15, 30, 60])
        rent = round(r.uniform(1e5, 2e6), 2)
        years: dict[int, float] = {}
        for k in range(months):
            day = add_months(draw.as_of + dt.timedelta(days=1), k)
            years[day.year] = round(years.get(day.year, 0.0) + rent * (1.02 if k > 11 else 1), 2)
        payments = {str(y): x for y, x in years.items()}
        if len(payments) > 2 and draw.chance(0.5):
            last = list(payments)[2:]
            payments = {y: x for y, x in payments.items() if y not in last}
            payments["after"] = round(sum(years[int(y)] for y in last), 2)
        whole = sum(payments.values())
        liability = round(whole * r.choice([1.0, 0.97, 0.9]), 2)
        t["leases"] = {
            "liability_usd": liability,
            "asset_usd": round(liability * r.choice([1.0, 0.95, 1.03]), 2),
            "remaining_months": months,
            "payments": payments,
        }


def ordered(draw: Any) -> None:
    """Hardware that is on order or delivered on the as-of day."""
    r, t = draw.r, draw.tree
    for c in t["contracts"].values():
        for tr in c["tranches"]:
            if tr["start"] <= draw.as_of or c["signed"] > draw.as_of or draw.chance(0.3):
                continue
            cost = tr["gpus"] * t["gpus"]["G1"]["capex_usd_per_gpu"]
            if draw.chance(0.5):
                h: dict[str, Any] = {"status": "ordered"}
                h["delivery"] = draw.as_of + dt.timedelta(days=r.randint(1, 200))
                h["deposit_usd"] = r.choice([0.0, round(cost * 0.15, 2)])
                if draw.chance(0.5):
                    h["cost_to_come_usd"] = round(cost * 0.9, 2)
            else:
                h = {"status": "delivered", "in_progress_usd": round(cost * r.uniform(0.5, 1), 2)}
                if draw.chance(0.6):
                    h["cost_to_come_usd"] = round(cost * r.uniform(0.05, 0.3), 2)
            tr["hardware"] = h


def stated(draw: Any) -> None:
    """Hardware that is bought without a contract and sold on demand; contracts buy their own."""
    r, t = draw.r, draw.tree
    t["operator"]["on_demand_share"] = r.choice([0.5, 1.0])
    use = r.choice([0.4, 0.7, 1.0])
    t["market"]["on_demand_use"] = {"glut": 0.1, "balanced": use, "scarce": 0.9}
    if draw.chance(0.5):
        market(draw)
    if draw.chance(0.4):
        lives(draw)
    for c in t["contracts"].values():
        c["hardware_source"] = "dedicated"
    loans = [name for name, d in t["debt"].items() if drawn(d)]
    suppliers = {n: d for n, d in t["debt"].items() if d["kind"] in ("vendor", "finance-lease")}
    lines = [n for n, d in suppliers.items() if "commitment_usd" in d]
    t["orders"] = {}
    for k in range(r.choice([1, 2, 3])):
        own: dict[str, Any] = {
            "gpus": r.randint(20, 4000),
            "gpu": r.choice(["G1", "G1", "G0"]),
            "site": r.choice(["alpha", "alpha", "old"]),
            "date": draw.as_of + dt.timedelta(days=r.choice([0, r.randint(1, 500)])),
        }
        if loans and draw.chance(0.6):
            own["facility"] = r.choice(loans)
            if draw.chance(0.5):
                own["loan_share"] = r.choice([0.3, 0.6, 0.8])
        if lines and draw.chance(0.5):
            own["vendor"] = r.choice(lines)
            own["vendor_share"] = 0.2
        t["orders"][f"stock{k}"] = own


def shared(draw: Any) -> None:
    """Contracts that take over GPUs of the fleet as others end, and order what is lacking."""
    r, t = draw.r, draw.tree
    old, fleet, g = t["contracts"]["old"], t["assets"]["fleet"], t["gpus"]["G0"]
    t["operator"]["acceptance_lot_mw"] = 1000.0
    t["operator"]["reuse_wait_days"] = r.choice([0, 10, 30, 60])
    g["economic_life_years"] = 25.0
    g["redeploy_days"] = r.choice([0, 0, 5, 20])
    old["term_months"] = r.choice([12, 18, 24])
    start = old["tranches"][0]["start"]
    while add_months(start, old["term_months"]) <= draw.as_of:
        old["term_months"] += 6
    end = add_months(start, old["term_months"])
    if draw.chance(0.3):
        old["exit_notice_days"] = r.choice([30, 90])
        old["exit_on"] = draw.as_of + dt.timedelta(days=r.randint(1, 300))
    t["sites"]["old"]["phases"][0]["it_mw"] += r.choice([0.0, 10.0, 40.0])
    for k in range(r.choice([1, 1, 2, 3])):
        begin = max(
            end + dt.timedelta(days=r.randint(-100, 100)), draw.as_of + dt.timedelta(days=1)
        )
        if k:
            begin = draw.as_of + dt.timedelta(days=r.randint(1, 700))
        t["contracts"][f"next{k}"] = {
            **{x: old[x] for x in ("rating", "kind", "gpu", "site")},
            "customer": f"next{k}",
            "term_months": r.choice([6, 12, 24]),
            "signed": draw.as_of - dt.timedelta(days=r.randint(0, 100)),
            "payment_days": r.choice([0, 30]),
            "late_start": r.choice(["shifts", "keeps-end"]),
            "hardware_source": r.choice(["shared", "shared", "shared", "dedicated"]),
            "price_usd_per_gpu_hour": r.choice([1.5, 2.5]),
            "tranches": [
                {
                    "gpus": r.randint(1, int(fleet["gpus"] * 1.2)),
                    "start": begin,
                    "priority": r.choice([0, 1]),
                }
            ],
        }


def impaired(draw: Any) -> None:
    """GPUs that earn less than their book value: tested at quarters' ends, written down."""
    r, t = draw.r, draw.tree
    t["operator"]["impairment_test"] = True
    t["operator"]["on_demand_share"] = r.choice([0.0, 0.5, 1.0])
    use = r.choice([0.0, 0.4, 0.7])
    t["market"]["on_demand_use"] = {"glut": 0.1, "balanced": use, "scarce": 0.9}
    t["market"]["resale"] = {
        "rent_elasticity": r.choice([0.0, 0.5, 1.0]),
        "residual_by_age": {"0": r.choice([0.5, 0.9]), "1": 0.4, "2": 0.3, "5": 0.05},
    }
    market(draw)
    if draw.chance(0.6):
        exits(draw)
    for g in t["gpus"].values():
        g["on_demand_usd_per_gpu_hour"] = r.choice([0.8, 1.5, 2.5])
        g["floor_usd_per_gpu_hour"] = 0.1
        if draw.chance(0.3):
            g["economic_life_years"] = r.choice([7.0, 9.0])


def beside_prices(draw: Any) -> None:
    """What prices bear on: renewals, notices, loans on planned cash, impairment, take-overs."""
    r = draw.r
    chosen = r.choice(["plain", "renewed", "left", "terms", "terms", "sized", "shared", "impaired"])
    if chosen in ("renewed", "terms"):
        renewals(draw)
    if chosen in ("left", "terms"):
        exits(draw)
        market(draw)
        weighed(draw)
    if chosen == "sized":
        sized(draw)
    if chosen == "shared":
        draw.tree["debt"].clear()
        for c in draw.tree["contracts"].values():
            for key in ("facility", "loan_share", "vendor", "vendor_share"):
                c.pop(key, None)
        shared(draw)
    if chosen == "impaired":
        impaired(draw)


def weighed(draw: Any) -> None:
    """Most customers hold the market against their own price, some while they wait for power."""
    r = draw.r
    for c in draw.tree["contracts"].values():
        if "price_usd_per_gpu_hour" in c and draw.chance(0.7):
            c.pop("exit_on", None)
            c["exit_notice_days"] = r.choice([1, 30, 90])
            c["exit_price_share"] = r.choice([0.6, 0.8, 0.9, 1.0])
            for tr in c["tranches"]:
                if tr["start"] > draw.as_of and draw.chance(0.4):
                    early = tr["start"] - dt.timedelta(days=r.choice([60, 150]))
                    tr["start"] = max(early, c["signed"], draw.as_of + dt.timedelta(days=1))


def prices(draw: Any) -> None:
    """Steps, growth every twelve months, minimums that grow, and how often a term renews."""
    r = draw.r
    for c in draw.tree["contracts"].values():
        terms = [t.get("term_months", c["term_months"]) for t in c["tranches"]]
        if c.get("renewal") and draw.chance(0.6):
            c["renewal"]["times"] = r.choice([1, 1, 2, 3])
        if "price_usd_per_gpu_hour" in c and draw.chance(0.6):
            after = stepping(draw, 1, min(terms) - 1)
            steps = [
                {"after_months": m, "price_usd_per_gpu_hour": r.choice([1.25, 2.4, 3.0, 4.105])}
                for m in after
            ]
            if steps:
                c["price_steps"] = steps
        if draw.chance(0.6):
            c["price_escalator"] = r.choice([-0.1, -0.035, 0.025, 0.1])
        if draw.chance(0.5):
            months = [0, *stepping(draw, 1, min(terms) - 1)]
            shares = sorted(r.sample([0.2, 0.5, 0.6, 0.85, 0.95], min(len(months), 5)))
            if draw.chance(0.7):
                shares[-1:] = [1.0]
            c["commitment"] = [
                {"after_months": m, "share": x} for m, x in zip(months, shares, strict=True)
            ]


def indexed(draw: Any) -> None:
    """Prices that follow the rental index, between a floor and a cap, in contracts that can."""
    r = random.Random(f"{draw.seed}/price index")
    follows = r.random() < 0.6
    for c in draw.tree["contracts"].values():
        terms = [t.get("term_months", c["term_months"]) for t in c["tranches"]]
        every = [n for n in (1, 3, 6, 12, 12, 24) if n < max(terms)]
        level = "price_steps" not in c and "price_escalator" not in c
        can = "price_usd_per_gpu_hour" in c and level and c["late_start"] == "shifts"
        wanted = follows and r.random() < 0.8
        own = {
            "every_months": r.choice(every or [1]),
            "share": r.choice([0.0, 0.25, 0.5, 0.5, 1.0]),
            "floor_share": r.choice([0.0, 0.6, 0.8, 0.95]),
        }
        cap, base = r.choice([None, 1.0, 1.1, 1.5]), r.choice([None, None, 2.5, 4.0])
        if cap is not None:
            own["cap_share"] = cap
        if base is not None:
            own["base_usd_per_gpu_hour"] = base
        if can and wanted and every:
            c["price_index"] = own
    if any("price_index" in c for c in draw.tree["contracts"].values()):
        moving = draw.tree["market"]["drift_per_year"]
        if not any(moving.values()):
            drift = r.choice([-0.4, -0.2, 0.15, 0.3])
            draw.tree["market"]["drift_per_year"] = dict.fromkeys(moving, drift)


def stepping(draw: Any, low: int, high: int) -> list[int]:
    """Some months of a term, growing."""
    if high < low:
        return []
    some = range(low, high + 1)
    return sorted(draw.r.sample(some, min(draw.r.choice([1, 1, 2, 3]), len(some))))


def repaid_by_period(draw: Any) -> None:
    """Opening balances that state some years by quarter, or by month where they pay monthly."""
    r = random.Random(f"{draw.seed}/periods")
    for d in draw.tree["debt"].values():
        opening = d.get("opening")
        if not opening or d["kind"] == "revolver":
            continue
        every = opening["every_months"]
        for year, usd in list(opening["repayments"].items()):
            inside = draw.as_of.year + 2 <= int(year) < d["maturity"].year
            if not inside or every > 3 or r.random() < 0.5:
                continue
            names = [f"{year}Q{q}" for q in (1, 2, 3, 4)]
            if every == 1 and r.random() < 0.5:
                names = [f"{year}-{m:02d}" for m in range(1, 13)]
            own = sorted(r.sample(names, r.randint(1, len(names))))
            shares = [r.choice([0, 1, 1, 2, 5]) for _ in own]
            shares[-1] += 1
            left = usd
            del opening["repayments"][year]
            for name, share in zip(own, shares, strict=True):
                part = left if name == own[-1] else round(usd * share / sum(shares), 2)
                opening["repayments"][name] = part
                left = round(left - part, 2)
