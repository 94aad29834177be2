"""An endpoint breaks, or is mended."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from banditctl.emulator.account import Account
from banditctl.emulator.changes import become
from banditctl.emulator.happenings import Happening
from banditctl.emulator.state import Status


@dataclass(frozen=True, kw_only=True)
class Become(Happening):
    """The endpoint is in another status at once and stays in it, even if it was busy."""

    kind: Literal["become"] = "become"
    status: Literal["InService", "Failed", "UpdateRollbackFailed", "OutOfService"]
    """Which one."""
    reason: str = ""
    """What stands in `FailureReason`."""

    waits: ClassVar[bool] = False

    def happen(self, account: Account) -> None:
        endpoint = account.endpoints.find(self.endpoint)
        account.endpoints.put(become(endpoint, Status(self.status), self.reason, now=account.clock()))
