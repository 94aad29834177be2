"""One policy file, read and checked: everything about an experiment that does not change by itself."""

from collections.abc import Callable, Iterator
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
from banditctl.core.policies import Policy
from banditctl.core.posterior import Affine
from banditctl.core.rewards import RewardModel
from banditctl.core.rollouts import Rollout
from banditctl.core.rollouts.continuous import Continuous
from banditctl.core.statistics import Statistics
from banditctl.core.units import Duration, Name, write_duration

# While evidence is young a turn is worth having early: as soon as trials have grown by this much.
# Thirteen turns placed so did as well as a hundred even ones (docs/statistics.md).
_GROWTH = 1.5

Problem = tuple[tuple[str, ...], str]


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

    def due(self, at: datetime, since: datetime, before: float, trials: Callable[[], float]) -> bool:
        """Whether a turn is due at `at`, the last one having been at `since` with `before` trials.

        `trials`, those of now, are counted only where they matter: that takes reading all strata.
        """
        elapsed = at - since
        # A clock that was ahead and was set right must not stop the turns until it is there again.
        if at < since or elapsed >= self.every:
            return True
        return elapsed >= self.at_least and trials() > _GROWTH * before


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
    rollout: Rollout = field(default_factory=Continuous)
    """How much of a proposal may be had at once."""
    mode: Literal["observe", "act"] = "act"
    """Whether to move traffic, or only to watch and record."""
    digest: str

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
        return self.reward.default if self.evidence.trials == "exposures" else None

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

    def problems(self) -> Iterator[Problem]:
        """Combinations that cannot work, each as the path of the option and a sentence."""
        if len(set(self.variants)) < len(self.variants):
            yield ("variants",), "each variant is named once"
        if self.control not in self.variants:
            yield ("control",), f"unknown variant; known are {', '.join(self.variants)}"
        if self.schedule.at_least > self.schedule.every:
            yield ("schedule", "at_least"), "must not be longer than every"
        for trail, sentence in self._delays():
            yield ("evidence", "delays", *trail), sentence
        for option, sentence in self.limits.contradictions(len(self.variants)):
            yield ("limits", option), sentence
        for option, sentence in self.reward.contradictions():
            yield ("reward", option), sentence
        for trail, sentence in self._mispricings():
            yield ("reward", *trail), sentence
        for option, sentence in self.policy.contradictions(self.variants):
            yield ("policy", option), sentence
        yield from self._demands()
        for name, metric in self.metrics.items():
            for trail, sentence in self._misfits(name, metric):
                yield ("metrics", name, *trail), sentence

    def _delays(self) -> Iterator[Problem]:
        delays = self.evidence.delays
        for name in sorted(delays.keys() - set(self.variants)):
            yield (name,), f"unknown variant; known are {', '.join(self.variants)}"
        if delays and (missing := [name for name in self.variants if name not in delays]):
            yield (), f"name all variants or none, so that they are compared alike; missing are {', '.join(missing)}"
        if delays and self.awaited is None:
            yield (), "nothing is waited for where rewards are the trials or the default is null; leave it out"

    def _mispricings(self) -> Iterator[Problem]:
        reward = self.reward
        for variant in reward.costs:
            if variant not in self.variants:
                yield ("costs", variant), f"unknown variant; known are {', '.join(self.variants)}"
        if reward.value != 1 and not reward.costs:
            yield ("value",), "weighs rewards against costs; without costs it changes nothing"
        pooled = self.evidence.estimator == "pooled"
        if reward.costs and pooled and not isinstance(reward.posterior([Statistics()]), Affine):
            yield ("costs",), f"{reward.kind} rewards have costs with the stratified estimator only"

    def _demands(self) -> Iterator[Problem]:
        """Options that the policy needs to be others."""
        policy, reward, evidence = self.policy, self.reward.kind, self.evidence.estimator
        if policy.rewards and reward not in policy.rewards:
            yield ("reward", "kind"), f"must be {' or '.join(policy.rewards)} for {policy.kind}, not {reward}"
        if policy.estimators and evidence not in policy.estimators:
            yield (
                ("evidence", "estimator"),
                f"must be {' or '.join(policy.estimators)} for {policy.kind}, not {evidence}",
            )

    def _misfits(self, name: str, metric: RewardModel) -> Iterator[Problem]:
        if name == REWARD:
            yield (), "is what traffic moves by; its options stand under reward itself"
        if metric.window > self.reward.window:
            window = write_duration(self.reward.window)
            yield ("window",), f"ids are remembered for the reward's window; write {window} or less"
        if metric.costs or metric.value != 1:
            yield ("costs" if metric.costs else "value",), "moves no traffic here; it belongs under reward"
        for option, sentence in metric.contradictions():
            yield (option,), sentence
