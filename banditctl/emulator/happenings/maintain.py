"""AWS maintains an endpoint."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from banditctl.core.units import Duration
from banditctl.emulator.account import Account
from banditctl.emulator.changes import maintain
from banditctl.emulator.happenings import Happening


@dataclass(frozen=True, kw_only=True)
class Maintain(Happening):
    """AWS sets the endpoint to `SystemUpdating`; nothing of it changes, and nobody may change it."""

    kind: Literal["maintain"] = "maintain"
    lasts: Duration = timedelta(minutes=2)
    """How long."""

    def happen(self, account: Account) -> None:
        now = account.clock()
        account.endpoints.put(maintain(account.endpoints.find(self.endpoint), now=now, until=now + self.lasts))
