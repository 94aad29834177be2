"""Somebody else changes instance counts."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from banditctl.emulator.account import Account
from banditctl.emulator.happenings import Happening
from banditctl.emulator.shapes import DesiredWeightAndCapacity
from banditctl.emulator.written import Instances, ResourceName


@dataclass(frozen=True, kw_only=True)
class Scale(Happening):
    """Somebody sets instance counts, as with UpdateEndpointWeightsAndCapacities."""

    kind: Literal["scale"] = "scale"
    instances: Annotated[dict[ResourceName, Instances], Field(min_length=1)]
    """The instances of each variant; one that is not named keeps its own."""

    def happen(self, account: Account) -> None:
        account.reweigh(
            self.endpoint,
            [DesiredWeightAndCapacity(name, desired_instance_count=count) for name, count in self.instances.items()],
        )
