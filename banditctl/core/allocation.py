"""Who gets which share of the traffic, and what the target says is in force."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

# Shares come from sums of a few floats; more than this off one is a mistake, not rounding.
_ROUNDING = 1e-9

# Targets may keep weights as 32-bit floats: shares that differ by less have been through them.
_SINGLE = 1e-6


class Allocation(Struct, frozen=True):
    """A share for each variant; refuses to exist unless all are >= 0 and they sum to one (ValueError)."""

    shares: dict[str, float]

    def __post_init__(self) -> None:
        if not all(share >= 0 for share in self.shares.values()):
            raise ValueError(f"a share is never negative: {self.shares}")
        if not abs(sum(self.shares.values()) - 1) <= _ROUNDING:
            raise ValueError(f"shares sum to one, not to {sum(self.shares.values())}: {self.shares}")

    @classmethod
    def equal(cls, variants: Iterable[str]) -> "Allocation":
        """The same share for each of `variants`."""
        names = tuple(variants)
        return cls(dict.fromkeys(names, 1 / len(names)))

    @classmethod
    def all_to(cls, variant: str, variants: Iterable[str]) -> "Allocation":
        """Everything to one of `variants`."""
        return cls({name: float(name == variant) for name in variants})

    @classmethod
    def proportional(cls, amounts: Mapping[str, float]) -> "Allocation":
        """Shares in proportion to `amounts`, which must have a positive sum."""
        whole = sum(amounts.values())
        return cls({name: amount / whole for name, amount in amounts.items()})

    def __getitem__(self, variant: str) -> float:
        return self.shares[variant]

    def distance(self, other: "Allocation") -> float:
        """The largest change of any one share between the two."""
        return max(abs(share - other[name]) for name, share in self.shares.items())

    def matches(self, other: "Allocation") -> bool:
        """Whether both are the same shares of the same variants, but for what a target's floats make of them."""
        return self.shares.keys() == other.shares.keys() and self.distance(other) <= _SINGLE

    def change(self, to: "Allocation") -> str:
        """The variant whose share differs most, from and to; of two that trade, the one that gains."""

        def size(variant: str) -> tuple[float, bool]:
            gain = to[variant] - self[variant]
            return round(abs(gain), 9), gain > 0

        name = max(sorted(self.shares), key=size)
        return f"{name} from {self[name]:.1%} to {to[name]:.1%}"


class Live(Struct, frozen=True):
    """What the target says: its own status, what that means for a turn, and the shares in force.

    `ready`: a push would be taken; `busy`: wait; `broken`: only a person can mend it. `allocation` is None where the
    target does not tell shares (while it is being made, say). What follows are its own: the shares it is on its way
    to, the name of its configuration, the model and the instances of each variant, in service and desired, when it was
    last changed, and, as its predicate, why its traffic cannot be steered at all, whatever its status; each left out
    where it does not tell. Asked for only where capacity depends on it: its requests a second, the variants whose
    instances are `managed` by autoscaling, and, as a clause, why neither is known.
    """

    status: str
    state: Literal["ready", "busy", "broken"]
    allocation: Allocation | None
    desired: Allocation | None = None
    config: str = ""
    models: dict[str, str] = {}
    instances: dict[str, int] = {}
    desired_instances: dict[str, int] = {}
    modified: datetime | None = None
    problem: str | None = None
    traffic: float | None = None
    managed: tuple[str, ...] = ()
    unmeasured: str | None = None
