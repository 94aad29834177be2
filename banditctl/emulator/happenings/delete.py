"""Somebody else deletes an endpoint."""

from dataclasses import dataclass
from typing import Literal

from banditctl.emulator.account import Account
from banditctl.emulator.happenings import Happening


@dataclass(frozen=True, kw_only=True)
class Delete(Happening):
    """Somebody deletes the endpoint, as with DeleteEndpoint."""

    kind: Literal["delete"] = "delete"

    def happen(self, account: Account) -> None:
        account.delete(self.endpoint)
