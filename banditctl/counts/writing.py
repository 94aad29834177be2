"""The same document from what a decision saw: `banditctl decide` reads it and decides again."""

from banditctl.core.evidence import Cell, Stratum
from banditctl.core.experiment import Experiment
from banditctl.core.snapshot import Snapshot

Document = dict[str, object]


def write(experiment: Experiment, seen: Snapshot) -> Document:
    """The counts in `seen`, of the models that the variants run now; further metrics are no part of them."""
    live, before = seen.live.allocation, {name: seen.evidence.before(name) for name in experiment.variants}
    strata = [
        _stratum(
            stratum, {name: cell for name, cell in stratum.variants.items() if row >= before.get(name, 0)}, experiment
        )
        for row, stratum in enumerate(seen.evidence.strata)
    ]
    return {"strata": strata, "live": live.shares if live else None, "at": seen.at, "heard": seen.heard}


def _stratum(stratum: Stratum, cells: dict[str, Cell], experiment: Experiment) -> Document:
    return {
        "since": stratum.since,
        "until": stratum.until,
        "shares": stratum.shares,
        "settled": stratum.settled,
        "variants": {name: _cell(cell, experiment) for name, cell in cells.items()},
    }


def _cell(cell: Cell, experiment: Experiment) -> Document:
    """Where rewards are the trials, exposures say nothing."""
    exposed = {"exposed": cell.exposed} if experiment.evidence.trials == "exposures" else {}
    return {**exposed, "rewarded": cell.rewarded, "ages": cell.ages}
