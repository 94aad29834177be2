"""Who may do what over HTTP: a guard in front of the whole web app, and its copy of the keys.

A key is found by the first half of its SHA-256, and the whole is compared in constant time. How long the search takes
depends on a digest, which a sender can neither choose nor steer towards one that is kept.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from http import HTTPStatus

from msgspec import Struct
from starlette.types import ASGIApp, Receive, Scope as Call, Send

from banditctl.credentials import Credential, Scope
from banditctl.problems import problem
from banditctl.stores import Credentials

# Orchestrators ask these and have no key; they tell nothing of any experiment. All else is closed unless opened:
# /metrics as well, whose labels say what every variant gets and how likely it is the best.
_OPEN = frozenset({"/livez", "/readyz", "/version"})
_EVENTS = "/v1/events"
_READING = frozenset({"GET", "HEAD"})

_BEARER = b"bearer "
_ALL = frozenset(Scope)


class Refusal(Struct, frozen=True):
    """Why a request is not let in, in the words of HTTP."""

    status: HTTPStatus
    detail: str
    headers: Mapping[str, str]


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


class Access:
    """What each key may do, as last read; `refresh` replaces it, no request waits for the store.

    Without any key nobody is asked for one, unless `always`. Once there was one, everybody is, until the end:
    a store that lost its keys, or the last one revoked, opens nothing.
    """

    def __init__(self, kept: Credentials, *, always: bool) -> None:
        self._kept = kept
        self._asks = always
        self._granted: Mapping[bytes, frozenset[Scope]] | None = None

    async def refresh(self) -> int:
        """Read the keys again; answers how many there are. Raises StoreUnavailable: then the last ones hold."""
        found = await self._kept.read()
        self._granted = {bytes.fromhex(digest): _scopes(credential) for digest, credential in found.items()}
        self._asks = self._asks or bool(found)
        return len(found)

    def refusal(self, authorization: bytes | None, scope: Scope) -> Refusal | None:
        """Why a request with this `Authorization` header may not do what needs `scope`; None if it may."""
        granted = self._granted
        if granted is None:
            return _NOT_READ
        if not self._asks:
            return None
        if authorization is None or authorization[:7].lower() != _BEARER:
            return _MISSING
        scopes = granted.get(sha256(authorization[7:].strip()).digest())
        if scopes is None:
            return _UNKNOWN
        return None if scope in scopes else _LACKING[scope]


class Guard:
    """An ASGI callable in front of `app`, which sees only what `access` lets in."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, call: Call, receive: Receive, send: Send) -> None:
        path = call["path"]
        if path not in _OPEN:
            refusal = self._access.refusal(_authorization(call["headers"]), needed(call["method"], path))
            if refusal:
                answer = problem(path, refusal.status, refusal.detail, refusal.headers)
                await answer(call, receive, send)
                return
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
