"""What Prometheus is told: counts of events, turns, decisions and pushes, and where each variant stands."""

from collections.abc import Iterable, Mapping
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
from banditctl.core import change, metering, mismatch
from banditctl.core.decision import Decision, VariantBelief
from banditctl.core.standing import LASTING
from banditctl.core.stopping import Conclusion
from banditctl.pushes import Outcome
from banditctl.stores import Ledger, Received

# The time series that hold when each counter was made double their number and are of no use here.
disable_created_metrics()  # type: ignore[no-untyped-call]

# What alerts compare with is told beside each value, so that no rule has a number of its own.
_LAG_LIMIT = timedelta(minutes=1)
_TURN_LIMIT = timedelta(seconds=30)
# Eight looks.
_SLOW_LIMIT = timedelta(minutes=2)
_REFUSED_LIMIT = 0.05
_NOTICE_LIMIT = timedelta(minutes=10)

# Counted from zero: Prometheus sees no increase in what was not there before.
_ANSWERS = ("accepted", "duplicate", "refused", "unacknowledged")
_NOTICES = ("sent", "failed", "abandoned")


class Metrics:
    """One registry of its own; labels come from policy files, never from events, and one of them is the experiment."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._counters: list[Counter] = []
        self._gauges: list[Gauge] = []
        self._findings: list[Gauge] = []
        self._events = self._counter("events", "Events that intake answered", "experiment", "outcome")
        self._refused = self._gauge("events_refused_limit_ratio", "Part of them that is too many", "experiment")
        self._unanswered = self._counter("store_errors", "Times the store did not answer", "experiment", "work")
        self._turns = self._counter("turns", "Turns of learn and steer", "experiment", "turn", "outcome")
        self._done = self._gauge("turn_done_timestamp_seconds", "When a turn last succeeded", "experiment", "turn")
        self._overdue = self._gauge("turn_age_limit_seconds", "From when that is too long ago", "experiment", "turn")
        self._waiting = self._gauge("learn_waiting_events", "Accepted events not learned yet", "experiment")
        self._lag = self._gauge("learn_lag_seconds", "How long the oldest of them has waited", "experiment")
        self._lagging = self._gauge("learn_lag_limit_seconds", "From when that is too long", "experiment")
        self._metered = self._gauge("meter_lag_seconds", "How far the metered minutes are behind", "experiment")
        self._behind = self._gauge("meter_lag_limit_seconds", "From when that is too far", "experiment")
        self._missing = self._gauge("meter_missing_minutes", "Minutes not told of", "experiment", "variant")
        self._uncounted = self._gauge("uncounted_events", "Learned events that are no trials", "experiment", "reason")
        self._decisions = self._counter("decisions", "Decisions that were recorded", "experiment", "verdict")
        self._pushes = self._counter("pushes", "Pushes that were tried", "experiment", "outcome")
        self._pushed = self._gauge("push_done_timestamp_seconds", "When a push was last accepted", "experiment")
        self._live = self._finding("live_share", "Share in force when last decided", "experiment", "variant")
        self._proposed = self._finding("proposed_share", "Share that the policy asks for", "experiment", "variant")
        self._trials = self._finding("matured_trials", "Trials that count", "experiment", "variant")
        self._mean = self._finding("reward_mean", "Mean reward, as believed", "experiment", "variant")
        self._bound = self._finding("reward_mean_bound", "Ends of its interval", "experiment", "variant", "bound")
        self._best = self._finding("best_probability", "Probability of being the best", "experiment", "variant")
        self._instances = self._finding("instances", "Instances in service", "experiment", "variant")
        self._traffic = self._finding("requests_per_second", "Requests in the busiest minute of late", "experiment")
        self._lead = self._finding("lead_e_value", "Least e-value of the leader against a rival", "experiment")
        self._split = self._finding("mismatch_e_value", "E-value against requests going by the shares", "experiment")
        self._splitting = self._finding("mismatch_limit_e_value", "From when that can ring", "experiment")
        self._change = self._finding("change_deviations", "How far a lead is from what it was", "experiment")
        self._changing = self._finding("change_limit_deviations", "Beyond which that rings", "experiment")
        self._alarms = self._gauge("alarm", "1 while something looks wrong", "experiment", "alarm")
        self._stops = self._gauge("stop", "1 if this is why to stop", "experiment", "conclusion")
        self._orders = self._finding("order_in_force", "1 while such an order is heeded", "experiment", "verb")
        self._files = self._gauge("policy_files_refused", "Policy files refused as they stand", "experiment")
        self._notices = self._counter("notices", "Notices posted to a receiver, or given up", "experiment", "outcome")
        self._untold = self._gauge("notices_waiting", "Notices that somebody is still to get", "experiment")
        self._notice_lag = self._gauge("notices_lag_seconds", "How long the oldest of them has waited", "experiment")
        self._notice_limit = self._gauge("notices_lag_limit_seconds", "From when that is too long", "experiment")
        Info("banditctl_build", "Version", registry=self.registry).info({"version": __version__})

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        self._counters.append(Counter(f"banditctl_{name}_total", text, labels, registry=self.registry))
        return self._counters[-1]

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        self._gauges.append(Gauge(f"banditctl_{name}", text, labels, registry=self.registry))
        return self._gauges[-1]

    def _finding(self, name: str, text: str, *labels: str) -> Gauge:
        """A gauge that each decision tells anew: what it does not find is so no more."""
        self._findings.append(self._gauge(name, text, *labels))
        return self._findings[-1]

    def begin(self, experiment: str) -> None:
        """Tell of an experiment before anything came of it."""
        for outcome in _ANSWERS:
            self._events.labels(experiment, outcome)
        for outcome in get_args(Outcome):
            self._pushes.labels(experiment, outcome)
        for outcome in _NOTICES:
            self._notices.labels(experiment, outcome)
        self._refused.labels(experiment).set(_REFUSED_LIMIT)

    def forget(self, experiment: str) -> None:
        """Tell nothing more of an experiment that is gone."""
        _drop(experiment, (*self._counters, *self._gauges))

    def refused(self, files: int) -> None:
        """So many policy files cannot be used as they stand."""
        self._files.labels("").set(files)

    def events(self, experiment: str, outcome: str, number: int) -> None:
        """Intake answered `number` events: accepted, duplicate, refused, or unacknowledged by the store."""
        self._events.labels(experiment, outcome).inc(number)
        if outcome == "unacknowledged":
            self.store_failed(experiment, "intake")

    def store_failed(self, experiment: str, work: str) -> None:
        """The store did not answer intake or a turn, or not in time."""
        self._unanswered.labels(experiment, work).inc()

    def turn(self, experiment: str, turn: str, outcome: str, at: datetime) -> None:
        """A turn ended: done, failed, or left to another daemon (standby), which then tells how things stand."""
        self._turns.labels(experiment, turn, outcome).inc()
        if outcome == "standby":
            _drop(experiment, self._gauges)
            self.begin(experiment)
            return
        # 0 until it first succeeds: one that never does is overdue as well.
        done = self._done.labels(experiment, turn)
        if outcome == "done":
            done.set(at.timestamp())
        limit = _SLOW_LIMIT if turn in {"steer", "meter"} else _TURN_LIMIT
        self._overdue.labels(experiment, turn).set(limit.total_seconds())

    def learned(self, experiment: str, ledger: Ledger, received: Received, at: datetime) -> None:
        """What learn has come to: how many events still wait and for how long, and how far metering is behind."""
        self._waiting.labels(experiment).set(received.waiting(ledger.learned))
        self._lag.labels(experiment).set(received.waited(at).total_seconds())
        self._lagging.labels(experiment).set(_LAG_LIMIT.total_seconds())
        for name in ledger.tally.__struct_fields__:
            self._uncounted.labels(experiment, name).set(getattr(ledger.tally, name))
        if metered := ledger.evidence.metered:
            self._metered.labels(experiment).set((at - metered.until).total_seconds())
            self._behind.labels(experiment).set(metering.OVERDUE.total_seconds())
            for variant, minutes in metered.missing.items():
                self._missing.labels(experiment, variant).set(minutes)

    def push(self, experiment: str, outcome: Outcome, at: datetime) -> None:
        """A push was tried: the target accepted it, was busy, or failed."""
        self._pushes.labels(experiment, outcome).inc()
        if outcome == "accepted":
            self._pushed.labels(experiment).set(at.timestamp())

    def notice(self, experiment: str, outcome: str) -> None:
        """A receiver took a notice (sent), did not (failed), or is not to get it any more (abandoned)."""
        self._notices.labels(experiment, outcome).inc()

    def notices_waiting(self, experiment: str, number: int, lag: timedelta) -> None:
        """So many notices wait for somebody, the oldest of them for so long."""
        self._untold.labels(experiment).set(number)
        self._notice_lag.labels(experiment).set(lag.total_seconds())
        self._notice_limit.labels(experiment).set(_NOTICE_LIMIT.total_seconds())

    def decision(self, decision: Decision) -> None:
        """A decision was recorded."""
        name, live = decision.experiment, decision.seen.live.allocation
        _drop(name, self._findings)
        self._decisions.labels(name, decision.verdict).inc()
        for variant, believed in decision.belief.items():
            self._believed(name, variant, believed)
        _tell(self._proposed, name, decision.proposal.shares)
        _tell(self._live, name, live.shares if live else {})
        _tell(self._instances, name, decision.seen.live.instances)
        if (traffic := decision.seen.live.traffic) is not None:
            self._traffic.labels(name).set(traffic)
        heeded = decision.standing.heeded
        for verb in LASTING:
            self._orders.labels(name, verb).set(bool(heeded and heeded.verb == verb))
        self._found(decision)
        self.alarm(name, "endpoint", decision.stuck)
        departure = decision.departure.kind if decision.departure else None
        self.alarm(name, "undone", departure == "undone")
        self.alarm(name, "foreign", departure in {"shares", "configuration", "variants"})

    def alarm(self, experiment: str, alarm: str, rings: bool) -> None:
        """Something looks wrong, or does so no more."""
        self._alarms.labels(experiment, alarm).set(rings)

    def _believed(self, name: str, variant: str, believed: VariantBelief) -> None:
        self._trials.labels(name, variant).set(believed.trials)
        self._best.labels(name, variant).set(believed.best)
        self._mean.labels(name, variant).set(believed.mean)
        for bound, mean in zip(("lower", "upper"), believed.interval, strict=True):
            self._bound.labels(name, variant, bound).set(mean)

    def _found(self, decision: Decision) -> None:
        name, findings = decision.experiment, decision.findings
        if len(findings.rivals) == len(decision.belief) - 1:
            self._lead.labels(name).set(min(rival.e_value for rival in findings.rivals.values()))
        if findings.mismatch:
            self._split.labels(name).set(findings.mismatch.e_value)
            self._splitting.labels(name).set(mismatch.RINGS_FROM)
        if findings.change:
            self._change.labels(name).set(abs(findings.change.z))
            self._changing.labels(name).set(change.RINGS_BEYOND)
        self.alarm(name, "mismatch", bool(findings.mismatch and findings.mismatch.alarm))
        self.alarm(name, "change", bool(findings.change and findings.change.alert))
        for conclusion in get_args(Conclusion):
            self._stops.labels(name, conclusion).set(decision.stop == conclusion)

    def text(self) -> bytes:
        """The page that Prometheus reads."""
        return generate_latest(self.registry)


def _tell(gauge: Gauge, experiment: str, shares: Mapping[str, float]) -> None:
    for variant, share in shares.items():
        gauge.labels(experiment, variant).set(share)


def _drop(experiment: str, metrics: Iterable[Counter | Gauge]) -> None:
    for metric in metrics:
        metric.remove_by_labels({"experiment": experiment})
