"""A model of one's own: it needs no sources, may come in on stdin, and settings may add tables."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys

import pytest

from gpusim.scenario import ScenarioError, load
from gpusim.scenario.checks.sources import absent, absent_text
from gpusim.scenario.language.limits import FILE_BYTES
from tests.cases.reading import MODELS, ROOT, gpusim

TWO = MODELS / "two-unexplained.toml"
EQUITY = "equity.round={date=2026-12-31, amount_usd=5_000_000, costs_usd=0}"


def told(done, words):
    return [line for line in done.stdout.splitlines() if words in line]


def with_stdin(text, *arguments, cwd="."):
    return subprocess.run(
        [sys.executable, "-m", "gpusim.cli", *arguments],
        input=text,
        capture_output=True,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )


def test_a_private_model_is_in_order_without_sources():
    """Two figures of this file have none; the strict check is the one of bundled models."""
    done = gpusim("models", "check", str(TWO))
    assert done.returncode == 0
    assert told(done, "2 values unexplained; --strict names them")
    assert not done.stderr
    assert gpusim("models", "check", str(TWO), "--strict").returncode == 2
    assert gpusim("models", "check", str(TWO), "--all").returncode == 2


def test_a_changed_model_is_checked_as_a_run_would_take_it():
    """Settings, shocks and strategies: what is wrong, what is unusual, and what is in order."""
    price = "contracts.anchor.price_usd_per_gpu_hour"
    check = ("models", "check", "single-site")
    dear = gpusim(*check, "--set", f"{price}=300")
    assert dear.returncode == 0
    (said,) = told(dear, "warning: ")
    assert said.startswith(f"warning: {price} is 300 USD/GPU-hour, outside the usual 0.2 to 25")
    assert not told(gpusim(*check, "--set", f"{price}=3"), "warning: ")
    wrong = gpusim(*check, "--set", "contracts.anchor.price=3")
    assert (wrong.returncode, f"nearest valid name: {price}" in wrong.stderr) == (2, True)
    assert "no bundled name" in gpusim(*check, "--shock", "none-such").stderr
    assert "no bundled name" in gpusim(*check, "--strategy", "none-such").stderr
    assert (
        gpusim(*check, "--shock", "higher-for-longer", "--strategy", "hold-to-zero").returncode == 0
    )


def test_what_every_operator_has_and_a_model_has_not_is_said():
    """By the check; on the first screen what costs most."""
    check = ("models", "check", "single-site")
    assert not told(gpusim(*check), "left out")
    sets = [f"sites.*.{key}=0" for key in ("tariff_usd_per_kwh", "rent_usd_per_kw_month")]
    done = gpusim(*check, *(word for text in (*sets, "tax.rate=0") for word in ("--set", text)))
    (said,) = told(done, "left out")
    what = "left out altogether, so that it costs nothing: power tariff, rent, income tax"
    assert said == f"single-site: {what}"
    bare = load("single-site", sets=["tax.rate=0"])
    assert absent(bare) == ["income tax"]
    assert "income tax" in absent_text(bare, small=False)
    without = bare.model_copy(update={"overheads": {}})
    assert absent(without) == ["overheads", "income tax"]
    later = "sites.*.tariff_steps=[{ date = 2027-01-01, tariff_usd_per_kwh = 0.05 }]"
    assert absent(load("single-site", sets=["sites.*.tariff_usd_per_kwh=0", later])) == []


def test_a_bundled_model_is_checked_strictly(tmp_path):
    assert gpusim("models", "check", "single-site", "--strict").returncode == 0
    copy = tmp_path / "copy.toml"
    text = (ROOT / "models" / "operators" / "single-site.toml").read_text()
    copy.write_text(text[: text.index("\n[sources]\n")])
    assert gpusim("models", "check", str(copy)).returncode == 0
    assert gpusim("models", "check", str(copy), "--strict").returncode == 2


def test_an_entry_that_speaks_of_nothing_is_a_mistake_in_a_private_model_too(tmp_path):
    """Of one's own entries: what they say is held against what there is; ranges are not asked."""
    model = tmp_path / "model.toml"
    entries = '\n[assumptions."gpus.H200.it_kw_per_gpu"]\nreason = "no such generation"\n'
    entries += '\n[assumptions."balance"]\nreason = "no range"\n'
    model.write_text(f'extends = "{TWO}"\n{entries}')
    done = gpusim("models", "check", str(model))
    assert done.returncode == 2
    assert [line for line in done.stderr.splitlines() if "matches no number" in line]
    assert "no range" not in done.stderr


def test_a_model_comes_in_on_stdin(tmp_path):
    text = TWO.read_bytes()
    (tmp_path / "model.toml").write_bytes(text)
    of_file = with_stdin(b"", "models", "show", "model.toml", cwd=tmp_path)
    done = with_stdin(text, "models", "show", "-", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.replace(b"stdin:", b"model.toml:").split() == of_file.stdout.split()


def test_what_is_wrong_on_stdin_has_its_line(tmp_path):
    done = with_stdin(b"[model]\nas_of = 1\n[", "models", "check", "-", cwd=tmp_path)
    assert done.returncode == 2
    assert b"stdin:3:1: found a list without an end" in done.stderr


def test_no_more_is_read_from_stdin_than_a_file_may_have(tmp_path):
    text = b"#" * (FILE_BYTES.most + 1)
    done = with_stdin(text, "models", "check", "-", cwd=tmp_path)
    assert done.returncode == 2
    assert str(FILE_BYTES).encode() in done.stderr
    done = with_stdin(b"\xff\xfe", "models", "check", "-", cwd=tmp_path)
    assert (done.returncode, b"no UTF-8 text" in done.stderr) == (2, True)


def test_no_file_may_extend_stdin(tmp_path):
    (tmp_path / "model.toml").write_text('extends = "-"\n')
    done = with_stdin(b"", "models", "check", "model.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert b'"-", which is no file' in done.stderr


def test_a_run_of_stdin_keeps_the_text_and_is_done_again_from_it(tmp_path):
    text = (f'extends = "{TWO}"\n').encode()
    done = with_stdin(text, "run", "-", "--reps", "2", "--out", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    kept = json.loads((tmp_path / "run" / "inputs.json").read_text())
    assert kept["-"].encode() == text
    again = with_stdin(b"", "runs", "verify", "run", cwd=tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr


def test_a_setting_adds_a_whole_table():
    """Under a name of its own, and as the next of a list."""
    sets = (EQUITY, "contracts.anchor.tranches.2={gpus=100, start=2027-06-01}")
    scenario = load("single-site", sets=sets)
    assert scenario.equity["round"].amount_usd == 5_000_000
    assert [t.gpus for t in scenario.contracts["anchor"].tranches] == [24_000, 24_000, 100]
    assert scenario.contracts["anchor"].tranches[2].start == dt.date(2027, 6, 1)
    assert "--set equity.round" in str(scenario.tree.origin(("equity", "round", "amount_usd")))


def test_a_shock_adds_a_whole_table(tmp_path):
    shock = tmp_path / "shock.toml"
    head = '[shock]\ntitle = "Money"\nsource = "Invented"\nas_of = 2026-06-01\n'
    values = "{ date = 2026-12-31, amount_usd = 5e6, costs_usd = 0 }"
    shock.write_text(f'{head}[[change]]\npath = "equity.round"\nset = {values}\n')
    assert load("single-site", shocks=[str(shock)]).equity["round"].amount_usd == 5e6


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("sites.alfa.delay.probability=1", '"alfa" is not in sites'),
        ("equity.round.amount_usd=5", 'there is no "equity"'),
        ("contracts.anchor.tranches.3={gpus=1, start=2027-06-01}", '"3" is not in'),
        ("sites.alfa=5", '"alfa" is not in sites'),
        ("equity.round={date=2026-12-31, amount=5}", "an unknown key"),
        ("sites.alpha.colour={red=1}", '"colour" is not in sites.alpha'),
    ],
)
def test_nothing_else_is_added_by_a_setting(setting, found):
    """A single value under a misspelt name, a place beyond the next, a key that there is not."""
    with pytest.raises(ScenarioError) as caught:
        load("single-site", sets=[setting])
    assert found in str(caught.value)


def test_a_whole_table_that_is_missing_is_shown_how_to_be_set():
    with pytest.raises(ScenarioError) as caught:
        load("single-site", sets=["customers.*.defaults_on+=2"])
    assert "set whole, as customers={...}" in str(caught.value)
