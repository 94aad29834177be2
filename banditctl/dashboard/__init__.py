"""The dashboard: pages about what the controller believes, what it did and why, and forms to steer it by hand."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from banditctl.access import Access
from banditctl.api.orders import Orders
from banditctl.core.experiment import Experiment
from banditctl.dashboard.house import House
from banditctl.dashboard.looking import Looking
from banditctl.dashboard.pages import Sealed, page
from banditctl.dashboard.sessions import Sessions
from banditctl.dashboard.signing import Signing
from banditctl.dashboard.steering import Steering
from banditctl.dashboard.visitors import COOKIE, Unknown, Visitors
from banditctl.errors import StoreUnavailable
from banditctl.stores import Store

# The first part of every path that is a page's; all others are somebody else's.
_OURS = frozenset({"", "experiments", "sign-in", "sign-out", "assets"})

_ASSETS = Path(__file__).parent / "assets"


class Dashboard:
    """An ASGI callable in front of the rest of the web: its pages ask for a session where the API asks for a key."""

    def __init__(
        self,
        rest: ASGIApp,
        experiments: Mapping[str, Experiment],
        store: Store,
        access: Access,
        clock: Callable[[], datetime],
        orders: Orders,
        refused: Callable[[], Sequence[str]],
    ) -> None:
        house = House(experiments, store, Visitors(access, Sessions(clock)), clock, refused)
        routes = [*Looking(house).routes, *Signing(house.visitors).routes, *Steering(house, orders).routes]
        assets = Mount("/assets", StaticFiles(directory=_ASSETS))
        self._pages = Sealed(Starlette(routes=[*routes, assets], exception_handlers=_FAILURES))
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Of `OPTIONS *` the path is a star.
        first = scope["path"].split("/", 2)[1:2]
        ours = first and first[0] in _OURS
        await (self._pages if ours else self._rest)(scope, receive, send)


async def _asked(request: Request, _: Exception) -> Response:
    """Whoever may not look is asked for a key, and led back."""
    followed = request.headers.get("sec-fetch-site") == "cross-site" and COOKIE not in request.cookies
    if followed and request.method == "GET":
        # A link on another site was followed, with which a strict cookie is not sent; from our own page it is.
        return page("once_more", path=request.url.path)
    return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", HTTPStatus.SEE_OTHER)


async def _failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    answer = _failure(HTTPStatus(error.status_code), error.detail)
    answer.headers.update(error.headers or {})
    return answer


async def _unavailable(_: Request, error: Exception) -> Response:
    return _failure(HTTPStatus.SERVICE_UNAVAILABLE, f"{error}. Meanwhile traffic stays as it is.")


def _failure(status: HTTPStatus, detail: str) -> Response:
    return page("failure", status, title=status.phrase, detail=detail)


_FAILURES: Mapping[Any, Any] = {Unknown: _asked, HTTPException: _failed, StoreUnavailable: _unavailable}
