"""What any step must respect: floor, cap, step, dead-band, the grid of whole weights, and what instances take."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le

from banditctl.core.allocation import Allocation
from banditctl.core.units import Rates, Share

# Shares within this of a grid line are on it: 0.07 * 10000 is 700.0000000000001.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Limits:
    """Applied in this order: floor, cap, step, grid, capacity; the dead-band is asked last."""

    floor: Share = 0.01
    """The least share a variant has, however bad it looks: what keeps it observed."""
    cap: Share = 1.0
    """The largest share a variant may have."""
    step: Share = 0.2
    """The most that any one share changes in one turn."""
    deadband: Share = 0.01
    """A change smaller than this is not worth an update of the target."""
    # Whole numbers below 2**24 survive the 32-bit floats of the wire unchanged.
    grid: Annotated[int, Ge(100), Le(2**24 - 1)] = 10_000
    """Weights are whole numbers that sum to this."""
    capacity: Literal["observe", "hold", "scale"] = "observe"
    """What follows when a variant is to get more than its instances take: it is said, waited for, or asked for."""
    capacity_rps: Rates | None = None
    """How many requests a second one instance takes: one number, or one for each variant by name."""
    instances: Annotated[int, Ge(1)] | None = None
    """scale: the most instances that may be asked for, a variant."""

    def rate(self, variant: str) -> float | None:
        """How many requests a second one instance of `variant` takes, if that was said."""
        return self.capacity_rps[variant] if isinstance(self.capacity_rps, dict) else self.capacity_rps

    @property
    def weighs_traffic(self) -> bool:
        """Whether how far a share may rise depends on how many requests there are."""
        return self.capacity != "observe" and self.capacity_rps is not None

    def apply(self, live: Allocation, wanted: Allocation) -> Allocation:
        """The step from `live` towards `wanted` that every limit allows, on the grid."""
        return self.on_grid(self._step(live, self._capped(self._floored(wanted))))

    def negligible(self, live: Allocation, following: Allocation) -> bool:
        """Whether a step is too small to be worth an update of the target.

        One into the bounds is worth it, unless on the grid it is none.
        """
        bounded = any(
            self._outside(share) and not self._outside(following[name]) for name, share in live.shares.items()
        )
        distance = live.distance(following)
        return distance < 0.5 / self.grid or (not bounded and distance < self.deadband - _ROUNDING)

    def _outside(self, share: float) -> bool:
        return share < self.floor - _ROUNDING or share > self.cap + _ROUNDING

    def contradictions(self, variants: int) -> list[tuple[str, str]]:
        """Limits that cannot all hold for so many variants, as (option, sentence)."""
        found = []
        if self.floor * variants > 1 + _ROUNDING:
            found.append(("floor", f"{variants} variants at a floor of {self.floor:.2%} are more than everything"))
        if self.cap * variants < 1 - _ROUNDING:
            found.append(("cap", f"{variants} variants at a cap of {self.cap:.2%} leave requests to nobody"))
        least = max(self.deadband, 1 / self.grid)
        if self.step == 0:
            found.append(("step", "with a step of 0 nothing can ever move; write mode: observe to only watch"))
        elif self.step < least - _ROUNDING:
            found.append(("step", f"a step of {self.step:g} never leaves the dead-band or grid, which are {least:g}"))
        for option, share in (("floor", self.floor), ("cap", self.cap)):
            if abs(share * self.grid - round(share * self.grid)) > _ROUNDING * self.grid:
                found.append((option, f"{share:g} is no whole number of {self.grid}ths, so it could not be kept"))
        return found

    def _floored(self, wanted: Allocation) -> Allocation:
        """A mixture with the equal split: raising to the floor and renormalising would end below it."""
        free = 1 - len(wanted.shares) * self.floor
        return Allocation({name: self.floor + free * share for name, share in wanted.shares.items()})

    def _capped(self, wanted: Allocation) -> Allocation:
        """What exceeds the cap goes to the others, in proportion to their shares."""
        shares = dict(wanted.shares)
        capped: set[str] = set()
        while over := {name for name, share in shares.items() if share > self.cap and name not in capped}:
            capped |= over
            free = {name: share for name, share in wanted.shares.items() if name not in capped}
            rest, whole = 1 - self.cap * len(capped), sum(free.values())
            shares = dict.fromkeys(capped, self.cap) | {
                name: share / whole * rest if whole else rest / len(free) for name, share in free.items()
            }
        return Allocation({name: shares[name] for name in wanted.shares})

    def _step(self, live: Allocation, wanted: Allocation) -> Allocation:
        """Straight from live towards wanted: between two allocations every point is one too."""
        distance = live.distance(wanted)
        part = min(1.0, self.step / distance) if distance else 1.0
        return Allocation({name: share + part * (wanted[name] - share) for name, share in live.shares.items()})

    def on_grid(self, wanted: Allocation) -> Allocation:
        """Largest remainders; equal remainders go by name, so that the order of variants does not matter."""
        exact = {name: share * self.grid for name, share in wanted.shares.items()}
        units = {name: int(amount + _ROUNDING * self.grid) for name, amount in exact.items()}
        by_remainder = sorted(exact, key=lambda name: (round(units[name] - exact[name], 6), name))
        for name in by_remainder[: self.grid - sum(units.values())]:
            units[name] += 1
        return Allocation({name: amount / self.grid for name, amount in units.items()})
