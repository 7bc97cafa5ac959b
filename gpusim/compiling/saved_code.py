"""How unlinked and linked libraries are written to disk and read."""

from __future__ import annotations

import hashlib
import pickle
from typing import Any

from gpusim.compiling import cache as compilecache
from gpusim.compiling.libraries import LinkedLibrary, UnlinkedLibrary
from gpusim.compiling.numba_inside import caching, compiler, runtime, serialize


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
    library: type[UnlinkedLibrary] | type[LinkedLibrary]

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
        library = self.library.from_saved(generator, fndesc, code)
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


class UnlinkedFiles(Files):
    """What is kept of an unlinked library."""

    library = UnlinkedLibrary


class EntryFiles(Files):
    """What is kept of an entry, under names of its own."""

    library = LinkedLibrary

    def get_filename_base(self, fullname: str, abiflags: str) -> str:
        """How the names of its files begin."""
        return "entry-" + str(super().get_filename_base(fullname, abiflags))


class RuleStore:
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
        self._cache_file = RuleStore(self._impl)


class UnlinkedCache(RuleCache):
    """The unlinked libraries of a rule on disk."""

    _impl_class = UnlinkedFiles


class EntryCache(RuleCache):
    """The entries of a rule on disk."""

    _impl_class = EntryFiles

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load machine code without all that numba can compile: a third of a second."""
        runtime.rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)
