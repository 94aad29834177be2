"""Which names a daemon answers to while nobody is asked for a key: none that somebody else can give to its address.

Whoever owns a name may let it mean 127.0.0.1. To a browser a page from there and this daemon are then one site, and
what the page sends looks like our own forms. What it cannot do is to address us by number.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from banditctl.access import OPEN, Access
from banditctl.problems import problem

_HOST = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::[0-9]*)?")

_REFUSAL = (
    "nobody is asked for a key here, so only what is addressed to an IP address or to localhost is answered: make a "
    "key with `banditctl keys new`, or say `run --insecure` where a gateway in front decides who may come"
)


class Hosts:
    """An ASGI callable in front of `app`, which sees only what is addressed as it may be.

    A browser always says how. What has no `Host` at all is none, and is let in.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, call: Scope, receive: Receive, send: Send) -> None:
        if self.closed and call["path"] not in OPEN and not all(map(unowned, _hosts(call))):
            await problem(call["path"], HTTPStatus.FORBIDDEN, _REFUSAL)(call, receive, send)
            return
        await self._app(call, receive, send)

    @property
    def closed(self) -> bool:
        """Whether names that somebody may own are not answered to.

        Before the keys are read there may be some: then nobody is let in, and told to come again.
        """
        return self._access.ready and not self._access.asks


def _hosts(call: Scope) -> Iterator[bytes]:
    return (value for name, value in call["headers"] if name == b"host")


@lru_cache(maxsize=64)
def unowned(host: bytes) -> bool:
    """Whether a `Host` is an IP address or localhost, with or without a port: what no site can be called."""
    found = _HOST.fullmatch(host.decode("latin-1"))
    if found is None:
        return False
    six, name = found.groups()
    if six is None and name.lower() == "localhost":
        return True
    try:
        return ip_address(six or name).version == (4 if six is None else 6)
    except ValueError:
        return False
