"""A CloudWatch alarm goes off."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from banditctl.emulator.account import Account
from banditctl.emulator.happenings import Happening


@dataclass(frozen=True, kw_only=True)
class Alarm(Happening):
    """An alarm of the endpoint changes its state; a deployment that watches it is rolled back while it bakes."""

    kind: Literal["alarm"] = "alarm"
    name: Annotated[str, Field(min_length=1, max_length=255)]
    """The name of the alarm."""
    state: Literal["ALARM", "OK"] = "ALARM"
    """Its state from then on."""

    waits: ClassVar[bool] = False

    def happen(self, account: Account) -> None:
        endpoint = account.endpoints.find(self.endpoint)
        account.rollbacks.ring(endpoint.name, self.name, on=self.state == "ALARM")
