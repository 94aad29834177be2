"""The names of everything kept in Redis; the braces keep one experiment on one node of a cluster."""


class Keys:
    """The keys of one experiment."""

    def __init__(self, experiment: str) -> None:
        root = f"banditctl:{{{experiment}}}"
        self.events = f"{root}:events"
        self.received = f"{root}:received"
        self.ledger = f"{root}:ledger"
        self.lease = f"{root}:lease"
        self.open = f"{root}:open"
        self.strata = f"{root}:strata"
        self.decisions = f"{root}:decisions"
        self.orders = f"{root}:orders"
        self.lines = f"{root}:lines"
        self.deeds = f"{root}:deeds"
        self.imports = f"{root}:imports"
        self.notices = f"{root}:notices"
        self.occurrences = f"{root}:occurrences"
        self._root = root

    def ids(self, era: int) -> str:
        """The ids of events that were received in one era, and what became known of them."""
        return f"{self._root}:ids:{era}"

    def order(self, generation: int) -> str:
        """The digests of the strata that are kept by hash, in order of time; another generation, another order."""
        return f"{self._root}:order:{generation}"
