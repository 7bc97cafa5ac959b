"""Builds the CoreWeave models of 2025 that the backtest starts from: one procedure, every quarter.

    python models/freeze/build.py [FOLDER]

Reads `models/freeze/facts.toml` (what was public by each report) and writes
`models/operators/coreweave-2025q1.toml` and the like. The procedure, its priors and their ranges
are in `docs/freeze.md`. Nothing here looks at a later quarter than the one it builds.
"""

from __future__ import annotations

import datetime as dt
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
DAYS = 91.25  # of a quarter
KW = {"H100": 1.44, "GB200": 2.0}

# Stated priors; docs/freeze.md gives reasons and ranges.
LAG_DAYS = 30  # from in service to billing
CONVERSION = 0.60  # of opening construction in progress goes into service in a quarter
FIRST_PACE = 72.5  # MW a quarter before 2025: (360 - 70) / 4 of 2024
QUARTERS_TO_ENERGISE = 8  # contracted megawatts come on line within 24 months
LIVE_ENDS = ((0.25, 15), (0.40, 33), (0.35, 45))  # share of the fleet, months left
GROWTH_TERM = 54  # months
ON_DEMAND = 0.015  # of the fleet's GPUs out of contract; earns 2% of revenue
SERVER_SHARE_OF_DEPRECIATION = 0.967
FITOUT_DAYS = 45  # from handover to service: one to two months
PREPAID = 0.15  # of the value of what has not started; the low end of the disclosed 15-25%


def updated(prior: float, seen: list[float]) -> float:
    """A prior worth one round, and the rounds seen."""
    return (prior + sum(seen)) / (1 + len(seen))


def usd(millions: float) -> int:
    """Whole dollars, from USD m to the thousand."""
    return round(millions * 1000) * 1000


def money(millions: float) -> str:
    """Whole dollars as TOML shows them."""
    return f"{usd(millions):_}"


def day(as_of: dt.date, days: float) -> dt.date:
    """A day some days after the as-of day."""
    return as_of + dt.timedelta(days=round(days))


def billed_average(f: dict) -> float:
    """Megawatts billing on average in the quarter reported: active ones, LAG_DAYS before."""
    share = LAG_DAYS / DAYS
    pace, before = f["active"] - f["active_before"], f["pace_before"]
    early = f["active_before"] - before * share / 2
    late = f["active_before"] + pace * (1 - share) / 2
    return share * early + (1 - share) * late


def schedule(f: dict) -> list[float]:
    """Megawatts into service by month from the as-of day on.

    The next quarter converts a share of construction in progress; later ones rise in a line, so
    that all contracted megawatts are on line in time.
    """
    first = updated(CONVERSION, f["conversions_seen"]) * f["cip"] / cost_per_mw(f)
    n = QUARTERS_TO_ENERGISE
    step = (f["contracted"] - f["active"] - n * first) / (n * (n - 1) / 2)
    return [max(first + quarter * step, 0.0) / 3 for quarter in range(n) for _ in range(3)]


def cost_per_mw(f: dict) -> float:
    """Equipment cost of the fleet [USD m/MW]."""
    return f["gross"] / f["active"]


def tranches(f: dict, as_of: dt.date) -> tuple[list[str], list[str], list[str], dict]:
    """Live, accepting and growth tranches, and what else follows from them."""
    per_mw_day = f["revenue"] / billed_average(f) / f["days"]
    accepting_mw = max((f["active"] - f["active_before"]) * LAG_DAYS / DAYS, 1.0)
    live_mw = f["active"] - accepting_mw
    gpus = int(live_mw * 1000 / KW["H100"])
    reserved = int(gpus * (1 - ON_DEMAND))
    live, used, value_live = [], 0, 0.0
    for place, (share, months) in enumerate(LIVE_ENDS):
        count = reserved - used if place == len(LIVE_ENDS) - 1 else int(reserved * share)
        used += count
        end_month = as_of.month - 1 + months
        # a term of 48 months that ends at the first of a month
        end = dt.date(as_of.year + (end_month + 1) // 12, (end_month + 1) % 12 + 1, 1)
        start = end.replace(year=end.year - 4)
        value = round(per_mw_day * 0.98 * live_mw * count / reserved * (end - as_of).days, 3)
        value_live += value
        live.append(
            f"  {{ gpus = {count:_}, start = {start}, value_usd = {money(value)}, "
            f'hardware = {{ status = "in-service" }} }},'
        )
    accepting_gpus = int(accepting_mw * 1000 / KW["GB200"])
    half = accepting_gpus // 2
    price = per_mw_day * KW["GB200"] / 1000  # USD m a GPU-day
    value_accepting = 0.0
    accepting = []
    for count, after in ((half, 10), (accepting_gpus - half, 20)):
        value = round(price * count * GROWTH_TERM * 30.4375, 3)
        value_accepting += value
        accepting.append(
            f"  {{ gpus = {count:_}, start = {day(as_of, after)}, value_usd = {money(value)}, "
            f'hardware = {{ status = "in-service" }} }},'
        )
    left = f["backlog"] - f["put"] + f["signed_after"] - value_live - value_accepting
    cip_left, growth, phases = f["cip"], [], []
    turn = DAYS / updated(CONVERSION, f["conversions_seen"])
    plan = schedule(f)
    facility_left = f["undrawn_loan"]
    for month, mw in enumerate(plan):
        count = int(mw * 1000 / KW["GB200"])
        value = price * count * GROWTH_TERM * 30.4375
        last = value >= left or month == len(plan) - 1
        if last:
            value, count = left, max(int(count * min(left / value, 1.0)), 1)
        value = round(value, 3)
        left -= value
        in_service = DAYS / 3 * (month + 0.5)
        cost = count * KW["GB200"] / 1000 * cost_per_mw(f)
        if cip_left > 0.0005:
            booked = cip_left if last else round(min(cost, cip_left), 3)
            cip_left = round(cip_left - booked, 3)
            hardware = f'{{ status = "delivered", in_progress_usd = {money(booked)} }}'
        else:
            arrives = day(as_of, max(in_service - turn, 5 + month))
            hardware = f'{{ status = "ordered", delivery = {arrives}, deposit_usd = 0 }}'
        start = day(as_of, in_service + LAG_DAYS)
        growth.append(
            (
                f"  {{ gpus = {count:_}, start = {start}, value_usd = {money(value)}, "
                f"hardware = {hardware} }},",
                facility_left > 0,
                value,
            )
        )
        facility_left -= cost * 0.75
        handover = day(as_of, max(in_service - FITOUT_DAYS, 1))
        phases.append((round(count * KW["GB200"] / 1000, 3), handover))
        if last:
            break
    if cip_left > 0.0005:
        raise SystemExit(f"{as_of}: {cip_left:.0f} of construction in progress finds no tranche")
    made = {"gpus": gpus, "accepting": accepting_gpus, "phases": phases, "live_mw": live_mw}
    made |= {"per_mw_day": per_mw_day}
    return live, accepting, growth, made


def build(name: str, f: dict) -> str:
    """The text of one model."""
    as_of: dt.date = f["as_of"]
    live, accepting, growth, made = tranches(f, as_of)
    near = [text for text, early, _ in growth if early]
    far = [text for text, early, _ in growth if not early]
    worth = {True: 0.0, False: 0.0}
    for _, early, value in growth:
        worth[early] += value
    fleet_mw = made["gpus"] * KW["H100"] / 1000 + made["accepting"] * KW["GB200"] / 1000
    spare = f["contracted"] - f["active"] - sum(mw for mw, _ in made["phases"])
    accumulated = f["gross"] - (f["ppe_net"] - f["cip"])
    servers, infra, other = f["servers"], f["infrastructure"], f["other_equipment"]
    acc_infra, acc_other = f["accumulated_infrastructure"], f["accumulated_other"]
    acc_servers = round(accumulated - acc_infra - acc_other, 3)
    accepting_cost = round(made["accepting"] * KW["GB200"] / 1000 * cost_per_mw(f), 3)
    main_cost = round(servers - accepting_cost, 3)
    life = round((main_cost - acc_servers) / (main_cost / 6), 2)
    cost_per_gpu = round(cost_per_mw(f) * KW["GB200"]) * 1000
    d = f["debt"]
    principal = round(sum(x["principal"] for x in d.values()), 3)
    kinds = {"delayed-draw": 0.0, "notes": 0.0, "vendor": 0.0, "revolver": 0.0}
    for x in d.values():
        kinds[x["kind"]] += x["principal"]
    if abs(principal - f["debt_principal"]) > 0.0005:
        raise SystemExit(f"{name}: debt {principal} is not {f['debt_principal']}")
    capex_unpaid = f["capex_unpaid"]
    operating = round(f["payables"] - capex_unpaid - f["accrued_interest"], 3)
    deferred = f["deferred_revenue"]
    d_live = round(deferred * 0.75, 3)
    d_growth = round(deferred - d_live, 3)
    assets = (
        f["cash"] + f["restricted"] + f["receivables"] + f["prepaid"] + f["ppe_net"]
        + f["intangibles"] + f["goodwill"] + f["lease_assets"] + f["other_assets"]
    )  # fmt: skip
    owed = (
        f["payables"] + deferred + f["lease_liabilities"] + principal - f["discount"]
        + f["deferred_tax"] + f["other_liabilities"]
    )  # fmt: skip
    paid_in = round(assets - owed + f["deficit"], 3)
    techno = (f["technology"] - SERVER_SHARE_OF_DEPRECIATION * f["depreciation"]) / 3
    heads = techno * 3 + f["sales"] + f["administration"] + 0.02 * f["cost"]
    stock = round(min(f["stock_pay"] / heads, 0.6), 3)
    fixed = f["lease_cost"] + f["depreciation"] * (1 - SERVER_SHARE_OF_DEPRECIATION)
    average_mw = (f["active"] + f["active_before"]) / 2
    power = average_mw * 1000 * 0.7 * 1.2 * 24 * f["days"] * 0.05 / 1e6
    staff = average_mw * 1000 * 8 * 3 / 1e6
    variable = (f["cost"] * 0.98 - fixed - power - staff) / average_mw / 3 * 1000
    site = (
        'kind = "leased-shell"\npue = 1.2\ntariff_usd_per_kwh = 0.05\n'
        "grid_charge_usd_per_kw_month = 0\nminimum_take = 0.0\nload_factor = 0.70\n"
        f"variable_rent_usd_per_kw_month = {variable:.1f}\nstaff_usd_per_kw_month = 8\n"
    )
    phase_lines = "\n".join(f"  {{ it_mw = {mw}, ready = {at} }}," for mw, at in made["phases"])
    # what is contracted and no tranche needs comes with the first order, of which there are none
    if spare > 0.001:
        later = day(as_of, 730)
        phase_lines += (
            f'\n  {{ it_mw = {spare:.3f}, ready = {later}, taken = "with-first-order" }},'
        )
    gpu = (
        "infrastructure_share = 0.06\ndeposit_share = 0.0\npayment_days = 60\nbook_life_years = 6\n"
        "economic_life_years = 6\ninfrastructure_life_years = 8\nsalvage_share = 0.0\n"
        "lead = { planned_days = 90, sd_days = 25 }\n"
        f"fitout = {{ planned_days = {FITOUT_DAYS}, sd_days = 8 }}\n"
        f"acceptance = {{ planned_days = {LAG_DAYS}, sd_days = 10 }}\n"
        "floor_usd_per_gpu_hour = 0.80\n"
    )
    out = [
        f"# CoreWeave as of {as_of}, as disclosed by {f['report']}. Built by models/freeze/build.py",
        "# from models/freeze/facts.toml; edit those. The procedure is docs/freeze.md.",
        "",
        'extends = ["base/neocloud.toml", "base/market-2025q1.toml"]\n',
        f'[model]\ntitle = "CoreWeave as of {as_of}, report-date freeze"\nas_of = {as_of}\nquarters = 8',
        'note = "Built by one procedure for every quarter, without the company\'s guidance."\n',
        f"[operator]\nminimum_cash_usd = 300_000_000\ncapitalised_interest_share = {f['capitalised_share']}\n"
        "lease_rate = 0.12\nacceptance_lot_mw = 25\n",
        '[market]\nstart_state = "balanced"\n',
        f"[rates]\ncurve = [{{ date = {as_of}, rate = {f['sofr']} }}, "
        f"{{ date = {day(as_of, 275)}, rate = {f['sofr_later']} }}]\n",
    ]
    prices = {"H100": 2.3, "GB200": 4.0, "GB200-accepting": 4.0}
    for sku, ask in prices.items():
        kw = KW[sku.split("-")[0]]
        out.append(
            f"[gpus.{sku}]\nit_kw_per_gpu = {kw}\ncapex_usd_per_gpu = {round(cost_per_gpu * kw / 2.0):_}\n"
            f"on_demand_usd_per_gpu_hour = {ask}\n{gpu}"
        )
    out.append(
        f'[sites.fleet]\ndeveloper = "in-service"\nrent_usd_per_kw_month = 0\nrent_escalator = 0.0\n'
        f"lease_years = 9\n{site}delay = {{ probability = 0.0, mean_days = 0, sd_days = 0 }}\n"
        f"phases = [{{ it_mw = {fleet_mw + 0.001:.3f}, ready = {as_of} }}]\n"
    )
    out.append(
        f'[sites.growth]\ndeveloper = "various"\nrent_usd_per_kw_month = {f["new_rent"]}\n'
        f"rent_escalator = 0.03\nlease_years = 12\n{site}"
        f"delay = {{ probability = {f['delay_chance']}, mean_days = {f['delay_days']}, sd_days = 45 }}\n"
        f"phases = [\n{phase_lines}\n]\n"
    )
    out.append(
        f'[assets.fleet]\ncategory = "servers"\ngross_usd = {money(main_cost)}\n'
        f"accumulated_usd = {money(acc_servers)}\nremaining_life_years = {life}\n"
        f'gpu = "H100"\nsite = "fleet"\ngpus = {made["gpus"]:_}\n\n'
        f'[assets.accepting]\ncategory = "servers"\ngross_usd = {money(accepting_cost)}\n'
        f'accumulated_usd = 0\nremaining_life_years = 6\ngpu = "GB200-accepting"\nsite = "fleet"\n'
        f"gpus = {made['accepting']:_}\n\n"
        f'[assets.leasehold]\ncategory = "infrastructure"\ngross_usd = {money(infra)}\n'
        f"accumulated_usd = {money(acc_infra)}\nremaining_life_years = 7.3\n\n"
        f'[assets.software]\ncategory = "other-equipment"\ngross_usd = {money(other)}\n'
        f"accumulated_usd = {money(acc_other)}\nremaining_life_years = 3.4\n\n"
        f'[assets.acquired]\ncategory = "intangibles"\ngross_usd = {money(f["intangibles"])}\n'
        f"accumulated_usd = 0\nremaining_life_years = {f['intangible_life']}\n"
    )
    credit = f"credited_from = {day(as_of, 32)}, credited_to = {day(as_of, 1095)}"
    common = 'kind = "take-or-pay"\npayment_days = 60\nlate_start = "shifts"\n'
    out.append(
        f'[contracts.live]\ncustomer = "microsoft and others"\nrating = "investment-grade"\n{common}'
        f'gpu = "H100"\nsite = "fleet"\nterm_months = 48\nsigned = 2021-12-31\n'
        f"opening = {{ deferred_revenue_usd = {money(d_live)}, {credit} }}\n"
        "tranches = [\n" + "\n".join(live) + "\n]\n"
    )
    out.append(
        f'[contracts.accepting]\ncustomer = "microsoft and others"\nrating = "investment-grade"\n{common}'
        f'gpu = "GB200-accepting"\nsite = "fleet"\nterm_months = {GROWTH_TERM}\nsigned = 2024-05-16\n'
        "tranches = [\n" + "\n".join(accepting) + "\n]\n"
    )
    where = f'gpu = "GB200"\nsite = "growth"\nterm_months = {GROWTH_TERM}\nsigned = {f["signed"]}\n'
    loans = (("near", near, f["loan"], True), ("far", far, "programme", not near))
    for label, rows, loan, carries in loans:
        if rows:
            opening = f"opening = {{ deferred_revenue_usd = {money(d_growth)}, credited_from = {day(as_of, 200)}, credited_to = {day(as_of, 1400)} }}\n"
            paid = d_growth / worth[label == "near"] if carries else 0.0
            share = round(max(PREPAID - paid, 0.0), 4)
            if share > 0:
                due = day(as_of, 15 if label == "near" else 105)  # paid 60 days later
                prepay = f"prepayment = {{ share = {share}, due = {due}, unconditional = false, credited_months = [13, 36] }}\n"
            else:
                prepay = ""
            out.append(
                f'[contracts.growth-{label}]\ncustomer = "signed, not started"\nrating = "other"\n{common}{where}'
                f'facility = "{loan}"\nvendor = "oem-new"\nvendor_share = {f["vendor_share"]}\n'
                + (opening if carries else "")
                + prepay
                + "tranches = [\n" + "\n".join(rows) + "\n]\n"
            )  # fmt: skip
    if f["put"]:
        out.append(
            '[contracts.nvidia-put]\ncustomer = "nvidia"\nrating = "investment-grade"\nkind = "backstop"\n'
            'term_months = 75\nsigned = 2025-09-09\npayment_days = 60\nlate_start = "keeps-end"\n'
            f"tranches = [{{ start = {day(as_of, 1)}, value_usd = {money(f['put'])} }}]\n"
        )
    total = sum(x["principal"] for x in d.values())
    cut, interest = 0.0, 0.0
    for place, (label, x) in enumerate(d.items()):
        final = place == len(d) - 1
        share = x["principal"] / total
        discount = round(f["discount"] - cut if final else f["discount"] * share, 3)
        accrued = round(
            f["accrued_interest"] - interest if final else f["accrued_interest"] * share, 3
        )
        cut, interest = round(cut + discount, 3), round(interest + accrued, 3)
        ladder = ", ".join(f'"{y}" = {money(v)}' for y, v in x["ladder"].items())
        text = f'[debt.{label}]\nkind = "{x["kind"]}"\nbase = "{x["base"]}"\nmargin = {x["margin"]}\nday_count = "{x.get("days", "act/360")}"\nmaturity = {x["maturity"]}\nseniority = {x["seniority"]}\n'
        if "commitment" in x:
            text += f"commitment_usd = {money(x['commitment'])}\navailable_to = {x['available_to']}\nundrawn_fee = {x['fee']}\n"
            if x["kind"] == "delayed-draw":
                text += 'advance_rate = 0.75\ndraw_discount = 0.01\namortisation = { law = "straight", months = 42, grace_months = 6, every_months = 3 }\n'
        text += f"opening = {{ principal_usd = {money(x['principal'])}, discount_usd = {money(discount)}, accrued_interest_usd = {money(accrued)}, every_months = {x['every']}, repayments = {{ {ladder} }} }}\n"
        out.append(text)
    out.append(
        '[debt.oem-new]\nkind = "vendor"\ncommitment_usd = 4_000_000_000\n'
        f"available_to = {day(as_of, 640)}\n"
        'base = "fixed"\nmargin = 0.095\nday_count = "act/360"\n'
        'amortisation = { law = "straight", months = 36, grace_months = 0, every_months = 1 }\n'
        "maturity = 2031-12-31\nseniority = 1\n"
    )
    out.append(
        "[programme]\nclosing_days = 45\navailability_months = 12\nadvance_rate = 0.75\n"
        f"margin_by_rating = {{ investment-grade = {f['margin_new']}, other = {f['margin_new']} }}\n"
        "base_floor = 0.0\nundrawn_fee = 0.005\ndraw_discount = 0.015\n"
        'amortisation = { law = "level", months = 60, grace_months = 9, every_months = 3 }\n'
        "reserve_share = 0.01\nseniority = 1\n"
    )
    out.append(
        "[raising]\nmonths_ahead = 6\nfloor_usd = 1_000_000_000\nsmallest_usd = 500_000_000\n"
        "leverage_cap = 8.0\n"
        "notes = { capacity_usd_per_year = 6_000_000_000, months = 60, margin = 0.05, costs_share = 0.015, every_months = 6, seniority = 3 }\n"
        "equity = { capacity_usd_per_year = 0, discount = 0.05, costs_share = 0.02 }\n"
    )
    pays = ", ".join(f'"{y}" = {money(v)}' for y, v in f["lease_payments"].items())
    out.append(
        f"[leases]\nliability_usd = {money(f['lease_liabilities'])}\nasset_usd = {money(f['lease_assets'])}\n"
        f"remaining_months = {f['lease_months']}\npayments = {{ {pays} }}\n"
    )
    for label, line, monthly in (
        ("operations", "cost-of-revenue", f["cost"] * 0.02 / 3),
        ("engineering", "technology", techno),
        ("sales", "sales", f["sales"] / 3 - f["intangibles"] / f["intangible_life"] / 12),
        ("administration", "administration", f["administration"] / 3),
    ):
        out.append(
            f'[overheads.{label}]\nline = "{line}"\nmonthly_usd = {money(max(monthly, 0.1))}\n'
            f"growth_per_year = 0.10\nstock_share = {stock}\n"
        )
    basis = round(0.6 * f["ppe_net"], 3)
    losses = round(f["ppe_net"] - basis - deferred * 0.5 - f["deferred_tax"] / 0.25, 3)
    out.append(
        f"[tax]\nbonus_depreciation = {f['bonus']}\nopening = {{ losses_usd = {money(max(losses, 0))}, "
        f"disallowed_interest_usd = 0, ppe_basis_usd = {money(basis)} }}\n"
    )
    third = round(f["receivables"] / 3, 3)
    rest = round(f["receivables"] - 2 * third, 3)
    out.append(
        f"[receivables]\ninvoices = [\n  {{ amount_usd = {money(third)}, due = {day(as_of, 30)} }},\n"
        f"  {{ amount_usd = {money(third)}, due = {day(as_of, 60)} }},\n"
        f"  {{ amount_usd = {money(rest)}, due = {day(as_of, 90)} }},\n]\n"
    )
    half = round(operating / 2, 3)
    bill = round(capex_unpaid / 3, 3)
    loan = f', facility = "{f["loan"]}", loan_share = 0.75'
    out.append(
        f"[payables]\noperating = [\n  {{ amount_usd = {money(half)}, due = {day(as_of, 30)} }},\n"
        f"  {{ amount_usd = {money(operating - half)}, due = {day(as_of, 60)} }},\n]\ncapex = [\n"
        f"  {{ amount_usd = {money(bill)}, due = {day(as_of, 30)}{loan} }},\n"
        f"  {{ amount_usd = {money(bill)}, due = {day(as_of, 60)}{loan} }},\n"
        f"  {{ amount_usd = {money(capex_unpaid - 2 * bill)}, due = {day(as_of, 90)}{loan} }},\n]\n"
    )
    lines = {
        "cash": f["cash"], "restricted_cash": f["restricted"], "receivables": f["receivables"],
        "prepaid_and_other_current": f["prepaid"], "construction_in_progress": f["cip"],
        "servers_gross": servers, "infrastructure_gross": infra, "other_equipment_gross": other,
        "servers_accumulated": acc_servers, "infrastructure_accumulated": acc_infra,
        "other_equipment_accumulated": acc_other, "intangibles_gross": f["intangibles"],
        "goodwill": f["goodwill"], "lease_assets": f["lease_assets"],
        "other_noncurrent_assets": f["other_assets"], "payables_operating": operating,
        "payables_capex": capex_unpaid, "accrued_interest": f["accrued_interest"],
        "deferred_revenue": deferred, "lease_liabilities": f["lease_liabilities"],
        "loans": round(kinds["delayed-draw"], 3), "notes": kinds["notes"],
        "revolver": kinds["revolver"], "vendor_debt": kinds["vendor"],
        "debt_discount": f["discount"], "deferred_tax": f["deferred_tax"],
        "other_liabilities": f["other_liabilities"], "paid_in_capital": paid_in,
        "accumulated_deficit": f["deficit"],
    }  # fmt: skip
    out.append(
        "[balance]\n" + "\n".join(f"{k}_usd = {money(v)}" for k, v in lines.items() if v) + "\n"
    )
    out.append("[sources]")
    told = f"as_of = {as_of}, published = {f['report']}"
    for key, text in f["sources"].items():
        out.append(f'"{key}" = {{ source = "{text}", {told} }}')
    out.append("")
    for key, (reason, relative) in ASSUMED.items():
        out.append(f'[assumptions."{key}"]\nreason = "{reason}"\nrelative = {relative}\n')
    for key, reason in f.get("assumptions", {}).items():
        out.append(f'[assumptions."{key}"]\nreason = "{reason}"\nrelative = 0.3\n')
    return "\n".join(out)


ASSUMED = {
    "operator": ("docs/freeze.md: share of interest capitalised as last reported; a few hundred million kept at the parent", 0.5),
    "rates.curve": ("SOFR of the middle of the quarter, and as forward-looking statements of the day had it; docs/freeze.md", 0.3),
    "gpus": ("docs/freeze.md: fleet cost a megawatt as booked; 45 days of fit-out, 30 to 60, and 30 to billing, 15 to 60", 0.5),
    "sites": ("docs/freeze.md: rates that give the quarter's cost of revenue; halls when the schedule of megawatts needs them; some of them late", 0.3),
    "assets": ("docs/freeze.md: by class and age; remaining lives from six years", 0.2),
    "contracts": ("docs/freeze.md: values sum to backlog and later signings; price from revenue a billed megawatt; months from the conversion of construction in progress", 0.3),
    "debt": ("docs/freeze.md: discount and accrued interest by size; terms as their neighbours; ladder by facility adds up to the disclosed one where disclosed", 0.3),
    "programme": ("docs/freeze.md: new loans for signed contracts at the last margin announced", 0.3),
    "raising": ("docs/freeze.md: notes and shares when the outlook of six months is short of 1bn", 0.5),
    "leases": ("docs/freeze.md: payments that the liability implies where the note was not seen", 0.3),
    "overheads": ("docs/freeze.md: at the level of the last quarter, and 10% a year", 0.3),
    "tax": ("not disclosed: attributes that explain the deferred tax liability at 25%", 0.5),
    "receivables": ("docs/freeze.md: within three months", 0.3),
    "payables": ("docs/freeze.md: unpaid equipment within three months, drawn on the open loan", 0.3),
    "balance.servers_accumulated_usd": ("accumulated depreciation by class and age", 0.1),
    "balance.infrastructure_accumulated_usd": ("accumulated depreciation by class and age", 0.3),
    "balance.other_equipment_accumulated_usd": ("accumulated depreciation by class and age", 0.5),
}  # fmt: skip


def main() -> None:
    """Build all models of the facts file."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "operators"
    facts = tomllib.loads((HERE / "facts.toml").read_text(encoding="utf-8"))
    for name, f in facts.items():
        path = target / f"{name}.toml"
        path.write_text(build(name, f), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
