"""Own buildings to come: what is in construction, and the bills that are still to be made out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import BILLS, NONE, OPEN, State
from gpusim.scenario.lowering.frame.index import Index
from gpusim.scenario.tables.plant.building import bills_of_buildings, buildings_of
from gpusim.units_of_measure import cents_of, day_of

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario


def fill_buildings(s: State, scenario: Scenario, index: Index) -> None:
    """What halls are built for, what of it is in construction, and its bills.

    What loans promise of them is settled when the run begins, once loans are sized.
    """
    for name, site in scenario.sites.items():
        for place, _, building in buildings_of(site):
            hall = s.halls[index.halls[name, place]]
            hall.facility = index.facilities.get(building.facility, NONE)
            hall.in_progress = hall.opened = cents_of(building.spent_usd)
            hall.life_months = building.life_years * MONTHS_PER_YEAR
            hall.cap_rate = building.cap_rate or 0.0
            hall.sale_share = NONE
            if building.forced_sale_share is not None:
                hall.sale_share = building.forced_sale_share
            hall.tax_months = max(round(building.tax_life_years * MONTHS_PER_YEAR), 1)
    first = int(s.count[BILLS])
    for row, billed in enumerate(bills_of_buildings(scenario), start=first):
        bill = s.bills[row]
        bill.order = NONE
        bill.hall = index.halls[billed.site, billed.phase]
        bill.amount = billed.part.cents
        bill.whole = billed.part.cents
        bill.due = day_of(billed.part.due)
        bill.facility = index.facilities.get(billed.building.facility, NONE)
        bill.loan = share_of(billed.part.cents, scenario.building_loan_share(billed.building))
        bill.status = OPEN
        s.count[BILLS] = row + 1
