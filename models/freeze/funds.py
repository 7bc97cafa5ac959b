"""The tables of a model that follow money, as text: debt, raising, leases, costs, the sheet."""

from __future__ import annotations

from amounts import money
from learn import Belief
from plan import Facts, Plan, day
from tables import SERVERS_IN_TECHNOLOGY, servers


def debt(f: Facts, b: Belief) -> str:
    """Agreements as reported; coupons are what of the stated ones is paid."""
    facilities = f["debt"]
    total = round(sum(x["principal"] for x in facilities.values()), 3)
    if abs(total - f["debt_principal"]) > 0.0005:
        raise SystemExit(f"{f['as_of']}: debt {total} is not {f['debt_principal']}")
    parts, cut, interest = [], 0.0, 0.0
    for place, (name, x) in enumerate(facilities.items()):
        final = place == len(facilities) - 1
        share = x["principal"] / total
        discount = round(f["discount"] - cut if final else f["discount"] * share, 3)
        accrued = f["accrued_interest"]
        accrued = round(accrued - interest if final else accrued * share, 3)
        cut, interest = round(cut + discount, 3), round(interest + accrued, 3)
        ladder = ", ".join(f'"{y}" = {money(v)}' for y, v in x["ladder"].items())
        margin = paid_margin(x["margin"], x["base"], f["sofr"], b.coupon)
        text = (
            f'[debt.{name}]\nkind = "{x["kind"]}"\nbase = "{x["base"]}"\nmargin = {margin}\n'
            f'day_count = "{x.get("days", "act/360")}"\nmaturity = {x["maturity"]}\nseniority = {x["seniority"]}\n'
        )
        if "commitment" in x:
            text += f"commitment_usd = {money(x['commitment'])}\navailable_to = {x['available_to']}\nundrawn_fee = {x['fee']}\n"
            if x["kind"] == "delayed-draw":
                text += f'advance_rate = {f["loan_share"]}\ndraw_discount = 0.01\namortisation = {{ law = "straight", months = 42, grace_months = 6, every_months = 3 }}\n'
        text += f"opening = {{ principal_usd = {money(x['principal'])}, discount_usd = {money(discount)}, accrued_interest_usd = {money(accrued)}, every_months = {x['every']}, repayments = {{ {ladder} }} }}\n"
        parts.append(text)
    return "\n".join(parts)


def paid_margin(margin: float, base: str, sofr: float, coupon: float) -> float:
    """A margin such that the whole coupon is what is paid of the stated one, see `learn.COUPON`."""
    under = 0.0 if base == "fixed" else sofr
    return round(coupon * (under + margin) - under, 5)


def new_money(f: Facts, b: Belief, p: Plan) -> str:
    """Suppliers' credit, loans for new contracts, notes when the outlook is short."""
    parts = [raising(f)]
    if f["loan_share"]:
        parts.insert(0, programme(f))
        parts.insert(
            0, line_to_come(f, f["loan_share"] * sum(t.cost for t in p.growth if not t.sold))
        )
    if f["vendor_share"]:
        parts.insert(0, supplier(f, b))
    return "\n".join(parts)


def supplier(f: Facts, b: Belief) -> str:
    """Suppliers' credit."""
    return f"""[debt.oem-new]
kind = "vendor"
commitment_usd = 4_000_000_000
available_to = {day(f["as_of"], 640)}
base = "fixed"
margin = {paid_margin(0.095, "fixed", 0.0, b.coupon)}
day_count = "act/360"
amortisation = {{ law = "straight", months = 36, grace_months = 0, every_months = 1 }}
maturity = 2031-12-31
seniority = 1
"""


def line_to_come(f: Facts, commitment: float) -> str:
    """A line for what is still to be sold; not agreed, so without a fee. commitment [USD m]."""
    return f"""[debt.ddtl-later]
kind = "delayed-draw"
commitment_usd = {money(round(commitment))}
available_to = {day(f["as_of"], 1000)}
advance_rate = {f["loan_share"]}
base = "SOFR"
margin = {f["margin_new"]}
day_count = "act/360"
undrawn_fee = 0.0
draw_discount = 0.015
amortisation = {{ law = "level", months = 60, grace_months = 9, every_months = 3 }}
maturity = {day(f["as_of"], 1000 + 2100)}
reserve_share = 0.01
seniority = 1
"""


def programme(f: Facts) -> str:
    """A loan for each contract sold, at the last margin announced."""
    margin = f["margin_new"]
    return f"""[programme]
closing_days = 45
availability_months = 12
advance_rate = {f["loan_share"]}
margin_by_rating = {{ investment-grade = {margin}, other = {margin} }}
base_floor = 0.0
undrawn_fee = 0.005
draw_discount = 0.015
amortisation = {{ law = "level", months = 60, grace_months = 9, every_months = 3 }}
reserve_share = 0.01
seniority = 1
"""


def raising(f: Facts) -> str:
    """Notes and shares when the outlook is short."""
    return f"""[raising]
months_ahead = 6
floor_usd = {money(f["floor_cash"])}
smallest_usd = {money(f["floor_cash"] / 2)}
leverage_cap = 8.0
notes = {{ capacity_usd_per_year = {money(f["notes_per_year"])}, months = 60, margin = {f["notes_margin"]}, costs_share = 0.015, every_months = 6, seniority = 3 }}
equity = {{ capacity_usd_per_year = {money(f["equity_per_year"])}, discount = 0.05, costs_share = 0.02 }}
"""


def equity(f: Facts) -> str:
    """Shares whose sale was announced by the report."""
    return "\n".join(
        f"""[equity.{name}]
date = {x["date"]}
amount_usd = {money(x["amount"])}
costs_usd = 0
price_usd_per_share = {x["price"]}
"""
        for name, x in f.get("equity", {}).items()
    )


def leases(f: Facts) -> str:
    """Leases of halls in use."""
    pays = ", ".join(f'"{y}" = {money(v)}' for y, v in f["lease_payments"].items())
    return f"""[leases]
liability_usd = {money(f["lease_liabilities"])}
asset_usd = {money(f["lease_assets"])}
remaining_months = {f["lease_months"]}
payments = {{ {pays} }}
"""


def overheads(f: Facts) -> str:
    """At the level of the last quarter; stock pay by what is left after depreciation."""
    techno = (f["technology"] - SERVERS_IN_TECHNOLOGY * f["depreciation"]) / 3
    heads = techno * 3 + f["sales"] + f["administration"] + 0.02 * f["cost"]
    stock = round(min(f["stock_pay"] / heads, 0.6), 3)
    sales = f["sales"] / 3 - f["intangibles"] / f["intangible_life"] / 12
    rows = (
        ("operations", "cost-of-revenue", f["cost"] * 0.02 / 3),
        ("engineering", "technology", techno),
        ("sales", "sales", sales),
        ("administration", "administration", f["administration"] / 3),
    )
    return "\n".join(
        f"""[overheads.{name}]
line = "{line}"
monthly_usd = {money(max(monthly, 0.1))}
growth_per_year = 0.10
stock_share = {stock}
"""
        for name, line, monthly in rows
    )


def working_capital(f: Facts) -> str:
    """Tax attributes, invoices and bills."""
    as_of = f["as_of"]
    basis = round(0.6 * f["ppe_net"], 3)
    losses = round(f["ppe_net"] - basis - f["deferred_revenue"] * 0.5 - f["deferred_tax"] / 0.25, 3)
    owed = [round(f["receivables"] / 3, 3)] * 2
    owed.append(round(f["receivables"] - sum(owed), 3))
    operating = round(f["payables"] - f["capex_unpaid"] - f["accrued_interest"], 3)
    half = round(operating / 2, 3)
    bills = [round(f["capex_unpaid"] / 3, 3)] * 2
    bills.append(round(f["capex_unpaid"] - sum(bills), 3))
    loan = f', facility = "{f["loan"]}", loan_share = {f["loan_share"]}' if f["loan"] else ""
    invoices = "".join(
        f"  {{ amount_usd = {money(x)}, due = {day(as_of, 30 * (k + 1))} }},\n"
        for k, x in enumerate(owed)
    )
    capex = "".join(
        f"  {{ amount_usd = {money(x)}, due = {day(as_of, 30 * (k + 1))}{loan} }},\n"
        for k, x in enumerate(bills)
    )
    return f"""[tax]
bonus_depreciation = {f["bonus"]}
opening = {{ losses_usd = {money(max(losses, 0))}, disallowed_interest_usd = 0, ppe_basis_usd = {money(basis)} }}

[receivables]
invoices = [
{invoices}]

[payables]
operating = [
  {{ amount_usd = {money(half)}, due = {day(as_of, 30)} }},
  {{ amount_usd = {money(operating - half)}, due = {day(as_of, 60)} }},
]
capex = [
{capex}]
"""


def balance(f: Facts, p: Plan) -> str:
    """The opening sheet; paid-in capital is what ties."""
    kinds = {"delayed-draw": 0.0, "notes": 0.0, "convertible": 0.0, "vendor": 0.0, "revolver": 0.0}
    for x in f["debt"].values():
        kinds[x["kind"]] += x["principal"]
    held = (
        f["cash"] + f["restricted"] + f["receivables"] + f["prepaid"] + f["ppe_net"]
        + f["intangibles"] + f["goodwill"] + f["lease_assets"] + f["other_assets"]
    )  # fmt: skip
    owed = (
        f["payables"] + f["deferred_revenue"] + f["lease_liabilities"] + f["debt_principal"]
        - f["discount"] + f["deferred_tax"] + f["other_liabilities"]
    )  # fmt: skip
    lines = {
        "cash": f["cash"], "restricted_cash": f["restricted"], "receivables": f["receivables"],
        "prepaid_and_other_current": f["prepaid"], "construction_in_progress": f["cip"],
        "servers_gross": f["servers"], "infrastructure_gross": f["infrastructure"],
        "other_equipment_gross": f["other_equipment"],
        "servers_accumulated": servers(f, p)["accumulated"],
        "infrastructure_accumulated": f["accumulated_infrastructure"],
        "other_equipment_accumulated": f["accumulated_other"],
        "intangibles_gross": f["intangibles"], "goodwill": f["goodwill"],
        "lease_assets": f["lease_assets"], "other_noncurrent_assets": f["other_assets"],
        "payables_operating": round(f["payables"] - f["capex_unpaid"] - f["accrued_interest"], 3),
        "payables_capex": f["capex_unpaid"], "accrued_interest": f["accrued_interest"],
        "deferred_revenue": f["deferred_revenue"], "lease_liabilities": f["lease_liabilities"],
        "loans": round(kinds["delayed-draw"], 3), "notes": kinds["notes"],
        "convertibles": kinds["convertible"], "revolver": kinds["revolver"],
        "vendor_debt": kinds["vendor"], "debt_discount": f["discount"],
        "deferred_tax": f["deferred_tax"], "other_liabilities": f["other_liabilities"],
        "paid_in_capital": round(held - owed + f["deficit"], 3),
        "accumulated_deficit": f["deficit"],
    }  # fmt: skip
    return "[balance]\n" + "\n".join(f"{k}_usd = {money(v)}" for k, v in lines.items() if v) + "\n"


def provenance(f: Facts) -> str:
    """Sources of what was disclosed, and why the rest is as it is."""
    told = f"as_of = {f['as_of']}, published = {f['report']}"
    rows = [f'"{key}" = {{ source = "{text}", {told} }}' for key, text in f["sources"].items()]
    parts = ["[sources]\n" + "\n".join(rows) + "\n"]
    for key, (reason, relative) in ASSUMED.items():
        if key == "programme" and not f["loan_share"]:
            continue
        ahead = "ahead = [0.6, 1.67]\n" if key in DATED else ""
        parts.append(f'[assumptions."{key}"]\nreason = "{reason}"\nrelative = {relative}\n{ahead}')
    for key, reason in f.get("assumptions", {}).items():
        parts.append(f'[assumptions."{key}"]\nreason = "{reason}"\nrelative = 0.3\n')
    return "\n".join(parts)


DATED = ("sites", "contracts", "receivables", "payables")  # with dates to come
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
