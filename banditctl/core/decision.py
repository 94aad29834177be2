"""From what was seen to what to do about it, and why, in one sentence."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from banditctl.core.allocation import Allocation, Live
from banditctl.core.belief import Belief
from banditctl.core.estimators import Estimate
from banditctl.core.estimators.pooled import pooled
from banditctl.core.estimators.stratified import stratified
from banditctl.core.evidence import Estimator, Evidence
from banditctl.core.experiment import Experiment
from banditctl.core.findings import Findings, advance, find
from banditctl.core.maturity import mature
from banditctl.core.past import Past
from banditctl.core.policies import Record
from banditctl.core.stopping import Conclusion
from banditctl.core.trials import Trials

# Trials that a variant which joins later has before the policy judges it.
_OWN_BURN_IN = 100

_ESTIMATORS: dict[Estimator, Estimate] = {"stratified": stratified, "pooled": pooled}

Verdict = Literal["move", "hold"]


class Turn(Struct, frozen=True):
    """The last turn: when, and on how many trials; if the target was busy, and if its push may have failed."""

    at: datetime
    trials: float
    busy: bool = False
    unfinished: bool = False


class Snapshot(Struct, frozen=True):
    """All that a decision depends on besides the experiment.

    Events that were received after `heard` may not be learned yet: nothing matures beyond it, or a reward that
    has come would be taken for one that has not. None where all are learned. `last` is the turn before.
    """

    at: datetime
    evidence: Evidence
    live: Live
    heard: datetime | None = None
    last: Turn | None = None

    @property
    def known(self) -> datetime:
        """Until when everything is known."""
        return min(self.at, self.heard or self.at)

    @property
    def age(self) -> timedelta:
        """How long the experiment has run."""
        return self.at - self.evidence.strata[0].since if self.evidence.strata else timedelta(0)


class VariantBelief(Struct, frozen=True):
    """What is believed of one variant: its mean reward, 95% interval, P(best), and what staying costs."""

    trials: float
    mean: float
    interval: tuple[float, float]
    best: float
    expected_loss: float


class Decision(Struct, frozen=True):
    """What to do, and everything it follows from: `decide` makes it again from `seen`, bit for bit."""

    experiment: str
    digest: str
    seen: Snapshot
    belief: dict[str, VariantBelief]
    value_remaining: float | None
    proposal: Allocation
    verdict: Verdict
    allocation: Allocation | None
    reason: str
    stop: Conclusion | None = None
    findings: Findings = Findings()

    @property
    def trials(self) -> float:
        """Matured trials of all variants."""
        return sum(believed.trials for believed in self.belief.values())


def matured_trials(experiment: Experiment, evidence: Evidence, at: datetime) -> Trials:
    """Trials that count by `at`, none forgotten."""
    return mature(evidence, experiment.variants, experiment.maturity(at))


def believe(experiment: Experiment, trials: Trials) -> Belief:
    """The belief that `trials` support."""
    return _ESTIMATORS[experiment.evidence.estimator](trials, experiment.reward, experiment.evidence.discount)


def decide(experiment: Experiment, seen: Snapshot) -> Decision:
    """Move or hold; pure, so that the same snapshot gives the same decision."""
    return decide_and_advance(experiment, seen)[0]


def decide_and_advance(experiment: Experiment, seen: Snapshot) -> tuple[Decision, Past]:
    """The decision, and the past that it has read up to, which the next one goes on from."""
    trials = matured_trials(experiment, seen.evidence, seen.known)
    belief = believe(experiment, trials)
    number = float(trials.count.sum())
    young = number < experiment.burn_in
    proposal = _propose(experiment, seen, trials, belief, young=young)
    verdict, allocation, reason = _judge(experiment, seen.live, proposal)
    remaining = belief.value_remaining(belief.leader, experiment.stop.value_remaining)
    past = advance(experiment, seen.evidence, trials, seen.known)
    findings = find(experiment, past, trials, belief)
    stop = None if young else experiment.stop.conclusion(belief, findings.rivals, remaining, seen.age)
    decision = Decision(
        experiment=experiment.name,
        digest=experiment.digest,
        seen=seen,
        belief=_summary(belief, trials.count.sum(axis=0).tolist(), experiment.stop.confidence),
        value_remaining=remaining,
        proposal=proposal,
        verdict=verdict,
        allocation=allocation,
        reason=f"{reason}; {_ground(experiment, belief, number, young=young)}{_remarks(stop, findings)}.",
        stop=stop,
        findings=findings,
    )
    return decision, past


def _propose(experiment: Experiment, seen: Snapshot, trials: Trials, belief: Belief, *, young: bool) -> Allocation:
    """What the policy asks for; an equal split during burn-in, and an equal share for a newcomer during its own."""
    equal = Allocation.equal(experiment.variants)
    if young:
        return equal
    record = Record.of(trials, experiment.evidence.discount, seen.last.trials if seen.last else 0.0)
    asked = experiment.policy.propose(belief, record)
    newcomers = set(_newcomers(experiment, trials))
    if not newcomers:
        return asked
    judged = {name: share for name, share in asked.shares.items() if name not in newcomers}
    whole, left = sum(judged.values()), len(judged) / len(equal.shares)
    if not whole:
        return equal
    return Allocation({name: judged[name] / whole * left if name in judged else equal[name] for name in asked.shares})


def _newcomers(experiment: Experiment, trials: Trials) -> Iterator[str]:
    """The variants that were not there from the first stratum on, and have too few trials to be judged by."""
    enough = min(_OWN_BURN_IN, experiment.burn_in / len(experiment.variants))
    columns = zip(experiment.variants, trials.shares[:1].T, trials.count.sum(axis=0), strict=True)
    return (name for name, first, count in columns if not first.any() and count < enough)


def _summary(belief: Belief, trials: list[float], level: float) -> dict[str, VariantBelief]:
    low, high = belief.interval(level)
    columns = zip(trials, belief.mean, low, high, belief.best, belief.expected_loss, strict=True)
    rows = (
        VariantBelief(count, float(mean), (float(least), float(most)), float(best), float(loss))
        for count, mean, least, most, best, loss in columns
    )
    return dict(zip(belief.variants, rows, strict=True))


def _judge(experiment: Experiment, live: Live, proposal: Allocation) -> tuple[Verdict, Allocation | None, str]:
    """The verdict, the allocation to push (None: nothing), and the first half of the reason."""
    if obstacle := _obstacle(experiment, live):
        return "hold", None, f"Hold: the endpoint {obstacle}"
    assert live.allocation  # noqa: S101 - it would have been an obstacle
    following = experiment.limits.apply(live.allocation, experiment.rollout.grant(proposal))
    if following == live.allocation:
        return "hold", None, "Hold: the shares are as they should be"
    if experiment.limits.negligible(live.allocation, following):
        return "hold", None, f"Hold: the next step is within the dead-band of {experiment.limits.deadband:.1%}"
    change = _change(live.allocation, following)
    if experiment.mode == "observe":
        return "hold", following, f"Observe only: would move {change}"
    return "move", following, f"Move {change}"


def _obstacle(experiment: Experiment, live: Live) -> str | None:
    """Why nothing can be pushed now, as the endpoint's predicate; None if something can."""
    if live.state != "ready":
        return f"is {live.status}, {'it is changing' if live.state == 'busy' else 'only a person can mend that'}"
    if live.allocation is None:
        return "does not tell a weight for each of its variants, as a serverless one"
    known, found = set(experiment.variants), set(live.allocation.shares)
    missing, unknown = sorted(known - found), sorted(found - known)
    parts = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"also has {', '.join(unknown)}"] * bool(unknown)
    return f"{' and '.join(parts)}; name its variants in the policy file" if parts else None


def _change(live: Allocation, following: Allocation) -> str:
    """The variant whose share changes most, from and to; of two that trade, the one that gains."""

    def size(variant: str) -> tuple[float, bool]:
        gain = following[variant] - live[variant]
        return round(abs(gain), 9), gain > 0

    name = max(sorted(live.shares), key=size)
    return f"{name} from {live[name]:.1%} to {following[name]:.1%}"


def _ground(experiment: Experiment, belief: Belief, trials: float, *, young: bool) -> str:
    """What it rests on."""
    if young:
        return f"warming up with an equal split, {trials:,.0f} of {experiment.burn_in:,} trials"
    best = f"{belief.variants[belief.leader]} is best with probability {belief.best[belief.leader]:.1%}"
    return f"{best} after {trials:,.0f} trials"


def _remarks(stop: Conclusion | None, findings: Findings) -> str:
    """What else there is to tell: that it is time to stop, and what looks wrong."""
    said = f": {stop}" if stop else ""
    if (split := findings.mismatch) and split.alarm:
        said += f"; {split.variant} gets {abs(split.deviation):.1%} {_more(split.deviation)} than its share"
    if (change := findings.change) and change.alert:
        said += f"; lately {change.rival} earns {_more(change.z)} beside the leader than before"
    return said


def _more(number: float) -> str:
    return "more" if number > 0 else "less"
