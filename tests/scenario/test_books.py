"""Contracts, tranches and debt from CSV files: what cells mean, mistakes by row, no way out."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import re

import pytest

from gpusim.scenario import ScenarioError, json_schema, load
from gpusim.scenario.language.limits import FILE_BYTES, MISTAKES, TABLES
from tests.cases.reading import gpusim

MODEL = """
[model]
as_of = 2026-09-30
quarters = 8
[gpus.GB200]
use = "catalogue"
[sites.hall]
use = "catalogue/us-colocation"
phases = [{ it_mw = 40, ready = 2027-01-01 }]
[balance]
cash_usd = 900_000_000
"""
BOOK = """name,customer,rating,price_usd_per_gpu_hour,term_months,prepayment.share,\
prepayment.credited_months,prepayment.unconditional,facility,tranches.gpus,tranches.start
lab,Some Lab,other,3.10,36,0.15,13;36,true,ddtl,8000,2027-03-01
lab,,,,,,,,,4000,2027-06-01
bank,"Bank, N.A.",investment-grade,3.40,24,,,,,2000,2027-04-01
"""
LOANS = """name,use,commitment_usd,covenants.dscr.minimum
ddtl,catalogue/other-loan,400000000,1.2
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "book.csv").write_text(BOOK)
    (tmp_path / "loans.csv").write_text(LOANS)
    model(tmp_path)
    return tmp_path


def model(folder, head='contracts = "book.csv"\ndebt = "loans.csv"\n', more=""):
    path = folder / "model.toml"
    path.write_text(head + MODEL + more)
    return str(path)


def mistakes(folder, book=BOOK, **how):
    (folder / "book.csv").write_text(book)
    with pytest.raises(ScenarioError) as caught:
        load(model(folder, **how))
    return caught.value.mistakes


def test_a_row_is_a_table_and_a_further_row_a_tranche(folder):
    """As if it had been written out; the loan stands over its class in the catalogue."""
    written = folder / "written.toml"
    written.write_text(
        MODEL
        + """
[contracts.lab]
customer = "Some Lab"
rating = "other"
price_usd_per_gpu_hour = 3.10
term_months = 36
prepayment = { share = 0.15, credited_months = [13, 36], unconditional = true }
facility = "ddtl"
tranches = [{ gpus = 8000, start = 2027-03-01 }, { gpus = 4000, start = 2027-06-01 }]
[contracts.bank]
customer = "Bank, N.A."
rating = "investment-grade"
price_usd_per_gpu_hour = 3.40
term_months = 24
tranches = [{ gpus = 2000, start = 2027-04-01 }]
[debt.ddtl]
use = "catalogue/other-loan"
commitment_usd = 400000000
covenants = { dscr = { minimum = 1.2 } }
"""
    )
    book = load(str(folder / "model.toml"))
    assert book == load(str(written))
    assert book.hash() == load(str(written)).hash()
    assert book.debt["ddtl"].margin == 0.04


def test_a_value_keeps_its_row_and_column(folder):
    tree = load(str(folder / "model.toml")).tree
    origin = tree.origin(("contracts", "lab", "tranches", 1, "gpus"))
    assert (origin.where, origin.line, origin.column) == ((folder / "book.csv").as_posix(), 3, 10)


def test_settings_and_sources_reach_what_a_book_holds(folder):
    said = '[assumptions."contracts"]\nreason = "the book of 30 September"\nrelative = 0.1\n'
    path = model(folder, more=said)
    changed = load(path, sets=["contracts.*.price_usd_per_gpu_hour*=0.5"])
    assert changed.contracts["bank"].price_usd_per_gpu_hour == 1.7
    told = gpusim("models", "show", path, "--sources", "--json").stdout
    rows = {row["path"]: row["kind"] for row in json.loads(told)["values"]}
    assert rows["contracts.bank.term_months"] == "assumption"


def test_tranches_of_one_contract(folder):
    (folder / "parts.csv").write_text(
        "gpus,start,hardware.status\n100,2027-03-01,planned\n50,2027-04-01,\n"
    )
    more = '[contracts.lab]\nprice_usd_per_gpu_hour = 3\nterm_months = 12\ntranches = "parts.csv"\n'
    contract = load(model(folder, head="", more=more)).contracts["lab"]
    assert [(t.gpus, t.start) for t in contract.tranches] == [
        (100, dt.date(2027, 3, 1)),
        (50, dt.date(2027, 4, 1)),
    ]


def test_a_parent_s_contracts_stay_beside_a_book(folder):
    parent = folder / "parent.toml"
    parent.write_text(
        "[contracts.old]\nprice_usd_per_gpu_hour = 2\nterm_months = 12\n"
        "tranches = [{ gpus = 10, start = 2027-02-01 }]\n"
    )
    path = model(
        folder, head='extends = "parent.toml"\ncontracts = "book.csv"\ndebt = "loans.csv"\n'
    )
    assert set(load(path).contracts) == {"old", "lab", "bank"}


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "found", "near"),
    [
        ("3.40,24", "3;40,24", 4, 4, "a number with a point", ""),
        ("3.10,36", '"3,10",36', 2, 4, "a number with a point", ""),
        ("3.40,24", "3.40,24.5", 4, 5, "a whole number", ""),
        ("2027-04-01", "1 April", 4, 11, "a date such as", ""),
        ("true", "yes", 2, 8, "true or false", ""),
        ("investment-grade", "investment grade", 4, 3, "one of", "investment-grade"),
        (",customer,", ",custommer,", 1, 2, "customer", ""),
        (",customer,", ",rating,", 1, 3, "each column once", ""),
        (",customer,", ",tranches,", 1, 2, "tranches.gpus", ""),
        ("\nbank,", "\n,", 4, 1, "a name", ""),
        ("\nlab,,,,", "\nlab,,,3.2,", 3, 4, "what line 2 says", ""),
        ("name,", "nome,", 1, 1, "a column name", ""),
        ("Some Lab", "Some\x1bLab", 2, 2, "plain text", ""),
        ("ddtl,8000", "ddtll,8000", 2, 9, "debt", "ddtl"),
        ('"Bank, N.A."', '"Bank', 4, 1, "a readable CSV file", ""),
    ],
)
def test_a_mistake_is_told_by_row_and_column(folder, old, new, line, column, found, near):
    assert old in BOOK
    told = mistakes(folder, BOOK.replace(old, new, 1))
    (mistake,) = [m for m in told if m.file.endswith("book.csv") and m.line == line][:1]
    assert mistake.column == column
    assert found in str(mistake)
    assert mistake.nearest == near or not near


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("3.40,24", "3,40,24", 4),  # a decimal comma moves all cells after it
        ("2000,2027-04-01", "2000,2027-04-01,", 4),
        ('"Bank, N.A."', "Bank, N.A.", 4),
    ],
)
def test_a_row_has_no_more_cells_than_there_are_columns(folder, old, new, line):
    assert old in BOOK
    (mistake,) = mistakes(folder, BOOK.replace(old, new, 1))
    assert (mistake.file, mistake.line) == ((folder / "book.csv").as_posix(), line)
    assert (mistake.found, mistake.expected) == (
        "a row of 12 cells",
        "11 cells, as the header has; a comma in a number or a text?",
    )


def test_cells_that_a_row_lacks_at_its_end_are_empty(folder):
    """As if their commas were there."""
    heads, lab, more, bank = BOOK.splitlines()
    order = [0, 9, 10, *range(1, 9)]
    longest = [line.replace('"Bank, N.A."', "Bank").split(",") for line in (heads, lab, more, bank)]
    moved = [",".join(row[n] for n in order) for row in longest]
    (folder / "book.csv").write_text("\n".join(moved))
    whole = load(str(folder / "model.toml"))
    (folder / "book.csv").write_text("\n".join(row.rstrip(",") for row in moved))
    assert moved[2].endswith(",,,,,,,,")
    assert load(str(folder / "model.toml")) == whole


def test_a_row_of_tranches_has_a_cell_a_column(folder):
    (folder / "parts.csv").write_text("gpus,start\n1,000,2027-03-01\n")
    more = '[contracts.lab]\nprice_usd_per_gpu_hour = 3\nterm_months = 12\ntranches = "parts.csv"\n'
    with pytest.raises(ScenarioError, match=r"parts.csv:2:3: found a row of 3 cells; expected 2"):
        load(model(folder, head="", more=more))


def as_excel_writes(text: str, *, first: str = "") -> bytes:
    """With semicolons, in quotes where a cell holds one, lines as on Windows, and its mark."""
    rows = list(csv.reader(io.StringIO(text)))
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=";", lineterminator="\r\n").writerows(rows)
    return b"\xef\xbb\xbf" + (first + stream.getvalue()).encode()


@pytest.mark.parametrize("first", ["", "sep=;\r\n"])
def test_a_book_as_a_spreadsheet_writes_it(folder, first):
    """Semicolons, a byte order mark, carriage returns: the same model; lines and columns hold."""
    same = load(str(folder / "model.toml"))
    data = as_excel_writes(BOOK, first=first)
    assert b'"13;36"' in data
    (folder / "book.csv").write_bytes(data)
    read = load(str(folder / "model.toml"))
    assert read == same
    origin = read.tree.origin(("contracts", "bank", "tranches", 0, "gpus"))
    assert (origin.line, origin.column) == (4 + bool(first), 10)
    (folder / "book.csv").write_text(BOOK.replace('"Bank, N.A."', "Bank").replace(",", "\t"))
    assert load(str(folder / "model.toml")).contracts["lab"] == same.contracts["lab"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("3.40", "3,40", "a number with a point and without separators: 3.40"),
        ("3.40", "3,400", "a number with a point and without separators: 3400 or 3.400"),
        ("0.15", "15%", "a number with a point and without separators: 0.15"),
        ("2000", "2,000", "a whole number without separators: 2000"),
        ("2027-04-01", "01.04.2027", "a date such as 2027-04-01"),
        ("2027-04-01", "4/13/2027", "a date such as 2027-04-13"),
    ],
)
def test_what_a_spreadsheet_writes_otherwise_is_told_and_never_read(folder, old, new, said):
    data = as_excel_writes(BOOK.replace(old, f'"{new}"', 1)).decode("utf-8-sig")
    (mistake,) = mistakes(folder, data)
    assert (mistake.found, mistake.expected) == (new, said)


@pytest.mark.parametrize(
    ("old", "heading", "near"),
    [
        ("price_usd_per_gpu_hour", "Price USD per GPU hour", "price_usd_per_gpu_hour"),
        ("price_usd_per_gpu_hour", "Price", "price_usd_per_gpu_hour"),
        ("term_months", "Term (months)", "term_months"),
        ("tranches.start", "Tranches.Start", "tranches.start"),
        ("prepayment.share", "prepayment share", "prepayment.share"),
        ("name", "Name", "name"),
    ],
)
def test_a_heading_that_is_no_key_is_told_the_nearest(folder, old, heading, near):
    told = mistakes(folder, BOOK.replace(old, heading, 1))
    (mistake,) = [m for m in told if m.found == "a heading that is no key"]
    assert (mistake.line, mistake.key, mistake.nearest) == (1, heading, "")
    assert re.match(rf"{re.escape(near)}(?: \(near|;)", mistake.expected)


def test_a_list_of_tables_is_columns_of_its_items(folder):
    """Price steps and a commitment that grows, as they are written in a model file."""
    heads = "name,price_usd_per_gpu_hour,term_months,price_steps.after_months,"
    heads += "price_steps.price_usd_per_gpu_hour,tranches.gpus,tranches.start\n"
    row = "lab,3.1,36,12;24,2.9;2.7,100,2027-03-01\nbank,3,24,12,2.5,50,2027-03-01\n"
    (folder / "book.csv").write_text(heads + row + "flat,3,12,,,10,2027-03-01\n")
    contracts = load(str(folder / "model.toml")).contracts
    steps = {
        name: [(step.after_months, step.price_usd_per_gpu_hour) for step in own.price_steps]
        for name, own in contracts.items()
    }
    assert steps == {"lab": [(12, 2.9), (24, 2.7)], "bank": [(12, 2.5)], "flat": []}
    (mistake,) = mistakes(folder, heads + row.replace("2.9;2.7", "2.9"))
    assert (mistake.line, mistake.column, mistake.found) == (2, 5, "1 items")
    assert mistake.expected == "2, as price_steps.after_months has"
    told = mistakes(folder, heads.replace("price_steps.after_months", "price_steps") + row)
    assert told[0].expected.startswith("price_steps.after_months")


def test_a_formula_of_a_spreadsheet_is_no_number(folder):
    (mistake,) = mistakes(folder, BOOK.replace("3.40", "=1+2"))
    assert mistake.found == "=1+2"


def test_a_debt_stands_in_one_row(folder):
    (folder / "loans.csv").write_text(LOANS + LOANS.splitlines()[1])
    (mistake,) = mistakes(folder)
    assert (mistake.line, mistake.column) == (3, 1)
    assert mistake.expected == "each name once, this is line 2's"


@pytest.mark.parametrize(
    "name", ["../book.csv", "/etc/passwd", "link.csv", "far/book.csv", "no.csv", "folder", "pipe"]
)
def test_a_name_leads_to_a_file_beside_the_model_or_nowhere(tmp_path, name):
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "book.csv").write_text(BOOK)
    (inner / "loans.csv").write_text(LOANS)
    (inner / "link.csv").symlink_to(tmp_path / "book.csv")
    (inner / "far").symlink_to(tmp_path)
    (inner / "folder").mkdir()
    os.mkfifo(inner / "pipe")
    with pytest.raises(ScenarioError) as caught:
        load(model(inner, head=f'contracts = "{name}"\ndebt = "loans.csv"\n'))
    (mistake,) = caught.value.mistakes
    assert (mistake.key, mistake.line) == ("contracts", 1)
    assert "beside the model or below it" in mistake.expected


def test_a_file_below_the_model_is_read(folder):
    (folder / "books").mkdir()
    (folder / "books" / "book.csv").write_text(BOOK)
    path = model(folder, head='contracts = "books/book.csv"\ndebt = "loans.csv"\n')
    assert set(load(path).contracts) == {"lab", "bank"}


def test_limits_hold_for_books(folder):
    """Tables, bytes, and mistakes told at once."""
    head = "name,term_months,price_usd_per_gpu_hour,tranches.gpus,tranches.start\n"
    many = "".join(f"c{n},12,3,1,2027-03-01\n" for n in range(TABLES["contracts"].most + 1))
    assert str(TABLES["contracts"]) in {m.expected for m in mistakes(folder, head + many)}
    wrong = "".join(f"c{n},x,3,1,2027-03-01\n" for n in range(MISTAKES.most + 5))
    assert len(mistakes(folder, head + wrong)) == MISTAKES.most
    (mistake,) = mistakes(folder, head + "#" * FILE_BYTES.most)
    assert str(FILE_BYTES.most)[:2] in mistake.expected.replace(",", "")
    assert "bytes" in mistake.found


def test_a_run_keeps_the_texts_of_books_and_is_done_again_without_them(folder):
    done = gpusim("run", "model.toml", "--reps", "2", "--out", "run", cwd=folder)
    assert done.returncode == 0, done.stderr
    kept = json.loads((folder / "run" / "inputs.json").read_text())
    assert kept["book.csv"] == BOOK
    for name in ("book.csv", "loans.csv", "model.toml"):
        (folder / name).write_text("gone")
    again = gpusim("runs", "verify", "run", cwd=folder)
    assert again.returncode == 0, again.stdout + again.stderr


def test_a_received_folder_opens_no_book_that_it_does_not_keep(folder):
    """A text that names another file than those that are kept: refused, though it is there."""
    done = gpusim("run", "model.toml", "--reps", "1", "--out", "run", cwd=folder)
    assert done.returncode == 0
    from gpusim.scenario.reading import own_files

    kept = json.loads((folder / "run" / "inputs.json").read_text())
    kept["model.toml"] = kept["model.toml"].replace("book.csv", "other.csv")
    (folder / "other.csv").write_text(BOOK)
    with own_files.kept(kept), pytest.raises(ScenarioError) as caught:
        load("model.toml")
    assert "no such file" in str(caught.value)


def test_the_schema_for_editors_knows_books():
    for noun in ("contracts", "debt"):
        assert {"type": "string"} in json_schema()["properties"][noun]["anyOf"]
