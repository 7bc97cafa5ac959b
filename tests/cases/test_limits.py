"""What is too large, too deep or no file is refused in words, before time or memory is spent."""

from __future__ import annotations

import itertools
import json
import os

import pytest

from gpusim.scenario.checks.consistency import REFERENCES
from gpusim.scenario.language import limits
from gpusim.scenario.schema import reference, type_at
from tests.cases.reading import Done, gpusim

HEAD = 'extends = "single-site.toml"\n'
WRONG_INPUT = 2


@pytest.fixture
def model(tmp_path):
    """Write a model file; its path."""

    def write(text: str | bytes, name: str = "model.toml") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def refused(done: Done, *words: str) -> str:
    """Exit code 2, one short line with the words, nothing of an error inside."""
    assert done.returncode == WRONG_INPUT, done.stdout + done.stderr
    told = done.stderr
    assert "Traceback" not in told
    assert "gpusim failed" not in told
    assert all(word in told for word in words), told
    assert len(told) < 2_000
    return told


def check(path: str) -> Done:
    return gpusim("models", "check", path)


# Files


@pytest.mark.parametrize("how", ["whole", "as a parent", "in CRLF"])
def test_a_byte_order_mark_is_read(model, how):
    text = '\ufeff[model]\ntitle = "marked"\n'
    if how == "as a parent":
        model(text, "parent.toml")
        path = model('extends = ["single-site.toml", "parent.toml"]\n')
    else:
        whole = text.replace("[model]", HEAD + "[model]")
        path = model(whole.replace("\n", "\r\n") if how == "in CRLF" else whole)
    assert check(path).returncode == 0
    assert 'title = "marked"' in gpusim("models", "show", path).stdout


READERS = (
    ("models", "check", "{}"),
    ("run", "{}", "--reps", "1"),
    ("run", "single-site", "--shock", "{}", "--reps", "1"),
    ("run", "single-site", "--strategy", "{}", "--reps", "1"),
    ("sweep", "single-site", "--list", "{}", "--reps", "1"),
    ("models", "fit-market", "--data", "{}"),
    ("backtest", "coreweave-2025q1", "--actuals", "{}", "--reps", "10"),
)


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_only_regular_files_are_read(tmp_path, command):
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "endless.toml").symlink_to("/dev/zero")
    for name, kind in (("pipe", "pipe"), ("folder", "folder"), ("endless", "device")):
        path = str(tmp_path / f"{name}.toml")
        refused(gpusim(*(word.format(path) for word in command)), path, f"found a {kind}")


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_a_file_of_more_bytes_is_refused(tmp_path, command):
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(limits.FILE_BYTES.most + 1)  # sparse: takes no room
    told = gpusim(*(word.format(path) for word in command))
    refused(told, str(path), "10,000,001 bytes", str(limits.FILE_BYTES))


def test_a_parent_that_is_no_regular_file_is_refused(model, tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    refused(check(model('extends = "pipe.toml"\n')), "pipe.toml", "found a pipe")


@pytest.mark.parametrize("name", ["x" * 5_000, "\\u0000", "a/" * 3_000 + "b"])
def test_a_name_that_no_file_can_have_is_refused(model, name):
    refused(check(model(f'extends = "{name}"\n')), "model.toml:1:1: extends")


# What a file extends


def test_a_chain_that_is_too_long_is_refused_with_its_ends(model):
    for n in range(1_200):
        path = model(f'extends = "f{n - 1}.toml"\n' if n else "", f"f{n}.toml")
    told = refused(check(path), str(limits.CHAIN), "extends: found a chain of 33 files, from ")
    assert "f1199.toml to " in told
    assert "f1167.toml" in told


def test_a_diamond_is_read_in_time_linear_in_its_files(model):
    """18 levels of two files that both extend the two below: 2^18 ways, 37 files."""
    model(HEAD, "a0.toml")
    model(HEAD, "b0.toml")
    for n in range(1, 18):
        for letter in "ab":
            model(f'extends = ["a{n - 1}.toml", "b{n - 1}.toml"]\n', f"{letter}{n}.toml")
    path = model('extends = ["a17.toml", "b17.toml"]\n[model]\ntitle = "top"\n')
    assert check(path).returncode == 0
    assert 'title = "top"' in gpusim("models", "show", path).stdout


def test_too_many_files_are_refused(model):
    names = [f"f{n}.toml" for n in range(limits.FILES.most)]
    for name in names:
        model("", name)
    path = model(f"extends = {names}\n")
    refused(check(path), "257 files", str(limits.FILES))


def test_all_files_of_a_model_count_towards_its_bytes(model):
    """Three files of 4 MB, each below the limit."""
    for n in range(3):
        model("# " + "x" * 4_000_000, f"f{n}.toml")
    path = model('extends = ["f0.toml", "f1.toml", "f2.toml"]\n')
    refused(check(path), "12,000,", "f2.toml", str(limits.FILE_BYTES))


@pytest.mark.parametrize("order", list(itertools.permutations(["left", "right"])))
def test_what_two_parents_extend_comes_with_the_last_of_them(model, order):
    """As if both were written out in full: base and first, then base and second."""
    model(HEAD + '[model]\ntitle = "base"\nnote = "base"\n', "base.toml")
    model('extends = "base.toml"\n[model]\ntitle = "left"\n', "left.toml")
    model('extends = "base.toml"\n[model]\nnote = "right"\n', "right.toml")
    names = [f"{name}.toml" for name in order]
    shown = gpusim("models", "show", model(f"extends = {names}\n")).stdout
    title, note = ("base", "right") if order[1] == "right" else ("left", "base")
    assert f'title = "{title}"' in shown
    assert f'note = "{note}"' in shown


def test_a_cycle_is_refused_with_its_files(model):
    model('extends = "b.toml"\n', "a.toml")
    path = model('extends = "a.toml"\n', "b.toml")
    told = refused(check(path), "a cycle, ")
    assert told.count("b.toml -> ") == 1
    assert told.count(" -> ") == 2


# Depth and numbers of values

DEEP = {
    "dotted key": "a" + ".a" * 20_000 + " = 1",
    "spaced key": "a" + " . 'a.b' . \"c\"" * 10_000 + " = 1",
    "header": "[a" + ".a" * 20_000 + "]",
    "array header": "[[a" + ".a" * 20_000 + "]]",
    "lists": "a = " + "[" * 20_000 + "]" * 20_000,
    "tables": "a = " + "{ a = " * 20_000 + "1" + " }" * 20_000,
    "both": "a = " + "[{ a = " * 9_000,
    "together": "[a.a.a.a.a.a.a.a.a.a]\na.a.a.a.a.a.a.a.a.a = [[[[[[[[[[1]]]]]]]]]]",
    "lists of a list": "a = [\n" + "# [\n" * 9_000 + "[" * 17 + "]" * 17 + "]",
}


@pytest.mark.parametrize("kind", DEEP)
def test_what_nests_too_deep_is_refused_with_its_line(model, kind):
    path = model(f"# first\n{DEEP[kind]}\n")
    refused(check(path), f"{path}:", str(limits.DEPTH))


def test_brackets_and_dots_in_texts_and_comments_are_no_depth(model):
    dots = "[" * 50 + "." * 50
    for quote in ('"', "'", '"""', "'''"):
        text = f"{HEAD}# {dots}\n[model] # {dots}\nnote = {quote}{dots}{quote} # {dots}\n"
        assert check(model(text)).returncode == 0, quote


LARGE = {
    "keys": "\n".join(f"k{n} = 1" for n in range(30_000)),
    "tables": "\n".join(f"[odd.g{n}]" for n in range(30_000)),
    "list": "[contracts]\na = [" + "1," * 600_000 + "]",
    "array of tables": "[[change]]\n" * 30_000,
    "comments": "# note\n" * 1_400_000,
    "long key": "k" * 1_000_000 + " = 1",
    "long text": '[model]\ntitle = "' + "t" * 1_000_000 + '"',
    "quotes without an end": '[model]\ntitle = """' + 'x"' * 1_000_000,
    "decimal": "[model]\nquarters = " + "9" * 100_000,
    "hexadecimal": "[model]\nquarters = 0x" + "f" * 100_000,
    "more than 64 bits": "[model]\nquarters = 9223372036854775808",
}


@pytest.mark.parametrize("kind", LARGE)
def test_what_is_too_much_is_refused_in_a_few_lines(model, kind):
    done = check(model(LARGE[kind]))
    assert done.returncode == WRONG_INPUT
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 500 * limits.MISTAKES.most


SOME = ("gpus", "sites", "contracts", "segments", "debt", "sources")
COUNTS = {
    noun: "".join(f"[{noun}.n{n}]\n" for n in range(limit.most + 1))
    for noun, limit in limits.TABLES.items()
    if noun in SOME
}


@pytest.mark.parametrize("noun", COUNTS)
def test_too_many_tables_of_a_noun_are_refused(model, noun):
    path = model(COUNTS[noun])
    refused(check(path), f"{path}:1:1: {noun}: found", str(limits.TABLES[noun]))


@pytest.mark.parametrize(
    ("noun", "key", "limit"),
    [
        ("sites", "phases", limits.PHASES),
        ("sites", "tariff_steps", limits.STEPS),
        ("sites", "outages.dated", limits.STEPS),
        ("debt", "margin_steps", limits.STEPS),
        ("overheads", "steps", limits.STEPS),
        ("overheads", "one_offs", limits.STEPS),
        ("contracts", "tranches", limits.TRANCHES),
    ],
)
def test_too_many_parts_are_refused(model, noun, key, limit):
    path = model(f"[{noun}.one]\n{key} = [{'{},' * (limit.most + 1)}]\n")
    refused(check(path), f"{path}:2:1: {noun}.one.{key}: found", str(limit))


def test_too_many_steps_of_the_programme_are_refused(model):
    path = model(f"[programme]\nmargin_steps = [{'{},' * (limits.STEPS.most + 1)}]\n")
    refused(check(path), f"{path}:2:1: programme.margin_steps: found", str(limits.STEPS))


@pytest.mark.parametrize("path", ["receivables.invoices", "payables.operating", "payables.capex"])
def test_too_many_bills_are_refused(model, path):
    noun, key = path.split(".")
    file = model(f"[{noun}]\n{key} = [{'{},' * (limits.BILLS.most + 1)}]\n")
    refused(check(file), f"{file}:2:1: {path}: found", str(limits.BILLS))


@pytest.mark.parametrize("lot", ["1e-9", "0.001"])
def test_lots_too_small_are_refused_before_they_are_cut(model, lot):
    path = model(f"{HEAD}[operator]\nacceptance_lot_mw = {lot}\n")
    for command in (("run", path, "--reps", "1"), ("units", path)):
        told = gpusim(*command)
        if command[0] == "run" or told.returncode:
            refused(told, f"{path}:3:1: operator.acceptance_lot_mw", str(limits.LOTS_OF_TRANCHE))


def test_small_gpus_take_no_memory(tmp_path):
    """0.0001 kW a GPU: a hall of 50 MW would hold half a billion."""
    out = str(tmp_path / "run")
    asked = ("--set", "gpus.*.it_kw_per_gpu=0.0001", "--reps", "1", "-q", "--out", out)
    assert gpusim("run", "single-site", *asked).returncode == 0


# Names of tables


@pytest.mark.parametrize("place", [".".join(pattern) for pattern, _, _ in REFERENCES])
def test_a_name_that_no_table_has_is_refused_with_the_nearest(tmp_path, place):
    """A key of the full model that names a table, misspelt by a letter."""
    pattern, noun, _ = next(one for one in REFERENCES if ".".join(one[0]) == place)
    word = {"gpus": "GB30", "sites": "dento", "debt": "ddtl-nex"}[noun]
    if pattern[-1] == "vendor":
        word = "oem-nw"
    order = "orders.more={gpus=8, gpu='GB300', site='denton', date=2026-06-30}"
    added = ("--set", order) if pattern[0] == "orders" else ()
    done = gpusim("run", "coreweave-2025q4", "--reps", "1", *added, "--set", f"{place}={word}")
    assert done.returncode == WRONG_INPUT
    told = done.stderr.splitlines()[0]
    assert f'{pattern[-1]}: found "{word}"; expected the name of a [{noun}] table' in told
    assert "nearest valid name: " in told


@pytest.mark.parametrize("place", ["segments.*.gpu", "assets.*.gpu", "contracts.*.site"])
def test_a_name_that_must_be_given_is_not_empty(place):
    """`gpu = ""` of a segment was a KeyError while the model was lowered."""
    done = gpusim("run", "coreweave-2025q4", "--reps", "1", "--set", f'{place}=""')
    assert done.returncode == WRONG_INPUT
    assert "; expected " in done.stderr


def test_a_name_that_may_be_left_out_may_be_empty(tmp_path):
    asked = ("--set", 'levers.build_gpu=""', "--reps", "1", "-q", "--out", str(tmp_path / "run"))
    assert gpusim("run", "coreweave-2025q4", *asked).returncode == 0


FREE = {
    "sites.NAME.developer",
    "sites.NAME.region",
    "sites.NAME.phases.N.name",
    "contracts.NAME.tranches.N.name",
    "contracts.NAME.customer",
    "market.releases.NAME.gpus",
}
"""Names that stand for themselves: nothing need be defined under them."""


def test_every_key_that_names_a_table_is_a_reference():
    known = {tuple(key) for key, _, _ in REFERENCES}
    for key in reference():
        path = tuple("0" if part == "N" else part for part in key.path.split("."))
        if key.unit == "name" and type_at(path) is str and key.path not in FREE:
            pattern = tuple("*" if part in ("N", "NAME") else part for part in key.path.split("."))
            assert pattern in known, key.path


def test_a_segment_of_an_unknown_generation_is_refused_with_its_line(model):
    path = model('extends = "spot-heavy.toml"\n[segments.inference]\ngpu = "H10"\n')
    words = (f"{path}:3:1: segments.inference.gpu", '"H10"', "nearest valid name: H100")
    refused(check(path), *words)
    refused(gpusim("run", path, "--reps", "1"), *words)


# Flags


OPTIONS = {
    "superscript": (("sweep", "--vary", "model.quarters=1:2:²"), "a whole number of points"),
    "points": (("sweep", "--vary", "model.quarters=1:2:1000000000"), str(limits.POINTS)),
    "digits": (("sweep", "--vary", "model.quarters=1:2:" + "9" * 5_000), "a whole number"),
    "newline": (("sweep", "--vary", "model.quarters=1,\n2"), "on one line"),
    "quote": (("sweep", "--vary", 'model.quarters="1'), "no list"),
    "escape": (("sweep", "--vary", "model.quarters=1,\x1b[31m2"), "control character U+001B"),
    "long": (("sweep", "--vary", "model.quarters=" + "1," * 50_000), str(limits.SETTING)),
    "grid": (
        ("sweep", *("--vary", "market.stay.glut=0:1:400", "--vary", "tax.rate=0:1:4000")),
        str(limits.POINTS),
    ),
    "lhs": (
        ("sweep", "--vary", "tax.rate=0:1", "--design", "lhs", "--points", "1000000000"),
        str(limits.POINTS),
    ),
    "axes": (
        ("sweep", *(word for n in range(501) for word in ("--vary", f"gpus.g{n}.x=1,2"))),
        str(limits.AXES),
    ),
    "deep path": (("run", "--set", "a" + ".a" * 9_000 + "=1"), str(limits.DEPTH)),
    "deep value": (("run", "--set", "tax.rate=" + "[" * 9_000), "a TOML value"),
    "spaces": (("run", "--set", " " * 19_000), "no = sign"),
    "half a character": (("run", "--set", "model.title='\ud800'"), "U+D800"),
    "long set": (("run", "--set", "model.note=" + "x" * 30_000), str(limits.SETTING)),
    "many sets": (("run", *["--set=tax.rate=0.2"] * 2_001), str(limits.SETTINGS)),
    "wide set": (("run", "--set", "model.quarters=99999999999999999999"), "64 bits"),
    "solve": (
        ("solve", "--for", "tax.rate=0:1", "--until", "cash<0", "--along", "tax.rate=0:1:²"),
        "N from 2 to 50",
    ),
}


@pytest.mark.parametrize("kind", OPTIONS)
def test_an_option_that_asks_for_too_much_is_refused(kind):
    (command, *options), words = OPTIONS[kind]
    refused(gpusim(command, "single-site", *options), words)


def test_a_list_of_points_is_checked_row_by_row(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("model.quarters\n" + "4\n" * (limits.POINTS.most + 1))
    refused(gpusim("sweep", "single-site", "--list", str(path)), str(limits.POINTS))
    path.write_text('model.quarters\n"4\n')
    refused(gpusim("sweep", "single-site", "--list", str(path)), "no CSV")
    path.write_bytes(b"\xef\xbb\xbfmodel.quarters\r\n4\r\n\r\n5\r\n")
    done = gpusim("sweep", "single-site", "--list", str(path), "--reps", "1", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    assert '"points": 2' in done.stdout


@pytest.mark.parametrize("path", ["gpus.GB300.failures.*", "sites.*"])
def test_a_star_before_the_equals_sign_is_the_last_key(path):
    """`a.b.*=LO:HI:N` sets every key of a.b; `a.b*=LO:HI:N` multiplies a.b."""
    vary = f"{path}=0.5:0.95:4"
    asked = ("--design", "grid", "--reps", "1", "--dry-run", "--json")
    told = gpusim("sweep", "hyperscaler-anchor", "--vary", vary, *asked).stdout
    assert f"{path}=0.5" in told


def test_the_usual_variance_of_one_input_works(tmp_path):
    asked = ("--method", "sobol", "--vary", "sites.*.tariff_usd_per_kwh*=0.5:2", "--rows", "4")
    metric = ("--metric", "power", "--reps", "10", "--set", "model.quarters=2", "--json", "-q")
    out = ("--out", str(tmp_path / "answer"))
    done = gpusim("sensitivity", "single-site", *asked, *metric, *out)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("flag", "limit"), [("--events", limits.EVENTS), ("--reps", limits.REPLICATIONS)]
)
def test_a_number_beyond_its_limit_is_refused(flag, limit):
    done = gpusim("run", "single-site", flag, str(limit.most + 1))
    assert done.returncode == WRONG_INPUT
    assert f"{limit.most}" in done.stderr


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_half_widths_both_hold(tmp_path, order):
    """One is reached at once, the other is out of reach within 120: neither order forgets it."""
    asked = ["revenue:50%", "shortfall:0.0001"][::order]
    flags = [word for one in asked for word in ("--until", one)]
    out = (
        "--reps",
        "120",
        "--set",
        "model.quarters=4",
        "--json",
        "-q",
        "--out",
        str(tmp_path / "s"),
    )
    done = gpusim("sweep", "single-site", *flags, *out)
    assert done.returncode == 0, done.stderr
    (entry,) = [
        json.loads(line) for line in (tmp_path / "s/journal.jsonl").read_text().splitlines()
    ]
    assert (entry["replications"], entry["enough"]) == (120, False)


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ("low = 2026-01-01\nhigh = 0.3", "low and high of one kind"),
        ("low = 0.3\nhigh = 0.1", "found 0.1 below 0.3; expected low at most high"),
    ],
)
def test_a_range_has_two_ends_of_a_kind_in_order(model, ends, words):
    path = model(f'{HEAD}[assumptions."tax.rate"]\nreason = "x"\n{ends}\n')
    refused(check(path), f"{path}:5:1", words)
