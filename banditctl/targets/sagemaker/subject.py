"""An endpoint that is experimented on: pushed, watched until it has settled, and put back as it was met."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from banditctl.errors import TargetUnavailable, UsageError
from banditctl.targets.sagemaker.asking import BRIEF, Answer, answer
from banditctl.targets.sagemaker.reading import state

_ONCE = BRIEF.merge(Config(retries={"total_max_attempts": 1}))

# Seconds. A change takes about a minute, with no bound that is documented; somebody's deployment may take longer.
_POLL = 5.0
_PATIENCE = 30 * 60.0
# For so long after a push an InService may be a read that is older than the push.
_LINGER = 15.0
_ATTEMPTS = 3


@dataclass(frozen=True)
class Course:
    """How a push went: what was said to it and, if it was taken, the status that was read at once after it.

    Then, in seconds after it, as far as looks every few seconds can tell: when the endpoint was first seen busy, when
    its weights were first seen changed (None: never), and since when it was InService in the end.
    """

    said: Answer
    first: str = ""
    busy: float | None = None
    changed: float | None = None
    settled: float = 0.0


@dataclass(frozen=True)
class Time:
    """Seconds that pass, and how to let them; not the wall clock's."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


class Subject:
    """One endpoint, which must be InService when it is met. Everything here blocks, and raises TargetUnavailable."""

    def __init__(self, name: str, region: str | None, time: Time) -> None:
        self.name = name
        self._time = time
        # Whether a push may have been taken that was not watched to its end; an answer may be lost.
        self._loose = False
        try:
            session = boto3.Session(region_name=region)
            # boto3 makes its clients while running; their types have no names that could be imported here.
            self._sagemaker: Any = session.client("sagemaker", config=BRIEF)
            self._hasty: Any = session.client("sagemaker", config=_ONCE)
            self._runtime: Any = session.client("sagemaker-runtime", config=BRIEF)
        except (BotoCoreError, ValueError) as error:
            raise UsageError(f"endpoint {name}: {error} (target.region, or boto3's own settings)") from error
        met = self.describe()
        self.weights = weights(met)
        self.counts = {str(one["VariantName"]): one.get("DesiredInstanceCount") for one in _variants(met)}
        if (
            met["EndpointStatus"] != "InService"
            or self.weights.keys() != self.counts.keys()
            or not any(self.weights.values())
        ):
            raise TargetUnavailable(f"endpoint {name} is {met['EndpointStatus']}; it must be InService, with weights")

    def describe(self) -> Mapping[str, Any]:
        """What AWS tells."""
        said = answer(self._sagemaker.describe_endpoint, EndpointName=self.name)
        if said.kind != "done":
            raise TargetUnavailable(f"cannot describe endpoint {self.name}: {said.said}")
        return said.document

    def describe_once(self) -> Answer:
        """The same, whatever it is, and not asked again."""
        return answer(self._hasty.describe_endpoint, EndpointName=self.name)

    def invoke(self, **arguments: object) -> Answer:
        """Send an empty request."""
        return answer(self._runtime.invoke_endpoint, EndpointName=self.name, Body=b"", **arguments)

    def push(self, items: Sequence[Mapping[str, object]]) -> Course:
        """Ask for `items`, and watch until the endpoint has settled if that was taken."""
        before, self._loose = weights(self.describe()), True
        said = answer(
            self._sagemaker.update_endpoint_weights_and_capacities,
            EndpointName=self.name,
            DesiredWeightsAndCapacities=list(items),
        )
        if said.kind != "done":
            return Course(said)
        course = self._watched(said, before)
        self._loose = False
        return course

    def restore(self) -> None:
        """Put the weights back; where that fails, or is interrupted, what is raised says what to type instead."""
        try:
            if self._loose:
                self._time.sleep(_LINGER)
            for _ in range(_ATTEMPTS):
                self._watched(Answer("done", "", {}), self.weights, linger=0)
                if _alike(weights(self.describe()), self.weights):
                    return
                self.push(items(self.weights))
        except (TargetUnavailable, KeyboardInterrupt) as error:
            raise TargetUnavailable(f"{str(error) or 'interrupted'}; {self.by_hand()}") from error
        raise TargetUnavailable(f"the weights of {self.name} do not stay as they were; {self.by_hand()}")

    def by_hand(self) -> str:
        """How anybody can put the weights back."""
        # Nine digits are what a 32-bit float has.
        wanted = " ".join(f"VariantName={name},DesiredWeight={weight:.9g}" for name, weight in self.weights.items())
        command = f"aws sagemaker update-endpoint-weights-and-capacities --endpoint-name {self.name}"
        return f"put the weights back by: {command} --desired-weights-and-capacities {wanted}"

    def _watched(self, said: Answer, before: Mapping[str, float], linger: float = _LINGER) -> Course:
        began = self._time.now()
        busy, changed, ready, first = None, None, None, ""
        while True:
            described, elapsed = self.describe(), self._time.now() - began
            status = str(described["EndpointStatus"])
            first = first or status
            busy = elapsed if busy is None and status != "InService" else busy
            changed = elapsed if changed is None and not _alike(weights(described), before) else changed
            ready = None if status != "InService" else elapsed if ready is None else ready
            if ready is not None and elapsed >= linger:
                return Course(said, first, busy, changed, ready)
            if state(status) == "broken" or elapsed > _PATIENCE:
                raise TargetUnavailable(f"endpoint {self.name} is {status} after {elapsed:.0f} s")
            self._time.sleep(_POLL)


def weights(described: Mapping[str, Any]) -> dict[str, float]:
    """Current weights as AWS tells them, without those that it does not."""
    told = {str(one["VariantName"]): one.get("CurrentWeight") for one in _variants(described)}
    return {name: float(weight) for name, weight in told.items() if weight is not None}


def items(wanted: Mapping[str, float]) -> list[dict[str, object]]:
    """Weights, as they are pushed."""
    return [{"VariantName": name, "DesiredWeight": weight} for name, weight in wanted.items()]


def _variants(described: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return described.get("ProductionVariants") or []


def _alike(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """The same but for what 32 bits leave out."""
    return one.keys() == other.keys() and all(isclose(one[name], other[name], rel_tol=1e-6) for name in one)
