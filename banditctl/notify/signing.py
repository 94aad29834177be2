"""Signatures after Standard Webhooks (standardwebhooks.com): who has the secret knows that a body is ours."""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256

from banditctl.errors import UsageError

# As the standard asks: long enough not to be guessed.
_LEAST, _MOST = 24, 64

_WRITTEN = re.compile(r"whsec_([A-Za-z0-9+/]+={0,2})")


def keys(secrets: str) -> tuple[bytes, ...]:
    """The keys of one secret, or of several with spaces between. Raises UsageError, which does not tell them."""
    return tuple(map(_key, secrets.split()))


def _key(secret: str) -> bytes:
    written = _WRITTEN.fullmatch(secret)
    # Some leave out the padding; what is too much of it does no harm.
    key = b64decode(written[1] + "==") if written and len(written[1].rstrip("=")) % 4 != 1 else b""
    if not _LEAST <= len(key) <= _MOST:
        raise UsageError(
            f"a secret to sign with is whsec_ and {_LEAST} to {_MOST} random bytes in base64; "
            'make one with: echo "whsec_$(openssl rand -base64 32)"'
        )
    return key


def signature(keys: Sequence[bytes], identity: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one for each key, so that receivers may change theirs one after the other."""
    signed = f"{identity}.{timestamp}.".encode() + body
    return " ".join(f"v1,{b64encode(hmac.digest(key, signed, sha256)).decode()}" for key in keys)
