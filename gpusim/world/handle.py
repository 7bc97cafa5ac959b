"""What luck needs to know of a scenario, as compiled drawing receives it: one pointer."""

from __future__ import annotations

from typing import Any, cast

from numba.experimental import structref

from gpusim.economics.handle import JIT_OFF, HandleType
from gpusim.economics.kernel import kernel
from gpusim.scenario.spec import Spec


@structref.register
class SpecType(HandleType):
    """Numba's type of a Spec's handle."""


class SpecHandle(structref.StructRefProxy):
    """A Spec handed to compiled drawing."""


structref.define_proxy(SpecHandle, SpecType, list(Spec._fields))  # type: ignore[no-untyped-call]


@kernel
def pack_spec(p: Spec) -> Any:
    """The handle of a Spec."""
    return SpecHandle(*p)  # type: ignore[no-untyped-call]


def hand_spec(p: Spec) -> Spec:
    """A Spec as compiled drawing takes it; the Spec itself where compilation is off."""
    return p if JIT_OFF else cast(Spec, pack_spec(p))
