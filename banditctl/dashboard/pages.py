"""Pages from templates, and what every answer says to browsers: nothing from elsewhere, nothing inline."""

from functools import partial
from http import HTTPStatus

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from banditctl.core.wording import begun
from banditctl.dashboard import words

# Everything that a page may load, send or be framed by.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Forms must tell where they come from; other sites need not learn what experiments are called.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_environment = Environment(
    loader=PackageLoader("banditctl.dashboard"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(
    {"begun": begun}
    | {name: getattr(words, name) for name in ("share", "level", "count", "reward", "gained", "moment", "span")}
)


def page(template: str, status: HTTPStatus = HTTPStatus.OK, **context: object) -> HTMLResponse:
    """The answer that shows a template; what it shows is kept by no cache."""
    text = _environment.get_template(f"{template}.html").render(context)
    return HTMLResponse(text, status, {"Cache-Control": "no-store"})


class Sealed:
    """An ASGI callable that gives every answer of `app` the headers above, so that none can be forgotten."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, partial(_sealed, send))


async def _sealed(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        MutableHeaders(scope=message).update(_HEADERS)
    await send(message)
