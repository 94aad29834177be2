"""Rewards that can be any finite number: revenue, minutes, log-loss."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt

from banditctl.core.posterior.student_t import StudentT
from banditctl.core.rewards import Crediting, Recent
from banditctl.core.statistics import Statistics
from banditctl.core.trials import Trials
from banditctl.core.units import Array

# The square of anything larger would leave no room to add many.
_LARGEST = 1e100

# What rewards that are all alike vary by, so that it can be divided by.
_SMALLEST = 1e-200

# With fewer, two rewards that happen to be alike make a stratum count as if nothing in it could vary.
_STANDING = 10.0

# Less than this of the squares is what rounding leaves of them.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class NormalPrior:
    """What `count` rewards of this mean and variance would have said before any were seen."""

    mean: float = 0.0
    variance: Annotated[float, Gt(0)] = 1.0
    count: Annotated[float, Gt(0)] = 1.0


@dataclass(frozen=True, kw_only=True)
class Gaussian(Crediting):
    """A mean, believed by a Student-t distribution: the rewards are normal, of a variance that is not known."""

    kind: Literal["gaussian"] = "gaussian"
    prior: NormalPrior = field(default_factory=NormalPrior)
    """The belief to begin with."""

    def refusal(self, value: float) -> str | None:
        return None if abs(value) <= _LARGEST else f"squares are added up; at most {_LARGEST:g} in size"

    def misfit(self, sums: Statistics) -> str | None:
        """What no reward could be, no sum can hold."""
        if misfit := super().misfit(sums):
            return misfit
        fit = sums.squares <= sums.count * _LARGEST**2
        return None if fit else f"squares are added up; rewards are at most {_LARGEST:g} in size"

    def contradictions(self) -> list[tuple[str, str]]:
        return []

    def posterior(self, trials: Sequence[Statistics]) -> StudentT:
        """The marginal belief about the mean of a normal-inverse-gamma posterior (Murphy 2007, section 3).

        With n = c + count for a prior of c rewards of mean m and variance v: mean = (c*m + total) / n,
        alpha = (n + 2) / 2 and beta = (c*v + squared deviations from both means) / 2. That makes beta / (alpha - 1),
        the expected variance, the plain average of those squares, and leaves the mean a deviation even before any
        reward: it has n + 2 degrees of freedom.
        """
        prior = self.prior
        count = np.array([trial.count for trial in trials])
        total = np.array([trial.total for trial in trials])
        squares = np.array([trial.squares for trial in trials])
        observed = total / np.maximum(count, 1e-300)
        known = prior.count + count
        within = np.maximum(squares - total * observed, 0.0)
        between = prior.count * count / known * (observed - prior.mean) ** 2
        spread = prior.count * prior.variance + within + between
        freedom = known + 2
        return StudentT(freedom, (prior.count * prior.mean + total) / known, np.sqrt(spread / (freedom * known)))

    def noise(self, trials: Trials, recent: Recent) -> Array:
        """The recent mean square about the means of variants in strata, that of all strata standing for ten more.

        The latter is about the means of strata, all variants together: where hardly any variant has two rewards in a
        stratum it is all there is. The prior's variance is counted with it.
        """
        columns = trials.count, trials.total, trials.squares
        within, freedom = (column.sum(axis=1) for column in _spread(*columns))
        about, free = (column.sum() for column in _spread(*(column.sum(axis=1) for column in columns)))
        overall = (self.prior.count * self.prior.variance + about) / (self.prior.count + free)
        found = (recent(within) + _STANDING * overall) / (recent(freedom) + _STANDING)
        return np.asarray(np.maximum(found, _SMALLEST))


def _spread(count: Array, total: Array, squares: Array) -> tuple[Array, Array]:
    """Squared deviations from the mean of each cell, and how many of them are free."""
    some = np.maximum(count, 1e-300)
    freedom = np.maximum(count - 1, 0.0)
    return np.maximum(squares - total * (total / some), _ROUNDING * squares / some * freedom), freedom
