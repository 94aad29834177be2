"""Metrics that CloudWatch does not hand out, in an answer that is none the less a success."""

from dataclasses import dataclass
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from banditctl.emulator.calls import Call
from banditctl.emulator.faults import After
from banditctl.emulator.wire import document_response


@dataclass(frozen=True, kw_only=True)
class Withhold(After):
    """Every result of `GetMetricData` is empty, and its `StatusCode` says why; no other operation is concerned."""

    kind: Literal["withhold"] = "withhold"
    status: Literal["PartialData", "InternalError", "Forbidden"] = "InternalError"
    """What stands in `StatusCode`."""

    def concerns(self, call: Call) -> bool:
        return call.operation == "GetMetricData" and super().concerns(call)

    async def spoil(self, request: Request, answer: Response) -> Response:
        told = msgspec.json.decode(answer.body)
        for result in told["MetricDataResults"]:
            result |= {"StatusCode": self.status, "Timestamps": [], "Values": []}
        return document_response(told)
