"""Things of size zero, or that never come about: nothing moves, to the last byte."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.engines.build import Tables
from tests.relations.changes import in_turn, lacking, of, without
from tests.relations.relation import Relation, cases, same, same_but

FAR = dt.date(2079, 12, 31)
STATES = ("glut", "balanced", "scarce")
NEVER_LATE = {"probability": 0, "mean_days": 0, "sd_days": 0}


def another_generation(tables: Tables) -> None:
    """A generation that nobody uses, as the first one."""
    tables["gpus"]["another"] = dict(of(tables, "gpus")[0])


def another_site(tables: Tables) -> None:
    """An own building of a tenth of a MW after the end of time, which costs nothing."""
    site = {
        "kind": "owned",
        "developer": "nobody",
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
        "phases": [{"it_mw": 0.1, "ready": FAR}],
    }
    tables["sites"]["another"] = site


def another_hall(tables: Tables) -> None:
    """A phase at every site after the end of time."""
    for site in of(tables, "sites"):
        site["phases"] = [{"it_mw": 0.1, "ready": FAR, "name": "another"}, *site["phases"]]


def an_optional_hall(tables: Tables) -> None:
    """A phase of a watt, to be taken with an order that needs it."""
    for site in of(tables, "sites"):
        hall = {"it_mw": 0.000001, "ready": FAR, "name": "another", "taken": "with-first-order"}
        site["phases"] = [*site["phases"], hall]


def another_backstop(tables: Tables) -> None:
    """A backstop that is worth nothing."""
    as_of = tables["model"]["as_of"]
    tables.setdefault("contracts", {})["another"] = {
        "customer": "nobody",
        "rating": "other",
        "kind": "backstop",
        "term_months": 12,
        "signed": as_of,
        "payment_days": 30,
        "late_start": "keeps-end",
        "tranches": [{"start": as_of + dt.timedelta(30), "value_usd": 0}],
    }


def another_loan(tables: Tables) -> None:
    """A loan of a cent that no contract names and that costs nothing undrawn."""
    tables.setdefault("debt", {})["another"] = {
        "kind": "delayed-draw",
        "commitment_usd": 0.01,
        "available_to": FAR,
        "advance_rate": 0.5,
        "base": "fixed",
        "margin": 0.05,
        "day_count": "act/360",
        "undrawn_fee": 0,
        "draw_discount": 0,
        "amortisation": {"law": "bullet", "months": 12, "every_months": 1},
        "maturity": FAR,
        "seniority": 0,
    }


def other_notes(tables: Tables) -> None:
    """Notes of nothing."""
    tables.setdefault("debt", {})["another"] = {
        "kind": "notes",
        "base": "fixed",
        "margin": 0.05,
        "day_count": "30/360",
        "maturity": FAR,
        "seniority": 0,
        "opening": {"principal_usd": 0, "every_months": 6, "repayments": {str(FAR.year): 0}},
    }


def another_segment(tables: Tables) -> None:
    """Customers who never ask."""
    tables["segments"]["another"] = dict(of(tables, "segments")[0]) | {
        "arrivals_per_year": dict.fromkeys(STATES, 0)
    }


def late_segment(tables: Tables) -> None:
    """Customers who ask after the end of time."""
    tables["segments"]["another"] = dict(of(tables, "segments")[0]) | {"from": FAR}


def growth_that_never_comes(tables: Tables) -> None:
    """Levers and a segment for a firm that had none: nobody asks, nothing is built ahead."""
    tables["segments"] = {
        "another": {
            "rating": "other",
            "gpu": next(iter(tables["gpus"])),
            "arrivals_per_year": dict.fromkeys(STATES, 0),
            "self_build": {"share": 0.5, "growth_per_year": 0},
            "gpus_median": 100,
            "gpus_log_sd": 0.5,
            "gpus_multiple": 8,
            "term_months": [12],
            "term_weights": [1],
            "start": {"planned_days": 60, "sd_days": 30},
            "prepayment": {
                "chance": 0,
                "share": 0,
                "days_before_start": 0,
                "credited_months": [1, 1],
            },
            "willingness": 1,
            "willingness_log_sd": 0.1,
            "payment_days": 30,
            "exit_notice_days": 0,
            "exit_price_share": 0,
            "long_stop_days": 0,
            "long_stop_use": 0,
            "renewal": {"chance": 0, "term_months": 12},
        }
    }
    tables["levers"] = {
        "takes_offers": False,
        "price_markup": 1,
        "hurdle_margin": 0,
        "capital_rate": 0.1,
        "minimum_term_months": 0,
        "maximum_term_months": 60,
        "minimum_prepayment": 0,
        "investment_grade_only": False,
        "concentration_cap": 1,
        "contract_share": 1,
        "leverage_cap": 0,
        "build_ahead_share": 0,
        "vendor_share": 0,
        "programme": False,
    }


def defaults_after_the_end(tables: Tables) -> None:
    """Every customer stops paying after the end of time (and never by luck)."""
    names = {own["customer"] for own in of(tables, "contracts")}
    tables["customers"] = {name: {"defaults_on": FAR} for name in names}


def never_defaulting(tables: Tables) -> None:
    """Defaults by luck whose chance is nothing."""
    tables["defaults"] = {
        rating: dict.fromkeys(STATES, 0) for rating in ("investment-grade", "other")
    }


def never_late(tables: Tables) -> None:
    for site in of(tables, "sites"):
        site |= {"delay": NEVER_LATE, "power_delay": NEVER_LATE}


def late_by_no_chance(tables: Tables) -> None:
    """A delay of a year at a chance of nothing."""
    for site in of(tables, "sites"):
        late = {"probability": 0, "mean_days": 365, "sd_days": 100}
        site |= {"delay": late, "power_delay": late}


def failures_at_no_rate(tables: Tables) -> None:
    """Spread, repair time and a short start of failures that never happen."""
    for gpu in of(tables, "gpus"):
        gpu["failures"] = {
            "rate_per_year": 0,
            "log_sd": 1,
            "repair": {"rate_per_year": 0, "days": 30},
            "spare_share": 0,
            "short_start_share": 0.5,
        }


def service_level_of_all_hours(tables: Tables) -> None:
    """All hours or a credit of their price: as without a service level."""
    for own in of(tables, "contracts") + of(tables, "segments"):
        if own.get("kind", "take-or-pay") == "take-or-pay":
            own["sla"] = {"availability": 1, "credit_multiple": 1}


def raising_nothing(tables: Tables) -> None:
    """Notes and shares for which there is no buyer."""
    tables["raising"] = {
        "months_ahead": 6,
        "floor_usd": 1_000_000,
        "smallest_usd": 1_000,
        "leverage_cap": 10,
        "notes": {
            "capacity_usd_per_year": 0,
            "months": 24,
            "margin": 0.05,
            "costs_share": 0.01,
            "every_months": 6,
            "seniority": 0,
        },
        "equity": {"capacity_usd_per_year": 0, "discount": 0.05, "costs_share": 0.02},
    }
    tables["operator"]["share_price_usd"] = [{"date": tables["model"]["as_of"], "price_usd": 10}]


def backstop_of_nothing(tables: Tables) -> None:
    tables["operator"]["equity_backstop"] = {"capacity_usd": 0, "price_usd_per_share": 10}


def hedged_for_nothing(tables: Tables) -> None:
    """A swap of no share of the principal."""
    for own in of(tables, "debt"):
        if own["base"] == "SOFR":
            own["hedge"] = {"share": 0, "swap_rate": 0.09}


def without_covenants(tables: Tables) -> None:
    for own in [*of(tables, "debt"), tables.get("programme", {})]:
        own.pop("covenants", None)


def covenants_after_the_end(tables: Tables) -> None:
    """Tests that begin after the end of time."""
    for own in of(tables, "debt"):
        own["covenants"] = {
            "dscr": {"minimum": 9, "from": FAR},
            "minimum_liquidity": {"minimum_usd": 10**11, "from": FAR},
            "stops_draws": True,
            "cross_default": False,
        }


def release_of_nothing(tables: Tables) -> None:
    """A new generation that lowers no rent."""
    tables["market"]["releases"] = {
        "another": {
            "date": tables["model"]["as_of"] + dt.timedelta(90),
            "step": 0,
            "over_months": 6,
        }
    }


def correlated_by_nothing(tables: Tables) -> None:
    tables["market"]["correlations"] = {"price-rates": 0, "hardware-spreads": 0}


def nothing_owed(tables: Tables) -> None:
    """An overhead, an issue of shares, an asset, an invoice and bills of nothing."""
    day = tables["model"]["as_of"] + dt.timedelta(40)
    tables.setdefault("overheads", {})["another"] = {"line": "sales", "monthly_usd": 0}
    tables.setdefault("equity", {})["another"] = {"date": day, "amount_usd": 0, "costs_usd": 0}
    tables.setdefault("assets", {})["another"] = {
        "category": "other-equipment",
        "gross_usd": 0,
        "accumulated_usd": 0,
        "remaining_life_years": 1,
    }
    invoice = {"amount_usd": 0, "due": day}
    for kind, name in (
        ("receivables", "invoices"),
        ("payables", "operating"),
        ("payables", "capex"),
    ):
        rows = tables.setdefault(kind, {}).setdefault(name, [])
        tables[kind][name] = [*rows, invoice]


def ahead_of_nothing(tables: Tables) -> None:
    """0 MW of power bought ahead, at a price of its own."""
    for site in of(tables, "sites"):
        site["ppa"] = {"mw": 0, "price_usd_per_kwh": 1, "from": tables["model"]["as_of"]}


def ahead_after_the_end(tables: Tables) -> None:
    """Power bought ahead after the end of time."""
    for site in of(tables, "sites"):
        site["ppa"] = {"mw": 50, "price_usd_per_kwh": 1, "from": FAR}


def ahead_at_the_tariff(tables: Tables) -> None:
    """Power bought ahead at what it costs anyway, and sold back for the same."""
    for site in of(tables, "sites"):
        site["ppa"] = {
            "mw": 50,
            "price_usd_per_kwh": site["tariff_usd_per_kwh"],
            "from": tables["model"]["as_of"] + dt.timedelta(40),
            "resale_tariff_share": 1,
        }


def no_load_shed(tables: Tables) -> None:
    """A curtailment of no hours, whose energy would be paid for."""
    for site in of(tables, "sites"):
        site["curtailment"] = {"hours_per_year": 0, "usd_per_mwh": 500}


def load_shed_after_the_end(tables: Tables) -> None:
    """A curtailment after the end of time."""
    for site in of(tables, "sites"):
        site["curtailment"] = {"hours_per_year": 500, "usd_per_kw_year": 50, "from": FAR}


NO_PPA = lacking("sites", "ppa")
NOT_CURTAILED = lacking("sites", "curtailment")
STEADY = lacking("sites", "ppa", "tariff_steps")
NO_SERVICE_LEVELS = in_turn(lacking("contracts", "sla"), lacking("segments", "sla"))
CALM, WILD = ("calm-1",), ("wild-1", "growing")
BOTH = (*CALM, *WILD)
RELATIONS = [
    Relation("a generation", another_generation, same, BOTH),
    Relation("a site", another_site, same_but("contracted_mw"), BOTH),
    Relation("halls after the end", another_hall, same_but("contracted_mw"), BOTH, NO_PPA),
    Relation(
        "an optional hall of a watt", an_optional_hall, same_but("contracted_mw"), BOTH, NO_PPA
    ),
    Relation("power bought ahead: none", ahead_of_nothing, same, BOTH, NO_PPA),
    Relation("power bought ahead: another time", ahead_after_the_end, same, BOTH, NO_PPA),
    Relation("power bought ahead: at the tariff", ahead_at_the_tariff, same, BOTH, STEADY),
    Relation("curtailment: of no hours", no_load_shed, same, BOTH, NOT_CURTAILED),
    Relation("curtailment: another time", load_shed_after_the_end, same, BOTH, NOT_CURTAILED),
    Relation("a backstop", another_backstop, same, BOTH),
    Relation("a loan of a cent", another_loan, same, BOTH),
    Relation("notes", other_notes, same, BOTH),
    Relation("a segment that never asks", another_segment, same, ("growing", "wild-1")),
    Relation("a segment after the end", late_segment, same, ("growing", "wild-1")),
    Relation("growth", growth_that_never_comes, same, BOTH, without("segments", "levers")),
    Relation(
        "defaults after the end",
        defaults_after_the_end,
        same,
        BOTH,
        without("customers", "defaults"),
    ),
    Relation(
        "defaults of no chance", never_defaulting, same, BOTH, without("customers", "defaults")
    ),
    Relation("a delay of no chance", late_by_no_chance, same, BOTH, never_late),
    Relation("failures at no rate", failures_at_no_rate, same, BOTH, lacking("gpus", "failures")),
    Relation(
        "a service level of all hours",
        service_level_of_all_hours,
        same,
        BOTH,
        NO_SERVICE_LEVELS,
    ),
    Relation("raising", raising_nothing, same, BOTH, without("raising")),
    Relation(
        "a shareholders' backstop",
        backstop_of_nothing,
        same,
        BOTH,
        without("operator.equity_backstop"),
    ),
    Relation("a swap", hedged_for_nothing, same, ("calm-1", "wild-1"), lacking("debt", "hedge")),
    Relation("covenants after the end", covenants_after_the_end, same, BOTH, without_covenants),
    Relation("a release", release_of_nothing, same, BOTH, without("market.releases")),
    Relation("correlations", correlated_by_nothing, same, BOTH, without("market.correlations")),
    Relation("amounts", nothing_owed, same, BOTH),
]


@pytest.mark.parametrize(("relation", "firm"), cases(RELATIONS))
def test_nothing_moves(relation, firm):
    relation.check(firm)
