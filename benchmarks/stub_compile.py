"""Compile time of the rules, and the cost of calling one: State as a tuple and as a handle.

Each way is measured in a process of its own with an empty compile cache. Every rule of the form
(State, World, row, day), and the two others an engine calls, is compiled for that way of passing
State; what a rule calls is compiled with it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from typing import Any, get_type_hints

from measure import show

WAYS = ("tuple", "handle")
CALLS = 200_000


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(measured(sys.argv[1])))
        return
    found = {way: in_fresh_process(way) for way in WAYS}
    for way, figures in found.items():
        show(f"State as a {way}: compile all rules", figures["seconds"], "s")
        per_line = 1000 * figures["seconds"] / figures["lines"]
        show(f"State as a {way}: compile a line", per_line, "ms")
        show(f"State as a {way}: call a rule", figures["call_us"], "us")
    first, second = (found[way] for way in WAYS)
    show("rules compiled by name", first["rules"], "")
    show("lines of all compiled functions", first["lines"], "")
    show("compile time, tuple over handle", first["seconds"] / second["seconds"], "times")
    show("call, tuple over handle", first["call_us"] / second["call_us"], "times")


def in_fresh_process(way: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as cache:
        env = os.environ | {"XDG_CACHE_HOME": cache}
        done = subprocess.run(
            [sys.executable, __file__, way], env=env, capture_output=True, text=True, check=False
        )
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def measured(way: str) -> dict[str, float]:
    """Seconds to compile, rules, lines, microseconds a call; in this process."""
    import numba

    from gpusim.economics import facilities
    from gpusim.economics.handle import pack_state, pack_world
    from gpusim.scenario import load
    from gpusim.scenario.lower import lower
    from gpusim.world import draw

    book = lower(load("single-site"))
    s, w = book.state, draw(book.spec, 1, 0)
    functions = list(kernels())
    began = time.process_time()
    if way == "handle":
        s, w = pack_state(s), pack_world(w)
    types = {"State": numba.typeof(s), "World": numba.typeof(w), "int": numba.int64}
    rules = [(f, kinds) for f in functions if (kinds := called_with(f))]
    for function, kinds in rules:
        function.compile(tuple(types[kind] for kind in kinds))
    seconds = time.process_time() - began
    facilities.lapse(s, w, 0, 0)
    began = time.process_time()
    for _ in range(CALLS):
        facilities.lapse(s, w, 0, 0)
    call = (time.process_time() - began) / CALLS
    return {
        "seconds": seconds,
        "rules": len(rules),
        "lines": sum(map(lines_of, functions)),
        "call_us": 1e6 * call,
    }


def kernels() -> Iterator[Any]:
    """Every compiled function of the economics, once."""
    package = importlib.import_module("gpusim.economics")
    for entry in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"gpusim.economics.{entry.name}")
        for value in vars(module).values():
            if getattr(getattr(value, "py_func", None), "__module__", "") == module.__name__:
                yield value


def called_with(function: Any) -> list[str]:
    """Types of a rule's arguments if an engine may call it, else nothing."""
    hints = get_type_hints(function.py_func)
    hints.pop("return", None)
    kinds = [hint.__name__ for hint in hints.values() if hasattr(hint, "__name__")]
    engine_rule = kinds in (["State", "World", "int", "int"], ["State", "World"], ["State", "int"])
    return kinds if engine_rule and len(kinds) == len(hints) else []


def lines_of(function: Any) -> int:
    """Lines of code, the docstring left out."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function.py_func))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    return 1 + body[-1].end_lineno - body[0].lineno + 1 if body else 1


if __name__ == "__main__":
    main()
