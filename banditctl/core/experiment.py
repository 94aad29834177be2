"""One policy file, read and checked: everything about an experiment that does not change by itself."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Literal

from annotated_types import Ge, Len
from msgspec import Struct

from banditctl.core.attribution import Rule, Rules
from banditctl.core.event import REWARD, remembered
from banditctl.core.evidence import EvidenceOptions
from banditctl.core.limits import Limits
from banditctl.core.maturity import Maturity
from banditctl.core.mismatch import MismatchOptions
from banditctl.core.policies import Policy
from banditctl.core.revision import Revision
from banditctl.core.rewards import RewardModel
from banditctl.core.rollouts import Rollout
from banditctl.core.rollouts.continuous import Continuous
from banditctl.core.stopping import Stop
from banditctl.core.units import Duration, Name

# While evidence is young a turn is worth having early: as soon as trials have grown by this much.
# Thirteen turns placed so did as well as a hundred even ones (docs/statistics.md).
GROWTH = 1.5


class Terms(Struct, frozen=True):
    """What evidence means: it cannot change under a name that has some.

    It is kept with the evidence: a field that is added needs the default that it meant until then.
    """

    reward: str
    goal: str
    window: timedelta
    default: float | None
    repeat: str
    prior: dict[str, float]
    trials: str
    stratum: timedelta

    @property
    def memory(self) -> timedelta:
        """How long ids were remembered while it was gathered."""
        return remembered(self.window)

    def changed(self, now: "Terms") -> list[str]:
        """The names of those that differ."""
        return [name for name in self.__struct_fields__ if getattr(self, name) != getattr(now, name)]


@dataclass(frozen=True)
class Schedule:
    """When to decide: every so often, earlier while young, never closer than `at_least`."""

    every: Duration = timedelta(minutes=5)
    """How often to decide."""
    at_least: Duration = timedelta(minutes=3)
    """The least time between two turns, however young the evidence."""
    burn_in: Annotated[int, Ge(0)] | None = None
    """Trials until which the split is equal; left out, 100 per variant and at least 1000."""

    def due(self, at: datetime, since: datetime, before: float, trials: Callable[[], float], burn_in: int) -> bool:
        """Whether a turn is due at `at`, the last one having been at `since` with `before` trials.

        `trials`, those of now, are counted only where they matter: that takes reading all strata.
        """
        elapsed = at - since
        # A clock that was ahead and was set right must not stop the turns until it is there again.
        if at < since or elapsed >= self.every:
            return True
        if elapsed < self.at_least:
            return False
        number = trials()
        return number > GROWTH * before or before < burn_in <= number


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """The variants of one endpoint, what they are to earn, and how their traffic may move."""

    name: Name
    """What the experiment is called; left out, as its file is."""
    variants: Annotated[tuple[Name, ...], Len(2, 10)]
    """The variants that share the traffic, as the target names them."""
    reward: RewardModel
    """What a variant is to earn."""
    policy: Policy
    """How a belief becomes shares."""
    control: Name
    """Where traffic returns on rollback; left out, the first variant."""
    metrics: dict[Name, RewardModel] = field(default_factory=dict)
    """Further metrics by name, with the options of a reward: recorded beside it, they move no traffic."""
    evidence: EvidenceOptions = field(default_factory=EvidenceOptions)
    limits: Limits = field(default_factory=Limits)
    schedule: Schedule = field(default_factory=Schedule)
    stop: Stop = field(default_factory=Stop)
    mismatch: MismatchOptions = field(default_factory=MismatchOptions)
    rollout: Rollout = field(default_factory=Continuous)
    """How much of a proposal may be had at once."""
    mode: Literal["observe", "act"] = "act"
    """Whether to move traffic, or only to watch and record."""
    on_drift: Literal["reassert", "adopt", "pause"] = "reassert"
    """When somebody else changed the weights or deployed: put them back, go on from theirs, or hold."""
    digest: str
    options: dict[str, str] = field(default_factory=dict)

    @property
    def revision(self) -> Revision:
        """The version of its policy file."""
        return Revision(self.digest, self.options)

    @property
    def rewards(self) -> dict[str, RewardModel]:
        """Every metric by its name, the one that moves traffic among them."""
        return {REWARD: self.reward, **self.metrics}

    @property
    def rules(self) -> Rules:
        """How its events are credited."""
        rules = {name: Rule(metric.window, metric.repeat) for name, metric in self.rewards.items()}
        return Rules(rules, self.evidence.trials, self.memory)

    @property
    def awaited(self) -> float | None:
        """What an exposure is worth whose reward has not come in time; None where rewards alone are trials."""
        return None if self.evidence.trials == "rewards" else self.reward.default

    @property
    def metered(self) -> bool:
        """Whether the target counts its requests, and nobody reports them."""
        return self.evidence.trials == "invocations"

    def maturity(self, at: datetime) -> Maturity:
        """What counts as a trial by `at`."""
        evidence = self.evidence
        return Maturity(at, self.reward.window, self.awaited, evidence.stratum, evidence.discount, evidence.delays)

    @property
    def terms(self) -> Terms:
        """What its evidence means."""
        reward, evidence = self.reward, self.evidence
        return Terms(
            reward=reward.kind,
            goal=reward.goal,
            window=reward.window,
            default=reward.default,
            repeat=reward.repeat,
            prior=asdict(reward.prior),
            trials=evidence.trials,
            stratum=evidence.stratum,
        )

    @property
    def memory(self) -> timedelta:
        """How old an event may be when it is received, and how long ids are remembered at least."""
        return remembered(self.reward.window)

    @property
    def burn_in(self) -> int:
        """Matured trials before the policy is asked; until then the split is equal."""
        chosen = self.schedule.burn_in
        return max(1000, 100 * len(self.variants)) if chosen is None else chosen
