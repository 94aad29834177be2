"""What others do to an endpoint, one module for each kind: people, their tools, and AWS itself."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from pydantic import with_config

from banditctl.core.units import Duration
from banditctl.emulator.account import Account
from banditctl.emulator.written import STRICT, ResourceName, Span


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Happening:
    """When something happens, and to which endpoint."""

    endpoint: ResourceName
    """To which endpoint."""
    at: Span = timedelta()
    """How long after the start, or after it was asked for; if the endpoint is busy then, once it no longer is."""
    every: Duration | None = None
    """How long until it happens again, and again; left out, it happens once."""

    waits: ClassVar[bool] = True
    """Whether it waits for an endpoint that is busy."""

    def happen(self, account: Account) -> None:
        """Do it, now. Raises `ServiceError`."""
        raise NotImplementedError
