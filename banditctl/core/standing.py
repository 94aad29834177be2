"""What people have ordered, and which of their orders the controller heeds now."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal, NamedTuple

from msgspec import Struct

from banditctl.core.allocation import Allocation

Verb = Literal["pause", "resume", "pin", "unpin", "promote", "rollback"]

# What the orders of a verb put an end to: those that `resume` ends replace each other.
_RESUMED: frozenset[Verb] = frozenset({"pause", "promote", "rollback"})
_ENDS: dict[Verb, frozenset[Verb]] = {
    **dict.fromkeys((*_RESUMED, "resume"), _RESUMED),
    **dict.fromkeys(("pin", "unpin"), frozenset({"pin"})),
}
# Those that hold until they are ended.
LASTING: frozenset[Verb] = _RESUMED | {"pin"}


class Fault(NamedTuple):
    """Where an order cannot be as it was given, as a JSON pointer, and why."""

    pointer: str
    detail: str


class Order(Struct, frozen=True):
    """What somebody tells the controller to do, when and why; to pin has `shares`, to promote a `variant`."""

    id: str
    verb: Verb
    who: str
    why: str
    at: datetime
    variant: str | None = None
    shares: dict[str, float] | None = None

    def done(self, control: str) -> str:
        """What holds because of it, or no longer does; a rollback is one to `control`."""
        return {
            "pause": "paused",
            "resume": "resumed",
            "pin": "pinned",
            "unpin": "unpinned",
            "promote": f"{self.variant} is promoted",
            "rollback": f"rolled back to {control}",
        }[self.verb]

    def said(self, control: str) -> str:
        """The same as a clause, with who and why."""
        return f"{self.done(control)} by {self.who}: {self.because}"

    @property
    def because(self) -> str:
        """Why, to go on behind."""
        return self.why.rstrip(".")

    def fault(self, variants: Collection[str]) -> Fault | None:
        """What is wrong with it where these are the variants; None if nothing is."""
        known = f"known are {', '.join(variants)}"
        if self.verb == "promote" and self.variant not in variants:
            return Fault("/variant", f"there is no variant {self.variant}; {known}")
        if self.verb != "pin":
            return None
        shares = self.shares or {}
        if unknown := next((name for name in shares if name not in variants), None):
            return Fault("/shares", f"there is no variant {unknown}; {known}")
        if missing := [name for name in variants if name not in shares]:
            return Fault("/shares", f"each variant needs its share; missing are {', '.join(missing)}")
        try:
            Allocation(shares)
        except ValueError:
            return Fault("/shares", f"shares are 0 or more and sum to one, not to {sum(shares.values()):.10g}")
        return None

    def same(self, other: "Order") -> bool:
        """Whether both order the same thing, whenever they were given."""
        return (self.verb, self.variant, self.shares) == (other.verb, other.variant, other.shares)


class Given(Struct, frozen=True):
    """An order as a store keeps it, and its place in the row of all that were given."""

    place: str
    order: Order

    def taken(self, latest: str) -> bool:
        """Whether it was taken where the order at the place `latest` was the last that was."""
        return _numbers(self.place) <= _numbers(latest)


def _numbers(place: str) -> tuple[int, ...]:
    return tuple(map(int, place.split("-")))


class Standing(Struct, frozen=True):
    """The orders that hold, as they were taken one after the other: the last of them is heeded.

    A pause, a promotion and a rollback hold until resumed, and of them the latest alone; a pin until unpinned.
    """

    orders: tuple[Order, ...] = ()

    @property
    def heeded(self) -> Order | None:
        """The order that is carried out; None where the policy decides."""
        return self.orders[-1] if self.orders else None

    @property
    def fixed(self) -> bool:
        """Whether shares are as somebody says, whatever the policy asks for."""
        return self.heeded is not None and self.heeded.verb != "promote"

    @property
    def urgent(self) -> bool:
        """Whether a push that failed is to be made again as soon as may be: somebody waits for it."""
        return self.heeded is not None and self.heeded.verb in {"pin", "rollback"}

    def refusal(self, order: Order, variants: Collection[str]) -> str | None:
        """Why `order` is not taken; None if it is. Out of a rollback leads no way but to resume."""
        if fault := order.fault(variants):
            return fault.detail
        heeded = self.heeded
        if heeded and heeded.verb == "rollback" and order.verb in LASTING - {"rollback"}:
            return f"rolled back by {heeded.who}: {heeded.because}; resume first"
        return None

    def after(self, order: Order) -> "Standing":
        """What holds once `order` is taken."""
        left = self.without(order.verb)
        return Standing((*left.orders, order)) if order.verb in LASTING else left

    def without(self, verb: Verb) -> "Standing":
        """What is left of it once an order of `verb` has ended what such orders end."""
        return Standing(tuple(one for one in self.orders if one.verb not in _ENDS[verb]))
