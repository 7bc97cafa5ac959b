"""The modules of numba that its own users do not see, and that have no types."""

from __future__ import annotations

from typing import Any

import llvmlite.binding  # type: ignore[import-untyped]
from numba.core import caching as untyped_caching
from numba.core import codegen as untyped_codegen
from numba.core import compiler as untyped_compiler
from numba.core import dispatcher as untyped_dispatcher
from numba.core import serialize as untyped_serialize
from numba.core import types as untyped_types
from numba.core.environment import Environment as untyped_environment  # noqa: N813
from numba.core.environment import lookup_environment as untyped_lookup
from numba.core.registry import cpu_target as untyped_target
from numba.core.runtime import nrt as untyped_runtime
from numba.core.typing import templates as untyped_templates

llvm: Any = llvmlite.binding
caching: Any = untyped_caching
codegen: Any = untyped_codegen
compiler: Any = untyped_compiler
dispatcher: Any = untyped_dispatcher
Environment: Any = untyped_environment
lookup_environment: Any = untyped_lookup
cpu_target: Any = untyped_target
runtime: Any = untyped_runtime
serialize: Any = untyped_serialize
templates: Any = untyped_templates
types: Any = untyped_types
