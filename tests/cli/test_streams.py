"""Output that is closed, full or read no further, and the width of a screen, in a shell."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from tests.cases.reading import gpusim as in_process
from tests.cli.starting import ENVIRONMENT

RUN = "run single-site --reps 2 -q --set model.quarters=4 --out kept"
SCHEMA = "models schema"


def shell(line: str, cwd, **environment: str) -> subprocess.CompletedProcess[str]:
    """A line of a shell in which `gpusim` is the command."""
    own = f'gpusim() {{ {shlex.quote(sys.executable)} -m gpusim "$@"; }}\n'
    return subprocess.run(
        ["bash", "-c", own + line],
        cwd=cwd,
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [(RUN, 0), (f"{RUN} --fail-if 'P[shortfall]>=0'", 3), (SCHEMA, 0), ("new --questions", 0)],
)
def test_a_reader_that_goes_is_no_failure(words, code, tmp_path):
    """`true` reads nothing; it has gone long before anything is printed."""
    done = shell(f"gpusim {words} | true; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert done.returncode == code, done.stderr
    assert [line for line in done.stderr.splitlines() if not line.startswith("--fail-if")] == []
    assert (tmp_path / "kept").is_dir() == words.startswith("run")


@pytest.mark.parametrize(
    ("words", "kept"), [(RUN, "kept is whole"), (SCHEMA, "nothing was written")]
)
def test_a_full_disk_below_the_screen_is_told_as_that(words, kept, tmp_path):
    done = shell(f"gpusim {words} > /dev/full", tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["printing failed: No space left on device", kept]


def test_where_no_input_is_open_that_is_told(tmp_path):
    done = shell("gpusim run - <&-", tmp_path)
    assert done.returncode == 2
    assert "stdin: found no standard input; expected a model in TOML" in done.stderr


def test_where_no_output_is_open_nothing_is_printed_nor_written_elsewhere(tmp_path):
    done = shell(f"gpusim {RUN} >&-", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    again = shell("gpusim runs verify kept", tmp_path)
    assert again.returncode == 0, again.stdout


def test_columns_that_are_none_are_none_and_few_are_the_least(tmp_path):
    """In a pipe 100 columns where nothing is stated; 40 at least where something is."""
    screens = {}
    for columns in ("", "0", "1", "40", "-1", "\u00b2", "wide", "100"):
        done = shell(f"gpusim {RUN} && rm -r kept", tmp_path, COLUMNS=columns)
        assert (done.returncode, done.stderr) == (0, "")
        screens[columns] = done.stdout
    assert screens["0"] == screens["1"] == screens["40"] != screens["100"]
    assert screens[""] == screens["-1"] == screens["\u00b2"] == screens["wide"] == screens["100"]


@pytest.mark.parametrize("command", ["run", "compare", "sweep"])
def test_the_condition_in_the_help_is_one_that_is_taken(command, tmp_path):
    told = " ".join(in_process(command, "--help").stdout.replace("\u2502", " ").split())
    start = told.index("holds, as '") + len("holds, as '")
    condition = told[start : told.index("'", start)]
    done = in_process(*RUN.split()[:-1], str(tmp_path / "kept"), "--fail-if", condition)
    assert done.returncode in (0, 3), done.stderr
