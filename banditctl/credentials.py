"""Keys: what a client shows, and what is kept of it, from which no key can be made again."""

import re
import secrets
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum, auto
from hashlib import sha256

from msgspec import Struct

from banditctl.errors import UsageError

# By this a key is known where it must not be: in a repository, a log, a message.
_PREFIX = "bk_"
_BYTES = 32
_CLIENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_ID_CHARACTERS = 12


class Scope(StrEnum):
    """What a key is good for; admin implies the others."""

    INGEST = auto()
    READ = auto()
    ADMIN = auto()


class Credential(Struct, frozen=True):
    """Whose a key is and what it may do; it is kept under the key's digest, and the key nowhere."""

    client: str
    scopes: tuple[Scope, ...]
    created: datetime


def issue(client: str, scopes: Collection[Scope], now: datetime) -> tuple[str, Credential]:
    """A new key of 256 random bits, and what is kept of it; raises UsageError for a name that is none."""
    if not _CLIENT.fullmatch(client):
        raise UsageError(
            f"{client!r} is no name for a client: 1 to 63 letters, digits, dots, dashes and underscores, "
            "beginning with a letter or a digit"
        )
    return _PREFIX + secrets.token_urlsafe(_BYTES), Credential(client, tuple(sorted(set(scopes))), now)


def digest(key: str) -> str:
    """SHA-256 in hex. Slow hashes are for what people can remember; 256 random bits nobody guesses."""
    return sha256(key.encode()).hexdigest()


def short(digest: str) -> str:
    """The id by which people tell keys apart: the first characters of the digest."""
    return digest[:_ID_CHARACTERS]
