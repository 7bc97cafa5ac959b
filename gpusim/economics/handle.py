"""State and World as rules receive them: one pointer each.

Passed as a tuple of some forty arrays, State costs three times the compile time and ten times the
call. A handle is a numba struct that points to the same arrays: what a rule writes through it is
seen in the tuple. It must be made anew when arrays are replaced by larger ones.
"""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any, cast

import numba
from numba.core import types
from numba.experimental import structref

from gpusim.economics.kernel import kernel
from gpusim.economics.state import State, World

JIT_OFF = bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]


class HandleType(types.StructRef):
    """A struct type with a short name.

    A type's name goes into the name of every function compiled for it, and into every mention of
    that function; written out, the fields of State are sixty thousand characters.
    """

    def __init__(self, fields: Any) -> None:
        cast(Any, super()).__init__(fields)
        self.name = (
            f"{self._typename}.{hashlib.blake2b(self.name.encode(), digest_size=8).hexdigest()}"
        )
        payload: Any = types.containers.StructRefPayload
        self._payload = payload(self._typename, self._fields)
        self._payload.name = f"{self.name}.payload"

    def get_data_type(self) -> Any:
        """The struct behind the pointer."""
        return self._payload


@structref.register
class StateType(HandleType):
    """Numba's type of a State's handle: names and array types of its fields."""


@structref.register
class WorldType(HandleType):
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
    """A World as compiled rules take it; its fields can be set, also where compilation is off."""
    return cast(World, SimpleNamespace(**w._asdict()) if JIT_OFF else pack_world(w))
