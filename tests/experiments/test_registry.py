"""Every experiment that keeps its work is in every list: none is written by hand."""

from __future__ import annotations

import dataclasses
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import gpusim
from gpusim.api import folders
from gpusim.api.result import Result
from gpusim.cli.app import app, command_of, commands
from gpusim.experiments.run.declaration import Answer, OwnFolder
from gpusim.experiments.saved import registry
from gpusim.reports import report
from tests.fuzz.folders import MADE

ROOT = Path(__file__).parents[2]
NAMES = registry.names()
KEEP_NO_FOLDER = {"bridge", "backtest", "explain"}
"""Questions without a folder of tables: a bridge is printed, a backtest is a JSON file."""


def test_every_question_is_declared_or_keeps_no_folder():
    rooms = {path.parent.name for path in (ROOT / "gpusim/experiments").glob("*/__init__.py")}
    assert rooms - {"common", "saved"} == set(NAMES) | KEEP_NO_FOLDER
    assert NAMES[0] == "run"


@pytest.mark.parametrize("name", NAMES)
def test_an_experiment_goes_by_the_name_of_its_folder(name):
    own = registry.experiment(name)
    assert own.name == name
    assert own.noun
    assert own.compared, "`runs diff` has nothing to compare"
    assert dataclasses.is_dataclass(own.request)


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_can_be_asked_again_from_its_manifest(name):
    own = registry.experiment(name)
    if isinstance(own.keeps, OwnFolder):
        assert own.keeps.repeat
        return
    assert isinstance(own.keeps, Answer)
    fields = {field.name: field for field in dataclasses.fields(own.request)}
    assert {"seed", "workers"} <= set(fields)
    plain = {"int", "float", "str", "bool", "int | None", "float | None", "str | None"}
    assert {str(field.type) for field in fields.values()} <= plain | {"tuple[str, ...]"}


@pytest.mark.parametrize("name", NAMES)
def test_an_experiment_has_a_page_a_command_and_a_folder_that_opens(name):
    page = report.page_module(name)
    for part in ("title", "answer", "figures"):
        assert list(inspect.signature(getattr(page, part)).parameters) == ["run"]
    assert name in commands()
    assert command_of(name).__name__ == name
    opened = folders.KINDS.get(name, Result)
    assert opened is Result or opened.kind == name
    assert opened.__name__ in gpusim.__all__


def test_the_commands_of_the_help_are_those_there_are():
    told = [own.callback.__name__ for own in app.registered_commands if own.callback]
    assert told == list(commands())


def test_messages_and_tests_name_every_kind():
    assert registry.listed() in import_module("gpusim.cli.folders.report").ANY_HELP
    assert {words[0] for words in MADE.values()} == set(NAMES), (
        "tests/fuzz/folders.py changes a folder of every kind"
    )


def test_a_name_that_is_none_is_refused():
    with pytest.raises(KeyError):
        registry.experiment("common")
    with pytest.raises(KeyError):
        registry.experiment("../run")
