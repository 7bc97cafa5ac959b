"""What compiled rules may not contain, read from their source.

Numba accepts all of it; each item either differs between machines or engines, hides an
allocation, or lets a rule keep something outside State.
"""

import ast
from pathlib import Path

import pytest

from gpusim.compiling.cache import hashed_sources

ROOT = Path(__file__).parents[2]
REDUCTIONS = {"sum", "mean", "dot", "std", "var", "prod", "matmul"}
ALLOCATIONS = {"zeros", "empty", "ones", "full", "arange", "array", "copy"}
INEXACT = {"exp", "log", "log2", "log10", "log1p", "expm1", "pow", "power", "random"}
OPTIONS = {"fastmath", "parallel"}
BANNED_SYNTAX = (
    ast.Dict,
    ast.DictComp,
    ast.Set,
    ast.SetComp,
    ast.Try,
    ast.Global,
    ast.Nonlocal,
    ast.ClassDef,
    ast.MatMult,
)


def decorators(function: ast.FunctionDef) -> set[str]:
    calls = [d.func if isinstance(d, ast.Call) else d for d in function.decorator_list]
    return {d.attr if isinstance(d, ast.Attribute) else d.id for d in calls}


def kernels(source: str) -> list[ast.FunctionDef]:
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
    return [f for f in functions if decorators(f) & {"kernel", "inlined", "njit", "jit"}]


def called(node: ast.AST) -> str | None:
    """The name after the dot of a call such as np.sum(...) or x.sum(...)."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr
    return None


def faults(function: ast.FunctionDef, *, exact: bool) -> list[str]:
    """Banned things in a kernel, as `line: what`."""
    found = []
    for node in ast.walk(function):
        line = getattr(node, "lineno", function.lineno)
        if isinstance(node, BANNED_SYNTAX):
            found.append(f"{line}: {type(node).__name__}")
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Pow):
            found.append(f"{line}: **")
        if isinstance(node, ast.keyword) and node.arg in OPTIONS:
            found.append(f"{line}: {node.arg}")
        if called(node) in REDUCTIONS or (exact and called(node) in INEXACT):
            found.append(f"{line}: {called(node)}")
        if isinstance(node, ast.For | ast.While):
            inner = [called(child) for child in ast.walk(node)]
            found += [f"{line}: {name} in a loop" for name in inner if name in ALLOCATIONS]
    return found


def sources(ring: str) -> list[Path]:
    return sorted((ROOT / "gpusim" / ring).rglob("*.py"))


@pytest.mark.parametrize("path", sources("economics") + sources("engines"), ids=lambda p: p.name)
def test_kernels_of_rules_and_engines_are_exact_and_keep_nothing(path: Path):
    found = {f.name: faults(f, exact=True) for f in kernels(path.read_text())}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("path", sources("world"), ids=lambda p: p.name)
def test_other_kernels_differ_only_in_transcendental_functions(path: Path):
    found = {f.name: faults(f, exact=False) for f in kernels(path.read_text())}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("path", sources("economics") + sources("engines"), ids=lambda p: p.name)
def test_rules_and_engines_compile_only_through_kernel(path: Path):
    direct = [
        f.name for f in kernels(path.read_text()) if not decorators(f) & {"kernel", "inlined"}
    ]
    assert direct == []


def test_what_is_compiled_is_hashed_and_so_is_what_it_is_made_of():
    """Else old machine code would be used after a change. Units alone come from elsewhere."""
    package = ROOT / "gpusim"
    hashed = set(hashed_sources())
    compiled = {path for path in package.rglob("*.py") if kernels(path.read_text())}
    assert len(compiled) > 50
    assert compiled <= hashed
    elsewhere = set()
    for path in compiled:
        for node in ast.parse(path.read_text()).body:
            name = node.module if isinstance(node, ast.ImportFrom) and node.module else ""
            if name.startswith("gpusim."):
                made = ROOT / name.replace(".", "/")
                files = {made.with_suffix(".py"), made / "__init__.py"}
                elsewhere |= set() if files & hashed else {name}
    assert elsewhere == {"gpusim.units_of_measure"}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("return np.sum(x)", "sum"),
        ("return x.mean()", "mean"),
        ("return x ** 2", "**"),
        ("x **= 2", "**"),
        ("return {1: x}", "Dict"),
        ("return {1, 2}", "Set"),
        ("global y", "Global"),
        ("return math.exp(x)", "exp"),
        ("for i in range(3):\n        z = np.zeros(i)", "zeros in a loop"),
        ("try:\n        pass\n    except ValueError:\n        pass", "Try"),
    ],
)
def test_each_banned_thing_is_seen(body: str, fault: str):
    (function,) = kernels(f"@kernel\ndef rule(x):\n    {body}\n")
    assert [found.split(": ")[1] for found in faults(function, exact=True)] == [fault]


def test_only_the_batch_engine_compiles_an_agenda():
    """The readable engine and what is told of it stay plain Python: what they compiled would be a
    rule of their own."""
    plain = sources("engines/process") + sources("engines/story")
    compiled = [f.name for path in plain for f in kernels(path.read_text())]
    assert compiled == []
    assert [f.name for path in sources("engines/batch") for f in kernels(path.read_text())]


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_banned_options_are_seen(option: str):
    (function,) = kernels(f"@njit({option}=True)\ndef rule(x):\n    return x\n")
    assert [found.split(": ")[1] for found in faults(function, exact=True)] == [option]
