"""Somebody else deploys."""

from dataclasses import dataclass
from typing import Literal

from banditctl.emulator.account import Account
from banditctl.emulator.deploying import RETAINABLE
from banditctl.emulator.happenings import Happening
from banditctl.emulator.written import ResourceName


@dataclass(frozen=True, kw_only=True)
class Deploy(Happening):
    """Somebody gives the endpoint another configuration, as with UpdateEndpoint."""

    kind: Literal["deploy"] = "deploy"
    config: ResourceName
    """The name of the endpoint configuration."""
    retain: bool = False
    """Whether variants whose name stays keep their weights and instance counts."""

    def happen(self, account: Account) -> None:
        account.deploy(self.endpoint, self.config, retained=RETAINABLE if self.retain else ())
