"""The tables of a model that follow megawatts, as text: hardware, sites, assets, contracts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from amounts import money
from learn import DAYS, Belief
from plan import (
    DELAY_CHANCE,
    DELAY_DAYS,
    DELAY_SD,
    FITOUT_DAYS,
    FITTING,
    GROWTH_TERM,
    LEAD_DAYS,
    RELEASED_MONTHS,
    Facts,
    Plan,
    Tranche,
    cost_per_mw,
    day,
    handed_over,
    live_prepaid,
)

SERVERS_IN_TECHNOLOGY = 0.967  # share of depreciation
SOLD_AHEAD = 1.5  # quarters before handover that capacity contracted and not sold is sold
SOLD_AFTER = 15  # days after the as-of day, at least
LOAD_FACTOR, STAFF = 0.70, 8.0  # of IT power; [USD/kW-month]


def head(f: Facts, b: Belief) -> str:
    """What the file is, and what was believed on the report's day."""
    as_of = f["as_of"]
    return f"""# {f["title"]} as of {as_of}, as disclosed by {f["report"]}. Built by models/freeze/build.py
# from models/freeze/facts.toml; edit those. The procedure is docs/freeze.md.
#
# Learned by this report: {b.conversion:.2f} of construction in progress in service in a quarter, {b.shortfall:,.0f}m
# short of the last plan, so {b.plan:,.0f}m next; {b.lag_days:.0f} days from active to billing; {b.per_mw_day * 365.25:.1f}m a year
# a billed MW; {b.capitalised:.2f} of construction in progress bears capitalised interest; {b.coupon:.2f} of stated
# coupons paid; {b.financing:.2%} a year on what is prepaid.

extends = [{", ".join(f'"{base}"' for base in f["extends"])}]

[model]
title = "{f["title"]} as of {as_of}, report-date freeze"
as_of = {as_of}
quarters = 8
note = "Built by one procedure for every quarter, without the company's guidance."

[operator]
minimum_cash_usd = {money(f["minimum_cash"])}
capitalised_interest_share = {b.capitalised:.3f}
lease_rate = {f["lease_rate"]}
acceptance_lot_mw = {f["lot_mw"]}

[market]
start_state = "balanced"

[rates]
curve = [{{ date = {as_of}, rate = {f["sofr"]} }}, {{ date = {day(as_of, 275)}, rate = {f["sofr_later"]} }}]
"""


def hardware(f: Facts, b: Belief) -> str:
    """Generations: the fleet's, the new one's, and what of the new one is with its customer for tests.

    The last are of their own so that nobody else rents them meanwhile.
    """
    new, lag = f["new_gpu"], round(b.lag_days)
    rows = [(f["fleet_gpu"], f["fleet_kw"], f["fleet_price"], FITOUT_DAYS, 8)]
    rows.append((new, f["new_kw"], f["new_price"], FITOUT_DAYS, 8))
    rows.append((f"{new}-accepting", f["new_kw"], 0.0, FITOUT_DAYS, 8))
    for k in range(FITTING):
        left = round(FITOUT_DAYS / FITTING * (k + 0.5))
        rows.append((f"{new}-fitting-{k + 1}", f["new_kw"], 0.0, left, round(left / 5, 1)))
    per_kw = round(cost_per_mw(f, f["active"]))  # thousand USD
    return "\n".join(
        f"""[gpus.{name}]
it_kw_per_gpu = {kw}
capex_usd_per_gpu = {round(per_kw * kw) * 1000:_}
on_demand_usd_per_gpu_hour = {price}
infrastructure_share = 0.06
deposit_share = 0.0
payment_days = 60
book_life_years = {f["life"]}
economic_life_years = {f["life"]}
infrastructure_life_years = 8
salvage_share = 0.0
lead = {{ planned_days = {LEAD_DAYS}, sd_days = 25 }}
fitout = {{ planned_days = {days}, sd_days = {sd} }}
acceptance = {{ planned_days = {lag}, sd_days = {min(lag, 10)} }}
floor_usd_per_gpu_hour = {f["floor"] if price else 0.0}
"""
        for name, kw, price, days, sd in rows
    )


def sites(f: Facts, b: Belief, p: Plan) -> str:
    """Halls in use, those in fit-out among them, and halls to come."""
    fleet_rent, new_rent = variable_rents(f, b)
    site = f"""kind = "leased-shell"
pue = {f["pue"]}
tariff_usd_per_kwh = {f["tariff"]}
grid_charge_usd_per_kw_month = 0
minimum_take = 0.0
load_factor = {LOAD_FACTOR:.2f}
staff_usd_per_kw_month = {STAFF:.0f}
"""
    in_use = p.fleet_gpus * f["fleet_kw"] / 1000 + p.accepting_gpus * f["new_kw"] / 1000
    in_use += sum(t.mw for t in p.growth if t.slot.handed_over)
    halls = [
        f"  {{ it_mw = {t.mw}, ready = {t.handover} }}," for t in p.growth if not t.slot.handed_over
    ]
    # what is contracted and no tranche needs comes with the first order, of which there are none
    spare = f["contracted"] - f["active"] - sum(t.mw for t in p.growth)
    if spare > 0.001:
        halls.append(
            f'  {{ it_mw = {spare:.3f}, ready = {day(f["as_of"], 730)}, taken = "with-first-order" }},'
        )
    listed = "\n".join(halls)
    return f"""[sites.fleet]
developer = "in-service"
rent_usd_per_kw_month = 0
rent_escalator = 0.0
lease_years = 9
{site}variable_rent_usd_per_kw_month = {fleet_rent:.1f}
delay = {{ probability = 0.0, mean_days = 0, sd_days = 0 }}
phases = [{{ it_mw = {in_use + 0.001:.3f}, ready = {f["as_of"]} }}]

[sites.growth]
developer = "various"
rent_usd_per_kw_month = {f["new_rent"]}
rent_escalator = 0.03
lease_years = 12
{site}variable_rent_usd_per_kw_month = {new_rent:.1f}
delay = {{ probability = {DELAY_CHANCE}, mean_days = {DELAY_DAYS}, sd_days = {DELAY_SD} }}
phases = [
{listed}
]
"""


def variable_rents(f: Facts, b: Belief) -> tuple[float, float]:
    """What cost of revenue leaves after leases, power, staff, depreciation [USD/kW-month].

    For new halls: on the mean of the quarter. For those handed over: such that the quarter ends at
    its cost a megawatt handed over, on all that is handed over by then.
    """
    mean, end = handed_over(f, b)
    other = 0.98 * f["cost"] - f["depreciation"] * (1 - SERVERS_IN_TECHNOLOGY)
    hours = 24 * f["days"]
    power = LOAD_FACTOR * f["pue"] * hours * f["tariff"] / 1000  # USD m a MW and quarter
    staff = STAFF * 3 / 1000
    active = (f["active"] + f["active_before"]) / 2
    left = other - f["lease_cost"] - power * active
    new = left / mean - staff
    straight = 3 * sum(f["lease_payments"].values()) / f["lease_months"]
    fleet = (other * end / mean - straight - power * f["active"]) / end - staff
    return max(fleet, 0.0) * 1000 / 3, max(new, 0.0) * 1000 / 3


def assets(f: Facts, p: Plan) -> str:
    """What is in service, by class."""
    s = servers(f, p)
    life = round((s["fleet"] - s["accumulated"]) / (s["fleet"] / f["life"]), 2)
    new = f"{f['new_gpu']}-accepting"
    parts = [
        f"""[assets.fleet]
category = "servers"
gross_usd = {money(s["fleet"])}
accumulated_usd = {money(s["accumulated"])}
remaining_life_years = {life}
gpu = "{f["fleet_gpu"]}"
site = "fleet"
gpus = {p.fleet_gpus:_}

[assets.accepting]
category = "servers"
gross_usd = {money(s["accepting"])}
accumulated_usd = 0
remaining_life_years = {f["life"]}
gpu = "{new}"
site = "fleet"
gpus = {p.accepting_gpus:_}
"""
    ]
    rows = (
        ("leasehold", "infrastructure", f["infrastructure"], f["accumulated_infrastructure"], 7.3),
        ("software", "other-equipment", f["other_equipment"], f["accumulated_other"], 3.4),
        ("acquired", "intangibles", f["intangibles"], 0, f["intangible_life"]),
    )
    parts += [
        f"""[assets.{name}]
category = "{category}"
gross_usd = {money(gross)}
accumulated_usd = {money(written)}
remaining_life_years = {years}
"""
        for name, category, gross, written, years in rows
        if gross
    ]
    return "\n".join(parts)


def servers(f: Facts, p: Plan) -> dict[str, float]:
    """Servers of the fleet and of what waits for its first bill, and what is written off [USD m]."""
    accepting = round(p.accepting_gpus * f["new_kw"] / 1000 * p.cost_per_mw, 3)
    accumulated = f["gross"] - (f["ppe_net"] - f["cip"])
    accumulated -= f["accumulated_infrastructure"] + f["accumulated_other"]
    return {
        "accepting": accepting,
        "fleet": round(f["servers"] - accepting, 3),
        "accumulated": round(accumulated, 3),
    }


def contracts(f: Facts, b: Belief, p: Plan) -> str:
    """The fleet's, those in acceptance and in fit-out, and one for each quarter of handover."""
    parts = [*_live(f, b, p), *_fitting(f, p), *_growth(f, b, p)]
    if f["put"]:
        parts.append(
            '[contracts.nvidia-put]\ncustomer = "nvidia"\nrating = "investment-grade"\nkind = "backstop"\n'
            'term_months = 75\nsigned = 2025-09-09\npayment_days = 60\nlate_start = "keeps-end"\n'
            f"tranches = [{{ start = {day(f['as_of'], 1)}, value_usd = {money(f['put'])} }}]\n"
        )
    return "\n".join(parts)


def _live(f: Facts, b: Belief, p: Plan) -> Iterator[str]:
    """What bills, and what is in service and with its customer for tests."""
    who, rating = f["customers"], f["rating"]
    signed = dt.date(2021, 12, 31)
    yield (
        _contract("live", who, rating, f["fleet_gpu"], "fleet", 48, signed)
        + _financing(b)
        + _opening(live_prepaid(f), f["as_of"], 1, 30.4375 * RELEASED_MONTHS)
        + _listed(_started(*tranche) for tranche in p.live)
    )
    gpu = f"{f['new_gpu']}-accepting"
    yield (
        _contract("accepting", who, rating, gpu, "fleet", GROWTH_TERM, f["signed_first"])
        + _listed(_started(*tranche) for tranche in p.accepting)
    )


def _fitting(f: Facts, p: Plan) -> Iterator[str]:
    """What is in fit-out, each group of halls with its own days to service."""
    for k, tranche in enumerate(t for t in p.growth if t.slot.handed_over):
        name = f"fitting-{k + 1}"
        gpu = f"{f['new_gpu']}-{name}"
        signed = f["signed"] if tranche.sold else day(f["as_of"], 1)
        yield (
            _contract(name, f["customers"], f["rating"], gpu, "fleet", GROWTH_TERM, signed)
            + _listed([_to_come(tranche)])
        )


def _growth(f: Facts, b: Belief, p: Plan) -> Iterator[str]:
    """What is handed over by quarter: sold, then still to be sold.

    The open loan pays for what was sold first, as far as it goes.
    """
    as_of: dt.date = f["as_of"]
    coming = [t for t in p.growth if not t.slot.handed_over]
    fitting = sum(t.cost for t in p.growth if t.slot.handed_over)
    loan_left = f["undrawn_loan"] - f["loan_share"] * fitting
    before = f["deferred_revenue"] - live_prepaid(f)  # prepaid, on the first of them
    for late, quarter in sorted({(not t.sold, t.quarter) for t in coming}):
        own = [t for t in coming if (not t.sold, t.quarter) == (late, quarter)]
        name, who, signed = f"growth-{quarter}", "signed, not started", f["signed"]
        loan = f["loan"] if f["loan"] and loan_left > 0 else "programme"
        if late:
            name, who, loan = f"growth-later-{quarter}", "to be signed", "ddtl-later"
            signed = day(as_of, max(DAYS * (quarter - SOLD_AHEAD), SOLD_AFTER))
        loan_left -= f["loan_share"] * sum(t.cost for t in own)
        text = _contract(name, who, "other", f["new_gpu"], "growth", GROWTH_TERM, signed)
        text += _financing(b)
        if f["loan_share"]:
            text += f'facility = "{loan}"\n'
        if f["vendor_share"]:
            text += f'vendor = "oem-new"\nvendor_share = {f["vendor_share"]}\n'
        text += _opening(before, as_of, 400, 1400)
        before = 0.0
        if f["prepaid_share"]:
            due = day(as_of, DAYS * (quarter + 0.5))
            text += f"prepayment = {{ share = {f['prepaid_share']}, due = {due}, unconditional = true, credited_months = [13, 36] }}\n"
        yield text + _listed(_to_come(t) for t in own)


def _financing(b: Belief) -> str:
    return f"sfc_rate = {b.financing:.4f}\n"


def _started(gpus: int, start: dt.date, value: float) -> str:
    hardware = 'hardware = { status = "in-service" }'
    return f"gpus = {gpus:_}, start = {start}, value_usd = {money(value)}, {hardware}"


def _contract(
    name: str, who: str, rating: str, gpu: str, site: str, months: int, signed: dt.date
) -> str:
    return (
        f'[contracts.{name}]\ncustomer = "{who}"\nrating = "{rating}"\nkind = "take-or-pay"\n'
        f'payment_days = 60\nlate_start = "shifts"\nhardware_source = "dedicated"\n'
        f'gpu = "{gpu}"\nsite = "{site}"\n'
        f"term_months = {months}\nsigned = {signed}\n"
    )


def _opening(millions: float, as_of: dt.date, first: float, last: float) -> str:
    if not millions:
        return ""
    return (
        f"opening = {{ deferred_revenue_usd = {money(millions)}, "
        f"credited_from = {day(as_of, first)}, credited_to = {day(as_of, last)} }}\n"
    )


def _to_come(t: Tranche) -> str:
    tranche = f"gpus = {t.gpus:_}, start = {t.start}, value_usd = {money(t.value)}"
    if t.delivery is not None:
        return f'{tranche}, hardware = {{ status = "ordered", delivery = {t.delivery}, deposit_usd = 0 }}'
    rest = t.cost - t.booked
    more = f", cost_to_come_usd = {money(rest)}" if rest >= 0.0005 else ""
    how = f'status = "delivered", in_progress_usd = {money(t.booked)}{more}'
    return f"{tranche}, hardware = {{ {how} }}"


def _listed(rows: Iterable[str]) -> str:
    return "tranches = [\n" + "".join(f"  {{ {row} }},\n" for row in rows) + "]\n"
