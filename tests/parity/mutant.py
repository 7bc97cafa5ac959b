"""What notices that a line of the rules is gone: run inside a changed copy, see `mutation`.

Prints one JSON object: for each way of looking, the first thing it saw, or nothing.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import UnsatisfiedAssumption

from gpusim.economics.closing.opening import open_run
from gpusim.economics.core.array_capacity import copy
from gpusim.engines.process.run import populate
from gpusim.engines.process.simulation import UnhandledEventError
from tests.engines import test_laws, test_oracles
from tests.engines.event_days import events_off_their_day
from tests.engines.generate import Play, plays
from tests.engines.watch import Question, Watched, silent
from tests.parity.difference import first_difference

DAY_ORACLES: dict[str, Question] = {
    "a": test_oracles.waits_in_vain,
    "b": test_oracles.wrong_events,
    "days": events_off_their_day,
}

LAWFUL = 10
"""Operators that laws are tried on, each of which plays them anew."""


def generated(examples: int) -> list[Play]:
    """The same operators in every copy."""
    found: list[Play] = []

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(plays())
    def collect(play: Play) -> None:
        found.append(play)

    collect()
    return found


class Looks(dict[str, str]):
    """The first thing that each way of looking saw."""

    def note(self, way: str, seen: object) -> None:
        self.setdefault(way, str(seen).splitlines()[0][:120])

    def ask(self, way: str, look: Callable[[], Any]) -> None:
        """Note what a look says, or how it failed."""
        try:
            if (seen := look()) is not None:
                self.note(way, seen)
        except UnhandledEventError as error:
            self.note("deaf", error)
        except UnsatisfiedAssumption:
            pass
        except Exception as error:
            self.note(way, f"{type(error).__name__}: {error}")


def watched(play: Play, looks: Looks) -> None:
    """Play once with all oracles."""

    def day(sim: Watched) -> Iterable[str]:
        for way, question in DAY_ORACLES.items():
            if way not in looks:
                for fault in question(sim):
                    looks.note(way, f"day {sim.day}: {fault}")
        return ()

    sim = Watched(copy(play.book.state, play.world), play.world, silent, day)
    open_run(sim.h, sim.w)
    populate(sim)
    sim.dispatch()
    sim.env.run()
    sim.ask(day)


def laws() -> dict[str, Callable[[Play], None]]:
    """The laws that are about one generated operator."""
    return {
        name: test.hypothesis.inner_test
        for name, test in vars(test_laws).items()
        if name.startswith("test_") and test.hypothesis.inner_test.__code__.co_argcount == 1
    }


def main(examples: int) -> None:
    """Look at generated operators until every way has seen something or they are used up."""
    warnings.simplefilter("ignore")
    found = generated(examples)
    looks = Looks()
    for play in found:
        looks.ask("crash", lambda play=play: watched(play, looks))
        if "parity" not in looks:
            looks.ask("parity", lambda play=play: first_difference(play.book, play.world))
    for play in found[:LAWFUL]:
        for law in laws().values():
            if "laws" not in looks:
                looks.ask("laws", lambda law=law, play=play: law(play))
    print(json.dumps(looks))


if __name__ == "__main__":
    main(int(sys.argv[1]))
