"""What a model, a name or a folder has wrong is said before anything is run, by the right name."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from gpusim.scenario import load, schema
from gpusim.scenario.checks.warnings import warnings_of
from tests.cases.reading import MODELS, gpusim

LATE = "contracts.first.prepayment.due=2028-11-16"
"""The day on which the contract's 24 months from 16 November 2026 are over."""


def test_a_prepayment_due_after_its_contract_is_said() -> None:
    model = str(MODELS / "late-hall.toml")
    (said,) = [w for w in warnings_of(load(model, sets=(LATE,))) if "prepayment of first" in w]
    assert "is due on 2028-11-16, and its last planned term ends before 2028-11-16" in said
    before = LATE.replace("11-16", "11-15")
    assert not [w for w in warnings_of(load(model, sets=(before,))) if "prepayment" in w]


def test_warnings_that_differ_in_names_and_figures_alone_are_one(tmp_path) -> None:
    """Of a book of hundreds a line a kind; of a few, and of another kind, each is told."""

    def told(contracts: int) -> list[str]:
        rows = "".join(
            f"c{n},{2 + n / 100},24,ddtl,{0.8 if n else 0.7},{100 + n},2027-03-01\n"
            for n in range(contracts + 1)
        )
        heads = "name,price_usd_per_gpu_hour,term_months,facility,loan_share,tranches.gpus,"
        (tmp_path / "book.csv").write_text(f"{heads}tranches.start\n{rows}")
        path = tmp_path / "model.toml"
        path.write_text(BOOK)
        return [text for text in warnings_of(load(str(path))) if "advances" in text]

    (many,) = told(400)
    assert many.startswith("400 contracts: contract c1 asks its loan for 0.8 of its hardware's")
    assert "(first: c1) [contracts.c1.loan_share, " in many
    assert many.endswith("book.csv:3:5]")
    few = told(3)
    assert [text.split()[1] for text in few] == ["c1", "c2", "c3"]
    assert not [text for text in few if "first:" in text]


BOOK = """contracts = "book.csv"
[model]
as_of = 2026-09-30
[gpus.GB200]
use = "catalogue"
[sites.hall]
use = "catalogue/us-colocation"
phases = [{ it_mw = 200, ready = 2027-01-01 }]
[debt.ddtl]
use = "catalogue/other-loan"
commitment_usd = 900_000_000
[balance]
cash_usd = 900_000_000
"""


def test_a_key_without_its_unit_is_found_by_its_beginning() -> None:
    done = gpusim("run", "single-site", "--set", "contracts.anchor.price=2")
    assert done.stderr.rstrip().endswith(
        "nearest valid name: contracts.anchor.price_usd_per_gpu_hour"
    )


def test_a_file_is_not_like_another_for_its_ending(tmp_path, monkeypatch) -> None:
    shutil.copy(MODELS / "late-hall.toml", tmp_path / "neg.toml")
    shutil.copy(MODELS / "late-hall.toml", tmp_path / "mine.toml")
    monkeypatch.chdir(tmp_path)
    assert "nearest" not in gpusim("run", "xyz-other.toml").stderr
    assert gpusim("run", "mines.toml").stderr.rstrip().endswith("nearest valid name: mine.toml")


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("", "the folder to write to has no name; name a new one"),
        ("/proc/x", "/proc/x cannot be made: /proc is not a writable folder"),
    ],
)
def test_a_folder_that_cannot_be_written_is_said_by_the_name_asked_for(out, said) -> None:
    done = gpusim("run", "single-site", "--reps", "1", "-q", "--out", out)
    assert done.returncode != 0
    assert said in done.stderr


def test_no_usual_range_is_wider_than_what_is_allowed() -> None:
    """`model.quarters` was usually 1 to 60 and at most 40."""
    bounded = [key for key in stated(schema.json_schema()) if "plausible" in key]
    assert len(bounded) > 20
    for key in bounded:
        forms = key.get("anyOf", [key])
        own = key["plausible"]
        assert any(own["high"] <= form.get("maximum", own["high"]) for form in forms), key
        assert any(own["low"] >= form.get("minimum", own["low"]) for form in forms), key


def stated(node: Any) -> Iterator[dict[str, Any]]:
    """All tables of a JSON schema, whatever they are in."""
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node:
        if isinstance(inner, dict | list):
            yield from stated(inner)
