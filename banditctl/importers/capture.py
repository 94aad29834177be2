"""SageMaker's data capture: each line is a request that was served, and its path says by which variant."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from banditctl.core.event import CLOCK_SKEW, EXPOSED, Exposure
from banditctl.core.experiment import Experiment
from banditctl.importers.reading import FILE, HOUR, Id, Reading, Refused, decoded, placed

_LAYOUT = "ENDPOINT/VARIANT/yyyy/mm/dd/hh"
_PATH = re.compile(rf"(?:.*/)?(?P<endpoint>[^/]+)/(?P<variant>[^/]+)/{HOUR}/{FILE}", re.DOTALL)


class _Metadata(Struct, rename="camel"):
    event_id: Id
    inference_time: Annotated[datetime, Meta(tz=True)]
    inference_id: Id | None = None


class _Record(Struct, rename="camel"):
    event_metadata: _Metadata


_record = msgspec.json.Decoder(_Record)


@dataclass(frozen=True)
class Capture:
    """Reads what `endpoint` captured as exposures of `experiment`."""

    experiment: Experiment
    endpoint: str
    now: datetime

    def reading(self, path: str) -> Reading:
        found, hour = placed(_PATH, path, _LAYOUT, self.now)
        endpoint, variant = found["endpoint"], found["variant"]
        if endpoint != self.endpoint:
            raise Refused(f"was captured of the endpoint {endpoint}; the policy file is for {self.endpoint}")
        if variant not in self.experiment.variants:
            raise Refused(f"was captured of the variant {variant}; known are {', '.join(self.experiment.variants)}")
        name = f"{endpoint}/{variant}/{found['hour']}/{found['file']}"
        return Reading(name, hour, partial(self._exposure, variant))

    def _exposure(self, variant: str, line: bytes) -> Exposure:
        captured = decoded(_record, line).event_metadata
        # What the caller calls the request, where it has a name for it: rewards will name it so, too.
        name = captured.inference_id or captured.event_id
        return Exposure(EXPOSED.of(name), variant, self._time(captured.inference_time))

    def _time(self, written: datetime) -> datetime:
        pointer = "/eventMetadata/inferenceTime"
        try:
            at = written.astimezone(UTC)
        except OverflowError as error:
            raise Refused("must lie within the years 1 to 9999 in UTC", pointer) from error
        if at - self.now > CLOCK_SKEW:
            raise Refused("lies in the future", pointer)
        return at
