"""What intake has not answered for yet, oldest first, never more of it than was agreed; and the count of the rest."""

from collections import deque
from dataclasses import dataclass, replace

# Intake takes 10,000 events and 4 MiB at a time; a thousand are about 200 kB.
MOST_EVENTS = 1000


@dataclass(frozen=True)
class Stats:
    """What became of the events reported so far: each is sent, rejected, dropped or still waiting."""

    sent: int = 0
    """Acknowledged by banditctl, duplicates among them."""
    duplicates: int = 0
    """Sent, and known to banditctl already."""
    rejected: int = 0
    """Refused by banditctl, and so never sent again; the log says why."""
    dropped: int = 0
    """Given up: pushed out of a full queue, or left over when the client was closed."""
    retries: int = 0
    """Times that a batch had to be sent again."""
    waiting: int = 0
    """Not answered for yet."""


@dataclass(frozen=True)
class Batch:
    """Events that are sent together; `first` is the number of the first of them, counted from 0."""

    first: int
    events: tuple[bytes, ...]

    def body(self) -> bytes:
        """A JSON array."""
        return b"[" + b",".join(self.events) + b"]"

    def halves(self) -> list["Batch"]:
        """Two batches of at least one event each, of two events or more."""
        middle = len(self.events) // 2
        return [Batch(self.first, self.events[:middle]), Batch(self.first + middle, self.events[middle:])]


class Outbox:
    """A queue of `capacity` events, and before it the batches that were taken from it and not settled yet.

    When the queue is full its oldest event is dropped, not the one that comes. The oldest is the nearest to being too
    late to count; and what is left has no exposure that lost its reward behind it, which would count as a failure,
    but at most rewards that lost their exposure, which count as nothing.
    """

    def __init__(self, capacity: int) -> None:
        self._queue: deque[bytes] = deque(maxlen=capacity)
        self._batches: deque[Batch] = deque()
        self._stats = Stats()
        self.reported = 0

    @property
    def queued(self) -> int:
        """Events that no batch has taken yet."""
        return len(self._queue)

    @property
    def unsettled(self) -> bool:
        """Whether there is a batch that was sent and has to be sent again."""
        return bool(self._batches)

    @property
    def oldest(self) -> int:
        """The number of the oldest event that still waits: whatever was reported before it is settled."""
        return self._batches[0].first if self._batches else self.reported - len(self._queue)

    @property
    def stats(self) -> Stats:
        """What became of all events."""
        return replace(self._stats, waiting=len(self._queue) + sum(len(batch.events) for batch in self._batches))

    def put(self, event: bytes) -> None:
        """Add one event, in place of the oldest if need be."""
        if len(self._queue) == self._queue.maxlen:
            self.count(dropped=1)
        self._queue.append(event)
        self.reported += 1

    def batch(self) -> Batch:
        """What to send now: the same again until it is settled, then the oldest events of the queue."""
        if not self._batches:
            first, n = self.oldest, min(MOST_EVENTS, len(self._queue))
            self._batches.append(Batch(first, tuple(self._queue.popleft() for _ in range(n))))
        return self._batches[0]

    def settle(self) -> None:
        """Let go of the batch: it was answered for."""
        self._batches.popleft()

    def halve(self) -> None:
        """Send the batch as two."""
        self._batches.extendleft(reversed(self._batches.popleft().halves()))

    def abandon(self) -> int:
        """Drop all that waits; answers how much that was."""
        left = self.stats.waiting
        self._batches.clear()
        self._queue.clear()
        self.count(dropped=left)
        return left

    def count(self, **more: int) -> None:
        """Add to the stats of these names."""
        self._stats = replace(self._stats, **{name: getattr(self._stats, name) + n for name, n in more.items()})
