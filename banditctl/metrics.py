"""What Prometheus is told: counts of events, turns and decisions, and where each variant stands."""

from datetime import datetime, timedelta
from typing import get_args

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
from banditctl.core.stopping import Conclusion
from banditctl.stores import Ledger, Received

# The time series that hold when each counter was made double their number and are of no use here.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """One registry of its own; labels come from policy files, never from events."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._events = self._counter("events", "Events that intake answered", "experiment", "outcome")
        self._turns = self._counter("turns", "Turns of learn and steer", "experiment", "turn", "outcome")
        self._decisions = self._counter("decisions", "Decisions brought to their end", "experiment", "verdict")
        self._waiting = self._gauge("learn_waiting_events", "Accepted events not learned yet", "experiment")
        self._lag = self._gauge("learn_lag_seconds", "How long the oldest of them has waited", "experiment")
        self._metered = self._gauge("meter_lag_seconds", "How far the metered minutes are behind", "experiment")
        self._missing = self._gauge("meter_missing_minutes", "Minutes not told of", "experiment", "variant")
        self._uncounted = self._gauge("uncounted_events", "Learned events that are no trials", "experiment", "reason")
        self._done = self._gauge("turn_done_timestamp_seconds", "When a turn last succeeded", "experiment", "turn")
        self._live = self._gauge("live_share", "Share in force when last decided", "experiment", "variant")
        self._instances = self._gauge("instances", "Instances in service when last decided", "experiment", "variant")
        self._traffic = self._gauge("requests_per_second", "Requests in the busiest minute of late", "experiment")
        self._best = self._gauge("best_probability", "Probability of being the best", "experiment", "variant")
        self._trials = self._gauge("matured_trials", "Trials that count", "experiment", "variant")
        self._lead = self._gauge("lead_e_value", "Least e-value of the leader against a rival", "experiment")
        self._split = self._gauge("mismatch_e_value", "E-value against requests going by the shares", "experiment")
        self._alarms = self._gauge("alarm", "1 while something looks wrong", "experiment", "alarm")
        self._stops = self._gauge("stop", "1 if this is why to stop", "experiment", "conclusion")
        Info("banditctl_build", "Version", registry=self.registry).info({"version": __version__})

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"banditctl_{name}_total", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"banditctl_{name}", text, labels, registry=self.registry)

    def events(self, experiment: str, outcome: str, number: int) -> None:
        """Intake answered `number` events: accepted, duplicate or refused."""
        self._events.labels(experiment, outcome).inc(number)

    def turn(self, experiment: str, turn: str, outcome: str, at: datetime) -> None:
        """A turn of learn or steer ended: done, failed, or left to another daemon (standby)."""
        self._turns.labels(experiment, turn, outcome).inc()
        if outcome == "done":
            self._done.labels(experiment, turn).set(at.timestamp())

    def learned(self, experiment: str, ledger: Ledger, received: Received, at: datetime) -> None:
        """What learn has come to: how many events still wait and for how long, and how far metering is behind."""
        waited = at - received.oldest if received.oldest else timedelta(0)
        self._waiting.labels(experiment).set(received.accepted - ledger.learned)
        self._lag.labels(experiment).set(max(waited.total_seconds(), 0.0))
        for name in ledger.tally.__struct_fields__:
            self._uncounted.labels(experiment, name).set(getattr(ledger.tally, name))
        if metered := ledger.evidence.metered:
            self._metered.labels(experiment).set((at - metered.until).total_seconds())
            for variant, minutes in metered.missing.items():
                self._missing.labels(experiment, variant).set(minutes)

    def decision(self, decision: Decision) -> None:
        """A decision was recorded."""
        self._decisions.labels(decision.experiment, decision.verdict).inc()
        for variant, believed in decision.belief.items():
            self._best.labels(decision.experiment, variant).set(believed.best)
            self._trials.labels(decision.experiment, variant).set(believed.trials)
        if live := decision.seen.live.allocation:
            for variant, share in live.shares.items():
                self._live.labels(decision.experiment, variant).set(share)
        for variant, number in decision.seen.live.instances.items():
            self._instances.labels(decision.experiment, variant).set(number)
        if (traffic := decision.seen.live.traffic) is not None:
            self._traffic.labels(decision.experiment).set(traffic)

        self._found(decision)
        self.alarm(decision.experiment, "endpoint", decision.stuck)
        departure = decision.departure.kind if decision.departure else None
        self.alarm(decision.experiment, "undone", departure == "undone")
        self.alarm(decision.experiment, "foreign", departure in {"shares", "configuration", "variants"})

    def alarm(self, experiment: str, alarm: str, rings: bool) -> None:
        """Something looks wrong, or does so no more."""
        self._alarms.labels(experiment, alarm).set(rings)

    def _found(self, decision: Decision) -> None:
        name, findings = decision.experiment, decision.findings
        if len(findings.rivals) == len(decision.belief) - 1:
            self._lead.labels(name).set(min(rival.e_value for rival in findings.rivals.values()))
        if findings.mismatch:
            self._split.labels(name).set(findings.mismatch.e_value)
        self.alarm(name, "mismatch", bool(findings.mismatch and findings.mismatch.alarm))
        self.alarm(name, "change", bool(findings.change and findings.change.alert))
        for conclusion in get_args(Conclusion):
            self._stops.labels(name, conclusion).set(decision.stop == conclusion)

    def text(self) -> bytes:
        """The page that Prometheus reads."""
        return generate_latest(self.registry)
