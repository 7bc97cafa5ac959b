"""A user's own Python, FILE.py:NAME: strategies, metrics and shocks. Only what he types runs code.

What a folder names is data: where its work is done again, a name of Python in it is replaced by
what the user typed for it, or refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple


class OwnCodeError(Exception):
    """A user's own code that cannot be found, is not what it should be, or failed."""

    plain = True  # says it all without its type


class StrategyError(OwnCodeError):
    """A strategy that cannot be found, is not one, or failed: one message for the person."""


class MetricError(OwnCodeError):
    """A metric that cannot be found, is not one, or failed: one message for the person."""


class ShockError(OwnCodeError):
    """A shock that cannot be found, is not one, or failed: one message for the person."""


class Kind(NamedTuple):
    """What a user's own code can be."""

    name: str
    method: str  # that it has
    error: type[OwnCodeError]

    @property
    def hashes(self) -> str:
        """Entry of a manifest: the hash of the file of each, by its name."""
        return f"{self.name}_hashes"


STRATEGY: Final = Kind("strategy", "decide(view)", StrategyError)
METRIC: Final = Kind("metric", "compute(books)", MetricError)
SHOCK: Final = Kind("shock", "changes(model)", ShockError)
KINDS: Final = (STRATEGY, METRIC, SHOCK)


class Named(NamedTuple):
    """What the user types, FILE.py:NAME, where a folder names code that may run again."""

    strategies: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    shocks: tuple[str, ...] = ()

    def of(self, kind: Kind) -> tuple[str, ...]:
        """Those of a kind."""
        return dict(zip(KINDS, self, strict=True))[kind]


NOTHING: Final = Named()


def is_python(name: str | None) -> bool:
    """Whether something is named as FILE.py:NAME.

    >>> is_python("mine.py:Careful"), is_python("liquidity-first"), is_python(None)
    (True, False, False)
    """
    return name is not None and ".py:" in name


IN_A_TEXT: Final = re.compile(r"[^<>=\[\]]+?\.py:[^\W\d]\w*")
"""FILE.py:NAME in a condition, such as 'P[mine.py:RUNWAY@2027<12]>0.05'."""


def named_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Every FILE.py:NAME in what metrics and conditions are asked for by, each once.

    >>> named_in(["cash", "mine.py:RUNWAY@2027", "P[mine.py:RUNWAY<12]>0.05", "a/b.py:X:5%"])
    ('mine.py:RUNWAY', 'a/b.py:X')
    """
    found = (match[0].strip() for text in texts for match in IN_A_TEXT.finditer(text))
    return tuple(dict.fromkeys(found))


def called(text: str, names: Mapping[str, str]) -> str:
    """A text in which names stand for each FILE.py:NAME.

    >>> called("mine.py:RUNWAY@2027=0.5", {"mine.py:RUNWAY": "runway"})
    'runway@2027=0.5'
    """
    return IN_A_TEXT.sub(lambda match: names.get(match[0].strip(), match[0]), text)


_named: list[Mapping[Kind, Mapping[str, str]]] = []
"""What the user named where a folder names code, the innermost last."""


@contextlib.contextmanager
def only_named(named: Mapping[Kind, Mapping[str, str]]) -> Iterator[None]:
    """Run no code that a folder names but what the user named himself.

    named: what he typed, by the folder's name for it.
    """
    _named.append(named)
    try:
        yield
    finally:
        _named.pop()


def own_of(kind: Kind, name: str | None) -> str | None:
    """A user's own code as it may be loaded, FILE.py:NAME; None where it is not Python.

    Raises:
        OwnCodeError: a folder names it and the user did not.
    """
    if name is None or not is_python(name):
        return None
    if not _named:
        return name
    known = _named[-1].get(kind, {})
    if name not in known:
        raise kind.error(
            f"the folder names {name}, a Python {kind.name}; what a folder names is not run: "
            f"name the file yourself, --{kind.name} FILE.py:{name.rpartition(':')[2]}"
        )
    return known[name]


def hash_of(name: str, kind: Kind = STRATEGY) -> str:
    """The hash of the file of FILE.py:NAME, 64 hex digits.

    Raises:
        OwnCodeError: there is no such file.
    """
    return hashlib.sha256(_file(name, kind).read_bytes()).hexdigest()


def _file(name: str, kind: Kind) -> Path:
    path = Path(name.rpartition(":")[0])
    if not path.is_file():
        raise kind.error(f"{path}: no such file; expected FILE.py:NAME")
    return path


def load(kind: Kind, own: str) -> Any:
    """Import FILE.py:NAME: an object with the method of its kind, or a class of such objects.

    Raises:
        OwnCodeError: no such file or name, an error in the file, or no such method.
    """
    path, name = _file(own, kind), own.rpartition(":")[2]
    module_name = f"gpusim_{kind.name}_{path.stem}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise kind.error(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    with failing(kind, str(path)):
        spec.loader.exec_module(module)
    found: Any = getattr(module, name, None)
    if found is None:
        known = ", ".join(n for n in vars(module) if not n.startswith("_"))
        raise kind.error(f"{path}: no {name} in it; it has {known or 'no name that can be meant'}")
    with failing(kind, f"{path}: {name}()"):
        made = found() if isinstance(found, type) else found
    if not callable(getattr(made, kind.method.partition("(")[0], None)):
        raise kind.error(f"{path}: {name} has no {kind.method}")
    return made


@contextlib.contextmanager
def failing(kind: Kind, where: str) -> Iterator[None]:
    """Tell what a user's code raises as its own fault.

    Raises:
        OwnCodeError: it raised something.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        raise kind.error(f"{where}: {type(error).__name__}: {error}") from error
