"""From what was seen to what to do about it, and why, in one sentence."""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct

from banditctl.core.allocation import Allocation
from banditctl.core.belief import Belief, quantiles
from banditctl.core.estimators import Estimate
from banditctl.core.estimators.pooled import pooled
from banditctl.core.estimators.stratified import stratified
from banditctl.core.evidence import Estimator, Evidence
from banditctl.core.experiment import Experiment
from banditctl.core.findings import Findings, advance, find
from banditctl.core.judgement import Verdict, judge
from banditctl.core.maturity import mature
from banditctl.core.past import Past
from banditctl.core.proposing import newcomers, propose
from banditctl.core.reason import ground, news, ordered, remarks, sentence
from banditctl.core.snapshot import Snapshot
from banditctl.core.standing import Order, Standing
from banditctl.core.stopping import Conclusion
from banditctl.core.trials import Trials
from banditctl.core.turn import Asked, Claim, Departure, Turn

_ESTIMATORS: dict[Estimator, Estimate] = {"stratified": stratified, "pooled": pooled}


class VariantBelief(Struct, frozen=True):
    """What is believed of one variant: its mean reward, 95% interval, P(best), and what staying costs."""

    trials: float
    mean: float
    interval: tuple[float, float]
    best: float
    expected_loss: float


class Decision(Struct, frozen=True):
    """What to do, and everything it follows from: `decide` makes it again from `seen`, bit for bit.

    To move is to push the allocation, to scale to ask for the `instances`, of one variant. `standing` are the orders
    that hold from now on, and `refusal` is why the one that it was to take is not among them. `quantiles` are those of
    each variant's mean reward, at PROBABILITIES of core/belief.py.
    """

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
    departure: Departure | None = None
    claim: Claim | None = None
    instances: dict[str, int] = {}
    standing: Standing = Standing()
    refusal: str | None = None
    quantiles: dict[str, tuple[float, ...]] = {}

    @property
    def order(self) -> Order | None:
        """The order that it was to take; it may have been refused."""
        return self.seen.order

    @property
    def trials(self) -> float:
        """Matured trials of all variants."""
        return sum(believed.trials for believed in self.belief.values())

    @property
    def stuck(self) -> bool:
        """Whether only a person can make the endpoint one that may be steered."""
        live = self.seen.live
        other = live.allocation is not None and live.allocation.shares.keys() != self.belief.keys()
        return live.state == "broken" or live.problem is not None or other

    @property
    def turn(self) -> Turn:
        """What is to be remembered of it; a push is unfinished until it was answered."""
        seen, pushing = self.seen, self.verdict == "move"
        again = seen.live.state == "busy" or (self.departure is not None and not seen.sure)
        still = seen.last is not None and seen.last.unfinished and self.claim == seen.last.claim
        lately = seen.last.asked_lately(seen.at) if seen.last else {}
        asked = lately | {name: Asked(number, seen.at) for name, number in self.instances.items()}
        # It holds until what was asked for is there, also while it is tried again; an order hears of its own push.
        failure = seen.last.failure if seen.last and still and not (pushing and self.order) else ""
        unfinished = pushing or still
        return Turn(seen.at, self.trials, again, unfinished, claim=self.claim, asked=asked, failure=failure)


def matured_trials(experiment: Experiment, evidence: Evidence, at: datetime) -> Trials:
    """Trials that count by `at`, none forgotten."""
    return mature(evidence, experiment.variants, experiment.maturity(at))


def believe(experiment: Experiment, trials: Trials) -> Belief:
    """The belief that `trials` support."""
    return _ESTIMATORS[experiment.evidence.estimator](trials, experiment.reward, experiment.evidence.discount)


def decide(experiment: Experiment, seen: Snapshot) -> Decision:
    """Move, hold or scale; pure, so that the same snapshot gives the same decision."""
    return decide_and_advance(experiment, seen)[0]


def decide_and_advance(experiment: Experiment, seen: Snapshot) -> tuple[Decision, Past]:
    """The decision, and the past that it has read up to, which the next one goes on from."""
    # believe
    trials = matured_trials(experiment, seen.evidence, seen.known)
    belief = believe(experiment, trials)
    number = float(trials.count.sum())

    # judge
    standing, refusal = _ordered(experiment, seen)
    new = newcomers(experiment, seen.evidence, trials)
    proposal = _proposal(experiment, seen, standing.heeded, trials, belief, new)
    departure = seen.last.departure(seen.live) if seen.last and experiment.mode == "act" else None
    acted = seen.order is not None and refusal is None and seen.order.verb != "pause"
    unproven = any(map(seen.evidence.before, new))
    judged = judge(experiment, seen, departure, proposal, standing.heeded, acted=acted, unproven=unproven)

    # find out what else there is to tell
    remaining = belief.value_remaining(belief.leader, experiment.stop.value_remaining)
    past = advance(experiment, seen.evidence, trials, seen.known)
    findings = find(experiment, past, trials, belief)
    young = number < experiment.burn_in
    stop = None if young else experiment.stop.conclusion(belief, findings.rivals, remaining, seen.age)
    decision = Decision(
        experiment=experiment.name,
        digest=experiment.digest,
        seen=seen,
        belief=_summary(belief, trials.count.sum(axis=0).tolist(), experiment.stop.confidence),
        value_remaining=remaining,
        proposal=proposal,
        verdict=judged.verdict,
        allocation=judged.allocation,
        reason=sentence(
            judged.because,
            ordered(experiment, seen.order, refusal),
            news(seen.change, departure, seen.renewed),
            ground(experiment, belief, number, split=not standing.heeded),
            remarks(stop, findings),
        ),
        stop=stop,
        findings=findings,
        departure=departure,
        claim=judged.claim,
        instances=judged.instances,
        standing=standing,
        refusal=refusal,
        quantiles=dict(zip(belief.variants, map(tuple, quantiles(belief).tolist()), strict=True)),
    )
    return decision, past


def _proposal(
    experiment: Experiment,
    seen: Snapshot,
    heeded: Order | None,
    trials: Trials,
    belief: Belief,
    new: Collection[str],
) -> Allocation:
    """What the order that holds asks for, or else the policy."""
    if heeded and heeded.variant in experiment.variants:
        return Allocation.all_to(heeded.variant, experiment.variants)
    return propose(experiment, trials, belief, new, before=seen.last.trials if seen.last else 0.0)


def _ordered(experiment: Experiment, seen: Snapshot) -> tuple[Standing, str | None]:
    """What holds once the order is taken, or why it is not."""
    if seen.order is None:
        return seen.standing, None
    if refusal := seen.standing.refusal(seen.order, experiment.variants):
        return seen.standing, refusal
    return seen.standing.after(seen.order), None


def _summary(belief: Belief, trials: list[float], level: float) -> dict[str, VariantBelief]:
    low, high = belief.interval(level)
    columns = zip(trials, belief.mean, low, high, belief.best, belief.expected_loss, strict=True)
    rows = (
        VariantBelief(count, float(mean), (float(least), float(most)), float(best), float(loss))
        for count, mean, least, most, best, loss in columns
    )
    return dict(zip(belief.variants, rows, strict=True))
