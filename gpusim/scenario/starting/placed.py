"""Which question of a template a key of its model answers to, so that mistakes name the option."""

from __future__ import annotations

import ast
import string
import tomllib
from collections.abc import Iterable, Iterator
from typing import Final

from gpusim.scenario.language.errors import Mistake, dotted
from gpusim.scenario.reading.tree import Tree, paths_of
from gpusim.scenario.starting.templates import CATALOGUED, Answers, Template

MARK: Final = "="
"""What a name begins with where it stands for its value; no value of a template does."""


def places(of: Template, answers: Answers) -> dict[str, str]:
    """The name of the answer or formula that stands at a key, by its dotted path."""
    told = {key: f'"{MARK}{key}"' for key in [q.key for q in of.questions] + list(of.derived)}
    told |= {q.key: str(answers[q.key]) for q in of.questions if q.kind in CATALOGUED}
    told |= {"title": "", "quoted": '""', "file": "", "catalogue": "", "capex": ""}
    tree = Tree(tomllib.loads(string.Template(of.body).substitute(told)))
    found = {dotted(path): tree.get(path) for path in paths_of(tree.values)}
    return {
        key: value.removeprefix(MARK)
        for key, value in found.items()
        if isinstance(value, str) and value.startswith(MARK)
    }


def rests_on(of: Template, name: str) -> list[str]:
    """The options of the questions that an answer or a formula rests on, in their order."""
    used = {name}
    for derived, formula in reversed(list(of.derived.items())):
        if derived in used:
            nodes = ast.walk(ast.parse(formula, mode="eval"))
            used |= {node.id for node in nodes if isinstance(node, ast.Name)}
    return [f"--{question.name}" for question in of.questions if question.key in used]


def by_option(
    of: Template, answers: Answers, mistakes: Iterable[Mistake], file: str
) -> Iterator[Mistake]:
    """Mistakes of a model that is not written, where they can be mended: at its options.

    What follows from an answer that is wrong itself is left out. file: what it would be called.
    """
    at, keys = places(of, answers), {question.key for question in of.questions}
    every = list(mistakes)
    direct = [m for m in every if at.get(m.key) in keys]
    wrong = {rests_on(of, at[m.key])[0] for m in direct}
    for mistake in direct:
        (option,) = rests_on(of, at[mistake.key])
        yield mistake._replace(file=option, line=0, column=0, key="")
    for mistake in every:
        name = at.get(mistake.key)
        options = rests_on(of, name) if name else []
        if name in keys or wrong.intersection(options):
            continue
        where = ", ".join(options) or f"{file}, not written"
        yield mistake._replace(file=where, line=0, column=0)
