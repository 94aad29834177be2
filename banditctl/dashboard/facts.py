"""What a page about one experiment is made of, read at a price that does not grow with its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from banditctl.core.evidence import Stratum
from banditctl.core.experiment import Experiment
from banditctl.core.turn import Turn
from banditctl.stores import Store
from banditctl.stores.told import Line, Told

# On a phone marks are then still a thumb's breadth of pixels apart.
_MARKS = 60
_LINES = 20


@dataclass(frozen=True)
class Standing:
    """Where one experiment stands: the latest decision, the strata that tell its shares, and what waits."""

    experiment: Experiment
    at: datetime
    latest: Told | None
    strata: Sequence[Stratum]
    turn: Turn | None
    accepted: int
    waiting: int
    waited: float
    """Seconds that the oldest of the waiting events has waited."""

    @property
    def shares(self) -> dict[str, float]:
        """The shares that are live; none before the endpoint has told any."""
        return self.strata[-1].shares if self.strata else {}

    @property
    def settled(self) -> bool:
        """Whether they are in force, and the endpoint is not on its way to them."""
        return bool(self.strata) and self.strata[-1].settled


@dataclass(frozen=True)
class Past:
    """The latest decisions, newest first, and moves of all its life, oldest first."""

    lines: Sequence[Line]
    moves: Sequence[Line]


async def standing(experiment: Experiment, store: Store, at: datetime) -> Standing:
    """Read where it stands."""
    name = experiment.name
    ledger, received = await store.ledger(name), await store.received(name)
    return Standing(
        experiment=experiment,
        at=at,
        latest=await store.latest(name),
        strata=ledger.evidence.strata,
        turn=ledger.last,
        accepted=received.accepted,
        waiting=max(received.accepted - ledger.learned, 0),
        waited=max((at - received.oldest).total_seconds(), 0.0) if received.oldest else 0.0,
    )


async def past(experiment: Experiment, store: Store) -> Past:
    """Read what was decided."""
    return Past(await store.lines(experiment.name, _LINES), await store.moves(experiment.name, _MARKS))
