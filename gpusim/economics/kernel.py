"""The one way a rule is compiled.

`kernel` is numba's `njit` with the options every rule shares, typed so that mypy still sees the
rule's own signature. `const` makes a constant with a machine type: a bare Python int passed to a
kernel would compile it once more for every value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

from gpusim import compilecache

numba.config.CACHE_DIR = str(compilecache.usable())  # type: ignore[attr-defined]

F = TypeVar("F", bound=Callable[..., Any])
OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
"""Kept on disk, without the GIL, IEEE division; a rule is never a callback of C code."""


def kernel(rule: F) -> F:
    """Compile a rule on first call."""
    jit: Any = numba.njit
    return cast(F, jit(**OPTIONS)(rule))


def folded(rule: F) -> F:
    """A kernel whose body is compiled into each of its callers, and alone only if Python calls it.

    For the few large ones that call everything: each level of calls would compile it all again.
    """
    jit: Any = numba.njit
    return cast(F, jit(inline="always", **OPTIONS)(rule))


def const(value: int) -> int:
    """An int64 constant for use inside kernels."""
    return cast(int, np.int64(value))


ZERO = const(0)
"""A zero to pass to a rule, or to start a sum with that is passed to one."""
