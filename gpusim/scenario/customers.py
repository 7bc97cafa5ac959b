"""The [customers.NAME] and [defaults] tables: who signs, and how often such customers fail."""

from __future__ import annotations

from pydantic import Field

from gpusim.scenario.fields import Date, Table
from gpusim.scenario.market import StateShares


class Customer(Table):
    """A customer by name; the table may be empty. Its rating stands on its contracts."""

    defaults_on: Date | None = Field(
        default=None, description="Day it stops paying; left out: luck decides [date]"
    )


class Defaults(Table):
    """Chance a year that a customer stops paying, by its rating and the state of the market."""

    investment_grade: StateShares = Field(
        alias="investment-grade", description="Rated investment grade [1/year]"
    )
    other: StateShares = Field(description="Everyone else [1/year]")
