"""The page in a real browser: it loads offline without an error, fits, and prints."""

import shutil
from itertools import pairwise

import pytest

from gpusim.experiments.common import design
from gpusim.experiments.compare import compare
from gpusim.experiments.compare.experiment import EXPERIMENT as COMPARE
from gpusim.experiments.run import points
from gpusim.experiments.saved import answers
from gpusim.experiments.sensitivity import sensitivity
from gpusim.experiments.sensitivity.experiment import EXPERIMENT as SENSITIVITY
from gpusim.experiments.solve import solve
from gpusim.experiments.solve.experiment import EXPERIMENT as SOLVE
from gpusim.experiments.sweep import sweep
from gpusim.reports import report
from gpusim.results.stored.opened import open_run
from tests.reports.folders import written

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SHORT = ("model.quarters=4",)
WIDE, NARROW = {"width": 1200, "height": 900}, {"width": 400, "height": 900}


@pytest.fixture(scope="module")
def browser():
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with (
        api.sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=found, args=list(OPTIONS)) as launched,
    ):
        yield launched


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    run = written(tmp_path_factory.mktemp("browser"), quarters=20)
    return report.write(run, None, None, None).page


@pytest.fixture
def page(browser, path):
    opened = browser.new_page(viewport=WIDE)
    opened.problems = []
    opened.on("console", lambda message: opened.problems.append(message.text))
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    opened.on(
        "request",
        lambda r: r.url.startswith(("file:", "data:")) or opened.problems.append(r.url),
    )
    opened.goto(path.as_uri())
    yield opened
    opened.close()


def test_it_loads_without_an_error_and_asks_nobody(page):
    assert page.problems == []
    assert page.locator("h1").inner_text().startswith("single-site: ")


def test_every_picture_is_drawn_at_a_readable_size(page):
    widths = page.eval_on_selector_all(
        "img", "all => all.map(i => [i.complete, i.naturalWidth, i.clientWidth])"
    )
    assert len(widths) == 10
    assert all(done and natural > 600 and shown > 600 for done, natural, shown in widths)


def test_every_picture_has_words_for_those_who_cannot_see_it(page):
    words = page.eval_on_selector_all("img", "all => all.map(i => i.alt)")
    assert all(len(text) > 20 for text in words)


def test_tables_open_under_their_figures(page):
    section = page.locator("section#revenue")
    table = section.locator("table")
    assert not table.is_visible()
    section.locator("summary").click()
    assert table.is_visible()
    assert table.locator("tbody tr").count() == 20
    assert "p50 [USD m]" in table.inner_text()


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_nothing_sticks_out_of_the_page(page, size):
    page.set_viewport_size(size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_no_two_words_of_the_top_overlap(page):
    boxes = page.eval_on_selector_all(
        ".tile", "all => all.map(e => e.getBoundingClientRect()).map(r => [r.left, r.right, r.top])"
    )
    rows = {}
    for left, right, top in boxes:
        rows.setdefault(top, []).append((left, right))
    for row in rows.values():
        row.sort()
        assert all(a[1] <= b[0] for a, b in pairwise(row))


def test_print_leaves_the_menu_out_and_the_tables_in(page):
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.locator("nav").is_visible()
    assert page.locator("section#revenue table").is_visible()
    assert page.pdf().startswith(b"%PDF")


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """The pages of a comparison, a tornado, a frontier and a sweep, by name."""
    parent = tmp_path_factory.mktemp("answered")
    tariff, pue = "sites.*.tariff_usd_per_kwh", "sites.*.pue"
    late = ("none", "tests/fixtures/late-alpha.toml")
    compared = compare.Request(
        ("single-site",), shocks=late, sets=SHORT, metrics=("revenue",), satisfy=("cash>=0",),
        reps=100, most=100,
    )  # fmt: skip
    moved = sensitivity.Request("single-site", vary=(f"{tariff}=0.05:0.1",), sets=SHORT, reps=4)
    along = f"{pue}=1.1:1.6:3"
    crossed = solve.Request(
        "single-site", f"{tariff}=0.05:0.9", "cost_of_revenue>1e8", along=along, sets=SHORT, reps=50
    )
    answers.save_answer(COMPARE, [compare.compare(compared)], parent / "compare")
    answers.save_answer(SENSITIVITY, [sensitivity.sensitivity(moved)], parent / "tornado")
    answers.save_answer(SOLVE, [solve.solve(crossed)], parent / "frontier")
    axes = [design.parse_axis(f"{key}*=0.8,1,1.2") for key in (tariff, pue)]
    grid = design.make("grid", axes, None, 1, ())
    point = points.Point("single-site", sets=SHORT)
    sweep.run(sweep.Request(point, grid, reps=4), sweep.Means(1, out=parent / "sweep"))
    return {
        folder.name: report.write(open_run(str(folder)), None, None, None)
        for folder in parent.iterdir()
    }


@pytest.mark.parametrize("name", ["compare", "tornado", "frontier", "sweep"])
def test_pages_of_answers_load_whole_and_fit_any_screen(browser, answered, name):
    opened = browser.new_page(viewport=WIDE)
    problems = []
    opened.on("console", lambda message: problems.append(message.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(answered[name].page.as_uri())
    widths = opened.evaluate("[...document.images].map(i => [i.complete, i.naturalWidth])")
    assert widths
    assert all(done and natural > 600 for done, natural in widths)
    assert opened.locator("p.answer").inner_text().endswith(".")
    assert "numbers and dates" in opened.locator("#assumed").inner_text()
    opened.set_viewport_size(NARROW)
    assert opened.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert problems == []
    opened.close()
