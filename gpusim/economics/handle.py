"""State and World as rules receive them: one pointer each.

Passed as a tuple of some forty arrays, State costs three times the compile time and ten times the
call. A handle is a numba struct that points to the same arrays: what a rule writes through it is
seen in the tuple. It must be made anew when arrays are replaced by larger ones.
"""

from __future__ import annotations

from typing import Any, cast

import numba
from numba.core import types
from numba.experimental import structref

from gpusim.economics.kernel import kernel
from gpusim.economics.state import State, World

JIT_OFF = bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]


@structref.register
class StateType(types.StructRef):
    """Numba's type of a State's handle: names and array types of its fields."""


@structref.register
class WorldType(types.StructRef):
    """Numba's type of a World's handle."""


class StateHandle(structref.StructRefProxy):
    """A State handed to compiled rules."""


class WorldHandle(structref.StructRefProxy):
    """A World handed to compiled rules."""


structref.define_proxy(StateHandle, StateType, list(State._fields))  # type: ignore[no-untyped-call]
structref.define_proxy(WorldHandle, WorldType, list(World._fields))  # type: ignore[no-untyped-call]


@kernel
def pack_state(s: State) -> Any:
    """The handle of a State."""
    return StateHandle(*s)  # type: ignore[no-untyped-call]


@kernel
def pack_world(w: World) -> Any:
    """The handle of a World."""
    return WorldHandle(*w)  # type: ignore[no-untyped-call]


def hand(s: State) -> State:
    """A State as compiled rules take it; the State itself where compilation is off."""
    return s if JIT_OFF else cast(State, pack_state(s))


def hand_world(w: World) -> World:
    """A World as compiled rules take it."""
    return w if JIT_OFF else cast(World, pack_world(w))
