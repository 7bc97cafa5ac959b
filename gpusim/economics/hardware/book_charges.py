"""What an asset charges over its book life, from the day it is in service."""

from __future__ import annotations

from gpusim.compiling.kernel import inlined, kernel
from gpusim.economics.books.depreciation import (
    charged_after,
    charged_on_course,
    life_after_change,
)
from gpusim.economics.books.ledger import (
    AMORTISATION_OF_INTANGIBLES,
    COST_DEPRECIATION,
    INFRASTRUCTURE_ACCUMULATED,
    INFRASTRUCTURE_GROSS,
    INTANGIBLES_ACCUMULATED,
    INTANGIBLES_GROSS,
    OTHER_EQUIPMENT_ACCUMULATED,
    OTHER_EQUIPMENT_GROSS,
    SERVERS_ACCUMULATED,
    SERVERS_GROSS,
    TECHNOLOGY_DEPRECIATION,
    post,
)
from gpusim.economics.core.agenda import RETIRE, schedule
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    ASSETS,
    FLEET_DEPRECIATION,
    INFRASTRUCTURE,
    NONE,
    OTHER_EQUIPMENT,
    SERVERS,
    State,
)
from gpusim.economics.plant.lives import end_of_life, life_from, looked_at


@kernel
def new_asset(
    s: State,
    category: int,
    order: int,
    cost: int,
    salvage_share: float,
    life_days: int,
    gpus: int,
    day: int,
) -> int:
    """A row that depreciates from today, and its retirement; order NONE: a building's."""
    row = s.count[ASSETS]
    s.count[ASSETS] = row + 1
    asset = s.assets[row]
    asset.category = category
    asset.order = order
    asset.gross = cost
    asset.accumulated = 0
    asset.gpus = gpus
    asset.hall = NONE
    asset.gen = asset.site = asset.pool = NONE
    if order != NONE:
        asset.gen = s.orders[order].gen
        asset.site = s.orders[order].site
        asset.pool = s.orders[order].pool
    asset.retired = 0
    asset.new_day = day
    restart(s, row, cost - share_of(cost, salvage_share), day, life_days)
    asset.retires = end_of_life(s, row)
    schedule(s, RETIRE, row, looked_at(s, row))
    return int(row)


@inlined
def depreciate(s: State, a: int, through: int) -> int:
    """Charge an asset up to and including a day; returns the charge [cents].

    A change of the book life takes effect on its day.
    """
    asset = s.assets[a]
    if asset.retired != 0:
        return 0
    total = 0
    if is_changed_by(s, a, through):
        total = change_life(s, a)
    return total + charge(s, a, through)


@kernel
def is_changed_by(s: State, a: int, through: int) -> bool:
    """Whether the book life of an asset changes up to a day and has not been changed."""
    asset = s.assets[a]
    if asset.category != SERVERS or asset.gen == NONE:
        return False
    return bool(asset.start < s.gens[asset.gen].life_change_day <= through)


@kernel
def change_life(s: State, a: int) -> int:
    """What is not yet charged is charged over what the new life leaves; nothing is restated.

    Charges what the old life has to the day before, and returns it [cents].
    Source: ASC 250-10-45-17, a change of estimate is prospective.
    """
    asset = s.assets[a]
    gen = s.gens[asset.gen]
    day = gen.life_change_day
    charged = charge(s, a, day - 1)
    life = life_from(asset.new_day, gen.life_change_months)
    life = life_after_change(life, day - asset.new_day)
    restart(s, a, asset.chargeable - asset.charged, day, life)
    asset.retires = end_of_life(s, a)
    if gen.economic_life_months == 0.0:
        schedule(s, RETIRE, a, asset.retires)
    return charged


@kernel
def restart(s: State, a: int, chargeable: int, day: int, life_days: int) -> None:
    """Depreciate an amount [cents] from a day on, instead of what was planned."""
    asset = s.assets[a]
    asset.charged = 0
    asset.start = day
    asset.life_days = life_days
    set_chargeable(s, a, chargeable)


@kernel
def set_chargeable(s: State, a: int, amount: int) -> None:
    """Set what an asset charges over its life [cents], and what that makes a day."""
    asset = s.assets[a]
    days = max(asset.life_days, 1)
    asset.chargeable = amount
    asset.daily_amount = amount // days
    asset.daily_remainder = amount % days


@inlined
def charge(s: State, a: int, through: int) -> int:
    """Book an asset's charge up to and including a day; returns it [cents]."""
    asset = s.assets[a]
    if asset.charged == asset.chargeable:
        return 0
    charged = charged_through(s, a, through)
    amount = charged - asset.charged
    _, accumulated, expense = accounts_of(asset.category)
    post(s, expense, accumulated, amount)
    asset.charged = charged
    asset.accumulated += amount
    if asset.gen != NONE:
        s.fleet[asset.gen, FLEET_DEPRECIATION, s.clock[0].month] += amount
    return int(amount)


@inlined
def charged_through(s: State, a: int, day: int) -> int:
    """What an asset has charged by the end of a day since its start [cents].

    Servers along the course of their generation, all else straight line.
    """
    asset = s.assets[a]
    days = day - asset.start + 1
    if asset.category == SERVERS and asset.gen != NONE and s.gens[asset.gen].course_years > 0:
        return charged_on_course(
            s.course[asset.gen],
            s.gens[asset.gen].course_years,
            asset.new_day,
            asset.chargeable,
            asset.start - asset.new_day,
            asset.life_days,
            days,
        )
    return charged_after(
        asset.chargeable, asset.daily_amount, asset.daily_remainder, asset.life_days, days
    )


@kernel
def accounts_of(category: int) -> tuple[int, int, int]:
    """Gross, accumulated and expense account of an asset category."""
    if category == SERVERS:
        return SERVERS_GROSS, SERVERS_ACCUMULATED, TECHNOLOGY_DEPRECIATION
    if category == INFRASTRUCTURE:
        return INFRASTRUCTURE_GROSS, INFRASTRUCTURE_ACCUMULATED, COST_DEPRECIATION
    if category == OTHER_EQUIPMENT:
        return OTHER_EQUIPMENT_GROSS, OTHER_EQUIPMENT_ACCUMULATED, TECHNOLOGY_DEPRECIATION
    return INTANGIBLES_GROSS, INTANGIBLES_ACCUMULATED, AMORTISATION_OF_INTANGIBLES
