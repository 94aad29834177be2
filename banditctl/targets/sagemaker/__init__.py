"""Amazon SageMaker multi-variant endpoints, through boto3."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Len

from banditctl.targets.sagemaker.endpoint import Endpoint, connect


@dataclass(frozen=True, kw_only=True)
class SageMaker:
    """Names an endpoint; credentials and, where left out, the region come from boto3's own chain."""

    kind: Literal["sagemaker"] = "sagemaker"
    endpoint: Annotated[str, Len(1, 63)]
    """Its name, as SageMaker has it."""
    region: str | None = None
    """Its region; left out, as boto3 is configured."""

    def connect(self, grid: int) -> Endpoint:
        """The endpoint, whose weights are whole numbers that sum to `grid`; opens no connection yet."""
        return connect(self.endpoint, self.region, grid)
