"""What a page about one experiment is made of, read at a price that does not grow with its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from banditctl.core.experiment import Experiment
from banditctl.core.outstanding import Outstanding, outstanding
from banditctl.stores import Received, Store
from banditctl.stores.told import Glance, Line, Told

# Columns of the picture, and marks in it: on a phone they are then still some pixels apart.
_COLUMNS = 250
_MARKS = 60
_LINES = 20


@dataclass(frozen=True)
class Present:
    """Where one experiment stands at an instant: what is kept, what has come, and the latest decision."""

    experiment: Experiment
    at: datetime
    glance: Glance
    received: Received
    latest: Told | None

    @property
    def shares(self) -> dict[str, float]:
        """The shares that are live; none before the endpoint has told any."""
        return self.glance.open.shares if self.glance.open else {}

    @property
    def settled(self) -> bool:
        """Whether they are in force, and the endpoint is not on its way to them."""
        return self.glance.open is not None and self.glance.open.settled

    @property
    def outstanding(self) -> Outstanding | None:
        """What was decided or ordered and is not carried out yet."""
        live = self.latest.seen.live if self.latest else None
        return outstanding(self.experiment, self.glance.turn, self.glance.standing, live)


@dataclass(frozen=True)
class Past:
    """The latest decisions, newest first; of all its life some, and some of what was done or ordered, oldest first."""

    lines: Sequence[Line]
    course: Sequence[Line]
    deeds: Sequence[Line]


async def present(experiment: Experiment, store: Store, at: datetime) -> Present:
    """Read where it stands."""
    name = experiment.name
    return Present(experiment, at, await store.glance(name), await store.received(name), await store.latest(name))


async def past(experiment: Experiment, store: Store) -> Past:
    """Read what was decided."""
    name = experiment.name
    return Past(await store.lines(name, _LINES), await store.course(name, _COLUMNS), await store.deeds(name, _MARKS))
