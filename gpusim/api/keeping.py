"""A backtest's folder: its JSON, its page and its pictures."""

from __future__ import annotations

from pathlib import Path

from gpusim.api.figures import BACKTEST
from gpusim.experiments.backtest.backtest import Backtest
from gpusim.reports import backtest_report
from gpusim.reports import report as pages
from gpusim.results import folder
from gpusim.results.opened import Opened


def keep_backtest(found: Backtest, out: Path) -> Path:
    """Write the folder of a backtest; returns the path of its JSON.

    Raises:
        FolderExistsError: the folder exists.
    """
    written = folder.write(out, None, {}, {BACKTEST: backtest_report.text(found)})
    kept = Opened(written / BACKTEST, {})
    pages.write(kept, written / pages.PAGE, written, None)
    return kept.path
