"""Rules are compiled as parts; machine code is made once, of what Python calls.

Numba makes machine code of every function it compiles, with all that it calls: a rule that lies
ten calls deep is optimised and written ten times. Here a rule is a part: typed, translated, kept
on disk, and nothing more. Its first call from Python makes an entry: the part with the parts of
all it calls, optimised together, and their machine code, which is kept too.

This leans on inner classes of numba: how a compiled function is dispatched, kept in a library of
code, and written to disk.
"""

from __future__ import annotations

import copy
import hashlib
import pickle
from functools import cached_property
from typing import Any

import llvmlite.binding  # type: ignore[import-untyped]
from numba.core import caching as untyped_caching
from numba.core import codegen as untyped_codegen
from numba.core import compiler as untyped_compiler
from numba.core import dispatcher as untyped_dispatcher
from numba.core import ir
from numba.core import serialize as untyped_serialize
from numba.core import types as untyped_types
from numba.core.compiler_machinery import LoweringPass, register_pass
from numba.core.environment import Environment as untyped_environment  # noqa: N813
from numba.core.environment import lookup_environment as untyped_lookup
from numba.core.registry import CPUDispatcher
from numba.core.registry import cpu_target as untyped_target
from numba.core.runtime import nrt as untyped_runtime
from numba.core.typed_passes import AnnotateTypes
from numba.core.typing import templates as untyped_templates

from gpusim.compiling import cache as compilecache

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
"""Numba's own modules that have no types."""

ENVIRONMENT = "_ZN08NumbaEnv"
"""How the names of numba's environments begin: what a function needs of Python's objects."""
ENTRY = ".entry"
"""How the name of an entry's own environment ends: what it needs to give results to Python.

In that of its part this would be missing where the part was loaded as it was kept before.
"""


class WithoutCode:
    """Numba's code generator as a part shows it: without machine code, environments have no place.

    The entry that takes up a part sets them.
    """

    def __init__(self, generator: Any) -> None:
        self.generator = generator

    def __getattr__(self, name: str) -> Any:
        """What the generator has."""
        return getattr(self.generator, name)

    def set_env(self, name: str, environment: Any) -> None:
        """Leave it to the entry."""


class Part(codegen.JITCodeLibrary):  # type: ignore[misc]
    """A rule and all it calls, each function simplified by itself."""

    @property
    def codegen(self) -> Any:
        """The code generator, which has no machine code of this."""
        return WithoutCode(self._codegen)

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """There is none: 0."""
        return 0

    def code(self) -> bytes:
        """What is kept of it."""
        return bytes(self._get_module_for_linking().as_bitcode())

    @classmethod
    def kept(cls, generator: Any, fndesc: Any, code: bytes) -> Part:
        """A part as it was kept."""
        part = cls(generator, fndesc.qualname)
        part._final_module = part._shared_module = llvm.parse_bitcode(code)
        part._finalized = True
        return part


class Whole(codegen.JITCodeLibrary):  # type: ignore[misc]
    """The machine code of an entry."""

    def _optimize_final_module(self) -> None:
        """Optimise once: numba's first round is for reference counts, and rules have hardly any."""
        passes, builder = self._codegen._module_pass_manager()
        passes.run(self._final_module, builder)

    def _finalize_specific(self) -> None:
        """Make the code usable, and set the environments of all its parts."""
        super()._finalize_specific()
        for variable in self._final_module.global_variables:
            name = variable.name
            if name.startswith(ENVIRONMENT) and (known := lookup_environment(name)) is not None:
                self._codegen.set_env(name, known)

    def code(self) -> tuple[bytes, tuple[str, ...]]:
        """What is kept of it: machine code, and the names that it does not define itself."""
        module = self._final_module
        named = (
            thing for things in (module.functions, module.global_variables) for thing in things
        )
        outside = (thing.name for thing in named if thing.is_declaration)
        return bytes(self._get_compiled_object()), tuple(
            name for name in outside if not name.startswith("llvm.")
        )

    @classmethod
    def kept(cls, generator: Any, fndesc: Any, code: tuple[bytes, tuple[str, ...]]) -> Whole:
        """Machine code as it was kept. Names that only a part of numba knows have it imported."""
        machine_code, outside = code
        own = generator._engine.is_symbol_defined
        if not all(own(name) or llvm.address_of_symbol(name) for name in outside):
            cpu_target.target_context.refresh()
        whole = cls(generator, fndesc.qualname)
        whole.enable_object_caching()
        whole._set_compiled_object(machine_code)
        whole._finalize_final_module()
        generator._engine._defined_symbols.add(fndesc.llvm_cpython_wrapper_name)
        return whole


@register_pass(mutates_CFG=False, analysis_only=False)  # type: ignore[no-untyped-call]
class AsPart(LoweringPass):
    """Have a rule translated into a part."""

    _name = "gpusim_as_part"

    def __init__(self) -> None:
        LoweringPass.__init__(self)  # type: ignore[no-untyped-call]

    def run_pass(self, state: Any) -> bool:
        """Give numba the library to translate into."""
        state.library = Part(state.targetctx.codegen(), state.func_id.func_qualname)
        return False


@register_pass(mutates_CFG=False, analysis_only=False)  # type: ignore[no-untyped-call]
class FromTheFront(LoweringPass):
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


class PartCompiler(compiler.CompilerBase):  # type: ignore[misc]
    """Numba's compiler, up to the translation."""

    def define_pipelines(self) -> list[Any]:
        """The steps of compiling."""
        passes = compiler.DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(AsPart, AnnotateTypes)
        passes.add_pass_after(FromTheFront, AnnotateTypes)
        passes.finalize()
        return [passes]


class ByContent(caching._CacheLocator):  # type: ignore[misc]
    """Where a rule of the package is kept: the folder's name is a hash of all sources already."""

    def __init__(self, folder: str, line: int) -> None:
        self.folder = folder
        self.line = line

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> ByContent | None:
        """The place of a rule; None for one that is not the package's."""
        folder = compilecache.place_of(py_file)
        return None if folder is None else cls(folder, py_func.__code__.co_firstlineno)

    def ensure_cache_path(self) -> None:
        """Leave it to the first file that is kept there."""

    def get_cache_path(self) -> str:
        """The folder."""
        return self.folder

    def get_source_stamp(self) -> str:
        """Nothing more than the folder's name says."""
        return ""

    def get_disambiguator(self) -> str:
        """Tells rules of one name in one file apart."""
        return str(self.line)


class Files(caching.CompileResultCacheImpl):  # type: ignore[misc]
    """What is kept of a compiled function."""

    _locator_classes = [ByContent, *caching.CompileResultCacheImpl._locator_classes]  # noqa: RUF012
    library: type[Part] | type[Whole]

    def reduce(self, made: Any) -> Any:
        """To be written."""
        made.fndesc.typemap = made.fndesc.calltypes = None
        environments = tuple(made._find_referenced_environments())
        code = made.library.code()
        return code, made.fndesc, made.environment, made.signature, made.reload_init, environments

    def rebuild(self, target_context: Any, payload: Any) -> Any:
        """From what was written."""
        code, fndesc, environment, signature, reload_init, environments = payload
        for again in reload_init:
            again()
        generator = target_context.codegen()
        library = self.library.kept(generator, fndesc, code)
        entry_point = target_context.get_executable(library, fndesc, environment)
        for referenced in environments:
            library.codegen.set_env(referenced.env_name, referenced)
        known = {
            "target_context": target_context,
            "typing_context": target_context.typing_context,
            "library": library,
            "environment": environment,
            "entry_point": entry_point,
            "fndesc": fndesc,
            "signature": signature,
            "objectmode": False,
            "lifted": (),
            "reload_init": reload_init,
            "referenced_envs": environments,
        }
        return compiler.CompileResult(**(dict.fromkeys(compiler.CR_FIELDS) | known))


class PartFiles(Files):
    """What is kept of a part."""

    library = Part


class EntryFiles(Files):
    """What is kept of an entry, under names of its own."""

    library = Whole

    def get_filename_base(self, fullname: str, abiflags: str) -> str:
        """How the names of its files begin."""
        return "entry-" + str(super().get_filename_base(fullname, abiflags))


class Shelf:
    """The compiled functions of a rule on disk: a file for each list of types of its arguments.

    Numba would keep a list of them in a file of its own, which two processes that write at once
    can leave naming each other's code, and would load whatever stands in its files.
    """

    def __init__(self, impl: Any) -> None:
        self.place = impl.locator.get_cache_path()
        self.base = impl.filename_base
        self.stamp = impl.locator.get_source_stamp()

    def name_of(self, key: Any) -> str:
        """The file of a function, by its types, the processor and its code."""
        return f"{self.base}.{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.nbc"

    def load(self, key: Any) -> Any:
        """What was kept of a function; None if nothing was, or it is not what was written."""
        kept = compilecache.read(self.place, self.name_of(key))
        if kept is None:
            return None
        stamp, known, made = pickle.loads(kept)
        return made if (stamp, known) == (self.stamp, key) else None

    def save(self, key: Any, made: Any) -> None:
        """Keep a function."""
        kept = serialize.dumps((self.stamp, key, made))
        compilecache.keep(self.place, self.name_of(key), kept)


class RuleCache(caching.FunctionCache):  # type: ignore[misc]
    """The compiled functions of a rule, none of which is loaded unless its file is whole."""

    def __init__(self, py_func: Any) -> None:
        super().__init__(py_func)
        self._cache_file = Shelf(self._impl)


class PartCache(RuleCache):
    """The parts of a rule on disk."""

    _impl_class = PartFiles


class EntryCache(RuleCache):
    """The entries of a rule on disk."""

    _impl_class = EntryFiles

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load machine code without all that numba can compile: a third of a second."""
        runtime.rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


class EntryCompiler(dispatcher._FunctionCompiler):  # type: ignore[misc]
    """Makes an entry of the part of a rule."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(
            rule.py_func, rule.targetdescr, rule.targetoptions, {}, compiler.CompilerBase
        )
        self.rule = rule

    def _compile_core(self, args: Any, return_type: Any) -> Any:
        self.rule.compile(tuple(args))
        part: Any = self.rule.overloads[tuple(args)]
        fndesc = copy.copy(part.fndesc)
        fndesc.env_name += ENTRY
        environment = Environment.from_fndesc(fndesc)
        context = self.context()
        whole = self.wrapped(context, part, fndesc, environment)
        whole.finalize()
        entry_point = context.get_executable(whole, fndesc, environment)
        made = {"fndesc": fndesc, "environment": environment, "entry_point": entry_point}
        return part._replace(target_context=context, library=whole, metadata={}, **made)

    def wrapped(self, context: Any, part: Any, fndesc: Any, environment: Any) -> Whole:
        """A part with what takes its arguments from Python and gives back its result."""
        whole = Whole(context.codegen(), part.library.name)
        whole.enable_object_caching()
        whole.add_linking_library(part.library)
        without_gil = self.rule.targetoptions.get("nogil", False)
        context.create_cpython_wrapper(whole, fndesc, environment, None, without_gil)
        return whole

    def context(self) -> Any:
        """What numba compiles the rule in.

        A part from disk comes with numba's bare context, which counts no references and so has
        no array to give to Python.
        """
        flags = compiler.Flags()
        self.targetdescr.options.parse_as_flags(flags, self.targetoptions)
        return compiler._make_subtarget(self.targetdescr.target_context, flags)


class Entry(CPUDispatcher):
    """A rule as Python calls it."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule.py_func, targetoptions=rule.targetoptions)
        self._compiler = EntryCompiler(rule)

    def enable_caching(self) -> None:
        """Keep it on disk."""
        self._cache = EntryCache(self.py_func)


class Rule(CPUDispatcher):
    """A compiled rule: a part to other rules, an entry to Python."""

    def __init__(
        self,
        py_func: Any,
        locals: dict[str, Any] | None = None,  # noqa: A002  (numba's name)
        targetoptions: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(py_func, locals, targetoptions, PartCompiler)

    def enable_caching(self) -> None:
        """Keep it on disk."""
        self._cache = PartCache(self.py_func)

    @cached_property
    def entry(self) -> Entry:
        """The rule as Python calls it, kept on disk as its parts are."""
        entry = Entry(self)
        if isinstance(self._cache, PartCache):
            entry.enable_caching()
        return entry

    def __call__(self, *args: Any) -> Any:
        """Run the rule; compile it first where that was not done."""
        return self.entry(*args)
