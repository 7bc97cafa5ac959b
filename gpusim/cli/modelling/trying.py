"""What a first model would be told, with the answers so far and what is usual for the rest."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gpusim.scenario import Mistake, Scenario
    from gpusim.scenario.starting.templates import Answers, Question, Template


class Tried(NamedTuple):
    """A model as its answers make it, nothing written."""

    text: str
    mistakes: list[Mistake]
    scenario: Scenario | None  # None for its mistakes


def tried(of: Template, answers: Answers, path: Path) -> Tried:
    """The model of all answers, checked as a file of that path would be.

    Raises:
        ScenarioError: the path is none that a model may have.
    """
    from gpusim.scenario import ScenarioError
    from gpusim.scenario.load import checked
    from gpusim.scenario.lower import lower
    from gpusim.scenario.reading import own_files
    from gpusim.scenario.starting import templates

    text = templates.written(of, answers, path)
    with own_files.kept({path.as_posix(): text}):
        mistakes, scenario = checked(path.as_posix(), strict=False)
    if not mistakes and scenario is not None:
        try:
            lower(scenario)
        except ScenarioError as error:
            mistakes = list(error.mistakes)
    return Tried(text, mistakes, scenario)


def remarks(
    of: Template, answers: Answers, question: Question, path: Path
) -> tuple[list[Mistake], list[str]]:
    """What is wrong with the answer to one question, and what is unusual about it.

    answers: to it and to those before it; what comes later is taken as usual. Only what is said
    of the key at which the answer itself stands: the rest is said of the whole model.
    """
    from gpusim.scenario import ScenarioError
    from gpusim.scenario.checks.plausible import implausible
    from gpusim.scenario.language.errors import dotted
    from gpusim.scenario.starting import placed, templates

    whole = dict(answers)
    for later in of.questions:
        if later.key not in whole:
            default = templates.default_of(later, whole, dt.date.today())
            whole[later.key] = templates.answered(later, default)
    option, at = f"--{question.name}", placed.places(of, whole)
    try:
        found = tried(of, whole, path)
    except ScenarioError:
        return [], []
    wrong = [
        mistake
        for mistake in placed.by_option(of, whole, found.mistakes, path.as_posix())
        if (mistake.file, mistake.key) == (option, "")
    ]
    unusual = [
        text.replace(dotted(key), option, 1)
        for key, text in (implausible(found.scenario) if found.scenario is not None else ())
        if at.get(dotted(key)) == question.key
    ]
    return wrong, unusual
