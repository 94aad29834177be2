"""Amazon SageMaker multi-variant endpoints, through boto3."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator

from banditctl.diagnosis import Diagnoses
from banditctl.targets.sagemaker.checkup import Needs, checkup
from banditctl.targets.sagemaker.endpoint import Endpoint, connect


def _endpoint(name: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name):
        raise ValueError("the name of an endpoint is 1 to 63 letters, digits and dashes")
    return name


def _region(name: str) -> str:
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", name):
        raise ValueError("a region is written like us-east-1")
    return name


@dataclass(frozen=True, kw_only=True)
class SageMaker:
    """Names an endpoint; credentials and, where left out, the region come from boto3's own chain."""

    kind: Literal["sagemaker"] = "sagemaker"
    endpoint: Annotated[str, AfterValidator(_endpoint)]
    """Its name, as SageMaker has it."""
    region: Annotated[str, AfterValidator(_region)] | None = None
    """Its region; left out, as boto3 is configured."""

    def connect(self, grid: int) -> Endpoint:
        """The endpoint, whose weights are whole numbers that sum to `grid`; opens no connection yet."""
        return connect(self.endpoint, self.region, grid)

    def checkup(self, variants: Sequence[str], *, counted: bool, scaled: bool) -> Diagnoses:
        """Whether the endpoint could be steered between `variants`, its requests be `counted`, and they be `scaled`.

        Changes nothing of it.
        """
        return checkup(self.endpoint, self.region, variants, Needs(counted=counted, scaled=scaled))
