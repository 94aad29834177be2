"""The rules an event must keep to be counted; what breaks one is refused with where and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from math import isfinite

from banditctl.core.event import CLOCK_SKEW, EXPOSED, REWARD, Event, Exposure, Reward, rewarded
from banditctl.core.experiment import Experiment
from banditctl.errors import BanditctlError
from banditctl.intake.decoding import Decoded
from banditctl.intake.faults import Fault
from banditctl.intake.wire import WireEvent

_LONGEST_ID = 128
_MOST_NAMES = 5

Experiments = Mapping[str, Experiment]


@dataclass(frozen=True)
class Admission:
    """The events that may be kept, by experiment, and the faults of the others by their index."""

    admitted: Mapping[str, list[Event]]
    faults: Mapping[int, Fault]


class _FaultError(BanditctlError):
    """The event breaks a rule at `pointer`; the message says which."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


class Admissions:
    """Knows what each experiment lets in; `experiments` is looked at anew for every request."""

    def __init__(self, experiments: Experiments) -> None:
        self._experiments = experiments
        self._doors: dict[str, _Door] = {}

    def admit(self, decoded: Decoded, received: datetime) -> Admission:
        """Sort events into those that may be kept and those that are refused."""
        admitted: dict[str, list[Event]] = {}
        faults = {}
        latest = received + CLOCK_SKEW
        # Most requests have events of one experiment: its door is looked for where the name changes.
        door: _Door | None = None
        for index, wire in enumerate(decoded):
            if isinstance(wire, Fault):
                faults[index] = wire
                continue
            try:
                if door is None or wire.experiment != door.name:
                    door = self._door(wire.experiment)
                    events = admitted.setdefault(door.name, [])
                events.append(door.event(wire, received, latest))
            except _FaultError as error:
                faults[index] = Fault(wire.pointer(error.pointer), str(error), wire.experiment or "")
        return Admission({name: events for name, events in admitted.items() if events}, faults)

    def _door(self, name: str | None) -> "_Door":
        experiment, door = self._experiments.get(name or ""), self._doors.get(name or "")
        if door and door.experiment is experiment:
            return door
        if experiment is None:
            known = f"unknown experiment; known are {_some(self._experiments)}"
            raise _FaultError("/experiment", "required" if name is None else known)
        door = self._doors[experiment.name] = _Door(experiment)
        return door


class _Door:
    """What one experiment lets in, looked up once: this runs for every event."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.name = experiment.name
        self._variants = frozenset(experiment.variants)
        self._by_variant = experiment.evidence.trials == "rewards"
        self._metered = experiment.metered
        self._metrics = {metric: (model.refusal, rewarded(metric)) for metric, model in experiment.rewards.items()}

    def event(self, wire: WireEvent, received: datetime, latest: datetime) -> Event:
        """The event as it is kept, if it happened by `latest`; raises _FaultError."""
        at = received if wire.time is None else _time(wire.time, latest)
        return self._exposure(wire, at) if wire.type == "exposure" else self._reward(wire, at)

    def _exposure(self, wire: WireEvent, at: datetime) -> Exposure:
        if self._metered:
            raise _FaultError("/type", "CloudWatch counts the requests (`trials: invocations`); send rewards alone")
        if wire.value is not None:
            raise _FaultError("/value", "an exposure has no value; send the reward as an event of its own")
        if wire.metric is not None:
            raise _FaultError("/metric", "an exposure has no metric; it is of all of them")
        if wire.inference_id is not None:
            raise _FaultError("/inference_id", "an exposure's inference id is its id")
        return Exposure(EXPOSED.of(_id("/id", wire.id)), self._variant(wire.variant), at, bool(wire.targeted))

    def _reward(self, wire: WireEvent, at: datetime) -> Reward:
        metric = REWARD if wire.metric is None else wire.metric
        known = self._metrics.get(metric)
        if known is None:
            raise _FaultError("/metric", f"unknown metric; known are {', '.join(self._metrics)}")
        if wire.targeted is not None:
            raise _FaultError("/targeted", "only an exposure can be targeted")
        refusal, identity = known
        name, value = _id("/id", wire.id), wire.value
        if value is None:
            raise _FaultError("/value", "required")
        if not isfinite(value):
            raise _FaultError("/value", "must be a finite number")
        if refused := refusal(value):
            raise _FaultError("/value", refused)
        exposure, variant = self._earned_by(wire)
        return Reward(identity.of(name), value, at, exposure, variant, metric)

    def _earned_by(self, wire: WireEvent) -> tuple[bytes | None, str | None]:
        """The exposure or the variant that a reward names."""
        if self._metered:
            return None, self._served_by(wire)
        if wire.variant is None:
            return EXPOSED.of(_id("/inference_id", wire.inference_id)), None
        if wire.inference_id is not None:
            raise _FaultError("/variant", "a reward has an inference_id or a variant, not both")
        variant = self._variant(wire.variant)
        if not self._by_variant:
            raise _FaultError(
                "/variant",
                "send the inference_id of the exposure instead; rewards by variant need "
                "`trials: rewards` under `evidence` in the policy file",
            )
        return None, variant

    def _served_by(self, wire: WireEvent) -> str:
        """The variant that a reward names where CloudWatch counts the requests: it knows no ids."""
        if wire.inference_id is not None:
            raise _FaultError(
                "/inference_id", "send the variant instead: CloudWatch knows no ids (`trials: invocations`)"
            )
        if wire.time is None:
            raise _FaultError("/time", "required: when the request was served (`trials: invocations`)")
        return self._variant(wire.variant)

    def _variant(self, name: str | None) -> str:
        if name in self._variants:
            return name
        if name is None:
            raise _FaultError("/variant", "required")
        raise _FaultError("/variant", f"unknown variant; known are {', '.join(self.experiment.variants)}")


def _time(written: datetime, latest: datetime) -> datetime:
    """When it happened, in UTC. However long ago: only the learner knows what is late."""
    at = written if written.tzinfo is UTC else _utc(written)
    if at > latest:
        minutes = CLOCK_SKEW.total_seconds() / 60
        raise _FaultError("/time", f"lies more than {minutes:g} minutes in the future")
    return at


def _utc(written: datetime) -> datetime:
    if written.tzinfo is None:
        raise _FaultError("/time", "must say its offset from UTC, such as Z or +02:00")
    try:
        return written.astimezone(UTC)
    except OverflowError as error:
        raise _FaultError("/time", "must lie within the years 1 to 9999 in UTC") from error


def _id(pointer: str, written: str | None) -> str:
    if written is None:
        raise _FaultError(pointer, "required")
    if not 1 <= len(written) <= _LONGEST_ID:
        raise _FaultError(pointer, f"must have 1 to {_LONGEST_ID} characters")
    return written


def _some(names: Collection[str]) -> str:
    """A few of the names, and how many there are beyond them."""
    few = ", ".join(islice(names, _MOST_NAMES)) or "none"
    return f"{few} and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else few
