"""What people type that is nearly right is told with what they meant."""

import pytest

from tests.cases.reading import gpusim

HEADS = "name,price_usd_per_gpu_hour,term_months,tranches.gpus,tranches.start\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("meant")
    assert gpusim("new", "mine", "--yes", "--as-of", "2026-09-30", cwd=folder).returncode == 0
    return folder


def refused(*words: str, cwd) -> str:
    done = gpusim(*words, cwd=cwd)
    assert done.returncode == 2, done.stdout
    return " ".join((done.stdout + done.stderr).replace("│", " ").split())


def written(home, name: str, old: str = "", new: str = "", above: str = "") -> str:
    text = above + (home / "mine.toml").read_text()
    assert old in text
    (home / name).write_text(text.replace(old, new, 1))
    return name


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("check", "'models check'"), ("diff", "'models diff' or 'runs diff'"), ("runn", "'run'")],
)
def test_a_command_without_its_group(asked, meant, home):
    assert f"Did you mean {meant}" in refused(asked, cwd=home)


def test_a_table_beside_the_file_that_holds_all_of_them(home):
    (home / "book.csv").write_text(HEADS + "b1,2.9,36,2000,2027-08-01\n")
    name = written(home, "both.toml", above='contracts = "book.csv"\n')
    told = refused("models", "check", name, cwd=home)
    assert '[contracts.anchor] beside a file; expected a row of "book.csv", which line 1' in told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "own.csv:1:1: found an empty file; expected a first row of keys, such as name"),
        (HEADS.replace("tranches.", "").encode(), "gpus: found a heading that is no key; "
         "expected tranches.gpus"),
        (HEADS.encode() + b"M\xfcller,2.9,36,2000,2027-08-01\n", "saved as UTF-8 (of a "
         "spreadsheet: CSV UTF-8)"),
    ],
)  # fmt: skip
def test_a_csv_file_that_cannot_be_read(content, told, home):
    text = (home / "mine.toml").read_text()
    first, last = text.index("[contracts.anchor]"), text.index("[debt.ddtl]")
    (home / "own.toml").write_text('contracts = "own.csv"\n' + text[:first] + text[last:])
    (home / "own.csv").write_bytes(content)
    assert told in refused("models", "check", "own.toml", cwd=home)


def test_a_date_in_words_is_the_one_mistake(home):
    name = written(home, "day.toml", "as_of = 2026-09-30", 'as_of = "30 September 2026"')
    done = gpusim("models", "check", name, cwd=home)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert 'model.as_of: found "30 September 2026"; expected a date such as 2026-03-31' in line


def test_a_title_without_quotes_and_a_day_count_without_quotes(home):
    name = written(home, "title.toml", 'title = "One', 'title = 60 MW #"')
    assert 'a text stands in quotes: "60 MW"' in refused("models", "check", name, cwd=home)
    setting = ("--set", "debt.ddtl.day_count=30/360")
    assert gpusim("models", "check", "mine.toml", *setting, cwd=home).returncode == 0
    assert "in quotes" not in refused("run", "mine.toml", "--set", "balance.cash_usd=80m", cwd=home)


def test_a_sweep_over_a_range_with_a_dash_and_into_a_folder_that_is_there(home):
    key = "contracts.anchor.price_usd_per_gpu_hour"
    told = refused("sweep", "mine.toml", "--vary", f"{key}=2.8-3.2", cwd=home)
    assert 'a range is "2.8 to 3.2", one to vary 2.8:3.2:5' in told
    words = ("sweep", "mine.toml", "--vary", f"{key}=2.8,3.2", "--reps", "2", "--out", "swept")
    assert gpusim(*words, cwd=home).returncode == 0
    assert "go on with that sweep: gpusim sweep --resume swept" in refused(*words, cwd=home)


def test_a_metric_that_is_no_statement_line_is_told_where_it_is_shown(home):
    words = ("run", "mine.toml", "--reps", "1", "-q", "--out", "played")
    assert gpusim(*words, cwd=home).returncode == 0
    told = refused("explain", "played", "--line", "backlog", "--period", "2028Q1", cwd=home)
    assert "backlog is a metric, unrecognised value of signed contracts, at period end" in told
    assert "`gpusim run MODEL --lines backlog` shows it by period" in told
