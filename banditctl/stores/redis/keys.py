"""The names of everything kept in Redis; the braces keep one experiment on one node of a cluster."""

from datetime import datetime, timedelta


class Keys:
    """The keys of one experiment."""

    def __init__(self, experiment: str) -> None:
        root = f"banditctl:{{{experiment}}}"
        self.events = f"{root}:events"
        self.ledger = f"{root}:ledger"
        self.strata = f"{root}:strata"
        self.decisions = f"{root}:decisions"
        self._root = root

    def seen(self, number: int) -> str:
        """The event ids that were received in one era."""
        return f"{self._root}:seen:{number}"

    def attributions(self, number: int) -> str:
        """What became known of inference ids in one era."""
        return f"{self._root}:attributions:{number}"


def era(at: datetime, memory: timedelta) -> int:
    """Which span of `memory`, counted from 1970, holds `at`."""
    return int(at.timestamp() // memory.total_seconds())
