"""The whole scenario: every table of a model file, validated and frozen."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field, PrivateAttr

from gpusim.scenario.language.fields import Name, Table
from gpusim.scenario.language.provenance import PROVENANCE, Assumption, SourceEntry
from gpusim.scenario.tables.assets import Asset
from gpusim.scenario.tables.balance import Balance, Leases, Payables, Receivables
from gpusim.scenario.tables.contracts import PROGRAMME, Contract
from gpusim.scenario.tables.customers import Customer, Defaults
from gpusim.scenario.tables.demand import Levers, Segment
from gpusim.scenario.tables.gpus import Gpu
from gpusim.scenario.tables.lending.cost_base import lent_of
from gpusim.scenario.tables.lending.debt import Debt
from gpusim.scenario.tables.lending.programme import Programme
from gpusim.scenario.tables.lending.raising import Equity, OpeningEquity, Raising
from gpusim.scenario.tables.lending.shares import lent_share
from gpusim.scenario.tables.market import Market, Rates
from gpusim.scenario.tables.model import Model
from gpusim.scenario.tables.operator import Operator
from gpusim.scenario.tables.plant.building import Building
from gpusim.scenario.tables.sales.orders import StatedOrder
from gpusim.scenario.tables.sites import Site
from gpusim.scenario.tables.tax import Overhead, Tax
from gpusim.units_of_measure import day_of

if TYPE_CHECKING:
    from gpusim.scenario.reading.tree import Tree


class Scenario(Table):
    """A model file after `extends`, strategy, shocks and settings; all of it explicit."""

    model: Model = Field(description="What is simulated [table]")
    operator: Operator = Field(default=Operator(), description="The firm's own terms [table]")
    market: Market = Field(description="The GPU rental market [table]")
    rates: Rates = Field(description="The base rate [table]")
    gpus: dict[Name, Gpu] = Field(default={}, description="GPU generations by name [tables]")
    sites: dict[Name, Site] = Field(default={}, description="Sites by name [tables]")
    assets: dict[Name, Asset] = Field(default={}, description="Opening assets by name [tables]")
    contracts: dict[Name, Contract] = Field(default={}, description="Contracts by name [tables]")
    orders: dict[Name, StatedOrder] = Field(
        default={}, description="GPUs bought without a contract, by name [tables]"
    )
    segments: dict[Name, Segment] = Field(
        default={}, description="Customers to come, by segment [tables]"
    )
    levers: Levers | None = Field(
        default=None, description="What new business is taken; left out: none [table]"
    )
    customers: dict[Name, Customer] = Field(default={}, description="Customers by name [tables]")
    defaults: Defaults | None = Field(
        default=None, description="How often customers fail; left out: never by chance [table]"
    )
    debt: dict[Name, Debt] = Field(default={}, description="Debt agreements by name [tables]")
    programme: Programme | None = Field(
        default=None, description="Terms of new loans for new contracts [table]"
    )
    raising: Raising | None = Field(
        default=None, description="New money when the firm foresees a need [table]"
    )
    equity: dict[Name, Equity] = Field(default={}, description="Equity to come by name [tables]")
    opening_equity: OpeningEquity | None = Field(
        default=None, description="New shares paid for on the as-of day [table]"
    )
    leases: Leases = Field(default=Leases(), description="Opening leases [table]")
    overheads: dict[Name, Overhead] = Field(default={}, description="Cost lines by name [tables]")
    tax: Tax = Field(default=Tax(), description="Income tax [table]")
    receivables: Receivables = Field(default=Receivables(), description="Owed by customers [table]")
    payables: Payables = Field(default=Payables(), description="Owed to suppliers [table]")
    balance: Balance = Field(default=Balance(), description="The opening balance sheet [table]")
    sources: dict[str, SourceEntry] = Field(
        default={}, description="Source by path of the figure; * stands for one name [tables]"
    )
    assumptions: dict[str, Assumption] = Field(
        default={}, description="Assumption by path of the figure; * stands for one name [tables]"
    )

    _name: str = PrivateAttr(default="")
    _tree: Tree = PrivateAttr()
    _financed: str = PrivateAttr(default="")
    _shocked: tuple[str, ...] = PrivateAttr(default=())
    _laid: tuple[str, ...] = PrivateAttr(default=())

    @property
    def name(self) -> str:
        """Stem of the file it was loaded from."""
        return self._name

    @property
    def financed(self) -> str:
        """The option of capital laid over it: its name and, in brackets, its title; else empty."""
        return self._financed

    @property
    def shocked(self) -> tuple[str, ...]:
        """The titles of the shocks laid over it, in order; the name of one without a title."""
        return self._shocked

    @property
    def laid(self) -> tuple[str, ...]:
        """What files laid over it brought that the model has not, in words."""
        return self._laid

    @property
    def tree(self) -> Tree:
        """What was written, before defaults, with the origin of each value."""
        return self._tree

    @property
    def base_rate(self) -> float:
        """The base rate of the as-of day [1/year]: linear between the points of the curve."""
        days = [day_of(point.date) for point in self.rates.curve]
        rates = [point.rate for point in self.rates.curve]
        return float(np.interp(day_of(self.model.as_of), days, rates))

    def lends(self, contract: str) -> Debt | Programme | None:
        """On whose terms a contract's hardware is lent on."""
        name = self.contracts[contract].facility
        return self.programme if name == PROGRAMME else self.debt.get(name)

    def advance_rate(self, contract: str) -> float:
        """The most of all that counts that a contract's loan draws; 0 without a loan [share]."""
        terms = self.lends(contract)
        return terms.advance_rate if terms else 0.0

    def most_lent(self, contract: str) -> float:
        """The most that a contract's loan draws of an order's cost, see `lent_of` [share]."""
        return lent_of(self.lends(contract), self.advance_rate(contract), self.base_rate)

    def loan_share(self, contract: str) -> float:
        """What its loan carries of an order's cost [share], see `lent_share` and `lent_of`."""
        own = lent_share(self.contracts[contract], self.advance_rate(contract))
        return lent_of(self.lends(contract), own, self.base_rate)

    def order_loan_share(self, order: str) -> float:
        """What its loan carries of the cost of an order of [orders], likewise [share]."""
        own = self.orders[order]
        terms = self.debt.get(own.facility)
        if terms is None:
            return 0.0
        return lent_of(terms, lent_share(own, terms.advance_rate), self.base_rate)

    def building_loan_share(self, building: Building) -> float:
        """What its loan carries of the cost of a building, likewise [share]."""
        terms = self.debt.get(building.facility)
        if terms is None:
            return 0.0
        share = building.loan_share
        most = terms.advance_rate
        return lent_of(terms, most if share is None else min(share, most), self.base_rate)

    def plain(self) -> dict[str, Any]:
        """Every value, defaults included, in TOML types and under TOML keys."""
        return self.model_dump(by_alias=True, exclude_none=True)

    def resolved_toml(self, columns: int | None = None) -> str:
        """The scenario as one TOML file, each value with its origin as a trailing comment.

        columns: of a screen; what is longer goes on below, comments stand above.
        """
        from gpusim.scenario.render import resolved_toml

        return resolved_toml(self, columns)

    def hash(self) -> str:
        """A fingerprint of every value that a run can depend on; sources are left out."""
        left_out = set(PROVENANCE)
        values = self.model_dump(mode="json", by_alias=True, exclude=left_out, exclude_none=True)
        text = json.dumps(values, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        """Equal values; where they were written does not matter."""
        return isinstance(other, Scenario) and self.plain() == other.plain()

    __hash__ = None  # type: ignore[assignment]
