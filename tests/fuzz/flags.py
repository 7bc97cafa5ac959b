"""The flags of every command with words near valid ones: done, or told what is wrong.

Nothing is asked for that honestly takes long: numbers are small, or beyond their limits.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

import click
import typer

from gpusim.cli.app import app
from gpusim.results.metrics import METRICS as EVERY
from gpusim.scenario.reading import bundled
from tests.cases.reading import MODELS, gpusim
from tests.fuzz.kept import Broken, Case

PROMISED = "exit code 0, 2 or 3 with a message, no trace, nothing written where it is 2"
KEYS = [
    "tax.rate", "model.quarters", "model.as_of", "sites.*.pue", "gpus.*.capex_usd_per_gpu", "debt",
    "contracts.*.tranches.*.start", "contracts.*.tranches.0.gpus", "debt.*.margin",
    "rates.curve.*.rate",
    "rates.curve", "operator.waterfall", "balance.cash_usd", "contracts.*",
    "sites.*.phases.*.ready",
    "market.stay.glut", "model.title", "gpus.*.lead.planned_days", "operator", "nothing.here",
    "*", "",
    "sites.*.tariff_usd_per_kwh", "raising", "customers.*.rating", "model", "assumptions",
    "sources",
]  # fmt: skip
NUMBERS = [
    "0", "1", "2", "3", "-1", "0.2", "0.05", "1e400", "nan", "inf", "-inf", "1e-320", "5%", "100%",
    "1_000", "0x10", "9" * 30, "1e3", "1.5", "", "\u0663", "\uff11", "1,5", "--", "0.1.2", "+1",
    "1e", "½",
]  # fmt: skip
DATES = [
    "2026-07-31", "2026-02-30", "0001-01-01", "9999-12-31", "2026", "2026Q3", "2027Q4", "2026Q5",
    "2026-07", "2026-13", "FY2027", "2026q3", "1066", "20260731", "99999", "2026Q", "Q3", "last",
]  # fmt: skip
METRICS = [
    *sorted(EVERY), "equity", "shortfall", "defaulted", "revenue", "cash_ending", "dscr.ddtl",
    "dscr.*", "backlog_opening_lost", "nothing", "cash_ending<0", "P[shortfall]",
    "P[cash_ending<0]",
]  # fmt: skip
STRANGE = [
    "\x1b[2J", "\u202eabc", "é", "\udcff", "💾", "a" * 5_000, "[" * 999, "%s%n", "../..", "-", "{}",
    " ", "\n", "a\tb", "'", '"', "$(true)", "@last", "@", "~", "[bold]", "\\", "a,b=0.5", "=",
    ":::",
]  # fmt: skip
SETTINGS = [
    "0.3", "1e400", '"x"', "[1, 2]", "{a = 1}", "2026-07-31", "true", "[", '"', "{", "1 2", "0:1",
    "nan", "1_0", "'x'", "[[]]", "", "-1", "[{date = 2026-06-30, rate = 0.04}]", "inf", "\udcff",
]  # fmt: skip
CHEAP = {
    "--reps": "2",
    "--workers": "1",
    "--rows": "2",
    "--top": "2",
    "--inputs": "2",
    "--most": "100",
}
LEAST = {"compare": {"--reps": "100"}, "solve": {"--reps": "10"}, "backtest": {"--reps": "10"}}
COUNTS = ["0", "1", "2", "-1", "1e9", "99999999999", "é", "nan", "1.5"]
NEVER = ("--open", "--help", "--cluster")
"""Opens a browser; says nothing new; waits for another machine."""
FIRST = {
    "--vary": ("tax.rate=0.2,0.3", "tax.rate=0.1:0.2"), "--for": ("tax.rate=0:0.9",),
    "--until": ("equity<0", "shortfall:50%"), "--line": ("revenue",), "--period": ("2026Q4",),
}  # fmt: skip


def commands() -> dict[tuple[str, ...], click.Command]:
    """Every command by its words."""

    def walk(words: tuple[str, ...], group: Any) -> dict[tuple[str, ...], click.Command]:
        found: dict[tuple[str, ...], click.Command] = {}
        for name, command in getattr(group, "commands", {}).items():
            inner = walk((*words, name), command)
            found |= inner or {(*words, name): command}
        return found

    return walk((), typer.main.get_command(app))


def metric(luck: random.Random) -> str:
    """A metric, mostly with a period."""
    name = luck.choice(METRICS)
    return name + (f"@{luck.choice(DATES)}" if luck.random() < 0.4 else "")


def condition(luck: random.Random) -> str:
    """What --satisfy, --fail-if, --when and the like ask for."""
    name = metric(luck)
    if luck.random() < 0.4:
        name = f"P[{name}{luck.choice(['', '<0', '>=1', '=='])}]"
    sign = luck.choice(["<", ">", "<=", ">=", "=", "==", "=>", "!=", ""])
    return f"{name}{sign}{luck.choice(NUMBERS)}"


def varied(luck: random.Random) -> str:
    """A key with a range or values."""
    key, sign = luck.choice(KEYS), luck.choice(["=", "=", "*=", "+=", "", "-="])
    numbers = [luck.choice(NUMBERS[:8] if luck.random() < 0.8 else NUMBERS) for _ in range(3)]
    how = luck.randrange(4)
    if how == 0:
        many = luck.choice(["2", "3", "0", "1", "-1", "1e9", "999999999", ""])
        return f"{key}{sign}{numbers[0]}:{numbers[1]}:{many}"
    if how == 1:
        return f"{key}{sign}{numbers[0]}:{numbers[1]}"
    if how == 2:
        return f"{key}{sign}" + ",".join(luck.choice([*numbers, *SETTINGS]) for _ in range(2))
    return key


def setting(luck: random.Random) -> str:
    """A change as --set takes it."""
    sign = luck.choice(["=", "=", "=", "*=", "+=", "", "=="])
    return f"{luck.choice(KEYS)}{sign}{luck.choice(SETTINGS)}"


def words_for(luck: random.Random, name: str, option: click.Parameter) -> str:
    """A value for a flag, near what it takes."""
    if name in ("--vary", "--for", "--along"):
        return varied(luck)
    if name in ("--set", "--to-set"):
        return setting(luck)
    if name in ("--satisfy", "--fail-if", "--when") or (name == "--until" and luck.random() < 0.5):
        return condition(luck)
    if name == "--until":
        return f"{metric(luck)}:{luck.choice(NUMBERS)}"
    if name in ("--metric", "--line"):
        return metric(luck)
    if name == "--indifference":
        return f"{metric(luck)}={luck.choice(NUMBERS)}"
    if name == "--better":
        return f"{metric(luck)}={luck.choice(['high', 'low', 'up', ''])}"
    if name == "--correlate":
        return f"{luck.choice(KEYS)},{luck.choice(KEYS)}={luck.choice(NUMBERS)}"
    if name in ("--period", "--from", "--to"):
        return luck.choice(DATES)
    if name in ("--shock", "--to-shock"):
        return luck.choice([*bundled.names("shocks"), "none", "hedged", "firm.toml"])
    if name in ("--capital", "--to-capital"):
        return luck.choice([*bundled.names("capital"), "none", "hedged", "firm.toml"])
    if name in ("--strategy", "--to-strategy"):
        names = [
            *bundled.names("strategies"),
            "none",
            "firm.toml",
            "x.py:Y",
            "x.py",
            ":",
            "list.csv:A",
        ]
        return luck.choice(names)
    if name == "--list":
        return luck.choice(["list.csv", "none.csv", "firm.toml", "."])
    if name in ("--out", "--png", "--xlsx", "--runs"):
        names = [
            "new",
            "new/deep/er",
            "firm.toml",
            ".",
            "",
            "kept",
            "é",
            "new.html",
            "runs",
            "a" * 300,
        ]
        return luck.choice(names)
    if name == "--price-path":
        return ",".join(luck.choice(NUMBERS) for _ in range(luck.randint(0, 4)))
    if isinstance(option.type, click.Choice):
        return luck.choice([*map(str, option.type.choices), "other"])
    return luck.choice([*NUMBERS, *DATES[:2]])


def asked(luck: random.Random, words: tuple[str, ...], command: click.Command) -> list[str]:
    """A command line: what is needed, made cheap, and some flags more."""
    said = list(words)
    cheap = CHEAP | LEAST.get(words[0], {})
    for option in command.params:
        if isinstance(option, click.Argument):
            models = [
                "single-site",
                "firm.toml",
                "firm.toml",
                "firm.toml",
                "kept",
                "none",
                "list.csv",
            ]
            if option.name in ("run", "runs", "first", "second") or words[0] in ("runs",):
                models = ["kept", "kept", "@last", "k", "none", "runs", "firm.toml", ".", ""]
            for _ in range(luck.choice([1, 1, 1, 2, 0]) if option.nargs != 1 else 1):
                said.append(luck.choice(models) if luck.random() < 0.95 else luck.choice(STRANGE))
            continue
        name = option.opts[0]
        if name in cheap:
            said += [name, cheap[name]]
        elif name == "--set":
            said += [name, "model.quarters=1"]
        elif name in FIRST and luck.random() < 0.8:
            said += [name, luck.choice(FIRST[name])]
        elif name == "--yes":
            said.append(name)
    options = [o for o in command.params if isinstance(o, click.Option) and o.opts[0] not in NEVER]
    for _ in range(luck.choice([0, 1, 1, 2, 3]) if options else 0):
        option = luck.choice(options)
        name = option.opts[0]
        if option.is_flag:
            said.append(name)
        elif name in cheap:
            said += [
                name,
                luck.choice([*NUMBERS[:3], "-1", "0", "1e9", "99999999999", "é", "nan", "1.5"]),
            ]
        elif luck.random() < 0.12:
            said += [name, luck.choice(STRANGE)]
        else:
            said += [name, words_for(luck, name, option)]
    if luck.random() < 0.05:
        said.insert(luck.randrange(len(said)), luck.choice([*STRANGE, "--nothing", "--set"]))
    return [word.replace("\x00", "") for word in said]


def listing(place: Path) -> dict[str, bytes | None]:
    """Every file and folder below a place."""
    found = {}
    for path in sorted(place.rglob("*")):
        found[str(path.relative_to(place))] = path.read_bytes() if path.is_file() else None
    return found


KEPT: dict[str, Path] = {}


def kept() -> Path:
    """A finished run, made once."""
    if "run" not in KEPT:
        KEPT["run"] = Path(tempfile.mkdtemp(prefix="fuzz-")) / "kept"
        model = str(MODELS / "late-hall.toml")
        words = ("--reps", "2", "--set", "model.quarters=2", "-q", "--out", str(KEPT["run"]))
        done = gpusim("run", model, *words, "--units", "--events", "1")
        if done.returncode:
            raise AssertionError(done.stderr)
    return KEPT["run"]


def one(case: Case) -> None:
    """One command line in a folder of its own."""
    luck = case.luck
    every = commands()
    shutil.copytree(kept(), case.place / "runs" / "kept")
    shutil.copy(MODELS / "late-hall.toml", case.place / "firm.toml")
    cells = [luck.choice([*NUMBERS, *SETTINGS, *KEYS[:3]]) for _ in range(4)]
    rows = f"tax.rate,{luck.choice(KEYS)}\n0.2,{cells[0]}\n{cells[1]},{cells[2]}\n"
    (case.place / "list.csv").write_text(rows, encoding="utf-8", errors="replace")
    traces = Path(tempfile.mkdtemp(prefix="fuzz-"))
    tempfile.tempdir = str(traces)
    words = luck.choice(sorted(every))
    said = asked(luck, words, every[words])
    case.note(input={"list.csv": rows}, command=said)
    before = listing(case.place)
    try:
        done = gpusim(*said)
        case.end = f"exit {done.returncode}"
        told = done.stdout + done.stderr
        if done.returncode == 1 or "it is gpusim's fault" in told or "Traceback" in told:
            trace = "".join(file.read_text() for file in traces.glob("gpusim-*.txt"))
            raise Broken(
                f"exit {done.returncode}: {done.stderr[-600:]}\n{trace[-3_000:]}", PROMISED
            )
        if done.returncode not in (0, 2, 3):
            raise Broken(f"exit {done.returncode}: {told[-600:]}", PROMISED)
        if done.returncode == 2:
            if not done.stderr.strip():
                raise Broken("exit 2 without a message", PROMISED)
            after = listing(case.place)
            if after != before:
                changed = sorted(k for k in before | after if before.get(k, 0) != after.get(k, 0))
                raise Broken(f"exit 2, and written: {changed[:5]}: {done.stderr[-300:]}", PROMISED)
    finally:
        shutil.rmtree(traces, ignore_errors=True)
