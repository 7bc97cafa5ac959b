"""Demand that can never be met: what is signed and no site of the model will ever hold.

On the planned path, without chance. Power: at each site the most GPUs of a generation that signed
tranches want at one time, or that stand there on the as-of day, whichever is more, times their
power, against all phases the site ever gets. GPUs of a term that has ended serve the next of the
same site and generation; those that retire within the run give their place back, and so do tenants
when their term ends, to GPUs and tenants alike. What is too large is the fault of the tranches that
come last, by priority and start: it can never be met, or not before another's term has ended. What
is bought for a tranche alone is there beside all else; so are orders for nobody, as far as they
cannot serve tranches.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gpusim.scenario.checks.planned.for_nobody import is_shared, may_serve
from gpusim.scenario.language.at_once import most_at_once
from gpusim.scenario.language.busiest import LET, Busiest, Wanted
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.tables.plant.building import buildings_of
from gpusim.scenario.tables.sales.tenancies import TENANCY
from gpusim.units_of_measure import add_months, microwatts_of, mw_text

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.contracts import Contract
    from gpusim.scenario.tables.sales.tranches import Tranche
    from gpusim.scenario.tables.sites import Phase

MONTHS_PER_YEAR, MONTHS_PER_QUARTER = 12, 3
TAKE_OR_PAY, KEEPS_END = "take-or-pay", "keeps-end"
SERVED = (TAKE_OR_PAY, TENANCY)
NO_END = dt.date.max  # of a hall in use on the as-of day without a lease
Standing = Counter[tuple[str, str]]
"""GPUs by site and generation."""


def unmet(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Each demand that can never be met, with its key and a sentence."""
    wanted, standing = wanted_of(scenario), standing_of(scenario)
    for site in scenario.sites:
        yield from _too_large(scenario, site, wanted.get(site, []), standing)
    yield from _loans_too_late(scenario)
    yield from _credit_too_late(scenario)
    yield from _buildings_too_late(scenario)
    yield from _segments(scenario)


def capacity_of(scenario: Scenario, site: str) -> int:
    """All power that a site ever has [uW]."""
    return sum(microwatts_of(mw=phase.it_mw) for phase in scenario.sites[site].phases)


def _too_large(
    scenario: Scenario, site: str, signed: list[Wanted], standing: Standing
) -> Iterator[tuple[KeyPath, str]]:
    """Tranches whose GPUs a site can never power beside what comes before them."""
    room = capacity_of(scenario, site)
    busiest = busiest_of(scenario, site, signed, standing)
    for wanted in sorted(signed, key=lambda w: (w.priority, w.start)):
        needed = busiest.with_one(wanted)
        if needed <= room or needed == busiest.needed:
            busiest.add(wanted)
            continue
        own = wanted.gpus * _power(scenario, wanted.gpu)
        whole, draw = f"all of its {wanted.gpus:,} {wanted.gpu}", f"they draw {mw_text(own)}"
        if wanted.gpu == LET:
            whole, draw = f"what it lets of {mw_text(own)}", f"it needs {mw_text(own)}"
        later = busiest.fits_from(wanted, room)
        told = f"can never bill {whole} at {site}"
        if later is not None:
            told = f"cannot bill {whole} at {site} before {later}, when another's term has ended"
        yield (
            wanted.path,
            f"contract {wanted.contract} {told}: from {wanted.start} on {draw}, "
            f"{mw_text(min(needed - room, own))} more than is left there by what is served before "
            f"it, of {mw_text(room)} in all phases",
        )
    yield from _orders_too_large(scenario, site, busiest)


def _orders_too_large(
    scenario: Scenario, site: str, busiest: Busiest
) -> Iterator[tuple[KeyPath, str]]:
    """Orders without a contract that a site can never power beside what contracts want.

    GPUs of such an order that may serve contracts count once.
    """
    room, last = capacity_of(scenario, site), _last(scenario)
    alone = busiest_of(scenario, site, [], standing_of(scenario))
    orders = [(name, order) for name, order in scenario.orders.items() if order.site == site]
    for name, order in sorted(orders, key=lambda pair: (pair[1].date, pair[0])):
        if _retires(scenario, order.gpu, order.date) <= last:
            continue
        may = min(order.gpus, may_serve(scenario, order))
        both = busiest.with_order(order.gpu, may, order.gpus - may)
        if both <= room or both == busiest.needed:
            busiest.stand(order.gpu, may, order.gpus - may)
            alone.stand(order.gpu, 0, order.gpus)
            continue
        draw = order.gpus * _power(scenario, order.gpu)
        size = f"its {order.gpus:,} {order.gpu} draw {mw_text(draw)}, "
        over = alone.with_order(order.gpu, 0, order.gpus) - room
        rest = f", of {mw_text(room)} in all phases"
        if over > 0:
            told = f"order {name} can never be installed whole at {site}: {size}"
            told += f"{mw_text(min(over, draw))} more than is left there by what comes before it"
        else:
            told = f"order {name} and the contracts at {site} can never all have room: {size}"
            told += f"{mw_text(min(both - room, draw))} more than the contracts leave there"
            rest += "; what is delivered first is installed first, so that a contract may wait"
        yield ("orders", name, "gpus"), told + rest


def wanted_of(scenario: Scenario) -> dict[str, list[Wanted]]:
    """What signed tranches want at each site: those that start later, and those that bill."""
    found: dict[str, list[Wanted]] = {}
    last = _last(scenario)
    for name, contract in scenario.contracts.items():
        for k, tranche in enumerate(contract.tranches if contract.kind in SERVED else ()):
            end = add_months(tranche.start, tranche.term_months or contract.term_months)
            gpu, key, many = contract.gpu, "gpus", tranche.gpus
            if contract.kind == TENANCY:
                gpu, key, many = LET, "it_kw", microwatts_of(kw=tranche.it_kw or 0.0)
            lasts = NO_END if gpu == LET else _retires(scenario, gpu, tranche.start)
            stays = gpu == LET or lasts > last or end > last
            if end > scenario.model.as_of and stays:
                path = ("contracts", name, "tranches", k, key)
                keeps = contract.late_start == KEEPS_END
                by = min(last, end) if keeps else last
                until = None
                if gpu != LET and not is_shared(contract, tranche):
                    until = max(end, lasts)
                priority, place = tranche.priority, tranche.site or contract.site
                term = (tranche.start, end, priority, by, keeps, lasts, until)
                own = Wanted(path, name, gpu, many, *term)
                found.setdefault(place, []).append(own)
    return found


def busiest_of(scenario: Scenario, site: str, signed: list[Wanted], standing: Standing) -> Busiest:
    """The busiest time of a site; signed: all tranches that may be added."""
    there = {gpu: standing[site, gpu] for gpu in scenario.gpus}
    return Busiest({gpu: _power(scenario, gpu) for gpu in scenario.gpus}, signed, there)


def _power(scenario: Scenario, gpu: str) -> int:
    """Critical IT power of a GPU of a generation; of what is let, which is counted in it [uW]."""
    if gpu == LET:
        return 1
    return microwatts_of(kw=scenario.gpus[gpu].it_kw_per_gpu)


def standing_of(scenario: Scenario) -> Standing:
    """GPUs that stand at a site on the as-of day and do not retire within the run."""
    as_of, last = scenario.model.as_of, _last(scenario)
    standing: Standing = Counter()
    for own in scenario.assets.values():
        terms = scenario.gpus.get(own.gpu)
        if terms is None:
            continue
        more = (terms.economic_life_years or terms.book_life_years) - terms.book_life_years
        retires = add_months(as_of, round((own.remaining_life_years + more) * MONTHS_PER_YEAR))
        if retires > last:
            standing[own.site, own.gpu] += own.gpus
    return standing


def _last(scenario: Scenario) -> dt.date:
    """The last day of the run."""
    return add_months(scenario.model.as_of, MONTHS_PER_QUARTER * scenario.model.quarters)


def _retires(scenario: Scenario, gpu: str, start: dt.date) -> dt.date:
    """When GPUs that are new on a day are let go."""
    terms = scenario.gpus[gpu]
    years = terms.economic_life_years or terms.book_life_years
    return add_months(start, round(years * MONTHS_PER_YEAR))


def _loans_too_late(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Loans that can no longer be drawn when the first bill they should pay falls due.

    A contract or an order that draws nothing of its loan names it for the borrower alone.
    """
    for noun, name, facility, day in _first_bills(scenario):
        debt = scenario.debt.get(facility)
        if debt and debt.available_to and day > debt.available_to:
            yield (
                (f"{noun}s", name, "facility"),
                f"the loan {facility} can never pay for hardware of {noun} {name}: it can be drawn "
                f"until {debt.available_to}, and the first bill is planned to be paid on {day}",
            )


def _credit_too_late(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Leases and suppliers' lines that are closed when the first hardware they pay is delivered.

    Not one that a shock or a setting closes at once: that is what it is for.
    """
    changed = set(scenario.tree.changed)
    for noun, name, vendor, day in _first_deliveries(scenario):
        debt = scenario.debt.get(vendor)
        if debt is None or debt.available_to is None:
            continue
        closed = debt.available_to <= scenario.model.as_of
        withdrawn = closed and ("debt", vendor, "available_to") in changed
        if day > debt.available_to and not withdrawn:
            kind = "lease" if debt.kind == "finance-lease" else "supplier's credit"
            yield (
                (f"{noun}s", name, "vendor"),
                f"the {kind} {vendor} can never pay for hardware of {noun} {name}: it can be drawn "
                f"until {debt.available_to}, and the first delivery is planned on {day}, so that "
                "the operator's own cash pays for it",
            )


def _first_deliveries(scenario: Scenario) -> Iterator[tuple[str, str, str, dt.date]]:
    """Who buys on credit, by kind and name, on whose, and when its first hardware is delivered."""
    for name, contract in scenario.contracts.items():
        if not contract.vendor_share or contract.kind != TAKE_OR_PAY:
            continue
        paid = dt.timedelta(scenario.gpus[contract.gpu].payment_days)
        new = (one for one in contract.tranches if one.hardware.status != "delivered")
        days = [day - paid for t in new if (day := _bill_day(scenario, contract, t)) is not None]
        if days:
            yield "contract", name, contract.vendor, min(days)
    for name, order in scenario.orders.items():
        if order.vendor_share:
            lead = dt.timedelta(scenario.gpus[order.gpu].lead.planned_days)
            yield "order", name, order.vendor, order.date + lead


def _buildings_too_late(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Buildings whose loan can be drawn for none of their bills."""
    for name, site in scenario.sites.items():
        for place, phase, building in buildings_of(site):
            debt = scenario.debt.get(building.facility)
            parts = building.parts(phase.it_mw, phase.ready, scenario.model.as_of)
            if debt is None or debt.available_to is None or not parts:
                continue
            opens, closes = debt.opens or scenario.model.as_of, debt.available_to
            if not any(opens <= part.due <= closes for part in parts):
                yield (
                    ("sites", name, "phases", place, "building", "facility"),
                    f"the loan {building.facility} can never pay for the building of {name}: it "
                    f"can be drawn from {opens} to {closes}, and the building's bills are due from "
                    f"{parts[0].due} to {parts[-1].due}",
                )


def _first_bills(scenario: Scenario) -> Iterator[tuple[str, str, str, dt.date]]:
    """Who draws on a loan, by kind and name, on which, and when its first bill is to be paid."""
    for name, contract in scenario.contracts.items():
        planned = (_bill_day(scenario, contract, tranche) for tranche in contract.tranches)
        bills = [day for day in planned if day is not None]
        if bills and scenario.loan_share(name):
            yield "contract", name, contract.facility, min(bills)
    for name, order in scenario.orders.items():
        gpu = scenario.gpus[order.gpu]
        if scenario.order_loan_share(name):
            days = gpu.lead.planned_days + gpu.payment_days
            yield "order", name, order.facility, order.date + dt.timedelta(days)


def _bill_day(scenario: Scenario, contract: Contract, tranche: Tranche) -> dt.date | None:
    """When a tranche's hardware is planned to be paid; None if nothing is bought."""
    if contract.kind != TAKE_OR_PAY or tranche.hardware.status == "in-service":
        return None
    gpu = scenario.gpus[contract.gpu]
    paid = dt.timedelta(gpu.payment_days)
    if tranche.hardware.status == "delivered":
        return scenario.model.as_of + paid
    if tranche.hardware.delivery:
        return tranche.hardware.delivery + paid
    work = (
        gpu.fitout.planned_days + gpu.acceptance.planned_days + scenario.operator.order_ahead_days
    )
    delivered = max(
        tranche.start - dt.timedelta(work),
        scenario.model.as_of + dt.timedelta(gpu.lead.planned_days),
    )
    return delivered + paid


def _taken(
    scenario: Scenario, name: str, signed: list[Wanted], standing: Standing
) -> dict[Phase, dt.date]:
    """Halls that a site is planned to take, and the day of each.

    One that is taken with the first order that needs it: once what starts by then no longer fits
    into the halls before; never, if everything always does.
    """
    site = scenario.sites[name]
    taken = {p: p.ready for p in site.phases if p.taken == "when-ready"}
    optional = [p for p in site.phases if p.taken != "when-ready"]
    busiest = busiest_of(scenario, name, signed, standing)
    needed: list[tuple[int, dt.date]] = []
    for wanted in sorted(signed, key=lambda w: w.start) if optional else ():
        busiest.add(wanted)
        needed.append((busiest.needed, wanted.start))
    for phase in sorted(optional, key=lambda p: p.ready):
        room = sum(microwatts_of(mw=p.it_mw) for p in taken)
        start = next((start for power, start in needed if power > room), None)
        if start is not None:
            taken[phase] = max(phase.ready, start)
    return taken


def unpaid_rents(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Sites whose shells are in use while no lease states what is paid for them."""
    if scenario.leases.remaining_months:
        return
    for name, site in scenario.sites.items():
        taken = (phase.ready for phase in site.phases if phase.taken == "when-ready")
        in_use = min(taken, default=NO_END) <= scenario.model.as_of
        if site.kind == "leased-shell" and site.rent_usd_per_kw_month and in_use:
            yield (
                ("sites", name, "rent_usd_per_kw_month"),
                f"halls of {name} that are in use on the as-of day pay no fixed rent: [leases] "
                f"states none; {site.rent_usd_per_kw_month:g} USD/kW-month is for halls handed "
                "over later",
            )


def early_lease_ends(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Leases that end, within the run, before the contracts that need their halls, or need them."""
    signed, standing = wanted_of(scenario), standing_of(scenario)
    for name, site in scenario.sites.items():
        if site.kind == "owned":
            continue
        own = signed.get(name, [])
        months = round(site.lease_years * MONTHS_PER_YEAR)
        taken = _taken(scenario, name, own, standing)
        ends = {phase: add_months(day, months) for phase, day in taken.items()}
        if site.kind == "leased-shell":
            left = scenario.leases.remaining_months
            opening = add_months(scenario.model.as_of, left) if left else NO_END
            in_use = (phase for phase in site.phases if phase.ready <= scenario.model.as_of)
            ends |= dict.fromkeys(in_use, opening)
        for end in sorted(set(ends.values())):
            staying = [w for w in own if w.end > end]
            power = most_at_once(
                (max(w.start, end), w.end, w.gpus * _power(scenario, w.gpu)) for w in staying
            )
            room = sum(microwatts_of(mw=p.it_mw) for p, last in ends.items() if last > end)
            if scenario.model.as_of < end <= _last(scenario) and power > room:
                yield (
                    ("sites", name, "lease_years"),
                    f"a lease at {name} ends on {end} while contracts need {mw_text(power)} there "
                    f"until {max(w.end for w in staying)}, {mw_text(power - room)} more than the "
                    f"halls leased for longer have: as long as they need it, holdover rent is "
                    f"{site.holdover_rent_ratio:g} times the last rent",
                )


def _segments(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Segments whose typical customer is larger than any site."""
    largest = max((capacity_of(scenario, site) for site in scenario.sites), default=0)
    for name, segment in scenario.segments.items():
        power = segment.gpus_median * _power(scenario, segment.gpu)
        if power > largest:
            yield (
                ("segments", name, "gpus_median"),
                f"at least half of the customers of segment {name} can never be served: they ask "
                f"for {segment.gpus_median:,} {segment.gpu} or more, {mw_text(int(power))}, and no "
                f"site ever has more than {mw_text(largest)}",
            )
