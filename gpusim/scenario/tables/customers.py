"""The [customers.NAME] and [defaults] tables: who signs, and how often they fail or pay late."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gpusim.scenario.language.fields import Date, DaysSpread, Share, Table, assumed, plausible
from gpusim.scenario.tables.market import StateShares


class Customer(Table):
    """A customer by name; the table may be empty. Its rating stands on its contracts."""

    defaults_on: Date | None = Field(
        default=None, description="Day it stops paying; left out: chance decides [date]"
    )


class LatePayment(Table):
    """How often and how long after its day a customer pays the invoice of a month."""

    chance: Share = Field(description="Chance that an invoice is paid late [share]")
    mean_days: Annotated[float, Field(ge=1, le=3_650)] = Field(
        json_schema_extra=plausible(
            1,
            120,
            "days past due as aged receivables have them: up to 30, 60, 90 and 120",
            above="from the invoice on?",
        ),
        description="Mean of the days after the day due, of one that is [days]",
    )
    sd_days: DaysSpread = Field(
        default=0.0, description="Standard deviation of them; 0: always the mean [days]"
    )


class Defaults(Table):
    """Chance a year that a customer stops paying, by its rating and the state of the market."""

    investment_grade: StateShares = Field(
        json_schema_extra=plausible(
            5e-05,
            0.03,
            "about 0.1% a year, the long run of investment-grade issuers",
            above="in percent, with the point left out?",
            below="a month's or a day's?",
        ),
        alias="investment-grade",
        description="Rated investment grade [1/year]",
    )
    other: StateShares = Field(
        json_schema_extra=plausible(
            0.001,
            0.3,
            "1% to 3% a year, the long run between double-B and single-B",
            above="in percent, with the point left out?",
            below="a month's or a day's?",
        ),
        description="Everyone else [1/year]",
    )
    correlation: Annotated[float, Field(ge=0, le=0.99)] = Field(
        default=0.0,
        json_schema_extra=plausible(
            0.03,
            0.3,
            "0.12 to 0.24 of corporates in the capital rules of banks (Basel Framework, CRE31)",
            above="of failures, not of asset values?",
        )
        | assumed("customers fail one by one, unless a model says otherwise", 0, 0.24),
        description="Correlation of two customers' asset values, with one common factor a year; 0: "
        "they fail one by one [share]",
    )
