"""Event-by-event simulation of a leveraged GPU cloud operator.

`gpusim/api/README.md` tells what there is. A name is loaded when it is first used: `import gpusim`
alone reads no other module.

>>> import gpusim
>>> run = gpusim.run("single-site", reps=2, sets="model.quarters=4", out="first")
>>> run.statements().select("replication", "period").height
8
"""

TYPE_CHECKING = False  # as in `typing`, which takes longer to load than all of this

if TYPE_CHECKING:
    from gpusim.api.answers import Comparison, Sensitivity, Solution, Sweep
    from gpusim.api.figures import Backtest, Bridge, RealisedUnits, UnitEconomics
    from gpusim.api.folders import open_run
    from gpusim.api.many_points import compare, sensitivity, solve, sweep
    from gpusim.api.questions import backtest, bridge, load, run, units
    from gpusim.api.result import Result
    from gpusim.api.runs import OwnFigure, Run, Story
    from gpusim.experiments.common.memory import TooManyError
    from gpusim.experiments.explain.explain import Explained
    from gpusim.experiments.run.simulate import ClusterError, RunError
    from gpusim.experiments.saved.runs import Verified
    from gpusim.files import UnsafeFileError
    from gpusim.own_code import MetricError, OwnCodeError, ShockError, StrategyError
    from gpusim.results.metric import Metric
    from gpusim.results.own.metric import OwnMetric
    from gpusim.results.own.replication import Replication
    from gpusim.results.stored.folder import FolderExistsError
    from gpusim.results.stored.opened import NotARunError
    from gpusim.scenario import Scenario, ScenarioError
    from gpusim.scenario.overlay import Shock
    from gpusim.strategies import Decision, Strategy, View

__version__ = "0.1.0"
__all__ = [
    "Backtest",
    "Bridge",
    "ClusterError",
    "Comparison",
    "Cover",
    "Decision",
    "Explained",
    "FolderExistsError",
    "Metric",
    "MetricError",
    "NotARunError",
    "OwnCodeError",
    "OwnFigure",
    "OwnMetric",
    "RealisedUnits",
    "Replication",
    "Result",
    "Run",
    "RunError",
    "Scenario",
    "ScenarioError",
    "Sensitivity",
    "Shock",
    "ShockError",
    "Solution",
    "Story",
    "Strategy",
    "StrategyError",
    "Sweep",
    "TooManyError",
    "UnitEconomics",
    "UnsafeFileError",
    "Verified",
    "View",
    "__version__",
    "backtest",
    "bridge",
    "compare",
    "load",
    "open_run",
    "run",
    "sensitivity",
    "solve",
    "sweep",
    "units",
]

_MODULES = {
    "gpusim.api.answers": ("Comparison", "Sensitivity", "Solution", "Sweep"),
    "gpusim.api.figures": ("Backtest", "Bridge", "RealisedUnits", "UnitEconomics"),
    "gpusim.api.folders": ("open_run",),
    "gpusim.api.many_points": ("compare", "sensitivity", "solve", "sweep"),
    "gpusim.api.questions": ("backtest", "bridge", "load", "run", "units"),
    "gpusim.api.result": ("Result",),
    "gpusim.api.runs": ("OwnFigure", "Run", "Story"),
    "gpusim.experiments.common.memory": ("TooManyError",),
    "gpusim.experiments.explain.covers": ("Cover",),
    "gpusim.experiments.explain.explain": ("Explained",),
    "gpusim.experiments.run.simulate": ("ClusterError", "RunError"),
    "gpusim.experiments.saved.runs": ("Verified",),
    "gpusim.files": ("UnsafeFileError",),
    "gpusim.own_code": ("MetricError", "OwnCodeError", "ShockError", "StrategyError"),
    "gpusim.results.stored.folder": ("FolderExistsError",),
    "gpusim.results.metric": ("Metric",),
    "gpusim.results.stored.opened": ("NotARunError",),
    "gpusim.results.own.metric": ("OwnMetric",),
    "gpusim.results.own.replication": ("Replication",),
    "gpusim.scenario": ("Scenario", "ScenarioError"),
    "gpusim.scenario.overlay": ("Shock",),
    "gpusim.strategies": ("Decision", "Strategy", "View"),
}
"""Where each name is."""

if not TYPE_CHECKING:  # a type checker is to refuse names that are not there

    def __getattr__(name: str) -> object:
        """A name of the API, from its module."""
        for module, names in _MODULES.items():
            if name in names:
                from importlib import import_module

                globals()[name] = found = getattr(import_module(module), name)
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The names of the API."""
    return sorted(__all__)
