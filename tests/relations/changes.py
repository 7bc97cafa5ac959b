"""Changes of a firm's tables that several files of relations make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.engines.build import Tables
from tests.relations.relation import Change, leaves

Place = tuple[Any, Any]
GPU_COUNTS = {"gpus", "waiting_gpus", "gpus_median", "gpus_multiple"}
PER_GPU_HOUR = {
    "usd_per_gpu_hour",
    "price_usd_per_gpu_hour",
    "put_usd_per_gpu_hour",
    "on_demand_usd_per_gpu_hour",
    "floor_usd_per_gpu_hour",
}
PER_SHARE = {"price_usd", "price_usd_per_share", "conversion_price_usd"}


def of(tables: Tables, kind: str) -> list[Tables]:
    """The tables of a kind."""
    return list(tables.get(kind, {}).values())


def in_turn(*changes: Change) -> Change:
    """One change after the other."""

    def change(tables: Tables) -> None:
        for one in changes:
            one(tables)

    return change


def scaled(kind: str, factor: float, *keys: str) -> Change:
    """Numbers of every table of a kind, times a factor."""

    def change(tables: Tables) -> None:
        for own in of(tables, kind):
            for key in keys:
                if own.get(key):
                    own[key] *= factor

    return change


def shifted(kind: str, plus: float, *keys: str) -> Change:
    """Numbers of every table of a kind, and so much more."""

    def change(tables: Tables) -> None:
        for own in of(tables, kind):
            for key in keys:
                own[key] = own.get(key, 0) + plus

    return change


def everywhere(kind: str, **values: Any) -> Change:
    """Values of every table of a kind."""

    def change(tables: Tables) -> None:
        for own in of(tables, kind):
            own |= values

    return change


def lacking(kind: str, *keys: str) -> Change:
    """Keys left out of every table of a kind."""

    def change(tables: Tables) -> None:
        for own in of(tables, kind):
            for key in keys:
                own.pop(key, None)

    return change


def put(kind: str, **values: Any) -> Change:
    """Values of a table that there is once, such as `operator`."""

    def change(tables: Tables) -> None:
        tables[kind] |= values

    return change


def without(*names: str) -> Change:
    """Tables left out, or a key of one table: `levers`, `market.releases`."""

    def change(tables: Tables) -> None:
        for name in names:
            *way, last = name.split(".")
            own = tables
            for step in way:
                own = own.get(step, {})
            own.pop(last, None)

    return change


def amounts(tables: Tables) -> Iterator[Place]:
    """Places of amounts in USD, also those of a month or a year."""
    for path, table, key in leaves(tables):
        word = path[-1]
        sized = word.endswith(("_usd", "_usd_each", "_usd_per_year")) and word not in PER_SHARE
        planned = len(path) > 1 and path[-2] in {"repayments", "payments"}
        if (sized or planned) and not isinstance(table[key], list):
            yield table, key


def prices(tables: Tables) -> Iterator[Place]:
    """Places of prices in USD of a GPU, an hour, a kilowatt, a share."""
    lumps = {(id(table), key) for table, key in amounts(tables)}
    for path, table, key in leaves(tables):
        known = (id(table), key) in lumps or isinstance(table[key], list)
        if "usd" in path[-1] and not known:
            yield table, key


def numbers_of(tables: Tables, words: set[str]) -> Iterator[Place]:
    """Places of numbers by the last word of their key."""
    for path, table, key in leaves(tables):
        if path[-1] in words and not isinstance(table[key], str):
            yield table, key


def times(places: Iterator[Place], factor: float) -> None:
    """Multiply the numbers there; whole ones stay whole where they can."""
    for table, key in list(places):
        value = table[key] * factor
        table[key] = int(value) if value == int(value) else value


def whole_gpus(tables: Tables) -> None:
    """Without what is rounded to whole GPUs: lots, failures, building ahead."""
    tables["operator"]["acceptance_lot_mw"] = 1_000
    for gpu in tables["gpus"].values():
        gpu.pop("failures", None)
    if "levers" in tables:
        tables["levers"]["build_ahead_share"] = 0


def even(tables: Tables) -> None:
    """Whole GPUs, and an even number of them everywhere."""
    whole_gpus(tables)
    times(numbers_of(tables, GPU_COUNTS | {"it_mw", "it_kw", "mw", "acceptance_lot_mw"}), 2)
