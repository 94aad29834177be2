"""What kind of number a reward is: one file a kind, named as policy files name it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Protocol

from banditctl.core.attribution import Repeat
from banditctl.core.belief import Goal
from banditctl.core.posterior import Posterior
from banditctl.core.statistics import Statistics
from banditctl.core.units import Duration


class Prior(Protocol):
    """A dataclass of numbers: what was believed before any reward."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


class RewardModel(Protocol):
    """One metric: which values it can have, how they are credited, and what they say about its mean."""

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

    def refusal(self, value: float) -> str | None:
        """Why a finite `value` cannot be a reward of this kind, as a sentence; None if it can."""
        ...

    def contradictions(self) -> list[tuple[str, str]]:
        """Options that cannot go together, as (option, sentence)."""
        ...

    def posterior(self, trials: Sequence[Statistics]) -> Posterior:
        """The belief about each variant's mean reward after its `trials`."""
        ...


@dataclass(frozen=True, kw_only=True)
class Crediting:
    """The options that every kind shares: how a reward finds its exposure, and what none is worth."""

    goal: Goal = "maximize"
    """Whether more is better, or less."""
    window: Duration = timedelta(hours=6)
    """How long after its exposure a reward may come."""
    default: float | None = 0.0
    """What an exposure is worth if no reward came by then; null if it does not count."""
    repeat: Repeat = "first"
    """Which reward counts where several come for one exposure."""
