"""Keys that older files hold and that are no more: left out with a warning, so that files run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.language.provenance import PROVENANCE
from gpusim.scenario.reading.tree import Tree

RETIRED: Final[dict[KeyPath, str]] = {
    ("market", "spot_ratio"): "nothing in a run sells at spot, and no figure ever read it",
}
"""Key path, and why it is gone."""


def leave_out(tree: Tree) -> None:
    """Take retired keys and the entries of their sources out of a tree; note where they were."""
    for path in RETIRED:
        if tree.get(path) is None:
            continue
        tree.retired.append((path, tree.origin(path)))
        tree.drop(path)
        for table in PROVENANCE:
            tree.drop((table, ".".join(map(str, path))))


def retired(tree: Tree) -> Iterator[str]:
    """A sentence for each retired key that was left out."""
    for path, origin in tree.retired:
        key = ".".join(map(str, path))
        yield (
            f"{key} is left out, because {RETIRED[path]}: the line can be deleted [{origin.place}]"
        )
