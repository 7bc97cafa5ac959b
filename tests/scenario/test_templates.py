"""First models: every template is short, in order and runs; answers are checked when given."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
import tomllib

import pytest

from gpusim.economics.books.measures import LATE_CREDITS
from gpusim.engines.process import run
from gpusim.scenario import ScenarioError, load
from gpusim.scenario.language.errors import Mistake
from gpusim.scenario.lower import lower
from gpusim.scenario.reading import bundled, catalogue
from gpusim.scenario.starting import placed, templates
from gpusim.world import draw
from tests.cases.reading import ROOT, gpusim
from tests.processes import ended

MOST_LINES = 60
AS_OF = ("--as-of", "2026-09-30")


@pytest.fixture(params=templates.names())
def kind(request):
    return request.param


def made(folder, kind, *answers):
    done = gpusim("new", "mine", "--template", kind, "--yes", *AS_OF, *answers, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "mine.toml"


def test_a_first_model_is_short_commented_and_in_order(tmp_path, kind):
    path = made(tmp_path, kind)
    text = path.read_text()
    assert text.count("\n") <= MOST_LINES
    assert text.count("#") >= 8
    checked = gpusim("models", "check", "mine.toml", cwd=tmp_path)
    assert checked.returncode == 0
    assert "warning" not in checked.stdout + checked.stderr
    assert "mine.toml: in order" in checked.stdout
    assert tomllib.loads(text)["model"]["catalogue"] == catalogue.versions()[-1]


def test_a_first_model_runs_at_once(tmp_path, kind):
    made(tmp_path, kind)
    command = ("units",) if kind == "unit" else ("run", "--reps", "3", "--out", "run")
    done = gpusim(command[0], "mine.toml", *command[1:], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_second_tenant_of_a_landlord_may_have_to_wait(tmp_path):
    """His hall is to come: where it is late for sure, his late terms act."""
    path = made(tmp_path, "landlord", "--let", "0.37")
    late = {"probability": 1, "mean_days": 40, "sd_days": 1}
    sets = [f"sites.hall.delay.{key}={value}" for key, value in late.items()]
    book = lower(load(str(path), sets=tuple(sets)))
    final = run(book.state, draw(book.spec, 1, 0))
    assert final.stocks[LATE_CREDITS].sum() > 0
    assert final.tranches[1].start > final.tranches[1].planned_start


CHANGED = {
    "contract": (
        "contracts.anchor.term_months=24",
        "contracts.anchor.tranches.0.gpus=4000",
        "contracts.anchor.price_usd_per_gpu_hour=3.5",
    ),
    "unit": (
        "contracts.unit.term_months=24",
        "contracts.unit.tranches.0.gpus=500",
        "contracts.unit.price_usd_per_gpu_hour=3.5",
    ),
    "merchant": (
        "assets.fleet.remaining_life_years=2",
        "assets.fleet.gpus=3000",
        "gpus.H100.on_demand_usd_per_gpu_hour=3.1",
    ),
    "marketplace": (
        "segments.months.term_months=[1, 2]",
        "assets.fleet.gpus=3000",
        "gpus.H100.on_demand_usd_per_gpu_hour=3.1",
    ),
    "landlord": (
        "contracts.second.term_months=24",
        "contracts.second.tranches.0.it_kw=2500",
        "contracts.second.price_usd_per_kw_month=170",
    ),
}  # a term, a number of GPUs or kW, a price
VARIED = {
    "contract": "contracts.anchor.term_months=24,36,48",
    "unit": "contracts.unit.term_months=24,36,48",
    "merchant": "assets.fleet.remaining_life_years=2,3.5",
    "marketplace": "segments.months.term_months.2=6,12",
    "landlord": "contracts.second.term_months=24,36,48",
}


def test_a_first_model_takes_settings_and_a_sweep(tmp_path, kind):
    """What it left out follows from what is set: no point fails, none needs a second setting."""
    made(tmp_path, kind)
    sets = [word for setting in CHANGED[kind] for word in ("--set", setting)]
    checked = gpusim("models", "check", "mine.toml", *sets, cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    swept = gpusim(
        "sweep", "mine.toml", "--vary", VARIED[kind], "--reps", "2", "--out", "swept", cwd=tmp_path
    )
    assert swept.returncode == 0, swept.stdout + swept.stderr
    assert "failed" not in swept.stdout + swept.stderr


def test_every_generation_and_class_makes_one(tmp_path, kind):
    """Whatever the catalogue holds fits into the template that asks for it."""
    of = templates.template(kind)
    entries = list(catalogue.version().entries())
    for question in of.questions:
        for noun, name in entries:
            usable = noun == question.kind and name not in ("senior-notes", "revolver")
            if usable and name != question.default:
                path = made(tmp_path, kind, f"--{question.name}", name)
                assert (
                    f'"{name}"' in path.read_text()
                    or f"/{name}" in path.read_text()
                    or (f"[gpus.{name}]" in path.read_text())
                )
                path.unlink()


def test_answers_stand_in_the_model(tmp_path):
    made(
        tmp_path,
        "contract",
        "--gpu",
        "GB300",
        "--gpus=9,000",
        "--price",
        "2.5",
        "--start",
        "2027-05-15",
    )
    model = load(str(tmp_path / "mine.toml"))
    (tranche,) = model.contracts["anchor"].tranches
    assert (tranche.gpus, tranche.start) == (9_000, dt.date(2027, 5, 15))
    assert model.contracts["anchor"].price_usd_per_gpu_hour == 2.5
    assert model.sites["hall"].phases[0].it_mw == 19  # 9,000 x 2.083 kW, up to a whole MW
    assert model.debt["ddtl"].commitment_usd == 481_000_000  # 0.7 x 686.7m, up to a million


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("--gpu", "GB20"), "nearest valid name: GB200"),
        (("--gpus", "-3"), "--gpus: found -3; expected a whole number above 0"),
        (("--gpus", "2.5"), "expected a whole number above 0"),
        (("--price", "2,80"), "--price: found 2,80; expected a number from 0 on, such as 2.80"),
        (("--price", "2,8000"), "found 2,8000"),
        (("--price", "1_0"), "found 1_0"),
        (("--prepaid", "0,150"), "found 0,150; expected a share"),
        (("--gpus", "1,9200"), "found 1,9200"),
        (("--gpus", "9,000_000"), "found 9,000_000"),
        (("--price", "19,200"), "found 19200; expected at most 1,000 [USD/GPU-hour]"),
        (("--lent", "70"), "expected a share, 0 to 1"),
        (("--start", "soon"), "expected a date such as 2027-03-01"),
        (("--as-of", "2026-08-31"), "expected the last day of a quarter"),
        (("--gpuss", "3"), "nearest valid name: gpus"),
        (("--gpus",), "found no answer"),
        (("--template", "contrac"), "nearest valid name: contract"),
        (("--start", "2026-01-01"), "start"),
    ],
)
def test_an_answer_that_is_none_is_told_and_nothing_is_written(tmp_path, arguments, found):
    done = gpusim("new", "mine", "--yes", *AS_OF, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert found in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--gpus", "1e9"), "--gpus: found 1000000000; expected at most 10,000,000 [GPUs]\n"),
        (("--price", "19,200"), "--price: found 19200; expected at most 1,000 [USD/GPU-hour]\n"),
        (("--start", "2020-01-01"), "--start: found 2020-01-01 with hardware that is planned"),
    ],
)
def test_a_mistake_of_an_answer_names_its_option_and_no_file(tmp_path, arguments, told):
    done = gpusim("new", "mine", "--yes", *AS_OF, "--lent", "1", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert "mine.toml:" not in done.stderr


@pytest.mark.parametrize(
    ("kind", "arguments", "told"),
    [
        (
            "contract",
            ("--price", "300"),
            "warning: contracts.anchor.price_usd_per_gpu_hour is 300 USD/GPU-hour, outside the "
            "usual 0.2 to 25",
        ),
        (
            "merchant",
            ("--price", "40"),
            "warning: gpus.H100.on_demand_usd_per_gpu_hour is 40 USD/GPU-hour, outside the usual",
        ),
        (
            "contract",
            ("--start", "2035-01-01"),
            "warning: contract anchor has a start on 2035-01-01, after",
        ),
    ],
)
def test_what_is_unusual_in_an_answer_given_as_an_option_is_said(tmp_path, kind, arguments, told):
    """The first line that is printed, as `models check` says it of the file."""
    done = gpusim("new", "mine", "--template", kind, "--yes", *AS_OF, *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(told)
    checked = gpusim("models", "check", "mine.toml", cwd=tmp_path).stdout.splitlines()
    said = [line for line in done.stdout.splitlines() if line.startswith("warning: ")]
    assert said == [line for line in checked if line.startswith("warning: ")]


def test_what_follows_from_answers_names_all_their_options():
    """The loan is what is lent of the GPUs' cost."""
    of = templates.template("contract")
    at = placed.places(of, {"gpu": "GB200", "site": "us-shell", "loan": "other-loan"})
    assert at["contracts.anchor.price_usd_per_gpu_hour"] == "price"
    assert at["debt.ddtl.commitment_usd"] == "loan_usd"
    key = "debt.ddtl.commitment_usd"
    answers = {"gpu": "GB200", "site": "us-shell", "loan": "other-loan"}
    wrong = Mistake("mine.toml", 29, 1, key, "too much", "less")
    other = wrong._replace(key="model")
    found = list(placed.by_option(of, answers, [wrong, other], "mine.toml"))
    assert str(found[0]) == f"--gpu, --gpus, --lent: {key}: found too much; expected less"
    assert str(found[1]) == "mine.toml, not written: model: found too much; expected less"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--let", "1"), "--let: found 1; expected a share above 0 and below 1"),
        (("--let", "0"), "--let: found 0; expected a share above 0 and below 1"),
        (("--start", "2026-09-30"), "--start: found a building that stands on the as-of day"),
        (("--start", "2026-10-01"), "--start: found a building handed over on 2026-10-01 and not"),
    ],
)
def test_what_a_landlord_cannot_answer_is_told_at_its_option(tmp_path, arguments, told):
    as_of = ("--as-of", "2026-09-30")
    done = gpusim(
        "new", "mine", "--template", "landlord", "--yes", *as_of, *arguments, cwd=tmp_path
    )
    assert done.returncode == 2
    assert told in " ".join(done.stderr.split())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kw", ["1", "60", "333.3", "200_000"])
def test_a_landlord_of_any_size_runs(tmp_path, kw):
    made(tmp_path, "landlord", "--kw", kw)
    done = gpusim("run", "mine.toml", "--reps", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_command_is_quoted_and_what_was_not_asked_is_told(tmp_path):
    done = gpusim("new", "my company", "--template", "unit", *AS_OF, cwd=tmp_path)
    assert done.returncode == 0
    assert "gpusim units 'my company.toml'\n" in done.stdout
    assert "of your own" not in done.stdout
    told = "nothing was asked, without a terminal: what no option answers is as usual"
    assert done.stderr.strip() == told
    assert gpusim("new", "b", "--yes", *AS_OF, cwd=tmp_path).stderr == ""


@pytest.mark.parametrize("name", ["a=b", "x\x1b[31m", "", "no/such/folder/mine"])
def test_a_name_that_is_none_is_refused(tmp_path, name):
    done = gpusim("new", name, "--yes", cwd=tmp_path)
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "mine.toml").write_text("mine")
    done = gpusim("new", "mine", "--yes", cwd=tmp_path)
    assert (done.returncode, "a file of that name" in done.stderr) == (2, True)
    assert (tmp_path / "mine.toml").read_text() == "mine"


def test_the_questions_are_listed():
    told = gpusim("new", "--questions").stdout
    for name in templates.names():
        for question in templates.template(name).questions:
            assert f"--{question.name}" in told
            assert question.ask in " ".join(told.split())


def test_a_formula_is_arithmetic_and_nothing_else():
    for formula in ("__import__('os')", "gpus.__class__", "(lambda: 1)()", "'a' * 9", "2 ** 9"):
        with pytest.raises((ValueError, KeyError)):
            templates._worth(formula, {"gpus": 1, "gpu": "GB200"})
    assert templates._worth("-gpus * 2 + 1 / 4", {"gpus": 3}) == -5.75


def test_what_a_template_says_follows_from_its_questions():
    """Every name in the text is an answer, a formula, or one of those that are always there."""
    for name in templates.names():
        of = templates.template(name)
        keys = {question.key for question in of.questions} | set(of.derived)
        always = {"title", "quoted", "file", "catalogue", "capex"}
        used = set(templates.string.Template(of.body).get_identifiers())
        assert used <= keys | always
        assert set(of.derived) <= used | {
            w for f in of.derived.values() for w in of.derived if w in f
        }


def typed(folder, keys):
    """How `new` ended at a terminal where these were typed, and what stood there.

    Who leaves presses the key again after a second: it is lost where it comes just as the process
    turns to reading.
    """
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gpusim.cli", "new", "mine", "--template", "unit", *AS_OF],
        cwd=folder,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "dumb"},
        preexec_fn=lambda: own_terminal(slave),
    )
    with process, ended(process):
        os.close(slave)
        text, asked, ends = b"", False, time.monotonic() + 120
        while time.monotonic() < ends:
            if select.select([master], [], [], 1)[0]:
                try:
                    text += os.read(master, 65_536)
                except OSError:
                    break
                if not asked and b"GPU generation [GB200]: " in text:
                    os.write(master, keys)
                    asked = True
            elif process.poll() is not None:
                break
            elif asked and keys[-1:] in LEAVE:
                os.write(master, keys[-1:])
        return process.wait(60), text


LEAVE = (b"\x03", b"\x04")
"""Ctrl-C, and Ctrl-D on an empty line."""


def own_terminal(terminal):
    """Make a terminal that of this process, so that its Ctrl-C comes as a signal."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def test_a_person_at_a_terminal_is_asked(tmp_path):
    """And asked again for what is no answer; empty lines take what is usual."""
    code, text = typed(tmp_path, b"GB20\nGB300\n\n24\n\n")
    assert code == 0, text.decode()
    assert b"nearest valid name: GB200" in text
    model = load(str(tmp_path / "mine.toml"))
    assert list(model.gpus) == ["GB300"]
    assert model.contracts["unit"].term_months == 24


@pytest.mark.parametrize("key", [b"\x03", b"\x04", b"GB300\n\x04"])
def test_a_person_may_leave_at_a_question(tmp_path, key):
    code, text = typed(tmp_path, key)
    assert code == 130
    assert b"\ninterrupted; nothing was written" in text.replace(b"\r", b"")
    assert b"fault" not in text
    assert list(tmp_path.iterdir()) == []


def test_templates_are_bundled():
    folder = bundled.root() / templates.FOLDER
    assert {path.stem for path in folder.iterdir()} == set(templates.names())
    with pytest.raises(ScenarioError):
        templates.template("../operators/single-site")


def test_what_is_unusual_or_too_much_is_said_at_its_question(tmp_path):
    """Before the next one; the same answer again, which Enter gives, keeps it."""
    code, text = typed(tmp_path, b"GB300\n19200\n300\n\n2000\n24\n\n")
    assert code == 0, text.decode()
    said = text.decode().replace("\r\n", "\n")
    places = [
        said.index(words)
        for words in (
            "--price: found 19200; expected at most 1,000 [USD/GPU-hour]\n",
            "warning: --price is 300 USD/GPU-hour, outside the usual 0.2 to 25 (",
            "Price [USD a GPU-hour] [300]: ",
            "Term [months]",
            "--term: found 2000; expected at most 1,200 [months]\n",
            "Site class",
        )
    ]
    assert places == sorted(places)
    model = load(str(tmp_path / "mine.toml"))
    assert model.contracts["unit"].price_usd_per_gpu_hour == 300
    assert model.contracts["unit"].term_months == 24
