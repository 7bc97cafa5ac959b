"""Unit economics of a model file, as the command gives them."""

from pathlib import Path

from gpusim.appraisal.unit_economics import compute
from gpusim.appraisal.unit_figures import Row
from gpusim.scenario import load

MODELS = Path(__file__).parent / "models"


def row(model: str, name: str, *sets: str, kind: str = "contract", **options) -> Row:
    """A row of `gpusim units MODEL --set ...`; a model of the tests by its file's stem."""
    own = MODELS / f"{model}.toml"
    units = compute(load(str(own) if own.exists() else model, sets=sets), **options)
    (found,) = [r for r in units.rows if (r.kind, r.name) == (kind, name)]
    return found


def value(found: Row, figure: str) -> float:
    """A figure that is defined."""
    defined = found.figures[figure]
    assert defined.value is not None, defined.reason
    return defined.value
