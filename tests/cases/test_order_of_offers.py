"""Who asks on one day is served in a drawn order, whatever the order of segments in the file."""

from pathlib import Path

import numpy as np
import pytest

from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.cases.reading import ROOT, table

BUSY = "arrivals_per_year = { glut = 60, balanced = 60, scarce = 60 }"


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> tuple[Path, Path]:
    """The same two segments, in either order: one asks for 96 GPUs, the other for 96,000."""
    text = (ROOT / "tests/fixtures/growing.toml").read_text()
    start, end = text.index("[segments.labs]"), text.index("[levers]")
    labs = text[start:end].replace("gpus_log_sd = 0.6", "gpus_log_sd = 0")
    before, after = labs.index("arrivals_per_year"), labs.index("self_build")
    labs = labs[:before] + BUSY + "\n" + labs[after:]
    labs = labs.replace("gpus_multiple = 72", "gpus_multiple = 96")
    small = labs.replace("gpus_median = 1500", "gpus_median = 96")
    large = labs.replace("gpus_median = 1500", "gpus_median = 9600")
    large = large.replace("[segments.labs]", "[segments.giants]")
    folder = tmp_path_factory.mktemp("segments")
    for name, both in (("one", small + large), ("other", large + small)):
        (folder / f"{name}.toml").write_text(text[:start] + both + text[end:])
    return folder / "one.toml", folder / "other.toml"


def test_the_order_of_segments_in_the_file_moves_no_figure(files) -> None:
    change = "model.quarters=6"
    for name in ("statements_monthly", "backlog_monthly"):
        one, other = (table(name, str(file), change) for file in files)
        assert one.equals(other)


def test_offers_come_by_day_and_ties_are_drawn(files) -> None:
    ids, firsts = [], []
    for file in files:
        book = lower(load(str(file)))
        replications = [draw(book.spec, 7, r).offers for r in range(20)]
        ids.append([offers.id.tolist() for offers in replications])
        for offers in replications:
            assert (np.diff(offers.day) >= 0).all()
            same = np.flatnonzero(np.diff(offers.day) == 0)
            mixed = same[offers.gpus[same] != offers.gpus[same + 1]]
            firsts.extend((offers.gpus[mixed] == 96).tolist())
    assert ids[0] == ids[1]
    # either segment is first as often as the other: of N fair draws within three deviations
    count = len(firsts)
    assert count > 500
    assert abs(sum(firsts) - count / 2) < 3 * np.sqrt(count) / 2
