"""The [assets.NAME] tables: what the firm already owns, GPUs in service included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from gpusim.scenario.language.fields import Gpus, Life, Problem, Table, Usd, Years, needs, plausible

Category = Literal["servers", "infrastructure", "other-equipment", "intangibles"]


class Asset(Table):
    """A group of assets in service on the as-of day, depreciated as one."""

    category: Category = Field(description="Line of the balance sheet [name]")
    gross_usd: Usd = Field(description="Cost [USD]")
    accumulated_usd: Usd = Field(description="Depreciation so far [USD]")
    remaining_life_years: Years = Field(
        description="The rest is charged over this time, straight line or as `depreciation` of "
        "their generation has it [years]"
    )
    salvage_usd: Usd = Field(default=0.0, description="Part of the cost never charged [USD]")
    gpu: str = Field(default="", description="GPU generation, if these are GPUs [name]")
    site: str = Field(default="", description="Where the GPUs are [name]")
    gpus: Gpus = Field(default=0, description="How many GPUs [GPUs]")
    tax_life_years: Life | None = Field(
        default=None,
        json_schema_extra=plausible(
            3,
            39,
            "26 U.S.C. 168: 5 years of computers, 15 of improvements, 39 of a building",
            above="months?",
        ),
        description="Tax deducts the book value level over these years from the first month on, "
        "apart from the opening basis; left out: it is in that basis [years]",
    )

    def problems(self) -> Iterator[Problem]:
        rest = self.gross_usd - self.salvage_usd - self.accumulated_usd
        if rest < 0:
            yield Problem(
                ("accumulated_usd",),
                f"{self.accumulated_usd:,.2f}",
                f"at most gross less salvage, {self.gross_usd - self.salvage_usd:,.2f}",
            )
        if rest > 0 and self.remaining_life_years == 0:
            yield Problem(("remaining_life_years",), "0", "above 0 while something is left")
        if self.tax_life_years is not None and self.category == "intangibles":
            yield Problem(("tax_life_years",), "one of intangibles", "none: they have no basis")
        if self.gpus:
            if self.category != "servers":
                yield Problem(("gpus",), f"{self.gpus}", "GPUs only in the category servers")
            for key in ("gpu", "site"):
                if not getattr(self, key):
                    yield needs(key, "because the asset has gpus")
        elif self.gpu or self.site:
            yield needs("gpus", "because the asset names a gpu or a site")
