"""The command that changes rules finds what can be changed, and sees a change noticed or not."""

import ast
import subprocess
import sys

from tests.mutants.__main__ import equivalents, key, told
from tests.mutants.places import KINDS, ROOT, changes, modules, sample, source_of
from tests.mutants.trial import Outcome

RULE = '''
"""A rule."""

LATEST: int = 30

@kernel
def late(day: int, due: int, grace: int = 2) -> bool:
    """Whether a day is late: 3 of 2."""
    if min(day, LATEST) > due + grace:
        return True
    return s.tax[0].days == NONE
'''


def test_each_kind_of_change_is_found_where_it_can_matter():
    found = [(c.line, c.old.strip(), c.new.strip()) for c in changes("late", RULE)]
    assert found == [
        (4, "30", "29"),
        (4, "30", "31"),
        (7, "2", "1"),
        (7, "2", "3"),
        (9, "min", "max"),
        (9, "day", "(day + 1)"),
        (9, ">", ">="),
        (9, "due", "(due + 1)"),
        (9, "+", "-"),
        (10, "True", "False"),
        (11, "s.tax[0].days", "(s.tax[0].days + 1)"),
        (11, "==", "!="),
    ]


def test_a_sample_is_of_all_modules_and_each_change_is_a_program_of_as_many_lines():
    changed = {m for m in modules() if changes(m, source_of(m))}
    chosen = sample(2 * len(changed), seed=1)
    assert len(chosen) == 2 * len(changed)
    assert {c.kind for c in chosen} == set(KINDS)
    assert {c.module for c in chosen} == changed
    for change in chosen:
        source = source_of(change.module)
        made = change.made(source)
        assert made.count("\n") == source.count("\n")
        assert made != source
        ast.parse(made)


def test_what_is_said_to_be_equivalent_can_still_be_changed():
    named = equivalents()
    found = {key(c) for module, *_ in named for c in changes(module, source_of(module))}
    assert set(named) - found == set()


def test_a_sample_is_its_seed_alone():
    one, same, other = (sample(9, seed, only="loan_arithmetic") for seed in (2, 2, 3))
    assert one == same != other


def test_what_no_test_executes_and_what_none_sees_has_survived():
    change = sample(1, seed=1, only="equity")[0]
    unseen = Outcome(by="", why="", tried=0, could=0, seconds=0.0)
    assert told(change, unseen, 0)[1:] == ("survived", "no test executes it")
    seen = unseen._replace(tried=7, could=7)
    assert told(change, seen, 7)[1:] == ("survived", "7 tests see nothing")
    cut = told(change, seen._replace(tried=5), 5)
    assert cut.note == "5 tests see nothing, of the 7 that execute it"
    assert told(change, seen._replace(by="one"), 7).kind == "caught"


def test_the_command_says_which_test_catches_a_change(tmp_path):
    words = ("--only", "money", "--count", "1", "--tests", "gpusim/economics/core/money.py")
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutants", *words, "--kept", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    _, line, note, *_ = done.stdout.splitlines()
    assert line.startswith("caught ")
    assert " gpusim/economics/core/money.py:" in line
    assert "gpusim.economics.core.money.in_proportion: " in note
