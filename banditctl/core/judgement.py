"""Whether to move: from what is live, what the last turn left and what is proposed to a verdict and its sentence."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from banditctl.core.allocation import Allocation, Live
from banditctl.core.capacity import Capacity, Growth, Room
from banditctl.core.experiment import Experiment
from banditctl.core.snapshot import Snapshot
from banditctl.core.standing import Order
from banditctl.core.turn import Asked, Claim, Departure, Turn

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
    seen: Snapshot,
    departure: Departure | None,
    proposal: Allocation,
    heeded: Order | None,
    *,
    acted: bool,
    unproven: bool,
) -> Judgement:
    """What to do.

    `unproven` while a variant's model is too new to be judged by. `heeded` is the order that holds. Whoever has `acted`
    just now need not be waited for.
    """
    live, last = seen.live, seen.last
    said = heeded.said(experiment.control) if heeded else ""
    kept = None if acted and experiment.on_drift == "pause" else _kept(last)
    fixed = demanded(experiment, heeded) if heeded else None
    # Shares that do not depend on what is live may be pushed at the first look.
    if obstacle := _obstacle(experiment, live, departure, sure=seen.sure or fixed is not None, acted=acted):
        return Judgement("hold", None, f"Hold: {obstacle}{f'; {said}' * bool(said)}", kept)
    assert live.allocation  # noqa: S101 - it would have been an obstacle
    if heeded and (fault := heeded.fault(experiment.variants)):
        return Judgement("hold", None, f"Hold: {said}; but {fault.detail}", kept)
    if heeded and heeded.verb == "pause":
        return Judgement("hold", None, f"Hold: {said}", kept)
    if fixed:
        return _settled(experiment, live, live.allocation, fixed, said)
    start = last.left if last and _reasserted(experiment, departure, unproven=unproven) else live.allocation
    judged = _towards(experiment, live, live.allocation, start, proposal, last.asked_lately(seen.at) if last else {})
    return judged._replace(because=f"{judged.because}; {said}") if said else judged


def _kept(last: Turn | None) -> Claim | None:
    """What was claimed goes on to be."""
    return last.claim if last else None


def demanded(experiment: Experiment, order: Order) -> Allocation | None:
    """The shares that an order demands to the letter."""
    if order.verb == "rollback":
        return Allocation.all_to(experiment.control, experiment.variants)
    return experiment.limits.on_grid(Allocation(order.shares)) if order.verb == "pin" and order.shares else None


def _settled(experiment: Experiment, live: Live, now: Allocation, fixed: Allocation, said: str) -> Judgement:
    """At once, past floor, cap, step, dead-band and capacity."""
    if fixed.matches(now):
        return Judgement("hold", None, f"Hold: {said}", _claim(experiment, live, now))
    return _push(experiment, live, now, fixed, f": {said}")


def _towards(
    experiment: Experiment,
    live: Live,
    now: Allocation,
    start: Allocation,
    proposal: Allocation,
    asked: Mapping[str, Asked],
) -> Judgement:
    """As far towards the proposal as every limit allows."""
    following = experiment.limits.apply(start, experiment.rollout.grant(proposal))
    claim = _claim(experiment, live, now)
    if following.matches(now):
        return Judgement("hold", None, "Hold: the shares are as they should be", claim)
    if experiment.limits.negligible(now, following):
        deadband = f"Hold: the next step is within the dead-band of {experiment.limits.deadband:.1%}"
        return Judgement("hold", None, deadband, claim)
    room = Capacity(experiment.limits, live, asked).room(now, following)
    return _within(room, experiment, live, now, claim)


def _within(room: Room, experiment: Experiment, live: Live, now: Allocation, claim: Claim | None) -> Judgement:
    """As much as there is room for: more instances first where they can be had, else as much of the step."""
    because, growth = f"; {room.said}" if room.said else "", room.growth
    if growth and experiment.mode == "observe":
        return Judgement("hold", None, f"Observe only: would scale {growth}{because}", claim)
    if growth:
        return Judgement("scale", None, f"Scale {growth}{because}", claim, growth)
    if experiment.limits.negligible(now, room.allocation):
        return Judgement("hold", None, f"Hold: {room.said}", claim)
    return _push(experiment, live, now, room.allocation, because)


def _push(experiment: Experiment, live: Live, now: Allocation, following: Allocation, because: str) -> Judgement:
    """To the shares that follow; where traffic is not to be touched, what would be pushed."""
    change = f"{now.change(following)}{because}"
    if experiment.mode == "observe":
        return Judgement("hold", following, f"Observe only: would move {change}", None)
    return Judgement("move", following, f"Move {change}", Claim(following, live.config, before=now))


def _claim(experiment: Experiment, live: Live, now: Allocation) -> Claim | None:
    """What is live is to stay so."""
    return Claim(now, live.config) if experiment.mode == "act" else None


def unsteerable(experiment: Experiment, live: Live) -> str | None:
    """What is to be changed before the endpoint can be steered at all, as its predicate; None if nothing is."""
    if live.problem or live.allocation is None:
        return live.problem
    known, found = set(experiment.variants), set(live.allocation.shares)
    missing, unknown = sorted(known - found), sorted(found - known)
    parts = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"also has {', '.join(unknown)}"] * bool(unknown)
    return f"{' and '.join(parts)}; name its variants in the policy file" if parts else None


def _obstacle(
    experiment: Experiment, live: Live, departure: Departure | None, *, sure: bool, acted: bool
) -> str | None:
    """Why nothing can be pushed now; None if something can."""
    if problem := unsteerable(experiment, live):
        return f"the endpoint {problem}"
    if live.state != "ready":
        return f"the endpoint is {live.status}, {_CHANGING if live.state == 'busy' else _BROKEN}"
    if live.allocation is None:
        return "the endpoint does not tell a weight for each of its variants"
    if acted:
        return None
    if departure and not sure:
        return "looking again, for one answer may be out of date"
    paused = experiment.on_drift == "pause" and departure and departure.kind in _FOREIGN
    return "paused until somebody acts" if paused else None


_CHANGING, _BROKEN = "it is changing", "only a person can mend that"

# Variants that the policy file names as well are no surprise any more, and what was lost was never in force.
_FOREIGN = {"undone", "shares", "configuration"}


def _reasserted(experiment: Experiment, departure: Departure | None, *, unproven: bool) -> bool:
    """Whether to go on from the shares that were decided: from those of a push that was undone, steps would add up.

    A deployment that brings another model brings one for which nothing was decided.
    """
    kinds = {"shares"} if unproven else {"shares", "configuration"}
    return experiment.on_drift == "reassert" and departure is not None and departure.kind in kinds
