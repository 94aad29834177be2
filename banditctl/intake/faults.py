"""What can be wrong: with one event, which leaves the others alone, or with the whole request."""

from collections.abc import Mapping

from msgspec import Struct

from banditctl.errors import BanditctlError


class Fault(Struct, frozen=True):
    """Why one event is refused, and where in it; `experiment` is what it named, known or not."""

    pointer: str
    detail: str
    experiment: str = ""


class RequestError(BanditctlError):
    """Nothing of the request was kept; the message says what to change, `members` what else there is to tell."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None, **members: object) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers
        self.members = members
