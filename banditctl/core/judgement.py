"""Whether to move: from what is live, what the last turn left and what is proposed to a verdict and its sentence."""

from datetime import datetime
from typing import Literal, NamedTuple

from banditctl.core.allocation import Allocation, Live
from banditctl.core.capacity import Capacity, Growth, Room
from banditctl.core.experiment import Experiment
from banditctl.core.turn import Claim, Departure, Turn

Verdict = Literal["move", "hold", "scale"]


class Judgement(NamedTuple):
    """The verdict, the allocation to push (None: nothing), the first part of the reason, and what is claimed then.

    To scale is to ask for more instances of one variant, and for nothing else.
    """

    verdict: Verdict
    allocation: Allocation | None
    because: str
    claim: Claim | None
    growth: Growth | None = None

    @property
    def instances(self) -> dict[str, int]:
        """Those to be asked for, by variant."""
        return {self.growth.variant: self.growth.after} if self.growth else {}


def judge(
    experiment: Experiment,
    live: Live,
    last: Turn | None,
    departure: Departure | None,
    proposal: Allocation,
    *,
    sure: bool,
    at: datetime,
) -> Judgement:
    """What to do at `at`; `sure` if the target has said what it says at two looks at least."""
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
    asked = last.asked_lately(at) if last else {}
    room = Capacity(experiment.limits, live, asked).room(live.allocation, following)
    return _within(room, experiment, live, live.allocation, claim)


def _within(room: Room, experiment: Experiment, live: Live, now: Allocation, claim: Claim | None) -> Judgement:
    """As much as there is room for: more instances first where they can be had, else as much of the step."""
    because, watching, growth = f"; {room.said}" if room.said else "", experiment.mode == "observe", room.growth
    if growth and watching:
        return Judgement("hold", None, f"Observe only: would scale {growth}{because}", claim)
    if growth:
        return Judgement("scale", None, f"Scale {growth}{because}", claim, growth)
    if experiment.limits.negligible(now, room.allocation):
        return Judgement("hold", None, f"Hold: {room.said}", claim)
    change = f"{now.change(room.allocation)}{because}"
    if watching:
        return Judgement("hold", room.allocation, f"Observe only: would move {change}", claim)
    return Judgement("move", room.allocation, f"Move {change}", Claim(room.allocation, live.config, before=now))


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
