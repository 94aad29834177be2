"""Rewards that are 0 or 1: clicked or not, right or wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge

from banditctl.core.posterior.beta import Beta
from banditctl.core.rewards import Crediting, Recent
from banditctl.core.statistics import Statistics
from banditctl.core.trials import Trials
from banditctl.core.units import Array

# Below this the density has two poles, which the quadrature's panels no longer resolve.
Pseudocount = Annotated[float, Ge(0.1)]


@dataclass(frozen=True)
class BetaPrior:
    """Successes and failures believed before any were seen; 1 and 1 hold every rate equally likely."""

    successes: Pseudocount = 1.0
    failures: Pseudocount = 1.0


@dataclass(frozen=True, kw_only=True)
class Bernoulli(Crediting):
    """A success rate, believed by a Beta distribution."""

    binary: ClassVar[bool] = True
    kind: Literal["bernoulli"] = "bernoulli"
    prior: BetaPrior = field(default_factory=BetaPrior)
    """The belief to begin with."""

    def refusal(self, value: float) -> str | None:
        return None if value in (0, 1) else f"a bernoulli reward is 0 or 1, not {value:g}"

    def misfit(self, sums: Statistics) -> str | None:
        if not 0 <= sums.total <= sums.count:
            return f"of {sums.count:g} rewards of 0 or 1 the total is between 0 and {sums.count:g}, not {sums.total:g}"
        return None if sums.squares == sums.total else f"squares of 0 and 1 sum to the total, which is {sums.total:g}"

    def contradictions(self) -> list[tuple[str, str]]:
        found = []
        if self.default not in (None, 0, 1):
            found.append(("default", "a bernoulli reward is 0 or 1; write 0, 1 or null"))
        if self.repeat == "sum":
            found.append(("repeat", "a sum of bernoulli rewards can exceed 1; write first or max"))
        return found

    def posterior(self, trials: Sequence[Statistics]) -> Beta:
        """Beta(successes + total, failures + count - total)."""
        successes = np.array([trial.total for trial in trials])
        counts = np.array([trial.count for trial in trials])
        # Discounting rounds; a count a hair below its total must not make a negative parameter.
        failures = np.maximum(counts - successes, 0.0)
        return Beta(self.prior.successes + successes, self.prior.failures + failures)

    def noise(self, trials: Trials, recent: Recent) -> Array:
        """q * (1 - q), for a rate q of half a success in one trial and all recent ones."""
        rate = (recent(trials.total.sum(axis=1)) + 0.5) / (recent(trials.count.sum(axis=1)) + 1)
        return np.asarray(rate * (1 - rate))
