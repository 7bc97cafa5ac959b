"""What a tenant pays and what its site costs in each calendar month, by the rules of a run.

The scenario is lowered, and rent, power, staff and variable rent come from the kernels that book
them (`rent_through`, `power_recharge`, `site_bill`), of a tenant as planned: to the cent what a run
books in which nothing is late and the tenant has its site for itself.
"""

from __future__ import annotations

import numpy as np

from gpusim.economics.books.rent import rent_of_term, rent_through
from gpusim.economics.core import calendar
from gpusim.economics.core.state import Floats, State
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.plant.site_costs import MICROWATTS_PER_KW, NEVER_OFF, NOT_SHED, site_bill
from gpusim.economics.sales.backlog import set_value
from gpusim.economics.sales.invoices import power_recharge
from gpusim.scenario import Scenario
from gpusim.scenario.lower import lower
from gpusim.units_of_measure import CENTS_PER_USD, Day


class Lowered:
    """A scenario as a run starts from it, to ask its rules of a tenant."""

    def __init__(self, scenario: Scenario) -> None:
        self.book = lower(scenario)
        self.state: State = self.book.state
        self.pointer = to_pointer(self.state)
        self.rows = {name: row for row, name in enumerate(self.book.names.tranches)}
        self.sites = {name: row for row, name in enumerate(self.book.names.sites)}

    def tenancy(self, contract: str, group: int) -> Tenancy:
        """The terms of a tranche that lets power."""
        return Tenancy(self, contract, self.rows[f"{contract}.tranches.{group}"])


class Tenancy:
    """The terms of a tranche that lets power, from the day on which it is planned to begin."""

    def __init__(self, lowered: Lowered, contract: str, row: int) -> None:
        self.lowered, self.row = lowered, row
        own = lowered.state.tranches[row]
        agreed = lowered.state.contracts[lowered.book.names.contracts.index(contract)]
        self.microwatts = int(own.microwatts)
        self.recharges = bool(agreed.recharges)
        self.shifts = bool(agreed.shifts)
        self.counted_from = self.begins = int(own.planned_start)
        self.begun = int(own.begun)

    @property
    def past(self) -> Day:
        """The day after its term."""
        return self.counted_from + int(self.lowered.state.tranches[self.row].term_days)

    def wait_until(self, day: Day) -> None:
        """It begins later than planned: its term moves, or loses the days.

        Source: `allocation.begin_rent`, `allocation.start_term`.
        """
        if day <= self.begins:
            return
        self.begins = day
        if self.shifts:
            tranche = self.lowered.state.tranches[self.row]
            tranche.term_days = calendar.add_months(day, int(tranche.term_months)) - day
            value = rent_of_term(self.lowered.pointer, self.row, day)
            set_value(self.lowered.pointer, self.row, value)
            self.counted_from = day

    def rent(self, ends: list[Day]) -> Floats:
        """Rent of each month, of which `ends` are the last days, before the first too [USD]."""
        through = [self._through(end) for end in (max(e, self.begins - 1) for e in ends)]
        return np.diff(np.array(through, np.float64), prepend=float(through[0])) / CENTS_PER_USD

    def _through(self, end: Day) -> int:
        elapsed = min(end + 1, self.past) - self.counted_from
        return int(rent_through(self.lowered.pointer, self.row, self.counted_from, elapsed))

    def recharged(self, ends: list[Day]) -> Floats:
        """What it pays for its power on top in each month [USD]."""
        paid = np.zeros(len(ends))
        for month, days in enumerate(days_in(ends, self.begins, self.past)):
            if self.recharges and days:
                first, last = ends[month - 1] + 1, ends[month]
                bill = power_recharge(
                    self.lowered.pointer, self.row, float(days), int(days), first, last
                )
                paid[month] = bill / CENTS_PER_USD
        return paid

    def bills(self, site: str, ends: list[Day], handed: Floats, powered: Floats) -> list[Floats]:
        """Power, staff and variable rent of its kW in each month [USD].

        handed, powered: of its room, the first of which it may have before it begins [uW-days]. Of
        what its site buys ahead it bears the part that its powered kW are of all.
        """
        whole = float(self.lowered.state.sites[self.lowered.sites[site]].whole_kw)
        bills = [np.zeros(len(ends)) for _ in range(3)]
        load = self.microwatts * days_in(ends, self.begins, self.past)
        for month in range(1, len(ends)):
            drawn, at = float(load[month]), self.lowered.sites[site]
            first, last = ends[month - 1] + 1, ends[month]
            costs = site_bill(
                self.lowered.pointer,
                at,
                float(powered[month]) / MICROWATTS_PER_KW / (last - first + 1) / whole,
                float(handed[month]),
                float(powered[month]),
                drawn,
                NEVER_OFF,
                NOT_SHED,
                NOT_SHED,
                drawn,
                first,
                last,
            )
            for row, amount in zip(bills, costs, strict=True):
                row[month] = amount / CENTS_PER_USD
        return bills


def days_in(ends: list[Day], since: Day, past: Day) -> Floats:
    """Days of each month from a day to the day before another; none of the first [months + 1].

    >>> days_in([30, 58, 89], 40, 70).tolist()
    [0.0, 19.0, 11.0]
    """
    last = np.minimum(np.array(ends[1:], np.float64), past - 1)
    first = np.maximum(np.array(ends[:-1], np.float64) + 1, since)
    return np.concatenate([[0.0], np.maximum(last - first + 1, 0.0)])
