"""Compile the rules before the first replication, together with whoever else needs them.

Compiling holds the interpreter, so a second core takes a second process. All processes that start
cold, a helper of each among them, share the work through the folder of compiled rules: who claims
a rule compiles it, once what it calls is compiled, and the others load it from there. A process
that dies loses its claims. What is left out here is compiled when it is first called.
"""

from __future__ import annotations

import dis
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gpusim.compiling import cache as compilecache
from gpusim.compiling.garbage import few_collections
from gpusim.economics.core.records import dtype_of
from gpusim.economics.core.state import LoanTerms
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.engines.batch import chunk
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world.draws import blank
from gpusim.world.spec_pointer import spec_to_pointer

if TYPE_CHECKING:
    from gpusim.scenario.lower import Book

COMPILED_BATCH: Final = "compiled-batch"
"""Noted in the compile cache once the batch engine is compiled."""
MODEL: Final = "single-site"
LONGEST: Final = 120.0
"""A claim this old is void, whoever holds it [s]."""
DIGITS: Final = 10
"""Of the number of a process at most."""
PAUSE: Final = 0.02
CALL: Final = 200
"""What any rule costs to compile, in bytes of its code."""
PROGRAM: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from gpusim.experiments.common.compile_schedule import help_out; help_out()"
)
HELPERS: Final[list[subprocess.Popen[bytes]]] = []
"""The process that helps this one, while there is one."""


class Rule(NamedTuple):
    """A compiled function, and what its turn depends on."""

    kernel: Any
    calls: frozenset[str]  # the rules it calls
    types: tuple[Any, ...] | None  # of its arguments, where its annotations tell them


@cache
def book() -> Book:
    """A small operator: the types of a State are those of any."""
    return lower(load(MODEL))


def rules() -> dict[str, Rule]:
    """All rules of a replication in the batch engine, by name."""
    known = types_of_annotations()
    found: dict[str, Rule] = {}
    todo = [chunk.play_chunk]
    while todo:
        kernel: Any = todo.pop()
        if name_of(kernel) in found:
            continue
        callees = list(called(kernel))
        notes = kernel.py_func.__annotations__
        told = [known.get(text) for name, text in notes.items() if name != "return"]
        types = None if None in told else tuple(told)
        found[name_of(kernel)] = Rule(kernel, frozenset(map(name_of, callees)), types)
        todo += callees
    return found


def types_of_annotations() -> dict[str, Any]:
    """Numba's type for what a rule's argument is annotated as."""
    import numba

    untyped: Any = numba
    types = untyped.types
    opened = book()
    pointers = {
        "State": to_pointer(opened.state),
        "World": world_to_pointer(blank(opened.spec)),
        "Spec": spec_to_pointer(opened.spec),
    }
    flat, grid = (types.Array(types.int64, axes, "C") for axes in (1, 2))
    columns = types.UniTuple(flat, len(opened.state))
    arrays = {"Flat": flat, "Grid": grid, "Columns": columns}
    arrays["LoanTerms"] = untyped.from_dtype(dtype_of(LoanTerms))
    numbers = {"int": types.int64, "float": types.float64, "bool": types.boolean}
    return numbers | arrays | {name: untyped.typeof(pointer) for name, pointer in pointers.items()}


def name_of(kernel: Any) -> str:
    """Module and name of a rule."""
    return f"{kernel.py_func.__module__}.{kernel.py_func.__qualname__}"


def called(kernel: Any) -> Iterator[Any]:
    """The rules that a rule names, by itself or through a module."""
    thing: Any = None
    for step in dis.get_instructions(kernel.py_func):
        if step.opname == "LOAD_GLOBAL":
            thing = kernel.py_func.__globals__.get(step.argval)
        elif isinstance(thing, ModuleType) and step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            thing = getattr(thing, step.argval, None)
        else:
            thing = None
        if hasattr(thing, "py_func") and hasattr(thing, "targetoptions"):
            yield thing


def in_order(found: dict[str, Rule]) -> list[str]:
    """Rules to compile ahead, those first that most work waits for.

    What a rule calls comes before it.
    """
    callers: dict[str, set[str]] = {name: set() for name in found}
    for name, rule in found.items():
        for callee in rule.calls:
            callers[callee].add(name)

    @cache
    def own(name: str) -> int:
        code = found[name].kernel.py_func.__code__.co_code
        along = (own(callee) for callee in found[name].calls if found[callee].types is None)
        return CALL + len(code) + sum(along)

    @cache
    def weight(name: str) -> int:
        return own(name) + max(map(weight, callers[name]), default=0)

    return sorted((n for n in found if found[n].types is not None), key=weight, reverse=True)


class Claims:
    """Who compiles what, told to other processes by files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.me = f"{os.getpid()}@{socket.gethostname()}"
        self.finished: set[str] = set()
        compilecache.make(str(folder))

    def is_done(self, name: str) -> bool:
        """Whether a rule is compiled and kept."""
        if name not in self.finished and (self.folder / f"{name}.done").exists():
            self.finished.add(name)
        return name in self.finished

    def take(self, name: str) -> bool:
        """Claim a rule, unless another living process has it."""
        path = self.folder / name
        try:
            with path.open("x") as file:
                file.write(self.me)
        except FileExistsError:
            return self.is_void(path) and self.take_over(path)
        return True

    def is_void(self, path: Path) -> bool:
        """Whether whoever claimed a rule is gone; of a claim that is not legible only age tells."""
        try:
            holder, age = path.read_bytes(), time.time() - path.stat().st_mtime
        except FileNotFoundError:
            return False
        process, _, host = holder.decode(errors="replace").partition("@")
        if age > LONGEST:
            return True
        is_ours = host == socket.gethostname() and process.isdecimal() and len(process) <= DIGITS
        return is_ours and not is_alive(int(process))

    def take_over(self, path: Path) -> bool:
        """Claim a rule that was claimed by a process that is gone."""
        path.unlink(missing_ok=True)
        return self.take(path.name)

    def done(self, name: str) -> None:
        """Tell that a rule is compiled."""
        (self.folder / f"{name}.done").touch()
        self.finished.add(name)


def is_alive(process: int) -> bool:
    """Whether a process of this machine runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def share() -> None:
    """Compile rules until none is left that nobody has claimed, and wait for those that are."""
    with few_collections():
        compile_shared(rules())


def help_out() -> None:
    """Share as a second process, which leaves it to the first to say what goes wrong."""
    compilecache.hush()
    with suppress(OSError):
        share()


def compile_shared(found: dict[str, Rule]) -> None:
    """Compile the rules that no other process has claimed."""
    left = in_order(found)
    ahead = frozenset(left)
    claims = Claims(compilecache.folder() / "claims")
    while left:
        left = [name for name in left if not claims.is_done(name)]
        for name in left:
            needed = found[name].calls & ahead
            if all(map(claims.is_done, needed)) and claims.take(name):
                found[name].kernel.compile(found[name].types)
                claims.done(name)
                break
        else:
            time.sleep(PAUSE)


def compile_rules() -> None:
    """Compile all rules if they are not, with a second process where there is a second core.

    Where claims cannot be written, what is left is compiled when it is first called.
    """
    if is_cold():
        with helped():
            try:
                share()
            except OSError as error:
                compilecache.say_unkept(error)


def is_cold() -> bool:
    """Whether rules are still to be compiled, and can be kept."""
    known = compilecache.knows(COMPILED_BATCH)
    return not known and compilecache.usable() == compilecache.folder()


@contextmanager
def helped() -> Iterator[None]:
    """A process that shares in the compiling, ended with the block; one at a time."""
    if HELPERS or (os.cpu_count() or 1) < 2 or not is_cold():
        yield
        return
    helper = subprocess.Popen([sys.executable, "-c", PROGRAM, json.dumps(sys.path)])
    HELPERS.append(helper)
    try:
        yield
    finally:
        HELPERS.remove(helper)
        helper.kill()
        helper.wait()
