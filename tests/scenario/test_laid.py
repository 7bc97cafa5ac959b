"""What is laid over a model and names nothing of it is refused, or told where it may be new."""

import pytest

from gpusim.scenario import ScenarioError, load
from tests.cases.reading import gpusim

SHOCK = """
[shock]
title = "A shock made for another model"
source = "none"
as_of = 2026-09-30
[[change]]
path = "{path}"
set = {value}
"""
HALL = '{ kind = "owned", phases = [{ it_mw = 20, ready = 2024-10-01 }] }'
BANK = """
[capital]
title = "A loan of another size"
reason = "to be told"
[debt.ddtl]
commitment_usd = {size}
[assumptions."debt.ddtl.commitment_usd"]
reason = "by hand"
relative = 0.1
"""


def shocked(tmp_path, path, value):
    file = tmp_path / "other.toml"
    file.write_text(SHOCK.format(path=path, value=value))
    return str(file)


@pytest.mark.parametrize("path", ["sites.alphas.pue", "contracts.anchors.price_usd_per_gpu_hour"])
def test_a_value_of_what_the_model_has_not_is_refused_with_the_nearest_name(tmp_path, path):
    with pytest.raises(ScenarioError) as refused:
        load("single-site", shocks=(shocked(tmp_path, path, 2.0),))
    (mistake,) = refused.value.mistakes
    assert mistake.nearest == path.replace("s.p", ".p")


def test_a_table_of_a_new_name_is_told(tmp_path):
    file = shocked(tmp_path, "sites.other", HALL)
    assert load("single-site", shocks=(file,)).laid == (
        f"shock {file} adds sites.other, which the model has not",
    )
    assert "adds sites.other, which" in " ".join(
        gpusim("units", "single-site", "--shock", file).stdout.split()
    )


def test_a_table_that_stands_over_the_models_adds_none(tmp_path):
    never = "{ probability = 0.0, mean_days = 0, sd_days = 0 }"
    file = shocked(tmp_path, "sites.alpha.delay", never)
    assert load("single-site", shocks=(file,)).laid == ()
    assert load("single-site", shocks=("memory-inflation",)).laid == ()
    assert load("single-site").laid == ()


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ("900_000_000", ("is 900,000,000, the model has 2,000,000,000",)),
        ("2_000_000_000", ()),
    ],
)
def test_an_option_of_capital_for_a_loan_of_another_size_tells_both(tmp_path, size, told):
    file = tmp_path / "bank.toml"
    file.write_text(BANK.format(size=size))
    expected = tuple(f"capital {file}: debt.ddtl.commitment_usd {text}" for text in told)
    assert load("single-site", capital=str(file)).laid == expected
