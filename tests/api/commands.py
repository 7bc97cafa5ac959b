"""A command in this process, for comparison with a function."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer.main
from typer.testing import CliRunner

from gpusim.cli.app import app

SHORT = "model.quarters=4"
VOLATILE = ("command", "written", "seconds", "manifest_hash")
"""Entries of a manifest that say when and how, not what."""


def printed(*arguments: str) -> str:
    """What a command prints; it must end well."""
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return done.stdout


def command(name: str) -> Any:
    """A command and its options."""
    group: Any = typer.main.get_command(app)
    return group.commands[name]


def content(folder: Path) -> dict[str, Any]:
    """Every file of a folder: bytes, of the manifest what does not tell of time."""
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    if "manifest.json" in found:
        manifest = json.loads(found["manifest.json"])
        found["manifest.json"] = {k: v for k, v in manifest.items() if k not in VOLATILE}
    return found
