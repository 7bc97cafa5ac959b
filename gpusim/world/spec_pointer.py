"""What the draws need to know of a scenario, as compiled drawing receives it: one pointer."""

from __future__ import annotations

from typing import cast

from gpusim.economics.core.state_pointer import JIT_OFF, StatePointer
from gpusim.scenario.spec import Spec


def spec_to_pointer(p: Spec) -> Spec:
    """A Spec as compiled drawing takes it; the Spec itself where compilation is off."""
    return p if JIT_OFF else cast(Spec, StatePointer("Spec", p))
