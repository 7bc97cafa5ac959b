"""One TOML file as a tree: bounded before it is parsed, each value with its line."""

from __future__ import annotations

import tomllib
from functools import cache
from itertools import islice
from pathlib import Path

from gpusim.scenario.language.errors import Mistake, ScenarioError
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.language.limits import MISTAKES
from gpusim.scenario.reading import bundled, own_files
from gpusim.scenario.reading.plain_text import unfit
from gpusim.scenario.reading.slips.find import AT, slips
from gpusim.scenario.reading.toml.locate import locate
from gpusim.scenario.reading.toml.nesting import excess
from gpusim.scenario.reading.tree import Origin, Tree


def read_file(path: Path) -> Tree:
    """One TOML file with the line of each key. Many models extend the bundled ones: parsed once.

    Raises: ScenarioError on bad syntax, and for what no input may hold.
    """
    where, text = bundled.shown_path(path), own_files.read(path)
    if own_files.is_bundled(path):
        return _bundled(where, text).copy()
    tree = _parsed(where, text)
    tree.texts = {path.as_posix(): text}
    return tree


def _parsed(where: str, text: str) -> Tree:
    if more := excess(text):
        raise ScenarioError([Mistake(where, more.line, more.column, "", more.found, more.expected)])
    try:
        values = tomllib.loads(text)
    except ValueError as error:
        raise _bad_syntax(where, text, str(error)) from None
    origins: dict[KeyPath, Origin] = {(): Origin(where, 1, 1)}
    for key, (line, column) in locate(text).items():
        origins[key] = Origin(where, line, column)
    tree = Tree(values, origins)
    if wrong := [tree.mistake(problem) for problem in islice(unfit(values), MISTAKES.most)]:
        raise ScenarioError(wrong)
    return tree


_bundled = cache(_parsed)


def _bad_syntax(where: str, text: str, message: str) -> ScenarioError:
    """What is told of a text that is no TOML: what was meant, where that is known."""
    if found := slips(text, message):
        lines = [(text.count("\n", 0, own.start) + 1, own) for own in found]
        return ScenarioError(
            Mistake(
                where,
                line,
                own.start - text.rfind("\n", 0, own.start),
                "",
                own.found,
                own.expected,
            )
            for line, own in lines
        )
    match = AT.fullmatch(message)
    line, column, what = text.count("\n") + 1, 1, message
    if match:
        what = match["what"]
        if match["line"]:
            line, column = int(match["line"]), int(match["column"])
    found_text = f"text that is no TOML ({what})"
    return ScenarioError([Mistake(where, line, column, "", found_text, "valid TOML")])
