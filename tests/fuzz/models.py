"""Models changed at random and operators made at random: told mistakes, or both engines agree.

Every law of tests/engines is asked of each operator that is played, event by event.
"""

from __future__ import annotations

import datetime as dt
import random
import tomllib
import traceback
from pathlib import Path
from typing import Any

from gpusim.engines.batch import Batch
from gpusim.scenario import ScenarioError, load
from gpusim.scenario.language.errors import dotted, quoted_key
from gpusim.scenario.lower import lower
from gpusim.scenario.reading import bundled
from gpusim.scenario.reading.tree import paths_of
from gpusim.scenario.render import toml_value
from gpusim.world import draw
from tests.cases.reading import MODELS
from tests.engines import test_laws, test_laws_of_service
from tests.engines.build import balanced, toml
from tests.engines.generate import Maker, Play
from tests.fuzz.kept import Broken, Case
from tests.parity.difference import first_difference

PROMISED = "a ScenarioError in words, or both engines agree to the bit and every law holds"
BUNDLED = Path(__file__).parents[2] / "models" / "operators"
FILES = sorted((*BUNDLED.glob("*.toml"), *MODELS.glob("*.toml")))
SMALL = 20_000
"""Bytes of a model that is changed as often as all larger ones together."""
NOT_ASKED = (
    "test_another_contract_leaves_the_luck_of_all_others_alone",  # of other arguments
    "test_a_promise_ends_with_its_order",  # holds of some operators only, which it chooses
)
READS_TABLES = ("test_a_draw_has_the_instalments_of_its_terms_and_leaves_no_interest_open",)
"""Laws that read an operator's tables as the generator writes them."""
LAWS = [
    law
    for module in (test_laws, test_laws_of_service)
    for name, law in vars(module).items()
    if name.startswith("test_") and name not in NOT_ASKED
]
WORDS = [
    "0", "-1", "1", "2", "40", "0.5", "1e-9", "1e9", "1e300", "-1e300", "inf", "nan", "1e-320",
    "9223372036854775807", "9223372036854775808", "10000000000000000000000", "true", '""',
    '"alpha"', '"*"', "[]", "[0]", "[[]]", "{}", "{ a = 1 }", "[{}]", "2025-12-31", "1066-01-01",
    "9999-12-31", "2026-01-01T00:00:00", "12:00:00", "'", "0.1", "0.9999999", "3650", "-0.0",
    '"notes"', '"cash"', '"never"', '"\u202eabc"', '"\\u001b[2J"', '"ddtl"', "2026-02-28",
]  # fmt: skip


class Seeded(Maker):
    """The generator of tests/engines, with luck that a seed decides, and prices that step."""

    steps = True

    def __init__(self, luck: random.Random) -> None:
        self.luck = luck
        super().__init__(None)

    def any(self, *choices: Any) -> Any:
        return self.luck.choice(choices)

    def whole(self, low: int, high: int) -> int:
        return self.luck.randint(low, high)

    def shuffled(self, names: list[str]) -> list[str]:
        return self.luck.sample(names, len(names))


def near(luck: random.Random, value: Any) -> str:
    """A value beside one that stands in a model, as TOML."""
    if isinstance(value, bool):
        return toml_value(not value)
    if isinstance(value, int | float):
        factor = luck.choice([0, -1, 0.5, 2, 10, 1000, 1e6, 0.999, 1 + 1e-12])
        changed = value * factor + luck.choice([0, 0, 1, -1])
        return toml_value(round(changed) if isinstance(value, int) else changed)
    if isinstance(value, dt.date):
        return toml_value(value + dt.timedelta(luck.choice([-1, 1, 30, -365, 400, 4000])))
    if isinstance(value, list):
        if value and luck.random() < 0.5:
            return toml_value([*value, luck.choice(value)])
        return toml_value(luck.sample(value, luck.randint(0, len(value))))
    return luck.choice(WORDS)


def at(tables: Any, path: Any) -> Any:
    """What stands at a path."""
    for key in path:
        tables = tables[key]
    return tables


def changes(luck: random.Random, tables: Any) -> list[str]:
    """Some settings: values near those of the model, words out of place, keys that are new."""
    paths = [path for path in paths_of(tables) if path]
    made = []
    for _ in range(luck.choice([1, 1, 1, 2, 3, 4])):
        path = luck.choice(paths)
        sign = luck.choice(["=", "=", "=", "*=", "+="])
        value = at(tables, path)
        said = near(luck, value) if luck.random() < 0.85 else luck.choice(WORDS)
        key = dotted(path)
        if luck.random() < 0.1:
            key = ".".join("*" if luck.random() < 0.3 else quoted_key(str(k)) for k in path)
        if luck.random() < 0.05:
            key += luck.choice([".x", ".0", "..", ".*", " ", "é", '."'])
        made.append(f"{key}{sign}{said}")
    return made


def torn(luck: random.Random, text: str) -> str:
    """A file's text with lines doubled, lost, moved, or signs changed."""
    lines = text.splitlines(keepends=True)
    for _ in range(luck.randint(1, 4)):
        n = luck.randrange(len(lines))
        how = luck.randrange(6)
        if how == 0:
            lines.insert(luck.randrange(len(lines)), lines[n])
        elif how == 1:
            del lines[n]
        elif how == 2:
            lines[n] = lines[n].replace("=", luck.choice(["", "==", ":", "= [", "= {"]), 1)
        elif how == 3:
            place = luck.randrange(len(lines[n]) or 1)
            sign = luck.choice(
                ["\x00", "\x1b", "\ufeff", "\u202e", '"', "#", "é", "\r", "9", "\ud7ff"]
            )
            lines[n] = lines[n][:place] + sign + lines[n][place:]
        elif how == 4:
            other = luck.randrange(len(lines))
            lines[n], lines[other] = lines[other], lines[n]
        else:
            lines = lines[: max(n, 1)]
        if not lines:
            lines = ["\n"]
    return "".join(lines)


def compile_rules() -> None:
    """Have the rules compiled, which is no part of a case's time."""
    book = lower(load("single-site", sets=["model.quarters=1"]))
    Batch(book.state, book.spec, 1).play([0])


def one(case: Case) -> None:
    """A model through load, lower, both engines and all laws."""
    luck = case.luck
    model, sets, tables = case.place / "model.toml", [], {}
    if luck.random() < 0.4:
        tables = Seeded(luck).tables()
        if luck.random() < 0.3:
            sets = changes(luck, tables)
        model.write_text(toml(balanced(tables)), encoding="utf-8")
    else:
        files = FILES
        if luck.random() < 0.5:
            files = [file for file in FILES if file.stat().st_size < SMALL]
        source = luck.choice(files)
        text = source.read_text(encoding="utf-8")
        if luck.random() < 0.3:
            text = torn(luck, text)
        else:
            sets = changes(luck, tomllib.loads(text))
        sets.append(f"model.quarters={luck.choice([1, 1, 2, 2, 3, 6])}")
        model.write_text(text, encoding="utf-8", newline="")
    more = {}
    if luck.random() < 0.15:
        more["shocks"] = (luck.choice(bundled.names("shocks")),)
    if luck.random() < 0.15:
        more["strategy"] = luck.choice(bundled.names("strategies"))
    own = bool(tables) and not sets and not more
    replication, seed = luck.randrange(2), luck.randrange(1000)
    case.note(
        input=model.read_text(encoding="utf-8", errors="replace"),
        command={"sets": sets, **more, "world": [seed, replication]},
    )
    try:
        book = lower(load(str(model), sets=sets, **more))
    except ScenarioError as error:
        if not str(error).strip() or not error.mistakes:
            raise Broken("a ScenarioError without words", PROMISED) from error
        case.end = "told mistakes"
        return
    case.end = "played"
    world = draw(book.spec, seed, replication)
    difference = first_difference(book, world)
    if difference is not None:
        raise Broken(f"the engines part: {difference}", PROMISED)
    play = Play(tables, book, world, seed)
    for law in luck.sample([law for law in LAWS if own or law.__name__ not in READS_TABLES], 4):
        try:
            law.hypothesis.inner_test(play)
        except AssertionError as error:
            asked = traceback.extract_tb(error.__traceback__)[-1].line
            told = f"{law.__name__} does not hold: {asked}\n{error}"[:2_000]
            raise Broken(told, PROMISED) from error
