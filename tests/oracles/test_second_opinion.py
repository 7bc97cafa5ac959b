"""gpusim agrees with a program that was written from the definitions alone."""

import pytest

from tests.oracles.second_opinion.compare import differences, untold
from tests.oracles.second_opinion.generate import LAYERS, operator

CASE = "second opinion"
EACH = 8
SEED = 7_000_000


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("batch", range(5))
def test_every_line_of_every_month_agrees(layer, batch, tmp_path):
    told = []
    for number in range(batch, EACH, 5):
        path = tmp_path / f"{layer}-{number}.toml"
        path.write_text(operator(SEED + number, layer))
        told += [f"{path.name} {d}" for d in differences(path)]
    assert not told, "\n".join(told[:20])


def test_no_line_is_left_out(tmp_path):
    path = tmp_path / "operator.toml"
    path.write_text(operator(SEED))
    assert not untold(path)
