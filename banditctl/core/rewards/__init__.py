"""What kind of number a reward is: one file a kind, named as policy files name it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Protocol

import numpy as np
from annotated_types import Ge, Gt

from banditctl.core.attribution import Repeat
from banditctl.core.belief import Goal
from banditctl.core.posterior import Affine, Posterior
from banditctl.core.statistics import Statistics
from banditctl.core.trials import Trials
from banditctl.core.units import Array, Duration, Name

Recent = Callable[[Array], Array]

# Sums of many floats agree to this, relatively.
_ROUNDING = 1e-9


class Prior(Protocol):
    """A dataclass of numbers: what was believed before any reward."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


class RewardModel(Protocol):
    """One metric: which values it can have, how they are credited, and what they say about its mean."""

    binary: ClassVar[bool]
    """Whether every value is 0 or 1."""

    @property
    def kind(self) -> str: ...
    @property
    def goal(self) -> Goal: ...
    @property
    def window(self) -> timedelta: ...
    @property
    def default(self) -> float | None: ...
    @property
    def repeat(self) -> Repeat: ...
    @property
    def prior(self) -> "Prior": ...
    @property
    def value(self) -> float: ...
    @property
    def costs(self) -> Mapping[str, float]: ...

    def refusal(self, value: float) -> str | None:
        """Why a finite `value` cannot be a reward of this kind, as a sentence; None if it can."""
        ...

    def misfit(self, sums: Statistics) -> str | None:
        """Why these cannot be the sums of rewards of this kind, as a sentence; None if they can."""
        ...

    def contradictions(self) -> list[tuple[str, str]]:
        """Options that cannot go together, as (option, sentence)."""
        ...

    def posterior(self, trials: Sequence[Statistics]) -> Posterior:
        """The belief about each variant's mean reward after its `trials`."""
        ...

    def worth(self, variants: Sequence[str], mean: Array) -> Array:
        """(K,) what a request to each of `variants` is worth whose mean reward is `mean`, its cost counted in."""
        ...

    def noise(self, trials: Trials, recent: Recent) -> Array:
        """(T,) variance of a reward within each stratum, by what came in it and recently; more than 0.

        A stratum by itself may have too few for that; `recent` adds up a column (T,) over those before it as well.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Crediting:
    """The options that every kind shares: how a reward finds its exposure, what it is worth, and what none is."""

    binary: ClassVar[bool] = False

    goal: Goal = "maximize"
    """Whether more is better, or less."""
    window: Duration = timedelta(hours=6)
    """How long after its exposure a reward may come."""
    default: float | None = 0.0
    """What an exposure is worth if no reward came by then; null if it does not count."""
    repeat: Repeat = "first"
    """Which reward counts where several come for one exposure."""
    value: Annotated[float, Gt(0)] = 1.0
    """What a reward of one is worth, in the unit of costs."""
    costs: dict[Name, Annotated[float, Ge(0)]] = field(default_factory=dict)
    """What a request costs that a variant serves; one left out costs nothing."""

    def worth(self, variants: Sequence[str], mean: Array) -> Array:
        """Value times mean, less the cost; where less is better, plus the cost."""
        costs = np.array([self.costs.get(variant, 0.0) for variant in variants])
        return np.asarray(self.value * mean + (-costs if self.goal == "maximize" else costs))

    def misfit(self, sums: Statistics) -> str | None:
        """Whatever rewards are, their squares have a mean of at least that of the rewards, squared."""
        least = sums.total * sums.mean
        if sums.total and not sums.count:
            return f"no reward makes no total of {sums.total:g}"
        return f"squares of such a total are at least {least:g}" if sums.squares < least * (1 - _ROUNDING) else None


def net(reward: RewardModel, variants: Sequence[str], posterior: Posterior) -> Posterior:
    """The belief about what a request to each of `variants` is worth, from that about its mean reward.

    Only families that costs can shift have one; core/contradictions.py refuses costs with the others.
    """
    if not reward.costs:
        return posterior
    assert isinstance(posterior, Affine)  # noqa: S101 - it would have been a problem
    return posterior.affine(reward.value, reward.worth(variants, np.zeros(len(variants))))
