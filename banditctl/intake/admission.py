"""The rules an event must keep to be counted; what breaks one is refused with where and why."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from math import isfinite

from banditctl.core.event import CLOCK_SKEW, REWARD, Event, Exposure, Reward
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

    admitted: list[tuple[Experiment, list[Event]]]
    faults: dict[int, Fault]


class _FaultError(BanditctlError):
    """The event breaks a rule at `pointer`; the message says which."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


def admit(decoded: Decoded, experiments: Experiments, received: datetime) -> Admission:
    """Sort events into those that may be kept and those that are refused."""
    events: defaultdict[str, list[Event]] = defaultdict(list)
    faults = {}
    for index, wire in enumerate(decoded):
        if isinstance(wire, Fault):
            faults[index] = wire
            continue
        try:
            event = _event(wire, experiments, received)
        except _FaultError as error:
            faults[index] = Fault(error.pointer, str(error), wire.experiment or "")
        else:
            events[event.experiment].append(event)
    return Admission([(experiments[name], found) for name, found in events.items()], faults)


def _event(wire: WireEvent, experiments: Experiments, received: datetime) -> Event:
    experiment = _experiment(wire.experiment, experiments)
    if wire.metric not in (None, REWARD):
        raise _FaultError("/metric", f"the only metric is {REWARD}")
    build = _exposure if wire.type == "exposure" else _reward
    return build(wire, experiment, _time(wire.time, received))


def _exposure(wire: WireEvent, experiment: Experiment, at: datetime) -> Exposure:
    if wire.value is not None:
        raise _FaultError("/value", "an exposure has no value; send the reward as an event of its own")
    if wire.inference_id is not None:
        raise _FaultError("/inference_id", "an exposure's inference id is its id")
    return Exposure(
        id=_id("/id", wire.id),
        experiment=experiment.name,
        variant=_variant(wire.variant, experiment),
        at=at,
        targeted=bool(wire.targeted),
    )


def _reward(wire: WireEvent, experiment: Experiment, at: datetime) -> Reward:
    if wire.targeted is not None:
        raise _FaultError("/targeted", "only an exposure can be targeted")
    name, value = _id("/id", wire.id), _value(wire.value, experiment)
    if wire.variant is None:
        earned_by = _id("/inference_id", wire.inference_id)
        return Reward(id=name, experiment=experiment.name, value=value, at=at, inference_id=earned_by)
    if wire.inference_id is not None:
        raise _FaultError("/variant", "a reward has an inference_id or a variant, not both")
    variant = _variant(wire.variant, experiment)
    if experiment.evidence.trials != "rewards":
        raise _FaultError(
            "/variant",
            "send the inference_id of the exposure instead; rewards by variant need "
            "`trials: rewards` under `evidence` in the policy file",
        )
    return Reward(id=name, experiment=experiment.name, value=value, at=at, variant=variant)


def _experiment(name: str | None, experiments: Experiments) -> Experiment:
    if name is None:
        raise _FaultError("/experiment", "required")
    if name not in experiments:
        raise _FaultError("/experiment", f"unknown experiment; known are {_some(experiments)}")
    return experiments[name]


def _variant(name: str | None, experiment: Experiment) -> str:
    if name is None:
        raise _FaultError("/variant", "required")
    if name not in experiment.variants:
        raise _FaultError("/variant", f"unknown variant; known are {', '.join(experiment.variants)}")
    return name


def _time(written: datetime | None, received: datetime) -> datetime:
    """When it happened, in UTC. However long ago: only the learner knows what is late."""
    if written is None:
        return received
    if written.tzinfo is None:
        raise _FaultError("/time", "must say its offset from UTC, such as Z or +02:00")
    try:
        at = written.astimezone(UTC)
    except OverflowError as error:
        raise _FaultError("/time", "must lie within the years 1 to 9999 in UTC") from error
    if at - received > CLOCK_SKEW:
        minutes = CLOCK_SKEW.total_seconds() / 60
        raise _FaultError("/time", f"lies more than {minutes:g} minutes in the future")
    return at


def _id(pointer: str, written: str | None) -> str:
    if written is None:
        raise _FaultError(pointer, "required")
    if not 1 <= len(written) <= _LONGEST_ID:
        raise _FaultError(pointer, f"must have 1 to {_LONGEST_ID} characters")
    return written


def _value(written: float | None, experiment: Experiment) -> float:
    if written is None:
        raise _FaultError("/value", "required")
    if not isfinite(written):
        raise _FaultError("/value", "must be a finite number")
    if refusal := experiment.reward.refusal(written):
        raise _FaultError("/value", refusal)
    return written


def _some(names: Collection[str]) -> str:
    """A few of the names, and how many there are beyond them."""
    few = ", ".join(islice(names, _MOST_NAMES)) or "none"
    return f"{few} and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else few
