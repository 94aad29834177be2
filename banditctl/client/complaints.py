"""What the application's log is told, seldom enough to be read."""

import logging
from time import monotonic

_EVERY_SECONDS = 60.0

log = logging.getLogger("banditctl.client")


class Complaints:
    """Warnings of each kind once a minute at most, and only if there is something new to say."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}
        self._trouble: str | None = None
        self._dropped = 0

    def warn(self, kind: str, message: str) -> bool:
        """Log the message unless one of its kind was logged just now; whether it was logged."""
        due = monotonic() - self._told.get(kind, -_EVERY_SECONDS) >= _EVERY_SECONDS
        if due:
            self._told[kind] = monotonic()
            log.warning("%s", message)
        return due

    def undelivered(self, reason: str) -> None:
        """Say once that events do not get through, and again if the reason is another one."""
        message = f"banditctl does not take events; they wait and are sent again: {reason}"
        if reason != self._trouble and self.warn("undelivered", message):
            self._trouble = reason

    def delivered(self) -> None:
        """Say that events get through again, if it was said that they do not."""
        if self._trouble:
            log.info("banditctl takes events again")
        self._trouble = None

    def rejected(self, total: int, why: str) -> None:
        """Say that events were refused."""
        self.warn("rejected", f"banditctl refused events, {total} so far, which are not sent again; one of them {why}")

    def dropped(self, total: int) -> None:
        """Say that events were given up, if there are more of them than when it was said last."""
        message = f"too many events wait for banditctl; the oldest were dropped, {total} so far"
        if total > self._dropped and self.warn("dropped", message):
            self._dropped = total
