"""State and World as rules receive them: one pointer each.

Passed as a tuple of some forty arrays, State costs three times the compile time and ten times the
call. A pointer points to the place and shape of the same arrays: what a rule writes through it is
seen in the tuple. It must be made anew when arrays are replaced by larger ones.

Compiled code borrows the arrays: the pointer, which Python holds, keeps them alive, so no rule
counts references. Their places stay the same while a rule runs, and compiled code may rely on it;
only the fields a pointer names as `rebindable` can be set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import numba
import numpy as np
from numba.core import cgutils as untyped_cgutils
from numba.core import types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr

from gpusim.economics.core.state import Ints, State, World

JIT_OFF = bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]
cgutils: Any = untyped_cgutils
extending: Any = numba.extending
"""Numba's own modules that have no types."""


class StatePointerType(types.Type):
    """Numba's type of a `StatePointer`: the names and types of its fields, behind one address.

    A type's name goes into the name of every function compiled for it, and into every mention of
    that function; written out, the fields of State are sixty thousand characters.
    """

    def __init__(
        self, what: str, fields: tuple[tuple[str, Any], ...], rebindable: frozenset[str]
    ) -> None:
        text = repr([(name, str(kind), name in rebindable) for name, kind in fields])
        digest = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
        super().__init__(name=f"{what}.{digest}")
        self.fields = dict(fields)
        self.rebindable = rebindable
        self.first: dict[str, int] = {}
        used = 0
        for name, kind in fields:
            self.first[name] = used
            used += 1 + getattr(kind, "ndim", 0)


@extending.register_model(StatePointerType)
class StatePointerModel(extending.models.OpaqueModel):  # type: ignore[misc]
    """An address; numba counts no references to it."""


@infer_getattr
class StatePointerFields(AttributeTemplate):
    """The type of a field of a pointer."""

    key = StatePointerType

    def generic_resolve(self, pointer: StatePointerType, field: str) -> Any:  # type: ignore[override]
        """Numba's type of a field, or None."""
        return pointer.fields.get(field)


def place(context: Any, builder: Any, kind: StatePointerType, pointer: Any, field: str) -> Any:
    """Where the first word of a field is."""
    words = builder.bitcast(pointer, context.get_value_type(types.int64).as_pointer())
    return step(context, builder, words, kind.first[field])


def step(context: Any, builder: Any, words: Any, n: int) -> Any:
    """The address of a word some words further."""
    return builder.gep(words, [context.get_constant(types.int64, n)], inbounds=True)


@extending.lower_getattr_generic(StatePointerType)  # type: ignore[untyped-decorator]
def read_field(context: Any, builder: Any, kind: StatePointerType, pointer: Any, field: str) -> Any:
    """Load a field. An array is borrowed: it has no owner here, so that nothing is counted."""
    wanted = kind.fields[field]
    at = place(context, builder, kind, pointer, field)

    def load(n: int, as_type: Any) -> Any:
        word = builder.bitcast(step(context, builder, at, n), as_type.as_pointer())
        value = builder.load(word)
        if field not in kind.rebindable:
            value.set_metadata("invariant.load", builder.module.add_metadata([]))
        return value

    if not isinstance(wanted, types.Array):
        return load(0, context.get_value_type(wanted))
    array = context.make_array(wanted)(context, builder)
    whole = context.get_value_type(types.int64)
    shape = [load(1 + axis, whole) for axis in range(wanted.ndim)]
    record = context.get_data_type(wanted.dtype)
    stride = itemsize = context.get_constant(types.int64, context.get_abi_sizeof(record))
    count = context.get_constant(types.int64, 1)
    strides: list[Any] = []
    for length in reversed(shape):
        strides.insert(0, stride)
        stride = builder.mul(stride, length)
        count = builder.mul(count, length)
    array.meminfo = cgutils.get_null_value(array.meminfo.type)
    array.parent = cgutils.get_null_value(array.parent.type)
    array.nitems = count
    array.itemsize = itemsize
    array.data = load(0, array.data.type)
    array.shape = cgutils.pack_array(builder, shape, ty=whole)
    array.strides = cgutils.pack_array(builder, strides, ty=whole)
    return array._getvalue()


@extending.lower_setattr_generic(StatePointerType)  # type: ignore[untyped-decorator]
def set_field(context: Any, builder: Any, sig: Any, args: Any, field: str) -> None:
    """Point a field that may move to other memory; whoever sets it keeps that alive."""
    kind, wanted = sig.args
    if field not in kind.rebindable:
        raise numba.TypingError(f"{field} of {kind} cannot be set")
    pointer, value = args
    at = place(context, builder, kind, pointer, field)
    array = context.make_array(wanted)(context, builder, value)
    shape = cgutils.unpack_tuple(builder, array.shape, wanted.ndim)
    words = [builder.ptrtoint(array.data, context.get_value_type(types.int64)), *shape]
    for n, word in enumerate(words):
        builder.store(word, step(context, builder, at, n))


@extending.unbox(StatePointerType)  # type: ignore[untyped-decorator]
def unbox_pointer(kind: StatePointerType, passed: Any, c: Any) -> Any:
    """The address in a pointer that Python passes."""
    address = c.pyapi.object_getattr_string(passed, "address")
    pointer = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    return extending.NativeValue(
        pointer, is_error=cgutils.is_not_null(c.builder, c.pyapi.err_occurred())
    )


class Fields(NamedTuple):
    """What every pointer of one kind has."""

    dtypes: tuple[Any, ...]
    shapes: tuple[int, ...]  # number of axes; 0: a number
    kind: StatePointerType


SEEN: dict[type, Fields] = {}
"""By named tuple: a rule is compiled once, so that all of one kind have the same types."""


def fields_of(what: str, values: tuple[Any, ...], rebindable: Iterable[str]) -> Fields:
    """Types of the fields of a named tuple.

    Raises:
        TypeError: they are not those of the first of its kind.
    """
    dtypes = tuple(np.asarray(value).dtype for value in values)
    shapes = tuple(np.ndim(value) for value in values)
    if (seen := SEEN.get(type(values))) is None:
        kinds = tuple(
            (name, types.Array(kind, axes, "C") if axes else kind)
            for name, axes, kind in zip(
                cast(Any, values)._fields, shapes, map(numba.from_dtype, dtypes), strict=True
            )
        )
        seen = Fields(dtypes, shapes, StatePointerType(what, kinds, frozenset(rebindable)))
        SEEN[type(values)] = seen
    if seen.dtypes != dtypes or seen.shapes != shapes:
        raise TypeError(f"{what} with other types than the first")
    return seen


class StatePointer:
    """The arrays of a named tuple, as compiled code takes them. Its fields can be read here too."""

    def __init__(self, what: str, values: tuple[Any, ...], rebindable: Iterable[str] = ()) -> None:
        """Point to the fields of a named tuple.

        Raises:
            TypeError: they have other types than the first of its kind.
            ValueError: an array is not contiguous, row by row.
        """
        fields = fields_of(what, values, rebindable)
        words: list[int] = []
        for value in values:
            if isinstance(value, np.ndarray):
                if not value.flags.c_contiguous:
                    raise ValueError(f"{what} has an array that is not contiguous")
                words += [value.ctypes.data, *value.shape]
            else:
                words.append(int(np.asarray(value).view(np.int64)))
        self.values = values
        self.words: Ints = np.array(words, np.int64)
        self.address = self.words.ctypes.data
        self._numba_type_ = fields.kind

    def __getattr__(self, name: str) -> Any:
        """A field of the named tuple."""
        return getattr(self.__dict__["values"], name)


def to_pointer(s: State) -> State:
    """A State as compiled rules take it; the State itself where compilation is off."""
    return s if JIT_OFF else cast(State, StatePointer("State", s))


def world_to_pointer(w: World) -> World:
    """A World as compiled rules take it; its offers can be set, also where compilation is off."""
    return cast(
        World,
        SimpleNamespace(**w._asdict())
        if JIT_OFF
        else StatePointer("World", w, rebindable=("offers",)),
    )
