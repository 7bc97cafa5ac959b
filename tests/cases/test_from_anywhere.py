"""What was run with relative names of files is played again from any folder."""

from __future__ import annotations

import shutil

import pytest

from tests.cases.reading import MODELS, gpusim

MINE = ("--strategy", "../begun/mine.py:Nothing")
REVENUE = "USD 12,720,000.00"
"""2027Q1 of `late-hall`: 78 days of 2,000 GPUs at 2.50 an hour, 50 of 1,000 at 2.80."""


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """A run of `firm.toml` with a strategy and a shock, all named from the folder it began in."""
    begun, other = tmp_path / "begun", tmp_path / "other"
    begun.mkdir()
    other.mkdir()
    shutil.copy(MODELS / "late-hall.toml", begun / "firm.toml")
    change = '[[change]]\npath = "tax.bonus_depreciation"\nset = 0.3\n'
    words = 'title = "Less at once"\nsource = "made up for a test"\nas_of = 2026-06-30\n\n'
    (begun / "less.toml").write_text(f"[shock]\n{words}{change}")
    (begun / "mine.py").write_text("class Nothing:\n    def decide(self, view):\n        pass\n")
    monkeypatch.chdir(begun)
    asked = ("--shock", "less.toml", "--strategy", "mine.py:Nothing", "--engine", "process")
    done = gpusim("run", "firm.toml", *asked, "--reps", "1", "-q", "--out", "runs/own")
    assert done.returncode == 0, done.stderr
    monkeypatch.chdir(other)
    return begun


def test_a_run_is_explained_told_and_repeated_from_another_folder(ran):
    run = "../begun/runs/own"
    told = gpusim("explain", run, "--line", "revenue", "--period", "2027Q1", *MINE)
    assert REVENUE in told.stdout
    assert gpusim("replay", run, *MINE).returncode == 0
    again = gpusim("runs", "verify", run, "-q", *MINE)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "16 of 16 files have the same bytes" in again.stdout


def test_a_model_of_that_name_in_the_other_folder_is_not_taken_for_it(ran):
    (ran.parent / "other" / "firm.toml").write_text("nothing that can be read")
    told = gpusim("explain", "../begun/runs/own", "--line", "revenue", "--period", "2027Q1", *MINE)
    assert REVENUE in told.stdout


def test_a_run_stands_for_itself_whatever_became_of_its_files(ran):
    model = ran / "firm.toml"
    model.write_text(model.read_text().replace("= 2.5\n", "= 2.6\n"))
    (ran / "less.toml").unlink()
    told = gpusim("explain", "../begun/runs/own", "--line", "revenue", "--period", "2027Q1", *MINE)
    assert REVENUE in told.stdout
    again = gpusim("runs", "verify", "../begun/runs/own", "-q", *MINE)
    assert again.returncode == 0, again.stdout + again.stderr
