"""Rewards that are counts: items in a basket, pages read, retries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge

from banditctl.core.posterior.gamma import Gamma
from banditctl.core.rewards import Crediting, Recent
from banditctl.core.statistics import Statistics
from banditctl.core.trials import Trials
from banditctl.core.units import Array

# Below this the density has a pole at zero, which the quadrature's panels no longer resolve.
Pseudocount = Annotated[float, Ge(0.1)]

# From here on floats no longer tell a count from the next.
_LARGEST = 2**53


@dataclass(frozen=True)
class GammaPrior:
    """A total of `shape` in `rate` trials, believed before any were seen."""

    shape: Pseudocount = 1.0
    rate: Pseudocount = 1.0


@dataclass(frozen=True, kw_only=True)
class Poisson(Crediting):
    """A mean count, believed by a Gamma distribution."""

    kind: Literal["poisson"] = "poisson"
    prior: GammaPrior = field(default_factory=GammaPrior)
    """The belief to begin with."""

    def refusal(self, value: float) -> str | None:
        """A fraction is refused: it would be an amount or an average, whose variance is not its mean."""
        if 0 <= value < _LARGEST and value % 1 == 0:
            return None
        return f"a poisson reward is a whole number from 0 to below 2**53, not {value:g}; gaussian takes any number"

    def misfit(self, sums: Statistics) -> str | None:
        """Counts are whole, so the square of each is at least itself."""
        if sums.total < 0 or sums.total % 1:
            return f"counts sum to a whole number from 0, not to {sums.total:g}"
        if sums.squares < sums.total:
            return f"squares of whole numbers sum to at least their total, which is {sums.total:g}"
        return super().misfit(sums)

    def contradictions(self) -> list[tuple[str, str]]:
        if self.default is None or self.refusal(self.default) is None:
            return []
        return [("default", "a poisson reward is a whole number from 0; write such a one or null")]

    def posterior(self, trials: Sequence[Statistics]) -> Gamma:
        """Gamma(shape + total, rate + count)."""
        totals = np.array([trial.total for trial in trials])
        counts = np.array([trial.count for trial in trials])
        return Gamma(self.prior.shape + totals, self.prior.rate + counts)

    def noise(self, trials: Trials, recent: Recent) -> Array:
        """As its mean, for a mean of half an event in one trial and all recent ones."""
        return np.asarray((recent(trials.total.sum(axis=1)) + 0.5) / (recent(trials.count.sum(axis=1)) + 1))
