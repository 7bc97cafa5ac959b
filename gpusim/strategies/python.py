"""A user's own strategy: FILE.py:NAME, a class without arguments or an object with `decide`."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gpusim.strategies.protocol import Strategy, StrategyError


def is_python(strategy: str | None) -> bool:
    """Whether a strategy is named as FILE.py:NAME.

    >>> is_python("mine.py:Careful"), is_python("liquidity-first"), is_python(None)
    (True, False, False)
    """
    return strategy is not None and ".py:" in strategy


_named: list[Mapping[str, str]] = []
"""What the user named where a folder names strategies, the innermost last."""


@contextlib.contextmanager
def only_named(named: Mapping[str, str]) -> Iterator[None]:
    """Run no strategy that a folder names but those that the user named himself.

    named: what he typed, by the folder's name for it.
    """
    _named.append(named)
    try:
        yield
    finally:
        _named.pop()


def own_of(strategy: str | None) -> str | None:
    """A user's own strategy as it may be loaded, FILE.py:NAME; None where it is not Python.

    Raises:
        StrategyError: a folder names it and the user did not.
    """
    if strategy is None or not is_python(strategy):
        return None
    if not _named:
        return strategy
    if strategy not in _named[-1]:
        raise StrategyError(
            f"the folder names {strategy}, a Python strategy; what a folder names is not run: "
            f"name the file yourself, --strategy FILE.py:{strategy.rpartition(':')[2]}"
        )
    return _named[-1][strategy]


def hash_of(strategy: str) -> str:
    """The hash of the file of FILE.py:NAME, 64 hex digits.

    Raises:
        StrategyError: there is no such file.
    """
    path = Path(strategy.rpartition(":")[0])
    if not path.is_file():
        raise StrategyError(f"{path}: no such file; expected FILE.py:NAME")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_strategy(strategy: str) -> Strategy:
    """Import a strategy by FILE.py:NAME.

    Raises:
        StrategyError: no such file or name, an error in the file, or no `decide`.
    """
    file, _, name = strategy.rpartition(":")
    path = Path(file)
    if not path.is_file():
        raise StrategyError(f"{file}: no such file; expected FILE.py:NAME")
    module_name = f"gpusim_strategy_{path.stem}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise StrategyError(f"{file}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise StrategyError(f"{file}: {type(error).__name__}: {error}") from error
    found: Any = getattr(module, name, None)
    if found is None:
        known = ", ".join(n for n in vars(module) if not n.startswith("_"))
        raise StrategyError(f"{file}: no {name} in it; it has {known}")
    try:
        made = found() if isinstance(found, type) else found
    except (Exception, SystemExit) as error:
        raise StrategyError(f"{file}: {name}(): {type(error).__name__}: {error}") from error
    if not callable(getattr(made, "decide", None)):
        raise StrategyError(f"{file}: {name} has no decide(view)")
    strategy_object: Strategy = made
    return strategy_object
