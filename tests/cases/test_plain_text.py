"""What a title or a name holds reaches screens, pages, pictures and workbooks as plain text."""

from __future__ import annotations

import re
import zipfile
from xml.etree import ElementTree

import polars as pl
import pytest

from tests.cases.reading import gpusim

NAME = "$x_$ [red]"
TITLE = r"[bold]=1+1[/bold] $x_$ \frac{ :smile: <b>bold</b> & {{ 7 * 7 }}"
HIDDEN = {
    "escape": ("\\u001b[2J", "the control character U+001B"),
    "null": ("\\u0000", "the control character U+0000"),
    "carriage return": ("\\r", "the control character U+000D"),
    "eight-bit control": ("\\u009b", "the control character U+009B"),
    "delete": ("\\u007f", "the control character U+007F"),
    "override": ("\\u202e", "the mark that turns the writing U+202E"),
    "isolate": ("\\u2066", "the mark that turns the writing U+2066"),
}
PLACES = {
    "title": ('[model]\ntitle = "a{}b"\n', 3),
    "note": ('[model]\nnote = """\na{}b"""\n', 3),
    "name": ('[sites."a{}b"]\npue = 1\n', 2),
    "key": ('[model]\n"a{}b" = 1\n', 3),
    "developer": ('[sites.alpha]\ndeveloper = "a{}b"\n', 3),
    "customer": ('[contracts.anchor]\ncustomer = "a{}b"\n', 3),
    "reason": ('[assumptions."tax.rate"]\nreason = "a{}b"\n', 3),
    "list": ('[operator]\nwaterfall = ["a{}b"]\n', 3),
    "extends": ('[model]\nnote = "x"\n', 1),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of a model with odd names, and its page, pictures and workbook."""
    home = tmp_path_factory.mktemp("odd")
    model = home / "odd.toml"
    model.write_text(
        f"extends = 'single-site.toml'\n[model]\ntitle = '{TITLE}'\nquarters = 8\n"
        f"[contracts.anchor]\ncustomer = '{TITLE}'\n"
        f"[sites.alpha]\ndeveloper = '{TITLE}'\n"
        f"[overheads.'{NAME}']\nline = 'administration'\nmonthly_usd = 1000.0\n"
        "growth_per_year = 0.0\n"
    )
    done = gpusim("run", str(model), "--reps", "3", "-q", "--out", str(home / "run"))
    assert done.returncode == 0, done.stderr
    (home / "screen.txt").write_text(done.stdout)
    asked = ("--png", str(home / "png"), "--xlsx", str(home / "book.xlsx"), "-q")
    done = gpusim("report", str(home / "run"), *asked)
    assert done.returncode == 0, done.stderr
    return home


def test_the_screen_shows_a_title_letter_by_letter(folder):
    words = " ".join((folder / "screen.txt").read_text().split())
    assert TITLE in words


def test_the_page_shows_a_title_as_text(folder):
    page = (folder / "run/report.html").read_text()
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; {{ 7 * 7 }}" in page
    assert "<b>bold</b>" not in page
    assert r"$x_$ \frac{" in page


def test_the_pictures_are_drawn(folder):
    assert len(list((folder / "png").iterdir())) >= 8


def test_the_workbook_holds_texts_and_no_formula(folder):
    with zipfile.ZipFile(folder / "book.xlsx") as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        texts = "".join(ElementTree.fromstring(book.read("xl/sharedStrings.xml")).itertext())
        assert TITLE in texts
        assert not any(b"<f>" in book.read(name) for name in sheets)


def test_a_picture_holds_a_name_with_dollars_as_it_is():
    """Letters are outlines; the comment beside them says which. Mathematics would drop the $."""
    from gpusim.reports.pages.figure import Figure

    def draw(canvas):
        ax = canvas.subplots()
        ax.bar([0, 1], [1, 2], label=NAME)
        ax.set_title(r"$x_$ \frac{")
        ax.set_xticks([0, 1], ["$a$", "50 $ _ ^"])
        ax.legend()

    table = pl.DataFrame({"x": [1]})
    svg = Figure("odd", "", "", table, {}, draw).svg().decode()
    told = re.findall(r"<!-- (.*?) -->", svg)
    assert {NAME, r"$x_$ \frac{", "$a$", "50 $ _ ^"} <= set(told)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", HIDDEN)
def test_what_a_terminal_would_obey_is_refused_with_its_line(tmp_path, place, kind):
    sign, words = HIDDEN[kind]
    text, line = PLACES[place]
    model = tmp_path / "model.toml"
    parent = "single-site" + (sign if place == "extends" else "")
    model.write_text(f'extends = "{parent}"\n' + text.replace("{}", sign))
    done = gpusim("models", "check", str(model))
    assert done.returncode == 2
    assert f"model.toml:{line}:" in done.stderr
    assert words in done.stderr
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", done.stderr)


FILES = {
    "shock": '[shock]\ntitle = "a\\u001bb"\nsource = "x"\nas_of = 2026-01-01\nchange = []\n',
    "strategy": '[strategy]\ntitle = "a\\u202eb"\nreason = "x"\nchange = []\n',
}


@pytest.mark.parametrize("kind", FILES)
def test_so_it_is_in_shocks_and_strategies(tmp_path, kind):
    path = tmp_path / "own.toml"
    path.write_text(FILES[kind])
    done = gpusim("run", "single-site", f"--{kind}", str(path), "--reps", "1")
    assert done.returncode == 2
    assert "own.toml:2:1:" in done.stderr
    assert "U+" in done.stderr


@pytest.mark.parametrize("setting", ["model.title='a\x1bb'", "model.\x1btitle=1", "a\u202e=1"])
def test_so_it_is_in_settings(setting):
    done = gpusim("run", "single-site", "--set", setting, "--reps", "1")
    assert done.returncode == 2
    assert "U+" in done.stderr
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr
