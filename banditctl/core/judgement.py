"""Whether to move: from what is live, what the last turn left and what is proposed to a verdict and its sentence."""

from typing import Literal, NamedTuple

from banditctl.core.allocation import Allocation, Live
from banditctl.core.experiment import Experiment
from banditctl.core.turn import Claim, Departure, Turn

Verdict = Literal["move", "hold"]


class Judgement(NamedTuple):
    """The verdict, the allocation to push (None: nothing), the first part of the reason, and what is claimed then."""

    verdict: Verdict
    allocation: Allocation | None
    because: str
    claim: Claim | None


def judge(
    experiment: Experiment,
    live: Live,
    last: Turn | None,
    departure: Departure | None,
    proposal: Allocation,
    *,
    sure: bool,
) -> Judgement:
    """What to do; `sure` if the target has said what it says at two looks at least."""
    if obstacle := _obstacle(experiment, live, departure, sure=sure):
        return Judgement("hold", None, f"Hold: {obstacle}", last.claim if last else None)
    assert live.allocation  # noqa: S101 - it would have been an obstacle
    start = last.left if last and _reasserted(experiment, departure) else live.allocation
    following = experiment.limits.apply(start, experiment.rollout.grant(proposal))
    claim = Claim(live.allocation, live.config) if experiment.mode == "act" else None
    if following.matches(live.allocation):
        return Judgement("hold", None, "Hold: the shares are as they should be", claim)
    if experiment.limits.negligible(live.allocation, following):
        deadband = f"Hold: the next step is within the dead-band of {experiment.limits.deadband:.1%}"
        return Judgement("hold", None, deadband, claim)
    change = live.allocation.change(following)
    if experiment.mode == "observe":
        return Judgement("hold", following, f"Observe only: would move {change}", claim)
    return Judgement("move", following, f"Move {change}", Claim(following, live.config, before=live.allocation))


def unsteerable(experiment: Experiment, live: Live) -> str | None:
    """What is to be changed before the endpoint can be steered at all, as its predicate; None if nothing is."""
    if live.problem or live.allocation is None:
        return live.problem
    known, found = set(experiment.variants), set(live.allocation.shares)
    missing, unknown = sorted(known - found), sorted(found - known)
    parts = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"also has {', '.join(unknown)}"] * bool(unknown)
    return f"{' and '.join(parts)}; name its variants in the policy file" if parts else None


def _obstacle(experiment: Experiment, live: Live, departure: Departure | None, *, sure: bool) -> str | None:
    """Why nothing can be pushed now; None if something can."""
    if problem := unsteerable(experiment, live):
        return f"the endpoint {problem}"
    if live.state != "ready":
        return f"the endpoint is {live.status}, {_CHANGING if live.state == 'busy' else _BROKEN}"
    if live.allocation is None:
        return "the endpoint does not tell a weight for each of its variants"
    if departure and not sure:
        return "looking again, for one answer may be out of date"
    paused = experiment.on_drift == "pause" and departure and departure.kind in _FOREIGN
    return "paused until somebody acts" if paused else None


_CHANGING, _BROKEN = "it is changing", "only a person can mend that"

# Variants that the policy file names as well are no surprise any more, and what was lost was never in force.
_FOREIGN = {"undone", "shares", "configuration"}


def _reasserted(experiment: Experiment, departure: Departure | None) -> bool:
    """Whether to go on from the shares that were decided: from those of a push that was undone, steps would add up."""
    kinds = {"shares", "configuration"}
    return experiment.on_drift == "reassert" and departure is not None and departure.kind in kinds
