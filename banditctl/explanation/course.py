"""Where the shares are going: from what is live, by the step that the limits allow, to where such steps lead."""

from dataclasses import dataclass, replace
from math import ceil
from typing import Literal, Self

from msgspec import Struct

from banditctl.core.allocation import Allocation
from banditctl.core.decision import Decision
from banditctl.core.experiment import Experiment
from banditctl.core.judgement import unsteerable
from banditctl.core.limits import Limits

# Shares within this of each other are the same: what a grid leaves over is less.
_SAME = 1e-6


class Restraint(Struct, frozen=True):
    """A limit that was at work, its bound, and the variants whose shares it kept from being what was asked for."""

    limit: Literal["floor", "cap", "step", "deadband"]
    bound: float
    variants: list[str]


class Bar(Struct, frozen=True):
    """What the policy has to ask for one variant, alone enough for shares to move: less than one, more than the other.

    None where nothing that it can ask is enough.
    """

    variant: str
    asked: float
    below: float | None
    above: float | None


@dataclass(frozen=True)
class Course:
    """Live shares, the next step, and the goal that steps lead to as long as the proposal stays what it is."""

    limits: Limits
    proposal: Allocation
    live: Allocation
    step: Allocation
    goal: Allocation

    @classmethod
    def of(cls, experiment: Experiment, decision: Decision) -> Self | None:
        """The course that `decision` saw; None where the endpoint or an order leaves it no shares to move."""
        live = decision.seen.live.allocation
        if live is None or unsteerable(experiment, decision.seen.live) or decision.standing.fixed:
            return None
        limits, wanted = experiment.limits, experiment.rollout.grant(decision.proposal)
        step = decision.allocation or limits.apply(live, wanted)
        return cls(limits, wanted, live, step, replace(limits, step=1.0).apply(live, wanted))

    @property
    def moves(self) -> bool:
        """Whether the step is worth an update of the target."""
        return not self.limits.negligible(self.live, self.step)

    @property
    def arrived(self) -> bool:
        """Whether the live shares are the goal already."""
        return self.live.distance(self.goal) < 0.5 / self.limits.grid

    @property
    def turns(self) -> int:
        """How many more turns it takes from the step to the goal, but for a rest that is not worth one."""
        rest = self.step.distance(self.goal)
        return 0 if self.limits.negligible(self.step, self.goal) else ceil(rest / self.limits.step - _SAME)

    @property
    def foremost(self) -> str:
        """The variant that has furthest to go; where all are there, the one with most traffic."""
        names, far = (
            sorted(self.live.shares),
            {name: self.goal[name] - share for name, share in self.live.shares.items()},
        )
        if self.arrived:
            return max(names, key=lambda name: self.live[name])
        return max(names, key=lambda name: (round(abs(far[name]), 9), far[name]))

    def restraints(self, decision: Decision) -> list[Restraint]:
        """The limits that were at work."""
        limits, names, left = self.limits, sorted(self.live.shares), decision.allocation or self.live
        at_floor, at_cap = (
            [name for name in names if abs(left[name] - bound) <= 1 / limits.grid]
            for bound in (limits.floor, limits.cap)
        )
        raised = [name for name in at_floor if self.proposal[name] < limits.floor - _SAME]
        lowered = [name for name in at_cap if self._capped(name)]
        short = [name for name in names if abs(self.goal[name] - self.step[name]) > 0.5 / limits.grid]
        held = [name for name in names if abs(self.step[name] - self.live[name]) > 0.5 / limits.grid]
        found = [Restraint("floor", limits.floor, raised), Restraint("cap", limits.cap, lowered)]
        if decision.allocation:
            found.append(Restraint("step", limits.step, short))
        elif not self.moves:
            found.append(Restraint("deadband", limits.deadband, held))
        return [one for one in found if one.variants]

    def bar(self) -> Bar:
        """What would move the foremost variant's share by the dead-band."""
        name, band = self.foremost, max(self.limits.deadband, 1 / self.limits.grid)
        reachable = self.live[name] + band <= self.limits.cap
        above = self._asked(name, self.live[name] + band) if reachable else None
        return Bar(name, self.proposal[name], self._asked(name, self.live[name] - band), above)

    def back(self) -> Bar:
        """What would turn the foremost variant's share round, towards where it was."""
        name = self.foremost
        asked, up = self._asked(name, self.live[name]), self.goal[name] > self.live[name]
        return Bar(name, self.proposal[name], asked if up else None, None if up else asked)

    @property
    def changes(self) -> list[tuple[str, float, float]]:
        """The variants whose shares the step changes, each with its share before and after."""
        pairs = ((name, share, self.step[name]) for name, share in self.live.shares.items())
        return [one for one in pairs if abs(one[2] - one[1]) >= 0.5 / self.limits.grid]

    def _floored(self, name: str) -> float:
        return self.limits.floor + self._free * self.proposal[name]

    @property
    def _free(self) -> float:
        """What floors leave to the policy."""
        return 1 - len(self.live.shares) * self.limits.floor

    def _asked(self, name: str, share: float) -> float | None:
        """What the policy asks where a variant gets `share`; None where it cannot ask for less and for more than that.

        Nor is there an answer where another variant is capped, and what it may not have comes on top.
        """
        if self._free < _SAME or any(self._capped(other) for other in self.live.shares if other != name):
            return None
        asked = (share - self.limits.floor) / self._free
        return asked if 0 < asked < 1 else None

    def _capped(self, name: str) -> bool:
        return self._floored(name) > self.limits.cap + _SAME
