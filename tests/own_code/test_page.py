"""docs/own_code.md: its examples are short, and do what the page says, command by command."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cases.reading import gpusim

PAGE = (Path(__file__).parents[2] / "docs/own_code.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
FILES = {match[1]: block for block in BLOCKS if (match := re.match(r"# (\w+\.py)\n", block))}
PROGRAMS = [block for block in BLOCKS if block not in FILES.values()]
COMMANDS = re.findall(r"^    gpusim (.+)$", PAGE, re.MULTILINE)
MOST_LINES = 20


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with the files of the page, in which the reader stands."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_there_is_a_short_example_of_each():
    assert sorted(FILES) == ["careful.py", "largest_late.py", "runway.py"]
    assert all(len(text.splitlines()) <= MOST_LINES for text in FILES.values())
    methods = {"careful.py": "decide(", "runway.py": "compute(", "largest_late.py": "changes("}
    assert all(f"def {method}self" in FILES[name] for name, method in methods.items())


def test_every_command_of_the_page_works(place):
    names = {words.split()[0] for words in COMMANDS}
    assert names >= {"run", "compare", "sweep", "solve", "sensitivity", "bridge", "models", "runs"}
    for words in COMMANDS:
        done = gpusim(*shlex.split(words), *(("-q",) if "-q" in quiet(words) else ()))
        assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr)


def quiet(words):
    """Options that keep a command quiet, if it has such."""
    talks = ("run ", "compare", "sweep", "solve", "sensitivity", "bridge", "runs verify", "report")
    return ["-q"] if words.startswith(talks) else []


def test_the_python_of_the_page_works(place, capsys):
    (program,) = PROGRAMS
    exec(compile(program, "page", "exec"), {"__name__": "page"})
    told = capsys.readouterr().out
    assert "months" in told
    assert told.strip().endswith("True")
