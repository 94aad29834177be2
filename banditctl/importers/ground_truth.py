"""Ground truth as SageMaker Model Monitor has it: each line is a label, which is what its request earned."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import msgspec
from msgspec import Struct

from banditctl.core.event import EXPOSED, Reward, rewarded
from banditctl.core.experiment import Experiment
from banditctl.importers.labels import Encoding, Pointer, label
from banditctl.importers.reading import FILE, HOUR, Id, Reading, Refused, decoded, placed

_LAYOUT = "yyyy/mm/dd/hh"
_PATH = re.compile(rf"(?:.*/)?{HOUR}/{FILE}", re.DOTALL)
_DATA = "/groundTruthData/data"


class _Data(Struct):
    data: str
    encoding: Encoding


class _Metadata(Struct, rename="camel"):
    event_id: Id


class _Record(Struct, rename="camel"):
    ground_truth_data: _Data
    event_metadata: _Metadata


_record = msgspec.json.Decoder(_Record)


@dataclass(frozen=True)
class GroundTruth:
    """Reads labels as rewards of `experiment` by `metric`; `value` says where in a label the value stands."""

    experiment: Experiment
    metric: str
    value: Pointer | None
    now: datetime

    def reading(self, path: str) -> Reading:
        found, hour = placed(_PATH, path, _LAYOUT, self.now)
        # A label is collected in the hour of its path, nobody knows when. Dated to the beginning of it, the
        # label of a request in the same hour would come before the request; at its end it cannot.
        at = min(hour + timedelta(hours=1), self.now)
        return Reading(f"{self.metric}/{found['hour']}/{found['file']}", hour, partial(self._reward, at))

    def _reward(self, at: datetime, line: bytes) -> Reward:
        record = decoded(_record, line)
        name, data = record.event_metadata.event_id, record.ground_truth_data
        value = label(data.data, data.encoding, self.value)
        if refusal := self.experiment.rewards[self.metric].refusal(value):
            raise Refused(refusal, _DATA)
        # With the metric, which is part of what makes two rewards the same, the request tells its label.
        return Reward(rewarded(self.metric).of(name), value, at, EXPOSED.of(name), metric=self.metric)
