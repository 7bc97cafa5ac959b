"""Scenarios written as nested tables: a quiet firm to change by hand, and the way to its Book.

The quiet firm has no luck, no cost, no tax and no debt: what a test adds is all there is to see.
"""

from __future__ import annotations

import copy
import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

from gpusim.economics.core.state import World
from gpusim.engines.process import run
from gpusim.scenario import Scenario, load
from gpusim.scenario.language.errors import quoted_key
from gpusim.scenario.lower import Book, lower
from gpusim.scenario.render import toml_value
from gpusim.world import draw

Tables = dict[str, Any]
AS_OF = dt.date(2026, 3, 31)
STATES = ("glut", "balanced", "scarce")
STEPS = [
    "taxes", "operating", "rent", "fees", "interest", "principal", "suppliers", "reserve",
]  # fmt: skip
ALWAYS = {"planned_days": 0, "sd_days": 0}
NEVER_LATE = {"probability": 0, "mean_days": 0, "sd_days": 0}
DEBT_LINES = {
    "delayed-draw": "loans_usd",
    "notes": "notes_usd",
    "convertible": "convertibles_usd",
    "revolver": "revolver_usd",
    "vendor": "vendor_debt_usd",
    "finance-lease": "finance_leases_usd",
}


def same(value: float) -> dict[str, float]:
    """The same figure in every state of the market."""
    return dict.fromkeys(STATES, value)


def gpu(**changes: Any) -> Tables:
    """1 kW and USD 10,000 a GPU; delivery, fit-out and acceptance take exactly as planned."""
    return {
        "it_kw_per_gpu": 1,
        "capex_usd_per_gpu": 10_000,
        "infrastructure_share": 0,
        "deposit_share": 0,
        "payment_days": 30,
        "book_life_years": 5,
        "infrastructure_life_years": 10,
        "salvage_share": 0,
        "lead": ALWAYS,
        "fitout": ALWAYS,
        "acceptance": ALWAYS,
        "on_demand_usd_per_gpu_hour": 0,
        "floor_usd_per_gpu_hour": 0,
    } | changes


def site(phases: list[Tables], **changes: Any) -> Tables:
    """An own building that costs nothing and is never late."""
    return {
        "kind": "owned",
        "developer": "builder",
        "pue": 1,
        "tariff_usd_per_kwh": 0,
        "grid_charge_usd_per_kw_month": 0,
        "minimum_take": 0,
        "load_factor": 1,
        "rent_usd_per_kw_month": 0,
        "rent_escalator": 0,
        "lease_years": 0,
        "variable_rent_usd_per_kw_month": 0,
        "staff_usd_per_kw_month": 0,
        "delay": NEVER_LATE,
        "phases": phases,
    } | changes


def contract(tranches: list[Tables], **changes: Any) -> Tables:
    """Take-or-pay for three months; a late start moves the end; paid the day it is invoiced."""
    return {
        "customer": "customer",
        "rating": "other",
        "kind": "take-or-pay",
        "gpu": "G",
        "site": "S",
        "term_months": 3,
        "signed": AS_OF,
        "payment_days": 0,
        "late_start": "shifts",
        "tranches": tranches,
    } | changes


def notes(
    principal: float, margin: float, maturity: dt.date, every_months: int, **changes: Any
) -> Tables:
    """Notes with a fixed coupon that are outstanding on the as-of day and due at once [USD]."""
    terms: Tables = {
        "kind": "notes",
        "base": "fixed",
        "margin": margin,
        "day_count": "30/360",
        "maturity": maturity,
        "seniority": 1,
        "opening": {
            "principal_usd": principal,
            "every_months": every_months,
            "repayments": {str(maturity.year): principal},
        },
    }
    return merged(terms, changes)


def own_gpus(gpus: int) -> Tables:
    """GPUs of USD 10,000 that the firm has on the as-of day."""
    return {
        "own": {
            "category": "servers",
            "gpu": "G",
            "site": "S",
            "gpus": gpus,
            "gross_usd": gpus * 10_000,
            "accumulated_usd": 0,
            "salvage_usd": 0,
            "remaining_life_years": 5,
        }
    }


def quiet(**tables: Any) -> Tables:
    """A firm with 1 MW of powered capacity, USD 100m of cash, and nothing to do."""
    base: Tables = {
        "model": {"title": "A quiet firm", "as_of": AS_OF, "quarters": 4},
        "operator": {
            "minimum_cash_usd": 0,
            "payables_months": 0,
            "capitalised_interest_share": 0,
            "cash_yield_margin": 0,
            "lease_rate": 0.1,
            "acceptance_lot_mw": 100,
            "on_demand_share": 0,
            "order_ahead_days": 0,
            "funding_order": ["loan", "vendor", "cash", "revolver"],
            "waterfall": STEPS,
        },
        "market": {
            "start_state": "balanced",
            "stay": same(1),
            "balanced_to_scarce": 0.5,
            "drift_per_year": same(0),
            "volatility_per_year": 0,
            "on_demand_use": same(0),
            "spread_shift": same(0),
            "loan_market_open": same(1),
        },
        "rates": {
            "curve": [{"date": dt.date(2026, 1, 1), "rate": 0}],
            "volatility_per_year": 0,
            "mean_reversion_per_year": 0,
        },
        "gpus": {"G": gpu()},
        "sites": {"S": site([{"it_mw": 1, "ready": dt.date(2026, 1, 1)}])},
        "tax": {
            "rate": 0,
            "interest_cap_share": 1,
            "loss_cap_share": 1,
            "bonus_depreciation": 0,
            "life_years": 5,
            "advance_payment_share": 0,
        },
        "balance": {"cash_usd": 100_000_000},
    }
    return merged(base, tables)


def merged(base: Tables, changes: Tables) -> Tables:
    """Tables laid over tables; a value that is no table replaces what was there."""
    result = copy.deepcopy(base)
    for key, value in changes.items():
        inner = result.get(key)
        both = isinstance(inner, dict) and isinstance(value, dict)
        result[key] = merged(inner, value) if both else copy.deepcopy(value)
    return result


def balanced(tables: Tables) -> Tables:
    """The same with a balance sheet that agrees with the other tables; equity is what is left."""
    sheet = dict(tables["balance"])
    contracts = tables.get("contracts", {}).values()
    hardware = [t.get("hardware", {}) for c in contracts for t in c["tranches"]]
    sheet["supplier_deposits_usd"] = sum(h.get("deposit_usd", 0) for h in hardware)
    phases = [phase for own in tables["sites"].values() for phase in own["phases"]]
    built = sum(phase.get("building", {}).get("spent_usd", 0) for phase in phases)
    held = sum(h.get("in_progress_usd", 0) for h in hardware)
    sheet["construction_in_progress_usd"] = held + built
    sheet["deferred_revenue_usd"] = sum(
        c["opening"]["deferred_revenue_usd"] for c in contracts if "opening" in c
    )
    for own in tables.get("assets", {}).values():
        line = own["category"].replace("-", "_")
        for part in ("gross", "accumulated"):
            name = f"{line}_{part}_usd"
            sheet[name] = sheet.get(name, 0) + own[f"{part}_usd"]
    for debt in tables.get("debt", {}).values():
        opening = debt.get("opening", {})
        for line, key in (
            (DEBT_LINES[debt["kind"]], "principal_usd"),
            ("debt_discount_usd", "discount_usd"),
            ("accrued_interest_usd", "accrued_interest_usd"),
        ):
            sheet[line] = sheet.get(line, 0) + opening.get(key, 0)
    for line, rows in (
        ("receivables_usd", tables.get("receivables", {}).get("invoices", [])),
        ("payables_operating_usd", tables.get("payables", {}).get("operating", [])),
        ("payables_capex_usd", tables.get("payables", {}).get("capex", [])),
    ):
        sheet[line] = sum(row["amount_usd"] for row in rows)
    leases = tables.get("leases", {})
    sheet["lease_assets_usd"] = leases.get("asset_usd", 0)
    sheet["lease_liabilities_usd"] = leases.get("liability_usd", 0)
    debt = ("loans", "notes", "convertibles", "revolver", "vendor", "finance_leases")
    claims = (
        "payable",
        *debt,
        "accrued_interest",
        "tax",
        "deferred",
        "customer",
        "lease_liabilities",
        "other_liabilities",
    )
    equity = 0
    for line, amount in sheet.items():
        negative = line.startswith(claims) or line.split("_")[-2] == "accumulated"
        equity += -amount if negative else amount
    sheet["paid_in_capital_usd"] = equity
    return {**tables, "balance": sheet}


def inline(value: Any) -> str:
    """A value as TOML on one line."""
    if isinstance(value, dict):
        pairs = (f"{quoted_key(str(key))} = {inline(inner)}" for key, inner in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline, value))}]"
    return toml_value(value)


def toml(tables: Tables) -> str:
    """The tables as a TOML file."""
    return "".join(f"{name} = {inline(table)}\n" for name, table in tables.items())


def scenario_of(tables: Tables) -> Scenario:
    """The scenario of tables, through a file as a user would write it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.toml"
        path.write_text(toml(balanced(tables)), encoding="utf-8")
        return load(str(path))


def book_of(tables: Tables) -> Book:
    """The Book of tables."""
    return lower(scenario_of(tables))


def world_of(book: Book, seed: int = 1, replication: int = 0) -> World:
    """What luck decides for a book."""
    return draw(book.spec, seed, replication)


def played(tables: Tables, **luck: Any) -> Any:
    """The final State of tables played once; `luck` replaces columns of the world."""
    book = book_of(tables)
    return run(book.state, world_of(book)._replace(**luck))
