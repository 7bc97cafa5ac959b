"""What messages tell a newcomer: the list to write, the fix first, what fits, and why."""

import pytest

from gpusim.scenario.language.errors import is_near, near_ones, nearest
from gpusim.scenario.tables.operator import STEPS, with_steps
from tests.cases.reading import MODELS, gpusim

SHELLS = str(MODELS / "two_shells.toml")
MODEL = '[model]\ntitle = "Two"\nas_of = 2026-09-30\nquarters = 4\ncatalogue = "2026-05"\n'


def wrong(*arguments, cwd="."):
    done = gpusim(*arguments, cwd=cwd)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


@pytest.mark.parametrize(
    ("name", "names", "near"),
    [
        # four fifths of the letters: 2 x 6 / (6 + 7), 2 x 12 / (12 + 12) with one of 12 changed
        ("tranch", ["tranche", "price"], "tranche"),
        ("amortization", ["amortisation", "maturity"], "amortisation"),
        ("cahs", ["cash", "capex"], "cash"),  # neighbours that have changed places
        # whole words, or their beginnings, in the other name
        ("sweep", ["size", "cash_sweep"], "cash_sweep"),
        ("escalation", ["price_escalator", "renewal"], "price_escalator"),
        ("prepay_share", ["prepayment.share", "loan_share"], "prepayment.share"),
        # alike by less than that: 2 x 4 / (4 + 5), 2 x 5 / (6 + 7), 2 x 3 / (4 + 4)
        ("opex", ["opens"], ""),
        ("rental", ["renewal"], ""),
        ("date", ["rate"], ""),
        # a word that many names end with says nothing
        ("tax_rate", ["advance_rate", "sfc_rate"], ""),
    ],
)
def test_only_what_is_near_is_suggested(name, names, near):
    assert nearest(name, names) == near


def test_near_ones_are_in_order_of_likeness_whatever_their_case():
    assert near_ones("gb30", ["GB200", "GB300", "H100"], 2) == ["GB300"]
    assert is_near("capex_per_gpu", "capex_usd_per_gpu")


def test_a_share_above_one_is_no_percentage_unless_its_hundredth_is_usual():
    """0.0115 lies far below advance rates; 0.85 is one. A margin of 1.15% is usual."""
    rate = "debt.oem.advance_rate"
    told = wrong("models", "check", SHELLS, "--set", f"{rate}=1.15")
    assert "found 1.15" in told
    assert "did you mean" not in told
    assert "did you mean 0.85?" in wrong("models", "check", SHELLS, "--set", f"{rate}=85")
    assert "did you mean 0.0115?" in wrong(
        "models", "check", SHELLS, "--set", "tax.rate=0.2", "--set", "debt.oem.upfront_fee=1.15"
    )


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("model.quarters=24.0", "found 24.0; expected a whole number [quarters]: 24\n"),
        ("model.quarters='24'", 'found "24"; expected a whole number [quarters]: 24\n'),
        ("model.quarters=2.5", "found 2.5; expected a whole number [quarters]\n"),
        ("tax.rate='25%'", 'found "25%"; expected a number [share]: 0.25\n'),
    ],
)
def test_a_number_of_another_form_is_written_as_it_should_be(setting, told):
    assert told in wrong("models", "check", SHELLS, "--set", setting)


def test_a_step_goes_behind_those_that_come_before_it_usually():
    assert with_steps(("rent", "taxes"), ["sweep"]) == ["rent", "taxes", "sweep"]
    assert with_steps(("rent", "revolver", "trap"), ["sweep"])[1:] == ["revolver", "sweep", "trap"]
    assert with_steps(STEPS[1:], ["taxes"]) == list(STEPS)


def test_what_lacks_a_step_is_told_the_list_to_write():
    """A sweep, a trap, and a stated list without steps that every firm has."""
    stated = '"taxes", "operating", "rent", "fees", "interest", "principal", "suppliers"'
    sweep = "debt.oem.cash_sweep={share=0.5, from=2028-03-31}"
    own = f'operator.waterfall=[{stated}, "reserve", "revolver"]'
    told = wrong("models", "check", SHELLS, "--set", own, "--set", sweep)
    whole = f'waterfall = [{stated}, "reserve", "revolver", "sweep"] in [operator]'
    assert f"expected that step, as in {whole}, or no cash_sweep" in told
    told = wrong("models", "check", SHELLS, "--set", f"operator.waterfall=[{stated}]")
    expected = "every step; revolver, sweep and trap are optional"
    assert f'found no reserve; expected {expected}: [{stated}, "reserve"]' in told
    assert 'such as ["loan", "vendor", "cash", "revolver"]' in wrong(
        "models", "check", SHELLS, "--set", "operator.funding_order=[]"
    )


@pytest.mark.parametrize("text", ["", "\n\n", "# a model to come\n"])
@pytest.mark.parametrize("command", [("models", "check"), ("run",), ("units",)])
def test_an_empty_file_is_told_to_be_empty(tmp_path, text, command):
    (tmp_path / "empty.toml").write_text(text)
    assert wrong(*command, "empty.toml", cwd=tmp_path) == (
        "empty.toml:1:1: found an empty file, or comments alone; expected a model, such as "
        "`gpusim new NAME` writes to begin with\n"
    )


def test_a_wrong_heading_is_told_what_it_is_to_be_first(tmp_path):
    (tmp_path / "model.toml").write_text(f'contracts = "book.csv"\n{MODEL}')
    (tmp_path / "book.csv").write_text("name,price,months,zzz\na,2.5,24,1\n")
    told = wrong("models", "check", "model.toml", cwd=tmp_path).splitlines()
    keys = "all keys: gpusim models schema --keys"
    head = "book.csv:1:"
    price, months, none = (line for line in told if line.startswith(head))
    found = "found a heading that is no key; expected "
    assert price.startswith(f"{head}2: price: {found}price_usd_per_gpu_hour (near it too: price_")
    assert months.startswith(f"{head}3: months: {found}term_months (near it too: ")
    assert none == f"{head}4: zzz: {found}the key of a column; {keys}"
    assert all(line.endswith(keys) and len(line) < 250 for line in (price, months))


def test_a_shock_of_what_a_model_has_not_says_so_once_and_which_fit():
    told = wrong("models", "check", "single-site", "--shock", "late-shell")
    (line,) = told.splitlines()
    assert line.startswith(
        "models/shocks/late-shell.toml:9:1: late-shell: found a shock of sites.helios, which the "
        "model has not; expected one about what it has: "
    )
    fits = line.partition("it has: ")[2].partition(";")[0].split(", ")
    assert "higher-for-longer" in fits
    for name in fits:  # whatever else is wrong then, it is no path
        done = gpusim("models", "check", "single-site", "--shock", name)
        assert "matches nothing" not in done.stderr
        assert "which the model has not" not in done.stderr
    compared = wrong("compare", "single-site", "--shock", "none", "--shock", "late-shell")
    assert compared == told


def test_a_misspelt_name_in_an_own_shock_has_its_own_message(tmp_path):
    (tmp_path / "late.toml").write_text(
        '[shock]\ntitle = "Late"\nsource = "own"\nas_of = 2026-01-01\n'
        '[[change]]\npath = "gpus.GB30.capex_usd_per_gpu"\ntimes = 2\n'
    )
    told = wrong("models", "check", "single-site", "--shock", "late.toml", cwd=tmp_path)
    assert "nearest valid name: gpus.GB300.capex_usd_per_gpu" in told
    assert "about what it has" not in told


@pytest.mark.parametrize(
    ("command", "reps", "told"),
    [
        (("compare", "single-site"), 40, "expected 100 to 1,000,000: options are judged"),
        (("backtest", "coreweave-2025q1"), 9, "expected 10 to 1,000,000: a band of 80% leaves"),
        (("solve", "single-site", "--for", "tax.rate=0:1", "--until", "cash<0"), 9, "no side of a"),
        (("sensitivity", "single-site"), 1, "one alone gives no interval"),
        (("bridge", "single-site", "--to-set", "tax.rate=0"), 1, "one alone gives no interval"),
    ],
)
def test_too_few_replications_are_refused_with_the_reason(command, reps, told):
    line = wrong(*command, "--reps", str(reps))
    assert line.startswith(f"reps: found {reps}; expected ")
    assert told in line
