"""Slips that show only against the model's own size: each is said with its key."""

import pytest

from gpusim.scenario import list_models, load
from gpusim.scenario.checks.scale import full_month, off_scale
from tests.cases.reading import MODELS, gpusim

BUNDLED = [row.name for row in list_models() if row.kind == "operators"]
SOUND = "two_shells"


def said(model, *sets):
    """Key and sentence of each warning about the model's own scale."""
    return {
        ".".join(map(str, path)): text
        for path, text in off_scale(load(str(MODELS / f"{model}.toml"), sets=sets))
    }


def test_the_newcomer_s_four_slips_are_said_by_check():
    checked = gpusim("models", "check", str(MODELS / "silent_slips.toml")).stdout
    told = " ".join(checked.split())
    # oem is named by c1 and c3: 6,000 and 4,000 B200 at USD 50,000 are 500m
    assert "commitment of oem, USD 250, is small for the hardware of USD 500m" in told
    assert "contract c2 has a start on 2092-01-01, after the run's last day 2032-06-30" in told
    # 42 MW full of 1.7 kW at 3.20, the dearest: 42,000 / 1.7 x 730 x 3.20 = 57.7m
    assert "staff, USD 900m a month, is more than the USD 57.7m that all sites would earn" in told
    assert told.count("has a price of 0: its GPUs") == 1


def test_a_sound_model_is_not_warned_about():
    assert said(SOUND) == {}
    # all that sites could earn, by hand
    full = full_month(load(str(MODELS / f"{SOUND}.toml")))
    assert full == pytest.approx(42_000 / 1.7 * 730 * 3.20)


@pytest.mark.parametrize("name", BUNDLED)
def test_no_bundled_model_is_warned_about(name):
    assert list(off_scale(load(name))) == []


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("debt.oem.commitment_usd=250_000", "debt.oem.commitment_usd"),
        ("debt.oem.commitment_usd=250_000_000_000", "debt.oem.commitment_usd"),
        ("contracts.c5.tranches.0.start=2036-01-01", "contracts.c5.tranches.0.start"),
        ("overheads.staff.monthly_usd=60_000_000", "overheads.staff.monthly_usd"),
        ("contracts.c2.price_usd_per_gpu_hour=0", "contracts.c2.price_usd_per_gpu_hour"),
        ("gpus.B200.capex_usd_per_gpu=0", "gpus.B200.capex_usd_per_gpu"),
    ],
)
def test_a_slip_is_said_at_its_key(change, key):
    assert list(said(SOUND, change)) == [key]


@pytest.mark.parametrize(
    ("change", "key", "sentence"),
    [
        ("until=2026-06-30", "until", "ends on 2026-06-30"),
        ("from=2092-01-01", "from", "begins on 2092-01-01"),
        (
            "one_offs=[{date=2026-07-01, amount_usd=9e5}, {date=2026-06-30, amount_usd=9e5}]",
            "one_offs.1.date",
            "falls on 2026-06-30",
        ),
        (
            "one_offs=[{date=2092-01-01, amount_usd=9e5}]",
            "one_offs.0.date",
            "falls on 2092-01-01",
        ),
    ],
)
def test_a_cost_that_lies_outside_the_run_is_said(change, key, sentence):
    """The run is of 2026-07-01 to 2032-06-30; a quarter more is said to lie in it."""
    told = said(SOUND, f"overheads.staff.{change}")
    assert list(told) == [f"overheads.staff.{key}"]
    (text,) = told.values()
    assert f"has a cost that {sentence}, outside the run of 2026-07-01 to 2032-06-30" in text


@pytest.mark.parametrize(
    ("key", "step", "sentence"),
    [
        ("overheads.staff.steps", "monthly_usd=9e5", "overhead staff has rates that begin on"),
        (
            "sites.{site}.tariff_steps",
            "tariff_usd_per_kwh=0.09",
            "site {site} has prices of power that begin on",
        ),
    ],
)
def test_steps_after_the_run_are_said_and_those_before_it_are_not(key, step, sentence):
    """What began before the run holds on its first day; the first of two after it is named."""
    site = next(iter(load(str(MODELS / f"{SOUND}.toml")).sites))
    days = ("2026-01-01", "2026-06-30", "2032-09-30", "2032-10-01", "2092-01-01")
    steps = ", ".join(f"{{date={day}, {step}}}" for day in days)
    key, sentence = key.format(site=site), sentence.format(site=site)
    told = said(SOUND, f"{key}=[{steps}]")
    assert told == {
        f"{key}.3.date": f"{sentence} 2032-10-01, outside the run of 2026-07-01 to 2032-06-30: "
        "they change nothing there, and so for 1 more like it"
    }


@pytest.mark.parametrize(
    ("days", "key", "day"),
    [
        ("from=2020-01-01, until=2026-06-30", "until", "2026-06-30"),
        ("from=2092-01-01", "from", "2092-01-01"),
    ],
)
def test_power_bought_ahead_of_other_years_is_said(days, key, day):
    site = next(iter(load(str(MODELS / f"{SOUND}.toml")).sites))
    own = f"sites.{site}.ppa"
    told = said(SOUND, f"{own}={{mw=10, price_usd_per_kwh=0.05, {days}}}")
    assert told == {
        f"{own}.{key}": f"site {site} has power bought ahead that begins or ends on {day}, outside "
        "the run of 2026-07-01 to 2032-06-30: it costs nothing there"
    }


@pytest.mark.parametrize(("key", "day"), [("until", "2026-06-30"), ("from", "2092-01-01")])
def test_a_curtailment_of_other_years_is_said(key, day):
    site = next(iter(load(str(MODELS / f"{SOUND}.toml")).sites))
    own = f"sites.{site}.curtailment"
    told = said(SOUND, f"{own}={{hours_per_year=50, {key}={day}}}")
    assert told == {
        f"{own}.{key}": f"site {site} has a curtailment that begins or ends on {day}, outside "
        "the run of 2026-07-01 to 2032-06-30: nothing is shed there"
    }


def test_a_cost_line_without_a_rate_is_said():
    """One of 0 is stated, and so is one that begins by a step or is a cost of one day."""
    (told,) = said(SOUND, 'overheads.x={line="sales", growth_per_year=0.1}').items()
    assert told[0] == "overheads.x"
    assert "costs nothing: it has no steps, no one_offs and none of monthly_usd, rev" in told[1]
    for own in (
        "monthly_usd=0",
        "steps=[{date=2027-01-01, revenue_share=0.01}]",
        "one_offs=[{date=2027-01-01, amount_usd=9e5}]",
    ):
        assert said(SOUND, f'overheads.x={{line="sales", {own}}}') == {}


@pytest.mark.parametrize(
    "change",
    ["until=2026-07-01", "from=2032-09-30", "one_offs=[{date=2032-09-30, amount_usd=9e5}]"],
)
def test_a_cost_that_lies_in_the_run_or_just_beyond_is_not(change):
    assert said(SOUND, f"overheads.staff.{change}") == {}


@pytest.mark.parametrize(
    "change",
    ["debt.oem.commitment_usd=5_500_000", "overheads.staff.monthly_usd=57_000_000"],
)
def test_what_is_only_unusual_is_not(change):
    """A loan of a ninetieth of its hardware, overheads of all that could be earned."""
    assert said(SOUND, change) == {}


def test_check_says_warnings_first_and_counts_numbers_without_a_source():
    file = str(MODELS / "silent_slips.toml")
    few, every = (gpusim("models", "check", file, how) for how in ("--strict", "--all"))
    assert few.stdout.splitlines()[0].startswith("warning: ")
    bare = [line for line in every.stderr.splitlines() if "without a source" in line]
    named = [line for line in few.stderr.splitlines() if "found" in line]
    assert named == bare[:5]
    assert f"... and {len(bare) - 5} more numbers without a source" in few.stderr
    assert "more numbers" not in every.stderr
    assert few.returncode == every.returncode == 2


AHEAD = "sites.alpha.ppa={{ mw = {}, price_usd_per_kwh = 0.05, from = 2027-01-01{} }}"


def test_power_bought_ahead_is_held_against_what_its_site_can_draw():
    """Seven times the draw is told with what becomes of it; all of the draw is none too many."""
    site = load("single-site").sites["alpha"]
    most = sum(phase.it_mw for phase in site.phases) * site.pue
    told = told_of("single-site", AHEAD.format(7 * most, ""))
    assert list(told) == ["sites.alpha.ppa.mw"]
    text = told["sites.alpha.ppa.mw"]
    assert f", 7 times the {most:,.4g} MW that alpha draws with all of its" in text
    assert text.endswith("what is not drawn is paid for and brings nothing")
    sold = told_of("single-site", AHEAD.format(7 * most, ", resale_usd_per_kwh = 0.03"))
    assert sold["sites.alpha.ppa.mw"].endswith("what is not drawn is sold back")
    assert told_of("single-site", AHEAD.format(most, "")) == {}


def test_a_commitment_that_is_never_drawn_and_a_reserve_of_more_than_is_owed_are_told():
    """A loan may be of three times what names it, and a reserve of what a draw is repaid in."""
    scenario = load("single-site")
    loan = scenario.debt["ddtl"]
    bought = sum(
        t.gpus * scenario.gpus[c.gpu].capex_usd_per_gpu
        for c in scenario.contracts.values()
        for t in c.tranches
        if c.facility == "ddtl"
    )
    assert told_of("single-site", f"debt.ddtl.commitment_usd={3 * bought}") == {}
    told = told_of("single-site", f"debt.ddtl.commitment_usd={4 * bought}")
    assert list(told) == ["debt.ddtl.commitment_usd"]
    assert " is 4.0 times the USD " in told["debt.ddtl.commitment_usd"]
    months = loan.amortisation.months
    assert told_of("single-site", f"debt.ddtl.reserve_months={months}") == {}
    told = told_of("single-site", f"debt.ddtl.reserve_months={months + 1}")
    assert f"a draw is repaid in {months}" in told["debt.ddtl.reserve_months"]


def told_of(name, *sets):
    """The same of a bundled model."""
    return {".".join(map(str, path)): text for path, text in off_scale(load(name, sets=sets))}
