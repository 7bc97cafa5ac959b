"""The page of limits says what the module of limits says."""

from pathlib import Path

from gpusim.scenario.language import limits
from gpusim.scenario.language.limits import Limit

PAGE = Path(__file__).parents[2] / "docs/limits.md"


def every_limit() -> list[Limit]:
    own = [value for value in vars(limits).values() if isinstance(value, Limit)]
    return [*own, *limits.TABLES.values()]


def rows() -> list[str]:
    return [f"| {one.most:,} | {one.of} | {one.why} |" for one in every_limit()]


def test_the_page_lists_every_limit_and_no_other():
    told = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    assert told[1:] == rows()  # the first is the head


def test_each_limit_is_one_and_has_a_reason():
    found = every_limit()
    assert len(found) > 20
    assert all(one.most > 0 and one.of and one.why for one in found)
    assert len({one.of for one in found}) == len(found)
