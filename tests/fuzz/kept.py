"""Cases tried one by one within bounds of time and memory, and what is found kept as small files.

A case's note is on disk before the case is tried: a case that ends the process leaves it behind.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import random
import shutil
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

MOST_SECONDS = 60.0
"""Processor time of a case [s]; none of them is asked for work that takes a tenth of it."""
MOST_MEGABYTES = 1_500
"""Memory by which a case may grow the process [MB]."""
HARD_SECONDS = 1_800.0
"""Wall time after which a case that does not come back to Python ends the process [s]."""


class Broken(Exception):  # noqa: N818
    """What came is not what was promised."""

    def __init__(self, came: str, promised: str) -> None:
        super().__init__(came)
        self.came, self.promised = came, promised


class TooLong(BaseException):
    """A case has used up its processor time; no `except Exception` holds it."""


class Tried(NamedTuple):
    """How many cases were tried, how they ended in words, and the files of findings."""

    cases: int
    ends: Counter[str]
    findings: list[Path]


def luck_of(kind: str, seed: int, number: int) -> random.Random:
    """What decides a case."""
    return random.Random(f"{kind} {seed} {number}")


class Case:
    """One case: its luck, a folder of its own, and the note that is kept if it is a finding."""

    def __init__(self, kind: str, seed: int, number: int, folder: Path) -> None:
        self.luck = luck_of(kind, seed, number)
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / f"{kind}-{seed}-{number}.json"
        self.about: dict[str, Any] = {"kind": kind, "seed": seed, "number": number}
        self.place = Path(tempfile.mkdtemp(prefix="fuzz-"))
        self.end = "done"

    def note(self, **told: Any) -> None:
        """Write down what is about to be tried: `input`, `command`."""
        self.about |= told
        text = json.dumps(self.about, indent=1, default=str)
        self.file.write_text(text + "\n", encoding="utf-8")


Try = Callable[[Case], None]


def memory() -> float:
    """The most memory that the process has had since `forget` [MB]; zero where it is not told."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    told = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(told.split()[1]) / 1_000


def forget() -> float:
    """Begin to measure memory anew; what the process has now [MB]."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return memory()


@contextlib.contextmanager
def bounded(seconds: float = MOST_SECONDS, megabytes: float = MOST_MEGABYTES) -> Iterator[None]:
    """Processor time and memory of a case, found to be broken beyond the bounds."""

    def late(*_: object) -> None:
        raise TooLong

    before, old = forget(), signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    faulthandler.dump_traceback_later(HARD_SECONDS, exit=True)
    try:
        yield
    except TooLong:
        where = traceback.format_exc()
        raise Broken(
            f"more than {seconds:g} s of processor time\n{where}", "bounded before work"
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGPROF, old)
    grown = memory() - before
    if grown > megabytes:
        raise Broken(f"{grown:,.0f} MB of memory", f"no case takes more than {megabytes:,.0f} MB")


def attempt(kind: str, one: Try, seed: int, number: int, folder: Path) -> tuple[str, Broken | None]:
    """Try one case; its note stays in the folder only if it is a finding."""
    case = Case(kind, seed, number, folder)
    old, temporary = Path.cwd(), tempfile.tempdir
    os.chdir(case.place)
    broken = None
    try:
        with bounded():
            one(case)
    except Broken as error:
        broken = error
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__}: {error}"[:500] + f" at {Path(last.filename).name}"
        told = f"{where}:{last.lineno}\n{traceback.format_exc()[-4_000:]}"
        broken = Broken(told, "no exception but those that are told in words")
    finally:
        os.chdir(old)
        tempfile.tempdir = temporary
        shutil.rmtree(case.place, ignore_errors=True)
    if broken is None:
        case.file.unlink(missing_ok=True)
    else:
        case.note(came=broken.came, promised=broken.promised)
    return case.end, broken


def fuzz(
    kind: str,
    one: Try,
    seed: int,
    folder: Path,
    *,
    minutes: float | None = None,
    cases: int | None = None,
    first: int = 0,
) -> Tried:
    """Try cases until the time [minute] or their number is up; of like findings the first is kept.

    Findings are alike where the first line of what came is, numbers left out.
    """
    ends: Counter[str] = Counter()
    found: dict[str, Path] = {}
    end = time.monotonic() + 60 * (minutes or 0)
    number = first
    while number - first < (cases or 10**9) and (minutes is None or time.monotonic() < end):
        told, broken = attempt(kind, one, seed, number, folder)
        file = folder / f"{kind}-{seed}-{number}.json"
        ends["found" if broken else told] += 1
        if broken:
            first_line = broken.came.splitlines()[0] if broken.came else ""
            alike = "".join(sign for sign in first_line if not sign.isdigit())
            if alike in found:
                file.unlink()
            else:
                found[alike] = file
        number += 1
    return Tried(number - first, ends, list(found.values()))
