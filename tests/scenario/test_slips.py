"""Slips of a text that is no TOML: each is told at its place with what it is to be, by hand."""

import random
import tomllib

import pytest

from gpusim.scenario import list_models
from gpusim.scenario.language.errors import ScenarioError
from gpusim.scenario.reading import bundled
from gpusim.scenario.reading.slips.find import MOST, slips
from gpusim.scenario.reading.slips.values import told_of
from gpusim.scenario.reading.toml.toml_file import read_file
from tests.cases.reading import gpusim

A_DAY = "a day of the calendar, such as 2026-03-31"
ORDER = f"{A_DAY}: year, month, day"
APART = "digits are parted by _ or by nothing"
POINT = "a point before decimals"
UNIT = "no unit, it stands in the key"
MONEY = "no currency, it stands in the key"
FULL = "a number in full"
BOTH = "digits on both sides of the point"
NOTE = "# before a comment"
BRACES = "all of it on one line, up to }; or a table of its own, [NAME]"
ALONE = "nothing behind a value; each key has a line of its own"
OPENS, CLOSES = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"
VALUES = [  # what is written after the equals sign, and what is expected
    ("2027-13-01", f"{A_DAY}; there is no month 13"),
    ("2027-00-01", f"{A_DAY}; there is no month 00"),
    ("2027-02-30", A_DAY),
    ("2027-6-1", "2027-06-01: month and day have two digits each"),
    ("30.09.2026", "2026-09-30: year, month, day"),
    ("30-09-2026", "2026-09-30: year, month, day"),
    ("09/30/2026", "2026-09-30: year, month, day"),
    ("2026/09/30", "2026-09-30: year, month, day"),
    ("03/04/2026", ORDER),  # March or April
    ("30 Sep 2026", "2026-09-30"),
    ("1 June 2027", "2027-06-01"),
    ("Sep 30, 2026", "2026-09-30"),
    ("2027-Q1", ORDER),
    ("2027-06", ORDER),
    ("80,000,000", f"80000000: {APART}"),
    ("80 000 000", f"80000000: {APART}"),
    ("80'000'000", f"80000000: {APART}"),
    ("1.000.000", f"1000000: {APART}"),
    ("-1,000,000", f"-1000000: {APART}"),
    ("1,234", f"1234 or 1.234: {APART}, {POINT}"),
    ("0,0325", f"0.0325: {POINT}"),
    ("1.234,5", f"1234.5: {POINT}"),
    ("$80_000_000", f"80000000: {MONEY}"),
    ("$80,000,000", f"80000000: {APART}, {MONEY}"),
    ("-$5", f"-5: {MONEY}"),
    ("80_000_000 USD", f"80000000: {MONEY}"),
    ("\N{EURO SIGN}5.5", f"5.5: {MONEY}"),
    ("5%", "0.05"),
    ("5 %", "0.05"),
    ("2.75%", "0.0275"),
    ("-0.25%", "-0.0025"),
    ("80m", f"80000000 or 80: {FULL}"),
    ("1.5bn", f"1500000000: {FULL}"),
    ("10k", f"10000: {FULL}"),
    ("80 million", f"80000000: {FULL}"),
    ("$1.2 bn", f"1200000000: {MONEY}, {FULL}"),
    ("24 quarters", f"24: {UNIT}"),
    ("12MW", f"12: {UNIT}"),
    ("2.10 USD/GPU-hour", f"2.10: {UNIT}"),
    (".5", f"0.5: {BOTH}"),
    ("5.", f"5.0: {BOTH}"),
    ("084", "84: no zero before the first digit"),
    ("1__0", "10: a single _ between digits"),
    ("10 * 1000", "one number: nothing is worked out in a model file"),
    ("=10*1000", "one number: nothing is worked out in a model file"),
    ("TRUE", "true"),
    ("yes", "true"),
    ("Off", "false"),
    ("null", "a value; a key of which nothing is known is left out"),
    ("n/a", "a value; a key of which nothing is known is left out"),
    ("owned", '"owned", in quotes'),
    ("take-or-pay", '"take-or-pay", in quotes'),
    ("two words", '"two words", in quotes'),
    (
        "\N{LEFT DOUBLE QUOTATION MARK}owned\N{RIGHT DOUBLE QUOTATION MARK}",
        'straight quotation marks, "owned"',
    ),
    ("\N{MINUS SIGN}5", "-5: the minus sign of a keyboard, -"),
    ("24 // six years", "24 # ...: a comment begins with #"),
]
LINES = [  # a line, the column of the slip, what is found there, what is expected
    ("quarters: 24", 9, "quarters :", "quarters = ..."),
    ("quarters => 24", 10, "quarters =>", "quarters = ..."),
    ("quarters == 24", 10, "quarters ==", "quarters = ..."),
    ("a = { x: 1, y = 2 }", 8, "x :", "x = ..."),
    ("quarters 24", 1, "quarters 24", "quarters = 24"),
    ("quarters =", 1, "quarters = and nothing", "a value; or no such line"),
    ("a = { x = , y = 2 }", 7, "x = and nothing", "a value; or no such line"),
    ("a = 24;", 5, "24;", "24"),
    ("// a comment", 1, "// a comment", NOTE),
    ("; a comment", 1, "; a comment", NOTE),
    ("-- a comment", 1, "-- a comment", NOTE),
    ("A model of mine", 1, "A model of mine", f"KEY = VALUE, [TABLE], or {NOTE}"),
    ('a = "Powered shell', 5, '"Powered shell', 'a text that ends with "'),
    ("a = 'Powered shell", 5, "'Powered shell", "a text that ends with '"),
    ('a = "C:\\path"', 5, '"C:\\path"', "single quotes around a text with \\: 'C:\\path'"),
    ("[debt.building", 1, "[debt.building", "[debt.building]"),
    ("[debt.the loan]", 1, "[debt.the loan]", "[debt.the-loan], or the name in quotes"),
    ("[[sites.a.phases]", 1, "[[sites.a.phases]", "[[sites.a.phases]]"),
    ("[tax] rate = 0.2", 1, "[tax] rate = 0.2", "[tax] on a line of its own"),
    ("a = { x = 1,", 5, "a { } table that goes on in the next line", BRACES),
    ("a = { x = 1, y = 2", 5, "a { } table that goes on in the next line", BRACES),
    ("a = { x = 1, }", 12, "a comma before }", "} behind the last value"),
    ("a = { x = 1 y = 2 }", 12, "y = 2 }", "a comma before it"),
    ("a = [1 2]", 7, "2]", "a comma before it"),
    ("a = 1, b = 2", 6, "a comma at the end", ALONE),
    ("a = 1 b = 2", 7, "b = 2", "a line of its own"),
    ("a = (1, 2)", 5, "round brackets", "[ ] around a list, { } around a table"),
    ("a = [1, 2", 1, "a list without an end", "] at its end"),
    ("a = [1, 2]]", 11, "] too many", "one for each that opens"),
    ("title = 5", 1, "title a second time", "each key once; line 2 has it too"),
    ("[model]", 1, "[model] a second time", "each table once; line 1 has begun it"),
]


def told(text):
    """Line, column, what is found and what is expected of each slip of a text."""
    with pytest.raises(tomllib.TOMLDecodeError) as refused:
        tomllib.loads(text)
    return [
        (
            text.count("\n", 0, own.start) + 1,
            own.start - text.rfind("\n", 0, own.start),
            own.found,
            own.expected,
        )
        for own in slips(text, str(refused.value))
    ]


@pytest.mark.parametrize(("value", "expected"), VALUES)
def test_a_value_is_told_as_it_should_be_written(value, expected):
    """Alone, and between others in a table on one line, with a comment behind it."""
    assert told(f"[model]\nkey = {value}\nlast = 1\n") == [(2, 7, value, expected)]
    if "=" not in value and "//" not in value:
        inline = f"[model]\na = {{ one = 1, key = {value}, two = 2 }} # so 5% of it\n"
        assert told(inline) == [(2, 22, value, expected)]


@pytest.mark.parametrize(("line", "column", "found", "expected"), LINES)
def test_a_line_is_told_as_it_should_be(line, column, found, expected):
    assert told(f"[model]\ntitle = 'x'\n{line}\n") == [(3, column, found, expected)]


def test_all_slips_of_a_text_are_told_at_once():
    text = "[model]\nas_of = 30.09.2026\ntitle: 1\n# 5%\n[debt.a]\nmargin = 5%\nusd = 1,000,000\n"
    assert [(line, found) for line, _, found, _ in told(text)] == [
        (2, "30.09.2026"),
        (3, "title :"),
        (6, "5%"),
        (7, "1,000,000"),
    ]
    many = "".join(f"k{n} = {n}%\n" for n in range(MOST + 5))
    assert len(told(many)) == MOST


def test_a_list_over_lines_that_nothing_closes_is_told_where_the_next_key_is():
    assert told("a = [\n  1,\n  2,\nb = 3\n") == [
        (4, 1, "a list that a line before it has begun", "] at its end")
    ]


@pytest.mark.parametrize("text", ["1", "0.5", "1_000", "2027-06-01", "@", "%", "a = b", ""])
def test_what_is_right_or_unknown_is_no_slip(text):
    assert told_of(text) is None


def test_a_file_is_told_its_slips_and_a_setting_too(tmp_path):
    (tmp_path / "model.toml").write_text("[model]\nas_of = 2027-13-01\nquarters = 5%\n")
    done = gpusim("models", "check", "model.toml", cwd=tmp_path)
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        [
            f"model.toml:2:9: found 2027-13-01; expected {A_DAY}; there is no month 13",
            "model.toml:3:12: found 5%; expected 0.05",
        ],
    )
    done = gpusim("models", "check", "single-site", "--set", "tax.rate=25%")
    assert (done.returncode, done.stderr) == (
        2,
        "--set tax.rate=25%: tax.rate: found 25%; expected 0.25\n",
    )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("{date=2027-13-01, amount_usd=5}", f"2027-13-01; expected {A_DAY}; there is no month 13"),
        ("{date=2027-03-31, amount_usd=5%}", "5%; expected 0.05"),
    ],
)
def test_a_table_in_a_setting_is_told_its_slip(value, told):
    done = gpusim("models", "check", "single-site", "--set", f"equity.round={value}")
    assert (done.returncode, done.stderr) == (
        2,
        f"--set equity.round={value}: equity.round: found {told}\n",
    )


def test_whatever_is_broken_is_told_and_nothing_else_happens(tmp_path):
    """Bundled models with signs left out, put in and changed."""
    luck = random.Random(5)
    names = [row.name for row in list_models("operators")]
    refused = known = placed = 0
    for _ in range(150):
        text = bundled.path_of("operators", luck.choice(names)).read_text(encoding="utf-8")
        at = luck.randrange(min(len(text), 3_000))
        text = text[: min(len(text), 3_000)]
        broken = text[:at] + luck.choice(["", "=", '"', "[", "}", ",", "\n", "%", "'", "\\", "x "])
        (tmp_path / "m.toml").write_text(broken + text[at + luck.randrange(2) :], encoding="utf-8")
        try:
            read_file(tmp_path / "m.toml")
        except ScenarioError as error:
            refused += 1
            known += "no TOML" not in str(error)
            placed += all(own.line and own.column for own in error.mistakes)
    assert refused == placed > 50
    assert known > refused / 2
