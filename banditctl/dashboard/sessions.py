"""Who has signed in: a random token in a browser's cookie stands for the digest of a key, in this process's memory."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from msgspec import Struct

# A working day; then, and when the daemon starts anew, one signs in again.
LASTS = timedelta(hours=12)

# Far more than people look at a dashboard; the oldest makes room.
_MOST = 1000


class Session(Struct, frozen=True):
    """Which key was shown, by its SHA-256, and until when that is enough."""

    key: bytes
    until: datetime


class Sessions:
    """Tokens are kept by their SHA-256 and looked up as keys are: see banditctl/access.py."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._sessions: dict[bytes, Session] = {}

    def begin(self, key: bytes) -> str:
        """A token for whoever showed the key of this SHA-256."""
        while len(self._sessions) >= _MOST:
            del self._sessions[next(iter(self._sessions))]
        token = secrets.token_urlsafe(32)
        self._sessions[_name(token)] = Session(key, self._clock() + LASTS)
        return token

    def key(self, token: str) -> bytes | None:
        """The SHA-256 of the key that the token stands for; None if it stands for none, or does no more."""
        session = self._sessions.get(_name(token))
        return session.key if session and self._clock() < session.until else None

    def end(self, token: str) -> None:
        """The token stands for nothing any more."""
        self._sessions.pop(_name(token), None)


def _name(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()
