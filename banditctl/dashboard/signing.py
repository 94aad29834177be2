"""Signing in with a key, and out: the key is posted once, what the browser keeps is a session."""

import re
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from banditctl.dashboard.forms import posted
from banditctl.dashboard.pages import page
from banditctl.dashboard.sessions import LASTS
from banditctl.dashboard.visitors import COOKIE, Unknown, Visitors

# Where signing in may lead: to a page of ours, never elsewhere.
_PAGE = re.compile(r"/(experiments/[\w.-]+(/[a-z]+)?)?", re.ASCII)


class Signing:
    """The form for a key; what it says of one that does not open is what a person can act on."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors = visitors

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/sign-in", self.form, methods=["GET"]),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
        ]

    async def form(self, request: Request) -> Response:
        """The form; whoever need not sign in is led on."""
        onward = _onward(request.query_params.get("next", "/"))
        try:
            self._visitors.of(request)
        except Unknown as unknown:
            return page("sign_in", onward=onward, why=unknown.why)
        return RedirectResponse(onward, HTTPStatus.SEE_OTHER)

    async def sign_in(self, request: Request) -> Response:
        """Exchange a key for a session."""
        fields = await posted(request)
        onward = _onward(fields.get("next", "/"))
        try:
            token = self._visitors.sign_in(fields.get("key", ""))
        except Unknown as unknown:
            return page("sign_in", HTTPStatus.FORBIDDEN, onward=onward, why=unknown.why)
        answer = RedirectResponse(onward, HTTPStatus.SEE_OTHER)
        # Behind a gateway with TLS the cookie goes nowhere without it.
        secure, age = request.headers.get("x-forwarded-proto") == "https", int(LASTS.total_seconds())
        answer.set_cookie(COOKIE, token, max_age=age, secure=secure, httponly=True, samesite="strict")
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        await posted(request)
        self._visitors.sign_out(request)
        answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer


def _onward(wanted: str) -> str:
    return wanted if _PAGE.fullmatch(wanted) else "/"
