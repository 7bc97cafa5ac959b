"""`gpusim new`: a first model of one's own, from a few questions."""

from __future__ import annotations

import datetime as dt
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gpusim.cli.errors import WRONG_INPUT, guarded, say
from gpusim.cli.options import Traceback, table

if TYPE_CHECKING:
    from gpusim.scenario.starting.templates import Answers, Question, Template

OPEN = {"allow_extra_args": True, "ignore_unknown_options": True}
"""The questions of a template are options that only it knows."""


def new(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="What the model is called: NAME.toml is written.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--template", "-t", help="Default: asked, or contract.")
    ] = None,
    questions: Annotated[
        bool, typer.Option("--questions", help="List what is asked, and the options that answer.")
    ] = False,
    no_questions: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: what no option answers is as usual.")
    ] = False,
    show_traceback: Traceback = False,
) -> None:
    """Write a first model: a commented file from a few questions, or from options that answer."""
    with guarded(show_traceback=show_traceback):
        from gpusim.scenario.starting import templates

        given = _given(context.args)
        if questions:
            _list(kind)
            return
        if name is None:
            say("new: found no name; expected gpusim new NAME")
            raise typer.Exit(WRONG_INPUT)
        path = Path(name if name.endswith(".toml") else f"{name}.toml")
        asks = _at_a_terminal() and not no_questions
        if kind is None:
            kind = _chosen() if asks else "contract"
        of = templates.template(kind)
        _write(of, _answers(of, given, path, asks=asks), path)
        if not asks and not no_questions:
            say("nothing was asked, without a terminal: what no option answers is as usual")


def _at_a_terminal() -> bool:
    """Whether somebody can be asked; there may be no standard input at all."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _given(arguments: list[str]) -> dict[str, str]:
    """Options as they were typed: --NAME VALUE or --NAME=VALUE."""
    from gpusim.scenario import ScenarioError
    from gpusim.scenario.language.errors import Mistake

    given: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        option, sign, value = word.partition("=")
        if not option.startswith("--") or (not sign and not rest):
            raise ScenarioError([Mistake(word, 0, 0, "", "no answer", "--QUESTION ANSWER")])
        given[option[2:]] = value if sign else rest.pop(0)
    return given


def _list(kind: str | None) -> None:
    """The questions of a template, or of all."""
    from gpusim.scenario.starting import templates

    today = dt.date.today()
    for name in [kind] if kind else templates.names():
        of = templates.template(name)
        answers: Answers = {}
        rows = []
        for question in of.questions:
            default = templates.default_of(question, answers, today)
            answers[question.key] = templates.answered(question, default)
            rows.append((f"--{question.name}", default, question.ask))
        print(f"{of.name}: {of.title}")
        table(("option", "as usual", "question"), rows)
        print()


def _chosen() -> str:
    """The template that is chosen at the terminal."""
    from gpusim.scenario.starting import templates

    for name in templates.names():
        print(f"  {name}: {templates.template(name).title}")
    return str(typer.prompt("Template", default="contract"))


def _answers(of: Template, given: dict[str, str], path: Path, *, asks: bool) -> Answers:
    """An answer to each question: given, asked for, or as usual. path: of the model."""
    from gpusim.scenario.starting import templates

    for option in given:
        of.question(option)
    answers: Answers = {}
    for question in of.questions:
        typed = given.get(question.name)
        if typed is not None:
            answers[question.key] = templates.answered(question, typed)
            continue
        default = templates.default_of(question, answers, dt.date.today())
        if asks:
            _ask(of, answers, question, default, path)
        else:
            answers[question.key] = templates.answered(question, default)
    return answers


def _ask(of: Template, answers: Answers, question: Question, default: str, path: Path) -> None:
    """Put the answer to a question at the terminal beside those before it.

    It is asked again until it is one; what is unusual is said, and stands if it is said again.
    """
    from gpusim.cli.modelling.trying import remarks
    from gpusim.scenario import ScenarioError
    from gpusim.scenario.starting import templates

    told = None
    while True:
        typed = str(typer.prompt(question.ask, default=default))
        try:
            own = {**answers, question.key: templates.answered(question, typed)}
        except ScenarioError as error:
            print(error)
            continue
        wrong, unusual = remarks(of, own, question, path)
        for mistake in wrong:
            print(mistake)
        if not wrong and (typed == told or not unusual):
            answers |= own
            return
        for text in unusual:
            print(f"warning: {text}; Enter keeps it")
        if unusual:
            default = told = typed


def _write(of: Template, answers: Answers, path: Path) -> None:
    """Write the model, once it is known that it is in order; what is unusual in it is said."""
    from gpusim.cli.modelling.trying import tried
    from gpusim.scenario import ScenarioError, explained, source_rows
    from gpusim.scenario.checks.warnings import warnings_of
    from gpusim.scenario.language.errors import Mistake
    from gpusim.scenario.starting import placed

    text, mistakes, scenario = tried(of, answers, path)
    if mistakes or scenario is None:
        raise ScenarioError(placed.by_option(of, answers, mistakes, path.as_posix()))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        there = isinstance(error, FileExistsError)
        found = "a file of that name" if there else (error.strerror or "nothing").lower()
        raise ScenarioError(
            [Mistake(path.as_posix(), 0, 0, "", found, "a new name in a folder that is there")]
        ) from None
    count = explained(source_rows(scenario))
    lines = text.count("\n")
    for warning in warnings_of(scenario):
        print(f"warning: {warning}")
    print(f"{path}: {lines} lines, in order; {count.unexplained} figures in the file,")
    print(f"{count.sourced + count.assumed} from the catalogue and the base files, the rest usual")
    named = shlex.quote(str(path))
    follow = "units" if of.name == "unit" else "run"
    print(f"Go on with:\n  gpusim {follow} {named}\n  gpusim models show {named}")
