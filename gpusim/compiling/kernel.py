"""The one way a rule is compiled.

`kernel` compiles a rule by numba, see `linking`, with the options every rule shares, typed so that
mypy still sees the rule's own signature. `const` makes a constant with a machine type: a bare
Python int passed to a kernel would compile it once more for every value.

With `GPUSIM_LINKING=off` in the environment a rule is numba's own `jit`, which needs nothing of
`linking`: the same bits, compiled far more slowly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import numba
import numpy as np

from gpusim.compiling import cache as compilecache

numba.config.CACHE_DIR = str(compilecache.usable())  # type: ignore[attr-defined]

F = TypeVar("F", bound=Callable[..., Any])
OPTIONS = {
    "nopython": True,
    "nogil": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "boundscheck": None,
}
"""Without the GIL, IEEE division; bounds are checked if numba's variable says so."""


def kernel(rule: F) -> F:
    """Compile a rule on first call; where compilation is off, leave it as it is."""
    return compiled(rule, OPTIONS)


def inlined(rule: F) -> F:
    """A kernel whose machine code stands in each of its callers: for few lines in a hot loop."""
    return compiled(rule, OPTIONS | {"forceinline": True})


def compiled(rule: F, options: dict[str, Any]) -> F:
    """A rule that numba compiles with these options, and keeps on disk."""
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return rule
    if compilecache.linking_is_off():
        return cast(F, numba.jit(cache=True, **options | {"no_cpython_wrapper": False})(rule))
    from gpusim.compiling.linking import Rule

    made = Rule(rule, targetoptions=options)
    made.enable_caching()
    return cast(F, made)


def const(value: int) -> int:
    """An int64 constant for use inside kernels."""
    return cast(int, np.int64(value))


def names(space: Mapping[str, Any], first: str, last: str, **other: str) -> tuple[str, ...]:
    """What the constants of a module are called, in lower case: declared once, told from there.

    space: the module's `globals()`; first, last: constants between which all are told, in the order
    in which they stand; other: constants that are called something else.

    >>> names({"OPEN": 0, "FIT_OUT": 1, "SHUT": 2}, "OPEN", "FIT_OUT", FIT_OUT="fit-out")
    ('open', 'fit-out')
    """
    told = list(space)
    declared = told[told.index(first) : told.index(last) + 1]
    return tuple(other.get(name, name.lower()) for name in declared)


ZERO = const(0)
"""A zero to pass to a rule, or to start a sum with that is passed to one."""
