"""First models: a text with questions, whose answers fill it in.

A template is a file of `models/templates`: between two lines `+++` its title, its questions and
what follows from the answers, in TOML; below them the text of the model, `$name` for an answer.
A formula holds numbers, answers, + - * / and the functions below; `gpu.KEY` is a key of the
generation that was chosen, as the catalogue has it.
"""

from __future__ import annotations

import ast
import datetime as dt
import math
import operator
import re
import string
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from gpusim.scenario.language.errors import Mistake, ScenarioError, listed, nearest, shortened
from gpusim.scenario.language.fields import INNER, OUTER
from gpusim.scenario.reading import bundled, catalogue
from gpusim.scenario.reading.plain_text import hidden_in
from gpusim.scenario.render import toml_value
from gpusim.units_of_measure import add_months

FOLDER: Final = "templates"
SUFFIX: Final = ".template"
FENCE: Final = "+++\n"
MOST: Final = 10**12
"""Largest number of an answer."""
NAME: Final = re.compile(rf"{OUTER}(?:{INNER}*{OUTER})?")
NUMBER: Final = re.compile(
    r"(?:[1-9]\d{0,2}(?:(?:,\d{3})+|(?:_\d{3})+)(?:\.\d+)?"  # in groups of three
    r"|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)",
    re.ASCII,
)
"""A number as it may be typed: a comma is never that of a decimal."""
CATALOGUED: Final = catalogue.NOUNS
"""Kinds of a question whose answer is an entry of the catalogue."""
EXPECTED: Final = {
    "number": "a number from 0 on, such as 2.80 or 19,200",
    "whole": "a whole number above 0",
    "share": "a share, 0 to 1",
    "part": "a share above 0 and below 1",
    "date": "a date such as 2027-03-01",
    "quarter-end": "the last day of a quarter, such as 2026-09-30",
}


class Question(NamedTuple):
    """What a template asks."""

    name: str  # as an option, --NAME
    ask: str
    kind: str  # of EXPECTED, or a noun of the catalogue
    default: str  # an answer as typed, or a formula

    @property
    def key(self) -> str:
        """Its answer's name in formulas and in the text."""
        return self.name.replace("-", "_")


class Template(NamedTuple):
    """A first model with its questions."""

    name: str
    title: str
    questions: tuple[Question, ...]
    derived: Mapping[str, str]  # formula by name, in order
    body: str

    def question(self, name: str) -> Question:
        """The question of a name. Raises: ScenarioError with the nearest."""
        for question in self.questions:
            if question.name == name:
                return question
        names = [question.name for question in self.questions]
        expected = f"a question of {self.name}: {listed(names, 40)}"
        raise _wrong(f"--{name}", "no such question", expected, nearest(name, names))


Answers = dict[str, Any]
"""By the key of the question, typed; with those before it a formula is worked out."""


def names() -> list[str]:
    """Templates that there are."""
    return sorted(path.stem for path in (bundled.root() / FOLDER).glob(f"*{SUFFIX}"))


def template(name: str) -> Template:
    """A template by its name. Raises: ScenarioError with the nearest."""
    if name not in names():
        raise _wrong(
            "--template", shortened(name), f"one of {listed(names())}", nearest(name, names())
        )
    text = (bundled.root() / FOLDER / f"{name}{SUFFIX}").read_text(encoding="utf-8")
    _, head, body = text.split(FENCE, 2)
    about = tomllib.loads(head)
    questions = tuple(
        Question(row["name"], row["ask"], row["kind"], row.get("default", ""))
        for row in about["question"]
    )
    return Template(name, about["title"], questions, about.get("derived", {}), body)


def default_of(question: Question, answers: Answers, today: dt.date) -> str:
    """The answer that stands where none is given, as it would be typed.

    answers: to the questions before it; today: the day on which it is asked.
    """
    if question.kind == "quarter-end":
        return _last_quarter_end(today).isoformat()
    if question.kind in CATALOGUED or not re.search(r"[A-Za-z_]", question.default):
        return question.default
    return _plain(_worth(question.default, answers))


def answered(question: Question, typed: str) -> Any:
    """An answer as it was typed, in its type. Raises: ScenarioError if it is none."""
    text = typed.strip()
    if question.kind in CATALOGUED:
        known = [name for noun, name in catalogue.version().entries() if noun == question.kind]
        if text not in known:
            near = nearest(text, known)
            raise _wrong(f"--{question.name}", shortened(text), f"one of {listed(known, 40)}", near)
        return text
    value = _parsed(question.kind, text)
    if value is None:
        raise _wrong(f"--{question.name}", shortened(text) or "nothing", EXPECTED[question.kind])
    return value


def written(of: Template, answers: Answers, file: Path) -> str:
    """The text of a model with all answers filled in.

    file: what it will be called, whose stem is its title.

    Raises:
        ScenarioError: the name is none that a model may have.
    """
    stem = file.stem
    if hidden_in(stem) or stem.startswith(".") or not NAME.fullmatch(stem):
        raise _wrong(shortened(file.name), "no name of a model", "letters, digits and hyphens")
    values = dict(answers)
    for name, formula in of.derived.items():
        values[name] = _worth(formula, values)
    told = {key: _plain(value) for key, value in values.items()}
    told |= {
        "title": f"{stem}: {of.title}",
        "quoted": toml_value(of.title[:1].upper() + of.title[1:]),
        "file": file.name,
        "catalogue": catalogue.version().version,
    }
    if "gpu" in answers:
        told["capex"] = _plain(_generation(answers)["capex_usd_per_gpu"])
    return string.Template(of.body).substitute(told)


def _parsed(kind: str, text: str) -> Any:
    """An answer of a kind; None if it is none."""
    try:
        if kind in ("date", "quarter-end"):
            date = dt.date.fromisoformat(text)
            ends = kind == "date" or date == _last_quarter_end(date + dt.timedelta(days=1))
            return date if ends and 1990 <= date.year <= 2100 else None
        if not NUMBER.fullmatch(text):
            return None
        value = float(text.replace(",", "").replace("_", ""))
    except ValueError:
        return None
    if not math.isfinite(value) or not 0 <= value <= MOST:
        return None
    if kind == "share":
        return value if value <= 1 else None
    if kind == "part":
        return value if 0 < value < 1 else None
    if kind == "whole":
        return int(value) if value.is_integer() and value > 0 else None
    return value


def _last_quarter_end(day: dt.date) -> dt.date:
    """The last quarter's end before a day.

    >>> _last_quarter_end(dt.date(2026, 12, 1)), _last_quarter_end(dt.date(2026, 10, 1))
    (datetime.date(2026, 9, 30), datetime.date(2026, 9, 30))
    """
    first = dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return first - dt.timedelta(days=1)


def _months(date: dt.date, months: float) -> dt.date:
    """The first of a month so many months after a date's; of a month's end after the next day's.

    >>> _months(dt.date(2026, 9, 30), 5), _months(dt.date(2027, 3, 1), -3)
    (datetime.date(2027, 3, 1), datetime.date(2026, 12, 1))
    """
    return add_months((date + dt.timedelta(days=1)).replace(day=1), int(months))


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "ceil": math.ceil,
    "round": round,
    "months": _months,
    "millions": lambda usd: math.ceil(usd / 1e6) * 1_000_000,
    "thousands": lambda usd: math.ceil(usd / 1e3) * 1_000,
}
SIGNS: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _worth(formula: str, answers: Answers) -> Any:
    """What a formula is worth."""
    return _node(ast.parse(formula, mode="eval").body, answers)


def _node(node: ast.expr, answers: Answers) -> Any:
    match node:
        case ast.Constant(value=value) if isinstance(value, int | float):
            return value
        case ast.Name(id=name):
            return answers[name]
        case ast.Attribute(value=ast.Name(id="gpu"), attr=key):
            return _generation(answers)[key]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_node(operand, answers)
        case ast.BinOp(left=left, op=sign, right=right):
            return SIGNS[type(sign)](_node(left, answers), _node(right, answers))
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name](*(_node(one, answers) for one in args))
    raise ValueError(f"a formula with {ast.dump(node)}")


def _generation(answers: Answers) -> dict[str, Any]:
    """The generation that was chosen, as the newest catalogue has it."""
    found: dict[str, Any] = catalogue.version().tree.get(("gpus", answers["gpu"]))
    return found


def _plain(value: Any) -> str:
    """A value as TOML has it, a number without the noise of its last bits.

    >>> _plain(0.1 + 0.2), _plain(8_000), _plain(1.5e8), _plain("GB200")
    ('0.3', '8_000', '150_000_000', 'GB200')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        value = float(f"{value:.10g}")
    return toml_value(value)


def _wrong(where: str, found: str, expected: str, near: str = "") -> ScenarioError:
    return ScenarioError([Mistake(where, 0, 0, "", found, expected, near)])
