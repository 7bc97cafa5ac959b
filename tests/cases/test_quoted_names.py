"""Names with spaces and dots work wherever a name may stand: tables, paths, settings, figures."""

from __future__ import annotations

import polars as pl
import pytest

from gpusim.experiments.common.inputs import inputs_of
from gpusim.experiments.run import points
from gpusim.experiments.run.criteria import parse_criterion
from gpusim.scenario import ScenarioError, load
from gpusim.scenario.checks.warnings import warnings_of
from gpusim.scenario.reading.toml.locate import locate
from tests.cases.reading import MODELS, gpusim, usd

NAME = "names-with-spaces"
MODEL = str(MODELS / f"{NAME}.toml")
TABLES = {
    "gpus": "B300 HGX",
    "sites": "Fort Worth No. 2",
    "contracts": "Acme Corp. inference",
    "customers": "Acme Corp.",
    "debt": "First Bank",
    "overheads": "Head office",
    "equity": "Series B",
}


def test_the_model_is_in_order_with_its_sources():
    done = gpusim("models", "check", MODEL)
    assert done.returncode == 0, done.stderr


def test_the_customer_named_with_a_space_pays_until_its_day():
    """4,000 x 3.00 x 24 h = 288,000 a day from 2027-04-01; stops on 2028-01-15.

    April is invoiced on its last day and paid 30 days later: 30 x 288,000 = 8.64m in May. What the
    contract earns in the first half of January 2028 is the last: 14 days of 288,000 or less.
    """
    whole = usd("revenue_committed", "2027-12", NAME)
    last = usd("revenue_committed", "2028-01", NAME)
    after = usd("revenue_committed", "2028-02", NAME)
    anchor = 48_000 * 2.91 * 24
    assert whole - 31 * anchor == pytest.approx(31 * 288_000, abs=1)
    assert 13 * 288_000 <= last - 31 * anchor + 1 <= 15 * 288_000 + 2
    assert after == pytest.approx(29 * anchor, abs=1)


@pytest.mark.parametrize(
    ("setting", "path", "value"),
    [
        ('customers."Acme Corp.".defaults_on=2028-03-01', ("customers", "Acme Corp."), None),
        ("overheads.Head office.monthly_usd=5", ("overheads", "Head office"), 5),
        ("overheads.'Head office'.monthly_usd*=2", ("overheads", "Head office"), 200_000),
        ('sites."Fort Worth No. 2".pue+=0.1', ("sites", "Fort Worth No. 2"), 1.4),
        ('debt."First Bank".margin=0.05', ("debt", "First Bank"), 0.05),
        ('gpus."B300 HGX".lead.sd_days=5', ("gpus", "B300 HGX"), None),
        ('contracts."Acme Corp. inference".tranches.0.gpus=3000', ("contracts",), None),
    ],
)
def test_settings_reach_every_named_table(setting, path, value):
    tree = load(MODEL, sets=[setting]).tree
    table = tree.get(path)
    assert value is None or value in table.values()
    assert tree.changed


@pytest.mark.parametrize(("noun", "name"), list(TABLES.items()))
def test_lines_are_found(noun, name):
    text = (MODELS / f"{NAME}.toml").read_text()
    header = next(
        n for n, row in enumerate(text.splitlines(), 1) if row.startswith(f'[{noun}."{name}"]')
    )
    assert locate(text)[(noun, name)][0] == header


def test_a_mistake_is_told_with_its_quoted_path():
    with pytest.raises(ScenarioError, match=r'debt\."First Bank"\.margin'):
        load(MODEL, sets=['debt."First Bank".margin=7'])


@pytest.mark.parametrize("name", ['a"b', "a=b", "a*", "a@b", "a<b", " a", "a ", "a\tb", "\x1b[31m"])
def test_a_name_that_paths_read_as_a_sign_is_refused(name, tmp_path):
    model = tmp_path / "bad.toml"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    quoted = quoted.replace("\x1b", "\\u001b")
    model.write_text(f'extends = "single-site"\n[customers."{quoted}"]\n')
    with pytest.raises(ScenarioError, match=r"a name without|control character"):
        load(str(model))


def test_a_table_of_a_customer_nobody_has_is_warned_about(tmp_path):
    """Its day of default would count for nothing."""
    model = tmp_path / "typo.toml"
    model.write_text(f'extends = "{MODEL}"\n[customers."Acme Corp"]\ndefaults_on = 2027-06-30\n')
    (told,) = [w for w in warnings_of(load(str(model))) if "no contract" in w]
    assert told.startswith("no contract names the customer Acme Corp, so that its table has no")
    assert told.endswith(f'is it Acme Corp.? [customers."Acme Corp", {model}:2:1]')


def test_figures_conditions_and_inputs_take_them():
    prepared = points.prepare(points.Point(MODEL))
    assert prepared.figure("dscr.First Bank@2027Q4").name == "dscr.First Bank"
    condition = parse_criterion("dscr.First Bank@2027Q4>=1.2", prepared)
    assert (condition.figure.text, condition.value) == ("dscr.First Bank@2027Q4", 1.2)
    (moved,) = inputs_of(prepared.scenario, ['overheads."Head office".monthly_usd=1:9'])
    assert moved.at(1.0) == ('overheads."Head office".monthly_usd=9.0',)
    (assumed,) = inputs_of(prepared.scenario, ['customers."Acme Corp.".defaults_on'])
    assert assumed.at(0.0) == ('customers."Acme Corp.".defaults_on=2028-01-01',)


def test_a_sweep_and_its_tables_take_them(tmp_path):
    out = tmp_path / "swept"
    vary = ("--vary", 'debt."First Bank".margin=0.02:0.04:2', "--metric", "interest_expense")
    done = gpusim("sweep", MODEL, *vary, "--reps", "1", "--workers", "1", "-q", "--out", str(out))
    assert done.returncode == 0, done.stderr
    found = [pl.read_parquet(file) for file in out.rglob("*.parquet")]
    assert any("First Bank" in column for table in found for column in table.columns)
