"""What a model says that is allowed and probably not meant: told by `models check` and `run`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gpusim.scenario.early_tests import early_tests
from gpusim.scenario.errors import nearest
from gpusim.scenario.fields import KeyPath
from gpusim.scenario.plausible import implausible
from gpusim.scenario.retired import retired
from gpusim.scenario.scale import off_scale
from gpusim.scenario.unmet import early_lease_ends, unmet

if TYPE_CHECKING:
    from gpusim.scenario.errors import Mistake
    from gpusim.scenario.scenario import Scenario


def warnings_of(scenario: Scenario) -> list[str]:
    """All warnings, each with its place."""
    found = [
        *implausible(scenario),
        *off_scale(scenario),
        *unknown_customers(scenario),
        *unmet(scenario),
        *early_lease_ends(scenario),
        *early_tests(scenario),
    ]
    told = [f"{_place(scenario, path)}{text}" for path, text in found]
    return [*retired(scenario.tree), *told]


def unknown_customers(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Tables of customers that no contract names: nothing in them counts."""
    known = {contract.customer for contract in scenario.contracts.values()}
    for name in scenario.customers:
        if name not in known:
            near = nearest(name, known)
            meant = f"; nearest customer: {near}" if near else ""
            yield (
                ("customers", name),
                f"no contract has this customer, so nothing comes of it{meant}",
            )


def _place(scenario: Scenario, path: KeyPath) -> str:
    """File, line and key of a value, to precede a sentence."""
    from gpusim.scenario.lowering.refuse import refusal

    at: Mistake = refusal(scenario, path, "", "").mistakes[0]
    return f"{at.file}:{at.line}:{at.column}: {at.key}: " if at.line else f"{at.key}: "
