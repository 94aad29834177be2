"""`POST /v1/experiments/{name}/{verb}`: from a request to an order, and from what became of it to an answer."""

import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from ipaddress import ip_address

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from banditctl.api.answers import OrderKept
from banditctl.api.order_forms import FORMS, read
from banditctl.api.orders import Orders
from banditctl.core.standing import Verb

# Many times the longest order there can be.
MOST_BYTES = 64 * 1024

# By this header a client on the same machine says whose order it is, where nobody is asked for a key.
USER = "banditctl-user"
_USER = re.compile(r"[A-Za-z0-9._@-]{1,63}")


def order_routes(orders: Orders) -> list[Route]:
    """A path for each verb."""
    return [Route(f"/v1/experiments/{{name}}/{verb}", _giving(orders, verb), methods=["POST"]) for verb in FORMS]


def _giving(orders: Orders, verb: Verb) -> Callable[[Request], Awaitable[Response]]:
    async def give(request: Request) -> Response:
        form = read(await _body(request), FORMS[verb])
        variant, shares = getattr(form, "variant", None), getattr(form, "shares", None)
        name = request.path_params["name"]
        told = await orders.give(name, verb, caller(request), form.reason, variant=variant, shares=shares, id=form.id)
        status = HTTPStatus.ACCEPTED if isinstance(told, OrderKept) else HTTPStatus.OK
        return Response(msgspec.json.encode(told), status, media_type="application/json")

    return give


def caller(request: Request) -> str:
    """Whose order it is: the client of its key, and where nobody is asked for one, where it came from."""
    if client := getattr(request.state, "client", None):
        return str(client)
    host = request.client.host if request.client else "local"
    place = "local" if _is_loopback(host) else host
    user = request.headers.get(USER, "")
    return f"{place} ({user})" if _USER.fullmatch(user) else place


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return True


async def _body(request: Request) -> bytes:
    """All of it. Raises HTTPException where it is of another type, or longer than any order."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the content type must be application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"an order has at most {MOST_BYTES} bytes")
    return bytes(body)
