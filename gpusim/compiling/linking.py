"""Rules are compiled unlinked; machine code is made once, of what Python calls.

Numba makes machine code of every function it compiles, with all that it calls: a rule that lies
ten calls deep is optimised and written ten times. Here a rule is first typed, translated and
kept on disk, and nothing more. Its first call from Python makes an entry: the rule linked with
all it calls, optimised together, and their machine code, which is kept too.

This leans on inner classes of numba: how a compiled function is dispatched, kept in a library of
code, and written to disk.
"""

from __future__ import annotations

import copy
from functools import cached_property
from typing import Any

from numba.core import ir
from numba.core.compiler_machinery import LoweringPass, register_pass
from numba.core.registry import CPUDispatcher
from numba.core.typed_passes import AnnotateTypes

from gpusim.compiling.libraries import LinkedLibrary, UnlinkedLibrary
from gpusim.compiling.numba_inside import Environment, compiler, dispatcher, templates, types
from gpusim.compiling.saved_code import EntryCache, UnlinkedCache

ENTRY = ".entry"
"""How the name of an entry's own environment ends: what it needs to give results to Python.

In that of the unlinked rule it would be missing where that was loaded as it was kept before.
"""


@register_pass(mutates_CFG=False, analysis_only=False)  # type: ignore[no-untyped-call]
class UnlinkedLoweringPass(LoweringPass):
    """Have a rule translated into an unlinked library."""

    _name = "gpusim_as_part"

    def __init__(self) -> None:
        LoweringPass.__init__(self)  # type: ignore[no-untyped-call]

    def run_pass(self, state: Any) -> bool:
        """Give numba the library to translate into."""
        state.library = UnlinkedLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        return False


@register_pass(mutates_CFG=False, analysis_only=False)  # type: ignore[no-untyped-call]
class UnsignedIndexPass(LoweringPass):
    """Have places of arrays counted from the front: a rule never means one from the back.

    Numba would ask of every place whether it is negative.
    """

    _name = "gpusim_from_the_front"

    def __init__(self) -> None:
        LoweringPass.__init__(self)  # type: ignore[no-untyped-call]

    def run_pass(self, state: Any) -> bool:
        """Take places for unsigned."""
        for block in state.func_ir.blocks.values():
            for step in block.body:
                is_read = isinstance(step, ir.Assign) and getattr(step.value, "op", "") == "getitem"
                access = step.value if is_read else step
                if is_read or isinstance(step, ir.SetItem):
                    was = state.calltypes.pop(access)
                    array, place, *rest = was.args
                    found = unsigned(place) if isinstance(array, types.Array) else place
                    now = templates.signature(was.return_type, array, found, *rest)
                    state.calltypes[access] = now
        return False


def unsigned(place: Any) -> Any:
    """The type of a place in an array, unsigned if it is a number that is worked out in a run."""
    if isinstance(place, types.UniTuple):
        return types.UniTuple(unsigned(place.dtype), place.count)
    is_number = isinstance(place, types.Integer) and not isinstance(place, types.Literal)
    return types.uint64 if is_number else place


class UnlinkedCompiler(compiler.CompilerBase):  # type: ignore[misc]
    """Numba's compiler, up to the translation."""

    def define_pipelines(self) -> list[Any]:
        """The steps of compiling."""
        passes = compiler.DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(UnlinkedLoweringPass, AnnotateTypes)
        passes.add_pass_after(UnsignedIndexPass, AnnotateTypes)
        passes.finalize()
        return [passes]


class EntryCompiler(dispatcher._FunctionCompiler):  # type: ignore[misc]
    """Links a rule with all it calls and makes its entry."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(
            rule.py_func, rule.targetdescr, rule.targetoptions, {}, compiler.CompilerBase
        )
        self.rule = rule

    def _compile_core(self, args: Any, return_type: Any) -> Any:
        self.rule.compile(tuple(args))
        unlinked: Any = self.rule.overloads[tuple(args)]
        fndesc = copy.copy(unlinked.fndesc)
        fndesc.env_name += ENTRY
        environment = Environment.from_fndesc(fndesc)
        context = self.context()
        linked = self.wrapped(context, unlinked, fndesc, environment)
        linked.finalize()
        entry_point = context.get_executable(linked, fndesc, environment)
        made = {"fndesc": fndesc, "environment": environment, "entry_point": entry_point}
        return unlinked._replace(target_context=context, library=linked, metadata={}, **made)

    def wrapped(self, context: Any, unlinked: Any, fndesc: Any, environment: Any) -> LinkedLibrary:
        """An unlinked rule with what takes its arguments from Python and gives back its result."""
        linked = LinkedLibrary(context.codegen(), unlinked.library.name)
        linked.enable_object_caching()
        linked.add_linking_library(unlinked.library)
        without_gil = self.rule.targetoptions.get("nogil", False)
        context.create_cpython_wrapper(linked, fndesc, environment, None, without_gil)
        return linked

    def context(self) -> Any:
        """What numba compiles the rule in.

        An unlinked rule from disk comes with numba's bare context, which counts no references and
        so has no array to give to Python.
        """
        flags = compiler.Flags()
        self.targetdescr.options.parse_as_flags(flags, self.targetoptions)
        return compiler._make_subtarget(self.targetdescr.target_context, flags)


class PythonEntry(CPUDispatcher):
    """A rule as Python calls it."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule.py_func, targetoptions=rule.targetoptions)
        self._compiler = EntryCompiler(rule)

    def enable_caching(self) -> None:
        """Keep it on disk."""
        self._cache = EntryCache(self.py_func)


class Rule(CPUDispatcher):
    """A compiled rule: unlinked code for other rules, an entry for Python."""

    def __init__(
        self,
        py_func: Any,
        locals: dict[str, Any] | None = None,  # noqa: A002  (numba's name)
        targetoptions: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(py_func, locals, targetoptions, UnlinkedCompiler)

    def enable_caching(self) -> None:
        """Keep it on disk."""
        self._cache = UnlinkedCache(self.py_func)

    @cached_property
    def entry(self) -> PythonEntry:
        """The rule as Python calls it, kept on disk as what it links is."""
        entry = PythonEntry(self)
        if isinstance(self._cache, UnlinkedCache):
            entry.enable_caching()
        return entry

    def __call__(self, *args: Any) -> Any:
        """Run the rule; compile it first where that was not done."""
        return self.entry(*args)
