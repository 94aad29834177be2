"""Who may do what over HTTP: a guard in front of the whole web app, and its copy of the keys.

A key is found by the first half of its SHA-256, and the whole is compared in constant time. How long the search takes
depends on a digest, which a sender can neither choose nor steer towards one that is kept.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from hmac import compare_digest
from http import HTTPStatus
from time import monotonic

from msgspec import Struct
from starlette.types import ASGIApp, Receive, Scope as Call, Send

from banditctl.credentials import Credential, Scope
from banditctl.problems import problem
from banditctl.quota import UNLIMITED, Meter, Quota, Refusal
from banditctl.stores.credentials import Credentials

# Orchestrators ask these and have no key; they tell nothing of any experiment. All else is closed unless opened:
# /metrics as well, whose labels say what every variant gets and how likely it is the best.
OPEN = frozenset({"/livez", "/readyz", "/version"})
_EVENTS = "/v1/events"
_READING = frozenset({"GET", "HEAD"})

_BEARER = b"bearer "
_ALL = frozenset(Scope)

# Of a digest, in bytes.
_HALF = 16


_NOT_READ = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "the keys could not be read from the store yet; send the same request again",
    {"retry-after": "1"},
)
_MISSING = Refusal(
    HTTPStatus.UNAUTHORIZED, "a key is needed: send Authorization: Bearer KEY", {"www-authenticate": "Bearer"}
)
_UNKNOWN = Refusal(
    HTTPStatus.UNAUTHORIZED,
    "the key is not known, or was revoked",
    {"www-authenticate": 'Bearer error="invalid_token"'},
)
_LACKING: Mapping[Scope, Refusal] = {
    scope: Refusal(
        HTTPStatus.FORBIDDEN,
        f"the key has not the scope {scope}, which this needs",
        {"www-authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
    )
    for scope in Scope
}


class Grant(Struct, frozen=True):
    """What a key opens, and for whom; the key's whole digest, to be compared."""

    digest: bytes
    client: str
    scopes: frozenset[Scope]
    meter: Meter


class Access:
    """What each key may do, as last read; `refresh` replaces it, no request waits for the store.

    Without any key nobody is asked for one, unless `always`. Once there was one, everybody is, until the end:
    a store that lost its keys, or the last one revoked, opens nothing.
    """

    def __init__(
        self, kept: Credentials, *, always: bool, quota: Quota = UNLIMITED, seconds: Callable[[], float] = monotonic
    ) -> None:
        self._kept = kept
        self._asks = always
        self._quota = quota
        self._seconds = seconds
        self._granted: Mapping[bytes, Grant] | None = None

    @property
    def ready(self) -> bool:
        """Whether the keys have been read yet; until then nobody is let in."""
        return self._granted is not None

    @property
    def asks(self) -> bool:
        """Whether a key is needed at all."""
        return self._asks

    async def refresh(self) -> int:
        """Read the keys again; answers how many there are. Raises StoreUnavailable: then the last ones hold."""
        found = await self._kept.read()
        grants = (self._grant(bytes.fromhex(digest), credential) for digest, credential in found.items())
        self._granted = {grant.digest[:_HALF]: grant for grant in grants}
        self._asks = self._asks or bool(found)
        return len(found)

    def _grant(self, digest: bytes, credential: Credential) -> Grant:
        """With the meter that the key has already, if it has one."""
        before = self._granted.get(digest[:_HALF]) if self._granted else None
        meter = before.meter if before else Meter(self._quota, self._seconds)
        return Grant(digest, credential.client, _scopes(credential), meter)

    def grant(self, digest: bytes) -> Grant | None:
        """What the key of this SHA-256 opens; None where it is not known, or was revoked."""
        grant = self._granted.get(digest[:_HALF]) if self._granted else None
        return grant if grant and compare_digest(grant.digest, digest) else None

    def admit(self, authorization: bytes | None, scope: Scope) -> Grant | Refusal | None:
        """What lets a request with this `Authorization` header do what needs `scope`, or why it may not.

        None where nobody is asked for a key.
        """
        if not self.ready:
            return _NOT_READ
        if not self._asks:
            return None
        if authorization is None or authorization[:7].lower() != _BEARER:
            return _MISSING
        grant = self.grant(sha256(authorization[7:].strip()).digest())
        if grant is None:
            return _UNKNOWN
        return grant if scope in grant.scopes else _LACKING[scope]

    def enter(self, authorization: bytes | None, scope: Scope) -> Grant | Refusal | None:
        """As `admit`, for one request more; if it may come now, it counts."""
        found = self.admit(authorization, scope)
        return (found.meter.refusal() or found) if isinstance(found, Grant) else found


class Guard:
    """An ASGI callable in front of `app`, which sees only what `access` lets in, and whose it is."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, call: Call, receive: Receive, send: Send) -> None:
        path = call["path"]
        if path not in OPEN:
            found = self._access.enter(_authorization(call["headers"]), needed(call["method"], path))
            if isinstance(found, Refusal):
                answer = problem(path, found.status, found.detail, found.headers)
                await answer(call, receive, send)
                return
            if found:
                call.setdefault("state", {})["client"] = found.client
                receive = found.meter.weighing(receive)
        await self._app(call, receive, send)


def needed(method: str, path: str) -> Scope:
    """The scope that a request needs; what is neither posting events nor reading is for admins."""
    if path == _EVENTS and method == "POST":
        return Scope.INGEST
    return Scope.READ if method in _READING else Scope.ADMIN


def _authorization(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    return dict(headers).get(b"authorization")


def _scopes(credential: Credential) -> frozenset[Scope]:
    return _ALL if Scope.ADMIN in credential.scopes else frozenset(credential.scopes)
