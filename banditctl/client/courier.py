"""The thread that sends what is in the outbox; everything that waits, waits here."""

from threading import Condition, Thread
from time import monotonic

from .answers import Outcome, Settled, TooLarge, Undelivered
from .backoff import Backoff
from .complaints import Complaints
from .outbox import MOST_EVENTS, Batch, Outbox, Stats
from .transport import Transport


class Courier:
    """Takes events from any thread; its own begins with the first of them, so that an idle client has none."""

    def __init__(self, transport: Transport, capacity: int, linger: float) -> None:
        self._transport = transport
        self._linger = linger
        self._outbox = Outbox(capacity)
        self._backoff = Backoff()
        self._complaints = Complaints()
        self._changed = Condition()
        self._thread: Thread | None = None
        self._due = 0.0
        self._flushing = 0
        self._closed = False

    @property
    def stats(self) -> Stats:
        """What became of all events."""
        with self._changed:
            return self._outbox.stats

    def put(self, event: bytes) -> None:
        """Add an event; never waits for anything but another thread that does the same."""
        with self._changed:
            if self._closed:
                self._outbox.count(dropped=1)
                self._complaints.warn("closed", "an event came after the client was closed, and was dropped")
                return
            self._outbox.put(event)
            if self._outbox.queued == 1:
                self._due = monotonic() + self._linger
            if self._outbox.queued in (1, MOST_EVENTS):
                self._changed.notify_all()
            self._start()

    def flush(self, timeout: float) -> bool:
        """Send at once, and wait until all that was put so far is settled; whether it was within the timeout."""
        with self._changed:
            upto = self._outbox.reported
            self._flushing += 1
            self._backoff.begin_anew()
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: self._outbox.oldest >= upto, timeout)
            finally:
                self._flushing -= 1

    def close(self, timeout: float) -> bool:
        """Flush and end the thread; what is left is dropped. Whether nothing was."""
        self.flush(timeout)
        with self._changed:
            self._closed = True
            left = self._outbox.abandon()
            self._changed.notify_all()
        if left:
            self._complaints.warn("left", f"closed with {left} events that banditctl had not acknowledged")
        elif self._thread is not None:
            self._thread.join(timeout)
        return not left

    def _start(self) -> None:
        if self._thread is None:
            thread = Thread(target=self._run, name="banditctl", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                # No thread to be had just now. The application's request goes on, and the next event tries again.
                self._complaints.warn("thread", f"no thread to send events with: {error}")
            else:
                self._thread = thread

    def _run(self) -> None:
        while batch := self._next():
            outcome = self._attempt(batch)
            with self._changed:
                if self._closed:
                    break
                self._follow(outcome, len(batch.events))
                self._changed.notify_all()
            self._tell(outcome)
        self._transport.close()

    def _next(self) -> Batch | None:
        """The next batch, once it is due; None once the client is closed."""
        with self._changed:
            while not self._closed:
                rest = self._rest()
                if rest is not None and rest <= 0:
                    return self._outbox.batch()
                self._changed.wait(rest)
        return None

    def _rest(self) -> float | None:
        """Seconds until there is something to send; None as long as there is nothing."""
        if self._outbox.unsettled:
            return self._backoff.rest
        if not self._outbox.queued:
            return None
        hurry = self._flushing or self._outbox.queued >= MOST_EVENTS
        return 0.0 if hurry else self._due - monotonic()

    def _attempt(self, batch: Batch) -> Outcome:
        try:
            return self._transport.send(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, the thread lives and the events wait
            return Undelivered(repr(error))

    def _follow(self, outcome: Outcome, events: int) -> None:
        match outcome:
            case Settled(duplicates, rejected):
                self._outbox.count(sent=events - rejected, duplicates=duplicates, rejected=rejected)
                self._outbox.settle()
                self._backoff = Backoff()
            case TooLarge():
                self._outbox.halve()
            case Undelivered(_, wait):
                self._outbox.count(retries=1)
                self._backoff.failed(wait)

    def _tell(self, outcome: Outcome) -> None:
        """Log what somebody should know; from here, where a slow log holds up no request."""
        stats = self.stats
        match outcome:
            case Undelivered(reason):
                self._complaints.undelivered(reason)
            case Settled(rejected=rejected, why=why):
                self._complaints.delivered()
                if rejected:
                    self._complaints.rejected(stats.rejected, why)
        self._complaints.dropped(stats.dropped)
