"""Every key of a model file does something: moved within its limits, it changes what a run gives.

A key is moved where the model that uses it most has it; a key that needs company to matter is moved
in a model made ready for it (`READY`); sums that a balance sheet must hold are kept by moving the
same amount between two tables (`SIBLINGS`). What cannot change a run is listed with the reason.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin

import numpy as np
import pytest

from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.experiments.run import points
from gpusim.results.payload import CLAIMS, LENT, Panel
from gpusim.scenario import ScenarioError, list_models, schema
from gpusim.scenario.checks.consistency import REFERENCES
from gpusim.scenario.drawn.ranges import within
from gpusim.scenario.language.errors import dotted, quoted_key
from gpusim.scenario.render import toml_value

REPLICATIONS = range(3)
SEED = 1
HERE = Path(__file__).parent
SUPPLIERS = str(HERE / "models" / "supplier-lines.toml")
EVERY = str(HERE / "models" / "every-table.toml")
LET = str(HERE / "models" / "let-power.toml")
QUEUE = str(HERE.parent / "oracles" / "models" / "queue-of-five.toml")
PLACES_A_MODEL = 4

TOLD_ONLY = {
    "model.title": "a name for readers",
    "model.note": "a note for readers",
    "sites.NAME.region": "a name by which paths of settings and shocks choose sites",
    "model.catalogue": "which version `use` means: its values stand in the model once it is read",
    "sources": "where a figure comes from: shown, counted and checked, never simulated",
    "assumptions": "why a figure was chosen, and its range: what `sensitivity` and `solve` move",
}
"""Keys that a run cannot feel, and what they are for."""
CHOOSES_A_FORM = {
    "contracts.NAME.kind": "take-or-pay has GPUs and hardware, a backstop has neither, a "
    "colocation has kW: no contract is valid as two of them. The keys of each form are moved on "
    "their own",
}
"""Keys that say which other keys a table has, so that none can be moved alone."""

LATE = "sites.alpha.delay={probability=1, mean_days=500, sd_days=0}"
SIGNS = "hyperscaler-anchor"  # contracts in the run, each with a loan of the programme
SCULPTED = (
    'programme.amortisation={law="sculpted", months=36, every_months=3, dscr=2.0}',
    "programme.running_cost_share=0.3",
)
SWEEPS = (
    'operator.waterfall=["taxes", "operating", "rent", "fees", "interest", "principal", '
    '"suppliers", "reserve", "revolver", "sweep"]'
)
TRAPS = SWEEPS.replace('"sweep"', '"trap"')


OF_NEW_BUSINESS = ("market", "segments", "levers", "defaults", "programme", "raising")


def loans_with(*tests: str) -> tuple[str, tuple[str, ...]]:
    """Loans of the programme with these tests, and what they free swept while one fails."""
    covenants = ", ".join((*tests, "sweep_share=0.9", "stops_draws=false"))
    return SIGNS, (f"programme.covenants={{{covenants}}}", SWEEPS)


READY: dict[str, tuple[str, tuple[str, ...]]] = {
    "operator.buildings_interest_share": (str(HERE / "models" / "built.toml"), ()),
    "assets.NAME.site": (str(HERE / "models" / "spares-elsewhere.toml"), ()),
    "gpus.NAME.depreciation.rate_per_year": (
        "single-site",
        ("gpus.*.depreciation={method='declining-balance', rate_per_year=0.3}",),
    ),
    "gpus.NAME.depreciation.method": (
        "single-site",
        ("gpus.*.book_life_years=6", "gpus.*.depreciation={method='sum-of-years-digits'}"),
    ),
    "gpus.NAME.depreciation.by_year": (
        "single-site",
        (
            "gpus.*.book_life_years=6",
            "gpus.*.depreciation={method='by-year', by_year=[0.3, 0.2, 0.2, 0.1, 0.1, 0.1]}",
        ),
    ),
    "contracts.NAME.price_steps": (
        "single-site",
        ("contracts.*.price_steps=[{after_months=2, price_usd_per_gpu_hour=2.5}]",),
    ),
    "contracts.NAME.price_index": (
        "single-site",
        (
            "contracts.*.price_index={every_months=2, share=0.5, floor_share=0.97, "
            "cap_share=1.02, base_usd_per_gpu_hour=3}",
        ),
    ),
    "contracts.NAME.commitment": (
        "single-site",
        ("contracts.*.commitment=[{after_months=0, share=0.5}, {after_months=2, share=1}]",),
    ),
    "contracts.NAME.late_credits": (
        "single-site",
        ("contracts.*.late_credits={price_share=0.1, grace_days=5, cap_share=0.03}", LATE),
    ),
    "contracts.NAME.prepayment.runs_on": (str(HERE / "models" / "renewed-prepaid.toml"), ()),
    "contracts.NAME.opening.runs_on": (str(HERE / "models" / "renewed-opening.toml"), ()),
    "segments.NAME.prepayment.runs_on": (
        QUEUE,
        (
            "segments.*.prepayment={chance=1, share=0.5, days_before_start=0, credit_share=0.05}",
            "segments.*.renewal={chance=1, term_months=1, price_share=0.5}",
        ),
    ),
    "debt.NAME.cash_sweep": (
        "single-site",
        ("debt.*.cash_sweep={share=0.5, from=2027-06-30}", SWEEPS),
    ),
    "debt.NAME.upfront_fee": (
        "single-site",
        ("debt.ddtl.opens=2026-07-15", "debt.ddtl.upfront_fee=0.02"),
    ),
    "programme.upfront_fee": (SIGNS, ("programme.upfront_fee=0.02",)),
    "debt.NAME.cost_base": ("single-site", ("debt.ddtl.cost_base=['fees']",)),
    "programme.cost_base": (SIGNS, ("programme.cost_base=['fees', 'reserve', 'interest']",)),
    "debt.NAME.cash_trap": (
        "single-site",
        (
            "debt.*.cash_trap={min_dscr=1.35, from=2027-03-31, release_quarters=2, "
            "prepay_quarters=3}",
            TRAPS,
        ),
    ),
    "programme.margin_steps": (SIGNS, ("programme.margin_steps=[{date=2027-06-15, rise=0.02}]",)),
    "debt.NAME.margin_steps": (
        "single-site",
        ("debt.ddtl.margin_steps=[{date=2027-06-15, margin=0.08}]",),
    ),
    "contracts.NAME.late_payment": (
        "single-site",
        ("contracts.*.late_payment={chance=0.5, mean_days=40, sd_days=10}",),
    ),
    "contracts.NAME.hardware_source": (str(HERE / "models" / "rebuy_after_start.toml"), ()),
    "contracts.NAME.price_usd_per_kw_month": (LET, ()),
    "contracts.NAME.price_steps.N.price_usd_per_kw_month": (LET, ()),
    "contracts.NAME.power": (LET, ()),
    "contracts.NAME.tranches.N.it_kw": (LET, ()),
    "operator.equity_backstop": (EVERY, (LATE,)),
    "operator.default_after_months": ("single-site", (LATE, "operator.forced_sale_share=0.5")),
    "operator.forced_sale_share": (
        "single-site",
        (LATE, "operator.default_after_months=2", "operator.forced_sale_share=0.5"),
    ),
    "segments.NAME.term_sd_share": (
        "spot-heavy",
        ("segments.*.term_law=log-normal", "segments.*.term_sd_share=0.5"),
    ),
    "segments.NAME.sla": (
        QUEUE,
        (
            "segments.*.sla={availability=0.99, credit_multiple=2.0}",
            "gpus.*.failures={rate_per_year=0.3, log_sd=0, repair={rate_per_year=4, days=20}, "
            "spare_share=0, short_start_share=0}",
        ),
    ),
    "segments.NAME.late_credits": (
        QUEUE,
        ("segments.*.late_credits={price_share=0.1, grace_days=1, cap_share=0.03}",),
    ),
    "segments.NAME.late_payment": (
        QUEUE,
        ("segments.*.late_payment={chance=0.5, mean_days=40, sd_days=10}",),
    ),
    "segments.NAME.long_stop_days": (QUEUE, ("segments.*.long_stop_use=1",)),
    "segments.NAME.long_stop_use": (QUEUE, ("segments.*.long_stop_days=1",)),
    "levers.waiting_gpus": (QUEUE, ()),
    "orders": (str(HERE / "models" / "merchant.toml"), ()),
    "sites.NAME.phases.N.building": (str(HERE / "models" / "built.toml"), ()),
    "sites.NAME.phases.N.building.forced_sale_share": (
        str(HERE / "models" / "built.toml"),
        (
            "overheads.staff.monthly_usd=3_000_000",
            "operator.default_after_months=1",
            "operator.forced_sale_share=0.1",
        ),
    ),
    "sites.NAME.outages": (
        "single-site",
        (
            "sites.*.outages={per_year=4, mean_hours=48, sd_hours=20, "
            "dated=[{date=2027-03-10, hours=30}]}",
        ),
    ),
    "sites.NAME.curtailment": (
        "single-site",
        (
            "sites.alpha.curtailment={hours_per_year=200, load_share=0.5, months=[1, 2, 7, 8], "
            "usd_per_mwh=300, usd_per_kw_year=40, from=2027-01-10, until=2028-08-10}",
        ),
    ),
    "sites.NAME.ppa": (
        "single-site",
        (
            "sites.alpha.ppa={mw=10, price_usd_per_kwh=0.05, from=2026-12-10, until=2028-09-10, "
            "escalation_per_year=0.1, resale_usd_per_kwh=0.02}",
        ),
    ),
    "sites.NAME.ppa.resale_tariff_share": (
        "single-site",
        (
            "sites.alpha.ppa={mw=10, price_usd_per_kwh=0.05, from=2026-12-10, "
            "resale_tariff_share=0.5}",
        ),
    ),
    "sites.NAME.tariff_steps": (
        "single-site",
        (
            "sites.alpha.tariff_steps=[{date=2027-03-10, tariff_usd_per_kwh=0.09, "
            "grid_charge_usd_per_kw_month=6}]",
        ),
    ),
    "overheads.NAME.steps": (
        "single-site",
        (
            "overheads.office.steps=[{date=2027-03-10, monthly_usd=1_000_000, revenue_share=0.05, "
            "usd_per_kw_month=3, hardware_cost_share_per_year=0.02, usd_per_gpu_year=200, "
            "book_value_share_per_year=0.02, usd_per_contract_month=5_000}]",
        ),
    ),
    "overheads.NAME.one_offs": (
        "single-site",
        ("overheads.office.one_offs=[{date=2027-03-10, amount_usd=1_000_000}]",),
    ),
    "levers.vendor": (SUPPLIERS, ()),
    "levers.vendor_share": (SUPPLIERS, ()),
    "programme.hedge": (SIGNS, ("programme.hedge={share=0.5, swap_rate=0.06}",)),
    "programme.size_dscr": (SIGNS, ("programme.size_dscr=2.0", "programme.running_cost_share=0.3")),
    "programme.running_cost_share": (SIGNS, SCULPTED),
    "programme.amortisation.dscr": (SIGNS, SCULPTED),
    "programme.amortisation.cover": (SIGNS, (*SCULPTED, "programme.advance_rate=0.2")),
    "programme.covenants": loans_with("dscr={minimum=1.5, from=2029-03-31}"),
    "programme.covenants.dscr.scope": loans_with("dscr={minimum=2.5, from=2027-03-31}"),
    "programme.covenants.dscr.service_fee_share": loans_with(
        "dscr={minimum=1.5, from=2027-03-31, scope='facility'}"
    ),
    "programme.covenants.stops_draws": loans_with(
        "minimum_liquidity={minimum_usd=9_000_000_000, from=2027-06-30}"
    ),
    "programme.covenants.minimum_liquidity": loans_with(
        "minimum_liquidity={minimum_usd=600_000_000, from=2027-06-30}"
    ),
    "programme.covenants.minimum_liquidity.from": loans_with(
        "minimum_liquidity={minimum_usd=9_000_000_000, from=2028-06-30}"
    ),
    "programme.covenants.contract_realisation": (
        "iren-2025q4",
        loans_with("contract_realisation={minimum=0.9, from=2027-06-30}")[1],
    ),
    "programme.covenants.ltv": loans_with("ltv={maximum=0.4, from=2029-06-30}"),
    "programme.covenants.ltv_market": loans_with("ltv_market={maximum=0.4, from=2029-06-30}"),
    "programme.covenants.llcr": loans_with("llcr={minimum=2.5, from=2028-06-30}"),
    "programme.covenants.leverage": loans_with("leverage={maximum=1, from=2028-06-30}"),
    "programme.covenants.cross_default": (
        SIGNS,
        (
            "debt.anchor-loan.covenants={minimum_liquidity={minimum_usd=9_000_000_000, "
            "from=2027-06-30}}",
            "programme.covenants={sweep_share=0.9}",
            SWEEPS,
        ),
    ),
    "programme.covenants.cures": loans_with(
        "minimum_liquidity={minimum_usd=9_000_000_000, from=2027-06-30}",
        "cures={count=2, until=2028-12-31, max_usd_each=9_000_000_000}",
    ),
    "opening_equity": (
        EVERY,
        ("opening_equity={amount_usd=90_000_000, price_usd_per_share=10, costs_usd=1_000_000}",),
    ),
    "raising.notes.seniority": (
        "coreweave-2025q4",
        (
            "contracts.*.payment_days=400",
            "operator.default_after_months=2",
            "operator.forced_sale_share=0.3",
        ),
    ),
    "debt.NAME.amortisation.stub": (
        "single-site",
        (
            'debt.ddtl.amortisation={law="level", months=59, grace_months=3, every_months=3, '
            'stub="first"}',
        ),
    ),
    "programme.amortisation.stub": (
        SIGNS,
        ('programme.amortisation={law="level", months=37, every_months=3, stub="first"}',),
    ),
    "debt.NAME.covenants.llcr": (
        "single-site",
        ("debt.ddtl.covenants={llcr={minimum=2.2, from=2027-09-30}}",),
    ),
    "debt.NAME.covenants.leverage": (
        "single-site",
        ("debt.ddtl.covenants={leverage={maximum=3, from=2027-06-30}}",),
    ),
    "debt.NAME.covenants.cures": (
        "single-site",
        (
            "debt.ddtl.covenants={minimum_liquidity={minimum_usd=9_000_000_000, from=2028-06-30}, "
            "cures={count=5, until=2028-09-30, max_usd_each=12_000_000_000}}",
        ),
    ),
    "debt.NAME.refinance": (
        "single-site",
        (
            "debt.ddtl.amortisation.balloon_share=0.3",
            "debt.ddtl.refinance={months=36, margin_shift=0.02}",
        ),
    ),
}
"""By key or table: a model and settings with which it matters; the longest that fits counts."""

TWO_ALIKE = (
    "assets={one={category='infrastructure', gross_usd=10_000_000, accumulated_usd=1_000_000, "
    "remaining_life_years=9}, two={category='other-equipment', gross_usd=10_000_000, "
    "accumulated_usd=1_000_000, remaining_life_years=3}}",
    "balance.infrastructure_gross_usd=10_000_000",
    "balance.infrastructure_accumulated_usd=1_000_000",
    "balance.other_equipment_gross_usd=10_000_000",
    "balance.other_equipment_accumulated_usd=1_000_000",
    "balance.paid_in_capital_usd+=18_000_000",
)
TOGETHER: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "assets.NAME.category": (
        "single-site",
        TWO_ALIKE,
        ("assets.one.category=other-equipment", "assets.two.category=infrastructure"),
    ),
    "debt.NAME.recourse": (
        EVERY,
        ("debt.own.default_after_months=60",),
        ("debt.own.recourse=true", "debt.own.default_after_months=0"),
    ),
}
"""Keys that move only with others: a model, what makes it ready, the settings that move them."""

RESTATED = {
    "balance.receivables_usd",
    "balance.supplier_deposits_usd",
    "balance.construction_in_progress_usd",
    "balance.servers_gross_usd",
    "balance.infrastructure_gross_usd",
    "balance.other_equipment_gross_usd",
    "balance.intangibles_gross_usd",
    "balance.servers_accumulated_usd",
    "balance.infrastructure_accumulated_usd",
    "balance.other_equipment_accumulated_usd",
    "balance.intangibles_accumulated_usd",
    "balance.lease_assets_usd",
    "balance.lease_liabilities_usd",
    "balance.payables_operating_usd",
    "balance.payables_capex_usd",
    "balance.accrued_interest_usd",
    "balance.deferred_revenue_usd",
    "balance.loans_usd",
    "balance.notes_usd",
    "balance.convertibles_usd",
    "balance.revolver_usd",
    "balance.vendor_debt_usd",
    "balance.finance_leases_usd",
    "balance.debt_discount_usd",
    "leases.asset_usd",
    "leases.liability_usd",
}
"""Keys that state a sum a second time: moved alone they are refused, which is what they are for."""
LIABILITIES = ("tax_payable", "customer_liabilities", "deferred_tax", "other_liabilities")

SIBLINGS = {
    "assets.NAME.gross_usd": "category",
    "assets.NAME.accumulated_usd": "category",
    "contracts.NAME.opening.deferred_revenue_usd": "",
    "contracts.NAME.tranches.N.hardware.deposit_usd": "",
    "contracts.NAME.tranches.N.hardware.in_progress_usd": "",
    "receivables.invoices.N.amount_usd": "",
    "payables.operating.N.amount_usd": "",
    "payables.capex.N.amount_usd": "",
    "debt.NAME.opening.discount_usd": "",
    "debt.NAME.opening.accrued_interest_usd": "",
}
"""Keys whose sum the balance sheet states: what one table gains another loses. With it, the key of
the first table that both must have alike."""


class Model(NamedTuple):
    """A model that keys are moved in."""

    name: str
    base: points.Base
    plain: dict[str, Any]
    given: str  # fingerprint of what it gives


class Place(NamedTuple):
    """Where a key stands, and what stands there; None: it is left out."""

    path: tuple[str, ...]
    value: Any


def keys() -> list[str]:
    """Every documented key."""
    return [key.path for key in schema.reference()]


@cache
def model(name: str, sets: tuple[str, ...] = ()) -> Model:
    """A model, read, run and looked at once."""
    base = points.base(points.Point(name, sets=sets))
    prepared = points.at(base)
    return Model(name, base, prepared.scenario.plain(), fingerprint(played(prepared)))


@cache
def models() -> tuple[Model, ...]:
    """The bundled models, and the one that uses what they leave out."""
    names = [row.name for row in list_models() if row.kind == "operators"]
    return tuple(model(name) for name in [*names, EVERY])


def played(prepared: points.Prepared) -> Panel:
    """A few replications."""
    return points.Player(prepared, SEED).play(REPLICATIONS)


def fingerprint(panel: Panel, without: int | None = None) -> str:
    """Of statements, stocks, backlog and the outcomes of a run; none of what it was given.

    without: an account that is left out.
    """
    hashed = hashlib.sha256()
    ledger = panel.ledger if without is None else np.delete(panel.ledger, without, axis=1)
    for told in (
        ledger,
        panel.stocks,
        panel.backlog.place,
        panel.backlog.cell,
        panel.backlog.cents,
        panel.first_shortfall,
        panel.worst_shortfall,
        panel.breaches,
        panel.defaulted,
        panel.shares,
        panel.cover,
        panel.sized,
        panel.slips,
        panel.new_loans,
        panel.lent[:, :, [LENT.index(name) for name in CLAIMS]],
    ):
        hashed.update(np.ascontiguousarray(told).tobytes())
    return hashed.hexdigest()


def counts(key: str) -> str:
    """What moving a key changes: nothing if it counts, else what became of the last attempt."""
    if key in TOGETHER:
        name, sets, moved = TOGETHER[key]
        found = model(name, sets)
        alive = fingerprint(played(points.at(found.base, moved))) != found.given
        return "" if alive else f"{name} with {' and '.join(moved)} gives the same bytes"
    same, refused = "", ""
    for found in candidates(key):
        for place in islice(places(found.plain, tuple(key.split("."))), PLACES_A_MODEL):
            for settings in moves(key, place, found):
                try:
                    prepared = points.at(found.base, settings)
                except ScenarioError as error:
                    refused = f"refused: {str(error).splitlines()[0]}"
                    continue
                if fingerprint(played(prepared)) != found.given:
                    return ""
                same = f"{found.name} with {' and '.join(settings)} gives the same bytes"
    return same or refused or "no model has it"


def candidates(key: str) -> list[Model]:
    """The model made ready for a key; else all that may have it, the quick ones first."""
    ready = [name for name in READY if key == name or key.startswith(f"{name}.")]
    if ready:
        return [model(*READY[max(ready, key=len)])]
    first = SIGNS if key.split(".")[0] in OF_NEW_BUSINESS else EVERY
    return sorted(models(), key=lambda one: (one.name != first, len(one.plain["contracts"])))


def places(value: Any, pattern: tuple[str, ...], at: tuple[str, ...] = ()) -> Iterator[Place]:
    """Where a key of the reference stands, those that are given first."""
    found = list(_places(value, pattern, at))
    yield from (place for place in found if place.value is not None)
    yield from (place for place in found if place.value is None)


def _places(value: Any, pattern: tuple[str, ...], at: tuple[str, ...]) -> Iterator[Place]:
    if not pattern:
        yield Place(at, value)
        return
    first, rest = pattern[0], pattern[1:]
    if isinstance(value, dict):
        inner = list(value) if first == "NAME" else [first] if first in value or not rest else []
        for name in inner:
            yield from _places(value.get(name), rest, (*at, name))
    elif isinstance(value, list | tuple) and first == "N":
        for n, item in enumerate(value):
            yield from _places(item, rest, (*at, str(n)))


def moves(key: str, place: Place, found: Model) -> Iterator[tuple[str, ...]]:
    """Settings that move a key, one attempt after the other."""
    if key in SIBLINGS:
        yield from between(key, place, found)
    elif key == "debt.NAME.opening.principal_usd":
        yield from moved_principal(place, found)
    else:
        for new in values(place, found):
            yield (f"{dotted(place.path)}={toml(new)}",)


def between(key: str, place: Place, found: Model) -> Iterator[tuple[str, ...]]:
    """A tenth of an amount goes to a table like it, so that sums hold."""
    alike = SIBLINGS[key]
    mine = found.plain[place.path[0]][place.path[1]]
    for other in places(found.plain, tuple(key.split("."))):
        theirs = found.plain[other.path[0]][other.path[1]]
        fits = not alike or mine[alike] == theirs[alike]
        if fits and place.value and other.value and other.path != place.path:
            part = round(min(place.value, other.value) / 10)
            yield f"{dotted(place.path)}+={-part}", f"{dotted(other.path)}+={part}"


def moved_principal(place: Place, found: Model) -> Iterator[tuple[str, ...]]:
    """Part of a debt's balance becomes another's of its kind, with its repayments."""
    one = place.path[1]
    debts = found.plain["debt"]
    for two in debts:
        both = debts[one].get("opening"), debts[two].get("opening")
        if two == one or debts[two]["kind"] != debts[one]["kind"] or not all(both):
            continue
        first, second = (max(o["repayments"], key=lambda y: o["repayments"][y]) for o in both)
        part = round(min(both[0]["repayments"][first], both[1]["repayments"][second]) / 2)
        yield (
            f"debt.{one}.opening.principal_usd+={-part}",
            f"debt.{one}.opening.repayments.{first}+={-part}",
            f"debt.{two}.opening.principal_usd+={part}",
            f"debt.{two}.opening.repayments.{second}+={part}",
        )


def values(place: Place, found: Model) -> Iterator[Any]:
    """Other values of a key, the likely ones first."""
    kind, old = schema.type_at(place.path), place.value
    if get_origin(kind) is not None and not isinstance(old, dict | list | tuple):
        yield from (choice for choice in get_args(kind) if choice != old)
    elif kind is bool:
        yield not old
    elif kind is dt.date:
        today = found.plain["model"]["as_of"]
        about = (old,) if old else (today + dt.timedelta(200), today + dt.timedelta(700))
        for day in about:
            yield from (day + dt.timedelta(days) for days in (92, -92, 31, -31, 365, -365))
    elif kind in (int, float):
        yield from numbers(place, whole=kind is int)
    elif kind is str:
        names = named(place.path, found)
        yield from (name for name in names if name != old)
    elif isinstance(old, dict):
        yield from tables(old)
    elif isinstance(old, list | tuple):
        yield from lists(list(old))


def numbers(place: Place, *, whole: bool) -> Iterator[float]:
    """Numbers about the one that stands, then the ends of what may stand there."""
    old = place.value
    about = [old * 1.25, old * 0.5, old * 4, old + 1, old - 1] if old else [0.1]
    for value in (*about, *(within(place.path, end) for end in (-1.0, 0.9, 1.0, 24.0, 1e9))):
        held = within(place.path, round(value) if whole else value)
        if held != old and not math.isnan(held):
            yield round(held) if whole else held


def named(path: tuple[str, ...], found: Model) -> list[str]:
    """Names that may stand at a key."""
    for pattern, noun, _ in REFERENCES:
        if len(pattern) == len(path) and all(
            a in ("*", b) for a, b in zip(pattern, path, strict=True)
        ):
            return [*found.plain[noun], ""]
    if path[-1] in ("customer", "developer", "title"):
        return ["another"]
    return list(found.plain["debt" if path[-1] == "vendor" else "gpus"])


def tables(old: dict[str, float]) -> Iterator[dict[str, float]]:
    """A table of numbers with one moved, or a part of one moved to the next."""
    for key, value in old.items():
        yield old | {key: value * 0.8}
    for one, two in zip(old, list(old)[1:], strict=False):
        part = round(old[one] / 2)
        yield old | {one: old[one] - part, two: old[two] + part}


def lists(old: list[Any]) -> Iterator[list[Any]]:
    """A list in another order, longer, shorter, or with its numbers moved."""
    if all(isinstance(item, int | float) for item in old):
        yield [item + 1 for item in old]
        yield [*old[:-1], old[-1] - 1]
        yield old[::-1]
        yield [old[0] * 0.5, *old[1:-1], old[-1] + old[0] * 0.5]
    else:
        yield old[::-1]
        yield [old[1], old[0], *old[2:]] if len(old) > 1 else old
        yield old[:-1]


def toml(value: Any) -> str:
    """A value for `--set`, tables inline."""
    if isinstance(value, dict):
        pairs = (f"{quoted_key(str(key))} = {toml_value(inner)}" for key, inner in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return toml_value(value)


def listed(key: str) -> bool:
    """Whether a key is among those that cannot be moved or felt."""
    return key in CHOOSES_A_FORM or any(
        key == known or key.startswith(f"{known}.") for known in TOLD_ONLY
    )


@pytest.mark.parametrize("table", sorted({key.split(".")[0] for key in keys()}))
def test_every_key_of_a_table_changes_what_a_run_gives(table):
    asked = [key for key in keys() if key.split(".")[0] == table and not listed(key)]
    asked = [key for key in asked if key not in RESTATED and table != "balance"]
    dead = {key: said for key in asked if (said := counts(key))}
    assert not dead, "\n".join(f"{key}: {said}" for key, said in dead.items())


@pytest.mark.parametrize("key", sorted(RESTATED))
def test_a_sum_stated_a_second_time_is_refused_where_it_differs(key):
    with pytest.raises(ScenarioError, match=key):
        points.at(model(EVERY).base, (f"{key}+=1_000_000",))


@pytest.mark.parametrize(
    "key", [key for key in keys() if key.startswith("balance.") and key not in RESTATED]
)
def test_every_line_of_the_balance_sheet_is_in_the_books(key):
    """Moved with paid-in capital, whose account is not looked at; itself with the deficit."""
    name = key.removeprefix("balance.").removesuffix("_usd")
    other, account = ("paid_in_capital", ACCOUNTS.index("paid_in_capital"))
    sign = "-" if name in LIABILITIES else ""
    if name == other:
        other, account = "accumulated_deficit", ACCOUNTS.index("accumulated_deficit")
    found = model(EVERY)
    moved = (f"{key}+=1_000_000", f"balance.{other}_usd+={sign}1_000_000")
    given = fingerprint(played(points.at(found.base)), account)
    assert fingerprint(played(points.at(found.base, moved)), account) != given


def test_what_is_listed_is_a_key():
    known = keys()
    for name in (*TOLD_ONLY, *CHOOSES_A_FORM, *READY, *TOGETHER, *RESTATED, *SIBLINGS):
        assert any(key == name or key.startswith(f"{name}.") for key in known), name


def test_a_key_that_does_nothing_is_found(monkeypatch):
    """A setting that a run cannot feel gives the same bytes, and is said with the model."""
    monkeypatch.setattr(f"{__name__}.candidates", lambda key: [model("single-site")])
    assert counts("model.title").startswith("single-site with model.title=")
