"""What Prometheus is told: counts of events, turns and decisions, and where each variant stands."""

from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Info,
    disable_created_metrics,
    generate_latest,
)

from banditctl import __version__
from banditctl.core.decision import Decision

# The time series that hold when each counter was made double their number and are of no use here.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """One registry of its own; labels come from policy files, never from events."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._events = self._counter("events", "Events that intake answered", "experiment", "outcome")
        self._turns = self._counter("turns", "Turns of learn and steer", "experiment", "turn", "outcome")
        self._decisions = self._counter("decisions", "Decisions brought to their end", "experiment", "verdict")
        self._done = self._gauge("turn_done_timestamp_seconds", "When a turn last succeeded", "experiment", "turn")
        self._live = self._gauge("live_share", "Share in force when last decided", "experiment", "variant")
        self._best = self._gauge("best_probability", "Probability of being the best", "experiment", "variant")
        self._trials = self._gauge("matured_trials", "Trials that count", "experiment", "variant")
        Info("banditctl_build", "Version", registry=self.registry).info({"version": __version__})

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"banditctl_{name}_total", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"banditctl_{name}", text, labels, registry=self.registry)

    def events(self, experiment: str, outcome: str, number: int) -> None:
        """Intake answered `number` events: accepted, duplicate or refused."""
        self._events.labels(experiment, outcome).inc(number)

    def turn(self, experiment: str, turn: str, *, failed: bool, at: datetime) -> None:
        """A turn of learn or steer ended."""
        self._turns.labels(experiment, turn, "failed" if failed else "done").inc()
        if not failed:
            self._done.labels(experiment, turn).set(at.timestamp())

    def decision(self, decision: Decision) -> None:
        """A decision was recorded."""
        self._decisions.labels(decision.experiment, decision.verdict).inc()
        for variant, believed in decision.belief.items():
            self._best.labels(decision.experiment, variant).set(believed.best)
            self._trials.labels(decision.experiment, variant).set(believed.trials)
        if live := decision.seen.live.allocation:
            for variant, share in live.shares.items():
                self._live.labels(decision.experiment, variant).set(share)

    def text(self) -> bytes:
        """The page that Prometheus reads."""
        return generate_latest(self.registry)
