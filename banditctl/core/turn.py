"""What is remembered of the last turn, and what has become of what it asked for."""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from banditctl.core.allocation import Allocation, Live

# Asking takes the target minutes, in which nobody else can change it, even where there are no instances to be had.
_PATIENCE = timedelta(minutes=30)


class Claim(Struct, frozen=True):
    """What the endpoint is to say after a turn, unless somebody else touches it: its shares and its configuration.

    They were pushed in place of those `before`; None where they were in force already.
    """

    allocation: Allocation
    config: str = ""
    before: Allocation | None = None


class Departure(Struct, frozen=True):
    """How what is live is not what the last turn left: in one word, and as a clause of a sentence.

    A push was `lost` on its way, or it was carried out and `undone`. All else somebody else did: the shares were
    changed, the endpoint was deployed with another configuration, or with other variants.
    """

    kind: Literal["lost", "undone", "shares", "configuration", "variants"]
    detail: str


_LOST = Departure("lost", "the last push did not arrive")
_UNDONE = Departure("undone", "the last push was undone")


class Asked(Struct, frozen=True):
    """How many instances were asked for, and when."""

    instances: int
    at: datetime


class Turn(Struct, frozen=True):
    """The last turn: when, and on how many trials; whether to decide again as soon as the target is ready.

    `unfinished` as long as nobody knows whether its push was carried out; `failure` says what that failed of, once it
    has. Without a `claim` it left nothing behind.
    `asked` are the instances that were asked for of late, by variant; whether they came the target itself tells.
    """

    at: datetime
    trials: float
    busy: bool = False
    unfinished: bool = False
    claim: Claim | None = None
    asked: dict[str, Asked] = {}
    failure: str = ""

    @property
    def answered(self) -> bool:
        """Whether all is known of its push that will be before the next look."""
        return not self.unfinished or self.busy or bool(self.failure)

    def asked_lately(self, at: datetime) -> dict[str, Asked]:
        """What need not be asked for again by `at`: it is being seen to, or cannot be had."""
        return {name: asked for name, asked in self.asked.items() if at < asked.at + _PATIENCE}

    def heard(self, live: Live) -> "Turn":
        """The same turn, its push carried out if that is what the target says: its answer was lost, no more."""
        if not self.unfinished or self.claim is None:
            return self
        there = any(one and one.matches(self.claim.allocation) for one in (live.desired, live.allocation))
        return replace(self, busy=False, unfinished=False, failure="") if there else self

    @property
    def elsewhere(self) -> "Turn":
        """The same turn for a target that is not the one it was for: what it left there says nothing here."""
        return replace(self, busy=False, unfinished=False, claim=None, asked={}, failure="")

    def departure(self, live: Live) -> Departure | None:
        """What has become of the claim, as far as a target that has settled tells; None if it holds."""
        claim, now = self.claim, live.allocation
        if claim is None or now is None or live.state != "ready":
            return None
        if claim.allocation.shares.keys() != now.shares.keys():
            return Departure("variants", f"somebody else deployed it with {', '.join(sorted(now.shares))}")
        there, back = now.matches(claim.allocation), claim.before is not None and now.matches(claim.before)
        moved = "" if there or (back and self.unfinished) else f"moved {self.left.change(now)}"
        if claim.config and live.config and claim.config != live.config:
            parts = [f"deployed {live.config}", moved] if moved else [f"deployed {live.config}"]
            return Departure("configuration", f"somebody else {' and '.join(parts)}")
        if back:
            return _LOST if self.unfinished else _UNDONE
        return None if there else Departure("shares", f"somebody else {moved}")

    @property
    def left(self) -> Allocation:
        """The shares that were as decided when last heard of; there is a claim."""
        assert self.claim  # noqa: S101 - whoever asks has seen it
        return self.claim.before if self.unfinished and self.claim.before else self.claim.allocation
