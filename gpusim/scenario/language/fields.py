"""What every table of a scenario shares: frozen, no unknown keys, units in the descriptions.

A field's description ends with its unit in brackets; the reference, the JSON Schema and the error
messages all read it from there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from gpusim.units_of_measure import CENTS_LIMIT, CENTS_PER_USD

KeyPath = tuple[str | int, ...]
USD_LIMIT = CENTS_LIMIT / CENTS_PER_USD

Usd = Annotated[float, Field(ge=0, le=USD_LIMIT)]
SignedUsd = Annotated[float, Field(ge=-USD_LIMIT, le=USD_LIMIT)]
Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0, le=1)]
SignedRate = Annotated[float, Field(ge=-1, le=1)]
Days = Annotated[int, Field(ge=0, le=36_500)]
DaysSpread = Annotated[float, Field(ge=0, le=36_500)]
Months = Annotated[int, Field(ge=0, le=1_200)]
Term = Annotated[int, Field(gt=0, le=1_200)]
Years = Annotated[float, Field(ge=0, le=100)]
Life = Annotated[float, Field(gt=0, le=100)]
UsdPerKwh = Annotated[float, Field(ge=0, le=10)]
Gpus = Annotated[int, Field(ge=0, le=10_000_000)]
INNER = r"[^\x00-\x1f\x7f-\x9f\"\\=*@<>]"
OUTER = r"[^\x00-\x1f\x7f-\x9f\"\\=*@<>\s]"
Name = Annotated[str, StringConstraints(pattern=rf"^{OUTER}(?:{INNER}*{OUTER})?$")]
"""A name of the user's: what stands in paths, settings, conditions and columns. Spaces and dots are
welcome, in quotes where TOML or a path demands them; what those read as a sign is not."""
Text = Annotated[str, StringConstraints(min_length=1)]
Date = Annotated[dt.date, Field(ge=dt.date(1990, 1, 1), le=dt.date(2150, 1, 1))]
EveryMonths = Literal[1, 3, 6, 12]
Rating = Literal["investment-grade", "other"]


class Problem(NamedTuple):
    """A rule of a table that does not hold: where below it, what is there, what should be."""

    path: KeyPath
    found: str
    expected: str
    nearest: str = ""


class Table(BaseModel):
    """A TOML table."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        validate_by_name=True,
        validate_by_alias=True,
    )

    def problems(self) -> Iterator[Problem]:
        """The table's own rules that do not hold, beyond the range of each field."""
        return iter(())

    @model_validator(mode="after")
    def _own_rules(self) -> Any:
        found = list(self.problems())
        if found:
            raise PydanticCustomError("problems", "rules of the table", {"problems": found})
        return self


def plausible(
    low: float, high: float, source: str, *, above: str = "", below: str = ""
) -> dict[str, Any]:
    """What a key usually is, beside its hard limits: for `Field(json_schema_extra=...)`.

    Outside it a model is warned about, never refused; 0 means none and is never warned about.
    low, high [unit of the key]; source: what the range is read from; above, below: the slip that
    a value beyond an end probably is, as a question.
    """
    return {
        "plausible": {"low": low, "high": high, "source": source, "above": above, "below": below}
    }


def assumed(
    reason: str, low: float | None = None, high: float | None = None, *, relative: float = 0.0
) -> dict[str, Any]:
    """Why a key that is left out has the default it has, and how far that may be off.

    For `Field(json_schema_extra=...)`, beside `plausible(...) | `. low, high [unit of the key], or
    relative: 0.2 means 20% either way; neither for a name or a list.
    """
    return {"assumed": {"reason": reason, "low": low, "high": high, "relative": relative}}


def why_default(info: FieldInfo) -> str:
    """Why a key has the default it has, and its range, as `fields.assumed` states them.

    Empty if nothing is stated, as for a right that nobody has.
    """
    extra = info.json_schema_extra
    own = extra.get("assumed") if isinstance(extra, dict) else None
    if not isinstance(own, dict):
        return ""
    low, high, relative = own["low"], own["high"], own["relative"]
    return reason_and_range(str(own["reason"]), low, high, relative)  # type: ignore[arg-type]


def reason_and_range(
    reason: str, low: float | None, high: float | None, relative: float = 0.0
) -> str:
    """A reason with the range it goes with, in words.

    >>> reason_and_range("by hand", 0.5, 2_000_000), reason_and_range("by hand", None, None, 0.2)
    ('by hand (0.5 to 2,000,000)', 'by hand (20% either way)')
    """
    if low is not None and high is not None:
        return f"{reason} ({low:,.10g} to {high:,.10g})"
    return f"{reason} ({relative:.0%} either way)" if relative else reason


class Duration(Table):
    """How long a step takes: the operator plans with one number, a draw varies it."""

    planned_days: Days = Field(description="Planned duration, which is also the mean [days]")
    sd_days: DaysSpread = Field(
        default=0.0,
        json_schema_extra=assumed("as planned, unless a spread is stated", 0, 60),
        description="Standard deviation around the plan [days]",
    )


class Delay(Table):
    """A delay law: with some probability, a delay of random size."""

    probability: Share = Field(description="Chance of being late at all [share]")
    mean_days: DaysSpread = Field(description="Mean delay if late [days]")
    sd_days: DaysSpread = Field(description="Standard deviation of the delay if late [days]")


NO_DELAY = Delay(probability=0.0, mean_days=0.0, sd_days=0.0)


class ByRating(Table):
    """A figure for each rating of the customer."""

    investment_grade: SignedRate = Field(
        alias="investment-grade", description="Customers rated investment grade [1/year]"
    )
    other: SignedRate = Field(description="All other customers [1/year]")


def needs(key: str, why: str) -> Problem:
    """The problem of a key left out where another key makes it necessary."""
    return Problem((key,), "nothing", f"{key}, {why}")
