"""From belief to proposal: one file a policy, named as policy files name it.

Each returns shares, never picks a variant: shares are the propensities of the requests they will route.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

import numpy as np

from banditctl.core.allocation import Allocation
from banditctl.core.belief import Belief
from banditctl.core.trials import Trials
from banditctl.core.units import Array


@dataclass(frozen=True)
class Record:
    """What pooled counting says beside a belief: K variants in its order, each trial weighted by its age."""

    trials: Array
    """(K,) trials."""
    gains: Array
    """(K,) rewards, each divided by the share that its variant had: what all requests would have earned with it."""
    batch: float
    """Trials until the next turn, at least one: as many as came since the last, or else at once when any last came."""

    @classmethod
    def of(cls, trials: Trials, discount: float, before: float) -> Self:
        """What `trials` say, of which `before` were there at the last turn; `discount` is per unit of elapsed time."""
        weight = discount**trials.elapsed
        together = trials.count.sum(axis=1, keepdims=True)
        # While the endpoint changes nobody knows the shares in force, but who was served is known.
        served = np.divide(trials.count, together, out=np.zeros_like(trials.count), where=together > 0)
        share = np.where(trials.settled[:, None], trials.shares, served)
        gains = np.divide(trials.total, share, out=np.zeros_like(trials.total), where=share > 0)
        return cls(weight @ trials.count, weight @ gains, _batch(together, before))

    @property
    def horizon(self) -> float:
        """All trials by the next turn: the t of formulas that explore less as time goes on."""
        return float(self.trials.sum()) + self.batch


def _batch(trials: Array, before: float) -> float:
    """What is to come after `trials` (T, 1), of which `before` were there at the last turn."""
    since = float(trials.sum()) - before
    # Where trials mature stratum by stratum, most turns see none, and nothing that a policy asks for should change.
    latest = trials[trials >= 1]
    return max(float(latest[-1]) if since < 1 and latest.size else since, 1.0)


class Policy(Protocol):
    """What a policy file names under `policy`."""

    # The kinds of reward and the estimators that it works with; None: any.
    rewards: ClassVar[tuple[str, ...] | None]
    estimators: ClassVar[tuple[str, ...] | None]

    @property
    def kind(self) -> str: ...

    def contradictions(self, variants: tuple[str, ...]) -> list[tuple[str, str]]:
        """Options that cannot hold for these variants, as (option, sentence)."""
        ...

    def propose(self, belief: Belief, record: Record, /) -> Allocation:
        """The shares that this belief asks for, before any limit."""
        ...


class Undemanding:
    """A policy for every reward and estimator, whose options fit any variants, but for what it says itself."""

    rewards: ClassVar[tuple[str, ...] | None] = None
    estimators: ClassVar[tuple[str, ...] | None] = None

    def contradictions(self, variants: tuple[str, ...]) -> list[tuple[str, str]]:  # noqa: ARG002 - nothing depends on them
        return []


def share_out(variants: tuple[str, ...], shares: Array) -> Allocation:
    """An allocation of `shares` (K,), one for each of `variants`."""
    return Allocation(dict(zip(variants, shares.tolist(), strict=True)))
