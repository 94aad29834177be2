"""Who is looking, and what they may do: by a key in a header, as the API is asked, or by a session in a cookie."""

from hashlib import sha256
from http import HTTPStatus

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request

from banditctl.access import Access
from banditctl.core.wording import begun
from banditctl.credentials import Scope
from banditctl.dashboard.sessions import Sessions

COOKIE = "banditctl_session"


class Visitor(Struct, frozen=True):
    """Whose key it is, None where nobody is asked for one; whether it may steer; and whether by a session."""

    client: str | None
    may_steer: bool
    signed_in: bool


class Unknown(Exception):
    """Nobody that may read; says why, for whoever was somebody before."""

    def __init__(self, why: str | None = None) -> None:
        super().__init__(why)
        self.why = why


class Visitors:
    """Tells them apart by what `access` knows of keys and `sessions` of cookies."""

    def __init__(self, access: Access, sessions: Sessions) -> None:
        self._access = access
        self._sessions = sessions

    def of(self, request: Request) -> Visitor:
        """Who sent the request; raises Unknown, and HTTPException while keys are unread, or one asks too often."""
        self._wait_for_keys()
        if not self._access.asks:
            return Visitor(None, may_steer=True, signed_in=False)
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        # What a gateway in front asks of browsers by another scheme is no key of ours.
        if scheme.lower() == "bearer":
            return self._holder(sha256(key.strip().encode("latin-1")).digest(), signed_in=False)
        return self._holder(self._session(request), signed_in=True)

    def sign_in(self, key: str) -> str:
        """A token for a new session; raises Unknown for a key that may not read, and HTTPException as `of` does."""
        self._wait_for_keys()
        digest = sha256(key.strip().encode()).digest()
        self._holder(digest, signed_in=False)
        return self._sessions.begin(digest)

    def sign_out(self, request: Request) -> None:
        """End the session of the request, if it has one."""
        self._sessions.end(request.cookies.get(COOKIE, ""))

    def _wait_for_keys(self) -> None:
        if not self._access.ready:
            raise HTTPException(
                HTTPStatus.SERVICE_UNAVAILABLE, "The keys could not be read from the store yet. Try again in a moment."
            )

    def _session(self, request: Request) -> bytes:
        token = request.cookies.get(COOKIE)
        if token is None:
            raise Unknown
        key = self._sessions.key(token)
        if key is None:
            raise Unknown("You were signed out: that happens after twelve hours, and when the daemon starts anew.")
        return key

    def _holder(self, digest: bytes, *, signed_in: bool) -> Visitor:
        grant = self._access.grant(digest)
        if grant is None and signed_in:
            raise Unknown("The key that you signed in with was revoked.")
        if grant is None:
            raise Unknown("The key is not known, or was revoked.")
        if Scope.READ not in grant.scopes:
            raise Unknown("The key has not the scope read, which looking needs.")
        if refusal := grant.meter.refusal():
            raise HTTPException(refusal.status, f"{begun(refusal.detail)}.", dict(refusal.headers))
        return Visitor(grant.client, Scope.ADMIN in grant.scopes, signed_in)
