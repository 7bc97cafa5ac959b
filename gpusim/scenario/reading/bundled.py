"""The files that come with gpusim: operators, shocks, strategies and capital under models/."""

from __future__ import annotations

from functools import cache
from pathlib import Path

KINDS = ("operators", "shocks", "strategies", "capital")


@cache
def root() -> Path:
    """The folder of bundled files: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parents[2]
    inside = package / "_models"
    return inside if inside.is_dir() else package.parent / "models"


def names(kind: str) -> list[str]:
    """Names of the bundled files of a kind, sorted; base files have a folder and are left out."""
    folder = root() / kind
    return sorted(path.stem for path in folder.glob("*.toml")) if folder.is_dir() else []


def base_names() -> list[str]:
    """What `extends` may name besides a model, such as base/neocloud.toml."""
    folder = root() / "operators"
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*.toml"))


def path_of(kind: str, name: str) -> Path:
    """Where a bundled file of a name is, or would be."""
    stem = name if name.endswith(".toml") else f"{name}.toml"
    return root() / kind / stem


def shown_path(path: Path) -> str:
    """A file as messages and origins name it: bundled ones from models/ on, wherever installed."""
    if path.as_posix() == "-":
        return "stdin"
    try:
        return f"models/{path.resolve().relative_to(root().resolve()).as_posix()}"
    except ValueError:
        return path.as_posix()


def data_file(name: str) -> Path:
    """Where a bundled table of published figures is."""
    return root() / "data" / name
