"""Numba's libraries of code for a rule: unlinked without machine code, linked with it."""

from __future__ import annotations

from typing import Any

from gpusim.compiling.numba_inside import codegen, cpu_target, llvm, lookup_environment

ENVIRONMENT = "_ZN08NumbaEnv"
"""How the names of numba's environments begin: what a function needs of Python's objects."""


class WithoutCode:
    """Numba's code generator as an unlinked library shows it: it has no place for environments.

    The entry that links it sets them.
    """

    def __init__(self, generator: Any) -> None:
        self.generator = generator

    def __getattr__(self, name: str) -> Any:
        """What the generator has."""
        return getattr(self.generator, name)

    def set_env(self, name: str, environment: Any) -> None:
        """Leave it to the entry."""


class UnlinkedLibrary(codegen.JITCodeLibrary):  # type: ignore[misc]
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
    def from_saved(cls, generator: Any, fndesc: Any, code: bytes) -> UnlinkedLibrary:
        """An unlinked library as it was kept."""
        unlinked = cls(generator, fndesc.qualname)
        unlinked._final_module = unlinked._shared_module = llvm.parse_bitcode(code)
        unlinked._finalized = True
        return unlinked


class LinkedLibrary(codegen.JITCodeLibrary):  # type: ignore[misc]
    """The machine code of an entry."""

    def _optimize_final_module(self) -> None:
        """Optimise once: numba's first round is for reference counts, and rules have hardly any."""
        passes, builder = self._codegen._module_pass_manager()
        passes.run(self._final_module, builder)

    def _finalize_specific(self) -> None:
        """Make the code usable, and set the environments of all that is linked."""
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
    def from_saved(
        cls, generator: Any, fndesc: Any, code: tuple[bytes, tuple[str, ...]]
    ) -> LinkedLibrary:
        """Machine code as it was kept. Names that only a module of numba knows have it imported."""
        machine_code, outside = code
        own = generator._engine.is_symbol_defined
        if not all(own(name) or llvm.address_of_symbol(name) for name in outside):
            cpu_target.target_context.refresh()
        linked = cls(generator, fndesc.qualname)
        linked.enable_object_caching()
        linked._set_compiled_object(machine_code)
        linked._finalize_final_module()
        generator._engine._defined_symbols.add(fndesc.llvm_cpython_wrapper_name)
        return linked
