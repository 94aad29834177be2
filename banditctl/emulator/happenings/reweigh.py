"""Somebody else changes weights."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from banditctl.emulator.account import Account
from banditctl.emulator.happenings import Happening
from banditctl.emulator.shapes import DesiredWeightAndCapacity
from banditctl.emulator.written import RelativeWeight, ResourceName


@dataclass(frozen=True, kw_only=True)
class Reweigh(Happening):
    """Somebody sets weights, as with UpdateEndpointWeightsAndCapacities."""

    kind: Literal["reweigh"] = "reweigh"
    weights: Annotated[dict[ResourceName, RelativeWeight], Field(min_length=1)]
    """The weight of each variant; one that is not named keeps its own."""

    def happen(self, account: Account) -> None:
        account.reweigh(
            self.endpoint,
            [DesiredWeightAndCapacity(name, desired_weight=weight) for name, weight in self.weights.items()],
        )
