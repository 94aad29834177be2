"""What the instances in service can take, and the step that asks no more of them than that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import NamedTuple

from banditctl.core.allocation import Allocation, Live
from banditctl.core.limits import Limits
from banditctl.core.turn import Asked

# What floats make of whole numbers is off by less.
_ROUNDING = 1e-9


class Growth(NamedTuple):
    """How many instances a variant is to have, instead of how many."""

    variant: str
    before: int
    after: int

    def __str__(self) -> str:
        return f"{self.variant} from {self.before} to {_instances(self.after)}"


class Room(NamedTuple):
    """The step that may be had now, the growth to ask for before any step, and why it is less than was wanted."""

    allocation: Allocation
    growth: Growth | None = None
    said: str = ""


class Most(NamedTuple):
    """The largest share that a variant's instances take, and how that comes about."""

    share: float
    said: str = ""


@dataclass(frozen=True)
class Capacity:
    """What the instances that a target tells take of its traffic; those of a variant that it does not tell, all.

    What was `asked` for of late is not asked for again.
    """

    limits: Limits
    live: Live
    asked: Mapping[str, Asked]

    def room(self, now: Allocation, following: Allocation) -> Room:
        """How much of the step from `now` to `following` there are instances for, by `limits.capacity`.

        No share rises beyond what its instances take; one that is beyond stays. What may not be had, those who were to
        give it keep. So every share ends between what it is and what it was to be, and the other limits go on to hold.
        """
        bounds = {name: max(self._on_grid(self.most(name).share), share) for name, share in now.shares.items()}
        lacking = {name: lack for name, bound in bounds.items() if (lack := following[name] - bound) > _ROUNDING}
        short = sorted(lacking, key=lambda name: (-lacking[name], name))
        said = _together(self.most(name).said for name in short)
        if not short or self.limits.capacity == "observe":
            return Room(following, said=said)
        kept = self.limits.on_grid(_held(now, following, bounds))
        if self.limits.capacity == "hold" or self.live.traffic is None:
            return Room(kept, said=said)
        return self._growing(kept, {name: following[name] for name in short})

    def most(self, name: str) -> Most:
        """The largest share that the instances of a variant take: one, where nothing tells of a bound."""
        if name not in self.live.instances:
            return Most(1.0)
        count, rate, traffic = self.live.instances[name], self.limits.rate(name), self.live.traffic
        if rate is None:
            due = max(self._desired(name), 1)
            return Most(1.0) if count >= due else Most(0.0, f"{name} has {count} of {_instances(due)} in service")
        if traffic is None:
            return Most(0.0, self.live.unmeasured or "how many requests a second there are is not known")
        share = min(count * rate / traffic, 1.0) if traffic else float(count > 0)
        part = f"{_number(count * rate)} of {_number(traffic)} requests a second"
        return Most(share, f"{name}'s {_instances(count)} take{'s' if count == 1 else ''} {part}: {share:.1%} at most")

    def _growing(self, kept: Allocation, wanted: Mapping[str, float]) -> Room:
        """What is kept until the first of the `wanted` shares that more instances can be had for has them."""
        growths = {name: self._growth(name, share) for name, share in wanted.items()}
        refused = {name: self._refusal(growth) for name, growth in growths.items()}
        growth = next((growth for name, growth in growths.items() if not refused[name]), None)
        return Room(kept, growth, _together(self.most(name).said + refused[name] for name in wanted))

    def _on_grid(self, share: float) -> float:
        """Rounded down, so that no rounding goes beyond."""
        return floor(share * self.limits.grid + _ROUNDING) / self.limits.grid

    def _desired(self, name: str) -> int:
        return self.live.desired_instances.get(name, self.live.instances[name])

    def _growth(self, name: str, share: float) -> Growth:
        """To as many instances as take `share`, one at least, as far as the limits allow."""
        rate, traffic, allowed = self.limits.rate(name), self.live.traffic, self.limits.instances
        assert rate and traffic is not None and allowed  # noqa: S101, PT018 - a policy file that scales says all of it
        return Growth(name, self._desired(name), min(max(ceil(share * traffic / rate - _ROUNDING), 1), allowed))

    def _refusal(self, growth: Growth) -> str:
        """Why no more instances are asked for, as the end of a clause; empty where they are."""
        name, desired, needed = growth
        if name in self.live.managed:
            return ", and autoscaling says how many there are"
        if needed <= desired:
            coming = desired > self.live.instances[name]
            return ", and more are on their way" if coming else ", and limits.instances allows no more"
        asked = self.asked.get(name)
        if asked and asked.instances > desired:
            return f", and {asked.instances} were asked for in vain at {asked.at:%H:%M}"
        return ""


def _held(now: Allocation, following: Allocation, bounds: Mapping[str, float]) -> Allocation:
    """The step with no rise beyond its bound; each who gives gives as much less as all the rises are less."""
    wished = {name: share - now[name] for name, share in following.shares.items() if share > now[name]}
    rises = {name: min(rise, bounds[name] - now[name]) for name, rise in wished.items()}
    part = sum(rises.values()) / sum(wished.values())
    return Allocation(
        {
            name: now[name] + (rises[name] if name in rises else part * (share - now[name]))
            for name, share in following.shares.items()
        }
    )


def _together(said: Iterable[str]) -> str:
    """Clauses, each once."""
    return "; ".join(dict.fromkeys(said))


def _instances(count: int) -> str:
    return f"{count} instance{'' if count == 1 else 's'}"


def _number(rate: float) -> str:
    """To three digits."""
    return f"{float(f'{rate:.3g}'):,.10g}"
