"""What many runs come to: means, how sure they are, and what the worst of twenty was."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from banditctl.core.units import Array
from banditctl.simulator.scenario import Scenario
from banditctl.simulator.watching import Run


class Figure(Struct, frozen=True):
    """A mean over runs, its standard error (None of a single run), and what 95% of runs are not above."""

    mean: float
    error: float | None
    p95: float


class Part(Struct, frozen=True):
    """The share of runs in which something was so, and its standard error."""

    share: float
    error: float | None


class Summary(Struct, frozen=True):
    """All runs together; `regret` is in rewards missed beside the best variant of each moment.

    `certain` are runs that proved a winner, `certain_after` the hours it took them; `wrong` are those that after
    the first day ever favoured a variant that is not the best; `shares` are those at the end.
    """

    runs: int
    regret: Figure
    thompson: Figure
    equal: Figure
    certain: Part
    certain_after: Figure | None
    wrong: Part
    updates: Figure
    turns: Figure
    shares: dict[str, Figure]


def summarise(scenario: Scenario, runs: Sequence[Run]) -> Summary:
    """At least one run, in the order of their numbers, so that sums round alike."""
    after = [run.certain for run in runs if run.certain is not None]
    ends = np.array([run.shares[-1] for run in runs]).T
    return Summary(
        runs=len(runs),
        regret=figure([run.regret for run in runs]),
        thompson=figure([run.thompson for run in runs]),
        equal=figure([run.equal for run in runs]),
        certain=part([run.certain is not None for run in runs]),
        certain_after=figure(after) if after else None,
        wrong=part([run.wrong for run in runs]),
        updates=figure([float(run.updates) for run in runs]),
        turns=figure([float(run.turns) for run in runs]),
        shares={name: figure(end) for name, end in zip(scenario.experiment.variants, ends, strict=True)},
    )


def figure(values: Sequence[float] | Array) -> Figure:
    """Of at least one value."""
    column = np.asarray(values, dtype=float)
    error = float(column.std(ddof=1) / np.sqrt(len(column))) if len(column) > 1 else None
    return Figure(float(column.mean()), error, float(np.quantile(column, 0.95)))


def part(values: Sequence[bool]) -> Part:
    """Of at least one value."""
    of_all = figure([float(value) for value in values])
    return Part(of_all.mean, of_all.error)
