"""Run folders by name: what is found, what is refused, and what a refusal says."""

import dataclasses
import json
import os
from pathlib import Path

import polars as pl
import pytest

from gpusim.results.stored import contents
from gpusim.results.stored.contents import refuse_other_form, shape_of
from gpusim.results.stored.folder import OWN_HASH, hash_of
from gpusim.results.stored.opened import (
    NotARunError,
    Opened,
    open_run,
    open_single,
)

POINT = {"model": "x", "strategy": None, "shocks": [], "sets": []}
REQUEST = {"point": POINT, "seed": 1, "reps": 2, "until": [], "metrics": [], "engine": "batch"}


@pytest.fixture
def runs(tmp_path):
    for age, name in enumerate(("20260101T000000Z-alpha-aaaaaa", "20260102T000000Z-beta-bbbbbb")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps({"model": name}))
        os.utime(folder / "manifest.json", (age, age))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "model"), [("@last", "beta"), ("20260101", "alpha"), ("alpha", "alpha")]
)
def test_a_run_is_found_by_what_is_unique_of_its_name(runs, name, model):
    assert model in open_run(name, runs).manifest["model"]


def test_the_last_run_is_looked_for_among_runs(runs):
    sweep = runs / "20260103T000000Z-gamma-cccccc"
    sweep.mkdir()
    (sweep / "manifest.json").write_text(json.dumps({"kind": "sweep", "request": REQUEST}))
    assert open_run("@last", runs).path == sweep
    assert "beta" in open_single("@last", runs).manifest["model"]
    with pytest.raises(NotARunError, match="is the folder of a sweep; name one of a run"):
        open_single("gamma", runs)
    with pytest.raises(NotARunError, match="there is no compare under"):
        open_run("@last", runs, "compare")


def test_a_name_that_fits_two_runs_is_refused_with_both(runs):
    with pytest.raises(NotARunError, match=r"could be .*alpha.*beta"):
        open_run("2026", runs)


def test_an_unknown_name_is_refused_with_the_nearest(runs):
    with pytest.raises(NotARunError, match="nearest valid name: 20260101T000000Z-alpha-aaaaaa"):
        open_run("20260101T000000Z-alpa-aaaaaa", runs)


def test_a_folder_that_is_no_run_is_said_to_be_none(tmp_path):
    with pytest.raises(NotARunError, match=r"is not a run folder: it has no manifest.json"):
        open_run(str(tmp_path), tmp_path)


def test_a_broken_manifest_is_refused(tmp_path):
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(NotARunError, match="is not JSON"):
        open_run(str(tmp_path), tmp_path)


@pytest.mark.parametrize(
    ("key", "value"),
    [("seed", -1), ("seed", 2**63), ("replications_asked", 0), ("replications_asked", 10**12)],
)
def test_a_number_that_no_command_takes_is_refused(tmp_path, key, value):
    forged = {"kind": "run", key: value}
    forged |= {OWN_HASH: hash_of(forged)}
    (tmp_path / "manifest.json").write_text(json.dumps(forged))
    with pytest.raises(NotARunError, match=rf"{key} is {value}, not \d"):
        open_run(str(tmp_path), tmp_path)


def test_a_missing_table_says_what_to_do(runs):
    with pytest.raises(NotARunError, match=r"has no statements.parquet.*run it again"):
        open_run("alpha", runs).table("statements")


def test_a_table_that_is_no_parquet_is_refused(runs):
    run = open_run("alpha", runs)
    (run.path / "statements.parquet").write_bytes(b"no table")
    with pytest.raises(NotARunError, match="cannot be read"):
        run.table("statements")


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"seed": [1]}, "seed is a list; expected a whole number"),
        ({"seed": 1.5}, "seed is a number; expected a whole number"),
        ({"seed": True}, "seed is true or false; expected a whole number"),
        ({"shocks": 3}, "shocks is a number; expected a list"),
        ({"sets": [{}]}, "an entry of sets is an object; expected a text"),
        ({"model": None}, "model is nothing; expected a text"),
        ({"strategy": {}}, "strategy is an object; expected a text or nothing"),
        ({"requests": ["x"]}, "an entry of requests is a text; expected an object"),
        ({"metric_hashes": {"a": 1}}, "an entry of metric_hashes is a number; expected a text"),
    ],
)
def test_an_entry_of_another_form_is_told_in_plain_words(tmp_path, entries, said):
    (tmp_path / "manifest.json").write_text(json.dumps(entries))
    with pytest.raises(NotARunError) as caught:
        open_run(str(tmp_path), tmp_path)
    assert str(caught.value) == f"{tmp_path / 'manifest.json'}: {said}"
    assert "class" not in str(caught.value)


def test_a_table_at_which_its_reader_panics_is_no_table(tmp_path, monkeypatch):
    """A panic of polars is no `Exception`; damaged bytes bring it about now and then."""

    def panics(*_, **__):
        raise pl.exceptions.PanicException("assertion failed: offset + length <= self.length")

    for name in ("summary", "worlds"):
        pl.DataFrame({"metric": ["cash"]}).write_parquet(tmp_path / f"{name}.parquet")
    monkeypatch.setattr(pl, "read_parquet", panics)
    monkeypatch.setattr(pl, "scan_parquet", panics)
    with pytest.raises(NotARunError, match="cannot be read: assertion failed"):
        Opened(tmp_path, {}).table("summary")
    assert contents.digest_now(tmp_path / "worlds.parquet") is None
    assert shape_of(tmp_path / "summary.parquet") == {}


@dataclasses.dataclass
class Asked:
    """As the request of an experiment."""

    model: str
    shocks: tuple[str, ...] = ()
    share: float = 0.5
    along: str | None = None


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"model": 1}, "m: model is a number; expected a text"),
        ({"shocks": "x"}, "m: shocks is a text; expected a list"),
        ({"shocks": [None]}, "m: an entry of shocks is nothing; expected a text"),
        ({"share": "x"}, "m: share is a text; expected a number"),
        ({"along": False}, "m: along is true or false; expected a text or nothing"),
        ({"other": 1}, "m: other is no part of what is asked for"),
    ],
)
def test_a_request_of_another_form_is_told_in_plain_words(entries, said):
    refuse_other_form({"model": "x", "shocks": ["a"], "share": 1, "along": None}, Asked, Path("m"))
    with pytest.raises(NotARunError) as caught:
        refuse_other_form(entries, Asked, Path("m"))
    assert str(caught.value) == said
