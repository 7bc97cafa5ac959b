"""The models read as a reference: which keys exist where, their units, and the JSON Schema."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gpusim.scenario.language.errors import whole_number
from gpusim.scenario.language.fields import KeyPath, why_default
from gpusim.scenario.language.provenance import Assumption, Source
from gpusim.scenario.reading import estimates
from gpusim.scenario.reading.books import NOUNS as BOOKS
from gpusim.scenario.reading.catalogue import NOUNS, USE
from gpusim.scenario.scenario import Scenario
from gpusim.scenario.tables.model import Model

EXTENDS = {
    "description": "File or files this one is laid over: a bundled name or a relative path",
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
}

BOOK = {"description": "Tables by name, or a CSV file beside this one with a column a key"}
USES = {
    "description": 'Entry of the catalogue that this table stands over: "catalogue" for the one of '
    'its own name, or "catalogue/NAME"',
    "type": "string",
}


NO_RANGES = (Model.__name__, Source.__name__, Assumption.__name__)
"""Tables whose numbers and dates are what they are."""


class Key(NamedTuple):
    """One key of a model file."""

    path: str  # NAME and N stand for a name and a list index
    unit: str
    meaning: str
    required: bool
    plausible: str  # its usual range, where one is stated
    default: str = ""  # what is assumed where it is left out, and why; empty if nothing is told
    whole: bool = False  # whether a table around it may be left out, or be one of several

    @property
    def needed(self) -> str:
        """Whether it must be given: always, where its table stands, or not."""
        return ("in its table" if self.whole else "yes") if self.required else ""


class LeftOut(NamedTuple):
    """What stands for a table that is left out."""

    value: Any  # None: nothing does
    reason: str

    def of(self, key: str) -> str:
        """What stands for one of its keys, and why; empty where the table is then not there."""
        if not isinstance(self.value, BaseModel) or not self.reason:
            return ""
        name = next(
            n for n, info in type(self.value).model_fields.items() if key in (n, info.alias)
        )
        return f"{on_one_line(getattr(self.value, name))}, with its table: {self.reason}"


def fields_of(table: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a table under their TOML keys."""
    return {info.alias or name: info for name, info in table.model_fields.items()}


def type_at(path: KeyPath | tuple[str, ...], root: Any = Scenario) -> Any:
    """What may stand at a key path; None if nothing may."""
    kind = root
    for segment in path:
        kind = _inside(_plain(kind), segment)
        if kind is None:
            return None
    return _plain(kind)


def field_at(path: KeyPath, root: Any = Scenario) -> FieldInfo | None:
    """The declared field at a key path; None for a free name, a list item or an unknown key."""
    holder = type_at(path[:-1], root) if path else None
    if isinstance(holder, type) and issubclass(holder, BaseModel):
        return fields_of(holder).get(str(path[-1]))
    return None


def keys_at(path: KeyPath, root: Any = Scenario) -> list[str]:
    """The keys a table may hold; none where names are free."""
    holder = type_at(path, root)
    if isinstance(holder, type) and issubclass(holder, BaseModel):
        return list(fields_of(holder))
    return []


def default_at(path: KeyPath) -> Any:
    """The value of a key that is left out; None if it must be given."""
    info = field_at(path)
    return None if info is None or info.default is PydanticUndefined else info.default


def unit_at(path: KeyPath, root: Any = Scenario) -> str:
    """Unit of a key, from its description.

    >>> unit_at(("gpus", "GB300", "capex_usd_per_gpu"))
    'USD/GPU'
    """
    info = field_at(path, root)
    return _split(info)[1] if info else ""


def pattern_of(path: KeyPath, root: Any = Scenario) -> tuple[str, ...]:
    """A key path as the reference names it: NAME for a free name, N for an index.

    >>> pattern_of(("sites", "alpha", "phases", 0, "it_mw"))
    ('sites', 'NAME', 'phases', 'N', 'it_mw')
    """
    kinds = [_plain(type_at(path[:end], root)) for end in range(len(path))]
    names = {dict: "NAME", tuple: "N"}
    return tuple(
        names.get(get_origin(kind) or kind, str(segment))
        for kind, segment in zip(kinds, path, strict=True)
    )


def describe(path: KeyPath, root: Any = Scenario) -> str:
    """A key with its meaning and unit, for messages."""
    info = field_at(path, root)
    if info is None:
        return str(path[-1]) if path else ""
    meaning, unit = _split(info)
    begins = meaning[:1] if meaning[1:2].isupper() else meaning[:1].lower()  # GPUs, not gPUs
    return f"{path[-1]} [{unit}], {begins}{meaning[1:]}"


def choices_at(path: KeyPath, root: Any = Scenario) -> list[str]:
    """The names a key may take; empty where it is no name."""
    kind = type_at(path, root)
    return [str(c) for c in get_args(kind)] if get_origin(kind) is Literal else []


def reference(
    root: Any = Scenario, at: tuple[str, ...] = (), around: str = "", out: LeftOut | None = None
) -> Iterator[Key]:
    """Every key of a model file, in the order of the models.

    around: usual range of the table that the keys are in; out: where that table, or one around it,
    may be left out.
    """
    kind = _plain(root)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for key, info in fields_of(kind).items():
            own = _shown(info) or around
            within = out if info.is_required() else LeftOut(info.default, why_default(info))
            below = list(reference(info.annotation, (*at, key), own, within))
            if below:
                yield from below
            else:
                meaning, unit = _split(info)
                path = ".".join((*at, key))
                told = why_default(info)
                stands = on_one_line(info.default)
                default = f"{stands}: {told}" if told else ""
                whole = out.of(key) if out else ""
                if not default or whole.partition(", with")[0] not in ("", stands):
                    default = "; ".join(filter(None, (default, whole)))
                yield Key(path, unit, meaning, info.is_required(), own, default, out is not None)
    elif get_origin(kind) is dict and _is_table(get_args(kind)[1]):
        yield from reference(get_args(kind)[1], (*at, "NAME"), around, LeftOut(None, ""))
    elif get_origin(kind) is tuple and _is_table(get_args(kind)[0]):
        yield from reference(get_args(kind)[0], (*at, "N"), around, LeftOut(None, ""))


def json_schema() -> dict[str, Any]:
    """JSON Schema of a model file, for editors.

    No key is required: a file that extends another may hold any part of a scenario.
    """
    schema = Scenario.model_json_schema(by_alias=True)
    for table in (schema, *schema.get("$defs", {}).values()):
        table.pop("required", None)
    for noun in NOUNS:
        kind = _plain(get_args(Scenario.model_fields[noun].annotation)[1])
        schema["$defs"][kind.__name__]["properties"][USE] = USES
    for name, table in schema["$defs"].items():
        if name not in NO_RANGES:
            table["properties"] = {
                key: estimates.or_range(own) for key, own in table.get("properties", {}).items()
            }
    schema["$defs"][estimates.SCHEMA_NAME] = estimates.SCHEMA
    for noun in BOOKS:
        tables = schema["properties"][noun]
        schema["properties"][noun] = {**BOOK, "anyOf": [tables, {"type": "string"}]}
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "gpusim model"
    schema["properties"] = {"extends": EXTENDS, **schema["properties"]}
    return schema


def _plain(kind: Any) -> Any:
    """A type without Annotated and without the None of an optional key."""
    while get_origin(kind) in (Annotated, Union, types.UnionType):
        args = [a for a in get_args(kind) if a is not type(None)]
        if get_origin(kind) is not Annotated and len(args) > 1:
            return kind
        kind = args[0]
    return kind


def _inside(kind: Any, segment: str | int) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        info = fields_of(kind).get(str(segment))
        return info.annotation if info else None
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    if get_origin(kind) is tuple and whole_number(str(segment)) is not None:
        return get_args(kind)[0]
    return None


def _is_table(kind: Any) -> bool:
    plain = _plain(kind)
    return isinstance(plain, type) and issubclass(plain, BaseModel)


def usual(info: FieldInfo) -> dict[str, Any]:
    """The range that a key usually lies in, as `fields.plausible` states it; empty if none is."""
    extra = info.json_schema_extra
    own = extra.get("plausible") if isinstance(extra, dict) else None
    return own if isinstance(own, dict) else {}


def on_one_line(value: Any) -> str:
    """A default on one line.

    >>> on_one_line(1e6), on_one_line(("cash", "loan")), on_one_line(None), on_one_line({})
    ('1,000,000', 'cash, loan', 'nothing', 'nothing')
    """
    if value is None or value == {}:
        return "nothing"
    if isinstance(value, BaseModel):
        inner = value.model_dump(by_alias=True, exclude_none=True)
        return ", ".join(f"{key} {on_one_line(own)}" for key, own in inner.items())
    if isinstance(value, (tuple, list)):
        return ", ".join(map(on_one_line, value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return f"{value:,.10g}"


def _shown(info: FieldInfo) -> str:
    """The range that a key usually lies in, in words."""
    own = usual(info)
    return f"{own['low']:,.10g} to {own['high']:,.10g}" if own else ""


def _split(info: FieldInfo) -> tuple[str, str]:
    meaning, _, unit = (info.description or "").rpartition(" [")
    return meaning, unit.rstrip("]")
