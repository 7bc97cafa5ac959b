"""Luck belongs to names: neither the order of a list nor what else is in it moves a draw."""

from __future__ import annotations

import copy
import datetime as dt
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusim.economics.core.state import NONE
from gpusim.engines import batch, process
from gpusim.scenario import load
from gpusim.scenario.lower import Book, lower
from gpusim.scenario.reading import bundled
from gpusim.scenario.reading.parts import TRANCHES, fresh_names
from gpusim.world import draw
from tests.cases.reading import MODELS
from tests.engines.build import book_of
from tests.engines.generate import operators
from tests.engines.profile import EXAMPLES

ROWS = {
    "hall_ids": ("hall_delay", "power_delay"),
    "order_ids": ("fitout_days", "acceptance_days"),
    "tranche_ids": ("walk_away", "renewal"),
    "customer_ids": ("default_day",),
    "gen_ids": ("rental_index", "hardware_factor", "lead_days", "failure_factor", "resale"),
}
"""What is drawn, by what it is keyed."""
SHARED = ("market", "base_rate", "spread", "market_open")
NUMBERED = ("segment", "gen", "payer")
"""Fields of an offer that are rows, not luck."""
NOUNS = (
    "gpus", "sites", "assets", "contracts", "segments", "customers", "debt", "equity", "overheads",
)  # fmt: skip
LATE = dt.date(2044, 1, 1)
Luck = dict[Any, bytes]


def luck_of(book: Book, seed: int) -> Luck:
    """Every draw of a world by the identity of what it is for."""
    world = draw(book.spec, seed, 3)
    found: Luck = {name: getattr(world, name).tobytes() for name in SHARED}
    for ids, columns in ROWS.items():
        for row, own in enumerate(getattr(book.spec, ids).tolist()):
            drawn = b"".join(getattr(world, name)[row].tobytes() for name in columns)
            assert found.setdefault((ids, own), drawn) == drawn
    for row, own in enumerate(book.spec.contract_ids.tolist()):
        found["contract", own] = world.collection_delay[row : row + 1].tobytes()
    told = [name for name in world.offers.dtype.names if name not in NUMBERED]
    for offer in world.offers:
        pays = [] if offer.payer == NONE else world.collection_delay[offer.payer].tolist()
        found["offer", int(offer.id)] = repr([[offer[name] for name in told], pays]).encode()
    return found


def shuffled(tables: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """Every table of named things, and every list of such, in another order."""
    other = copy.deepcopy(tables)
    for noun in NOUNS:
        names = list(other.get(noun, {}))
        dice.shuffle(names)
        other[noun] = {name: other[noun][name] for name in names}
    lists = [own["phases"] for own in other["sites"].values()]
    lists += [own["tranches"] for own in other["contracts"].values()]
    lists += [other["receivables"]["invoices"], *other["payables"].values()]
    for parts in lists:
        dice.shuffle(parts)
    return other


def enlarged(tables: dict[str, Any]) -> dict[str, Any]:
    """One more of everything that has luck, each before the others."""
    more = copy.deepcopy(tables)
    for site in more["sites"].values():
        site["phases"].insert(0, {"it_mw": 0.001, "ready": LATE})
    first = next(iter(more["sites"].values()))
    more["sites"] = {"new": first | {"phases": [{"it_mw": 1, "ready": LATE}]}, **more["sites"]}
    gpu = next(iter(more["gpus"].values()))
    more["gpus"] = {"new": gpu, **more["gpus"]}
    bought = next((c for c in more["contracts"].values() if c["kind"] == "take-or-pay"), None)
    if bought is not None:
        tranche = {"gpus": 1, "start": dt.date(2031, 5, 5)}
        bought["tranches"].insert(0, tranche)
        other = {name: bought[name] for name in bought if name not in ("opening", "prepayment")}
        other |= {"customer": "new", "tranches": [tranche]}
        more["contracts"] = {"new": other, **more["contracts"]}
    if "segments" in more:
        more["segments"] = {"new": more["segments"]["labs"], **more["segments"]}
    return more


@EXAMPLES
@given(operators(), st.integers(0, 1000))
def test_the_order_of_tables_and_lists_moves_no_draw(tables, seed):
    other = shuffled(tables, random.Random(seed))
    assert luck_of(book_of(tables), seed) == luck_of(book_of(other), seed)


@EXAMPLES
@given(operators(), st.integers(0, 1000))
def test_whatever_is_added_moves_no_other_draw(tables, seed):
    before, after = luck_of(book_of(tables), seed), luck_of(book_of(enlarged(tables)), seed)
    assert {key: after[key] for key in before} == before
    assert len(after) > len(before)


@EXAMPLES
@given(operators(), st.integers(0, 1000))
def test_a_phase_that_never_comes_changes_no_cent_in_either_engine(tables, seed):
    more = copy.deepcopy(tables)
    for site in more["sites"].values():
        site["phases"].insert(0, {"it_mw": 0.000001, "ready": LATE})
    one, two = book_of(tables), book_of(more)
    for run in (process.run, batch.run):
        a, b = (run(book.state, draw(book.spec, seed, 0)) for book in (one, two))
        assert a.ledger.tobytes() == b.ledger.tobytes()
        assert a.backlog.tobytes() == b.backlog.tobytes()


@pytest.mark.parametrize("model", bundled.names("operators"))
def test_nothing_in_a_bundled_model_is_keyed_by_its_place(model):
    scenario = load(model)
    book = lower(scenario)
    sites = {
        name: site.model_copy(update={"phases": site.phases[::-1]})
        for name, site in reversed(scenario.sites.items())
    }
    contracts = {
        name: contract.model_copy(update={"tranches": contract.tranches[::-1]})
        for name, contract in reversed(scenario.contracts.items())
    }
    turned = scenario.model_copy(update={"sites": sites, "contracts": contracts})
    assert luck_of(lower(turned), 1) == luck_of(book, 1)


def test_a_phase_put_first_changes_no_revenue():
    """The row: revenue moved in 38 of 60 replications."""
    books = [lower(load(str(MODELS / f"order-{m}.toml"))) for m in ("base", "phase-first")]
    for replication in range(60):
        one, two = (batch.run(b.state, draw(b.spec, 1, replication)) for b in books)
        assert one.ledger.tobytes() == two.ledger.tobytes(), replication


def test_a_setting_that_moves_a_date_leaves_the_luck():
    """Names are given before settings: the same halls and lots, later."""
    plain = load("single-site")
    later = load(
        "single-site",
        sets=["sites.alpha.phases.0.ready+=40", "contracts.anchor.tranches.1.start+=30"],
    )
    assert luck_of(lower(plain), 1).keys() == luck_of(lower(later), 1).keys()
    assert later.sites["alpha"].phases[0].name == "2026-12-01 50 MW"
    assert later.contracts["anchor"].tranches[1].name == plain.contracts["anchor"].tranches[1].name


def test_equal_parts_are_numbered_by_what_else_they_say():
    """In whatever order they stand, the one of priority 0 is the first."""
    urgent = {"start": "2027-01-01", "gpus": 8, "priority": 0}
    later = {"start": "2027-01-01", "gpus": 8.0, "priority": 1}
    assert dict(fresh_names([later, urgent], TRANCHES)) == {
        1: "2027-01-01 8 GPUs",
        0: "2027-01-01 8 GPUs (2)",
    }


def test_a_name_that_is_given_stays():
    named = {"name": "2027-01-01 8 GPUs", "start": "2030-01-01", "gpus": 3}
    plain = {"start": "2027-01-01", "gpus": 8}
    assert list(fresh_names([named, plain], TRANCHES)) == [(1, "2027-01-01 8 GPUs (2)")]
