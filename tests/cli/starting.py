"""The command line as a process of its own, as a user starts it.

Half of a second and more goes into loading Python's libraries, so a file of tests starts each
command once, and asks the rest of `tests.cases.reading`, in the process of the tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


def started(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """How a command ended, and what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "gpusim.cli", *arguments],
        cwd=cwd,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
