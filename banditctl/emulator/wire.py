"""How AWS talks over HTTP: what every call goes through, and errors as its clients read them."""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from banditctl.emulator.account import Account
from banditctl.emulator.errors import ServiceError
from banditctl.emulator.shapes import Document

Handler = Callable[[Request], Awaitable[Response]]


async def through(
    account: Account,
    operation: str,
    name: str,
    request: Request,
    act: Callable[[], Response],
    service: str = "sagemaker",
) -> Response:
    """The answer to a call of `operation` on the endpoint `name`: counted, and under the faults that are on.

    `act` does it, at one go: no other call comes in between. Raises `ServiceError`.
    """
    call = account.call(operation, name, service)
    account.calls.count(call)
    try:
        instead = await account.weather.before(call)
        return instead or await account.weather.after(call, request, act())
    except ServiceError as error:
        account.calls.refused(call, error.code)
        raise


def worded_as_aws(handler: Handler) -> Handler:
    """The handler, with every `ServiceError` it raises put on the wire: the only place that does."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except ServiceError as error:
            response = document_response({"__type": error.code, "message": error.message, **error.members})
            response.status_code = error.status
            response.headers["x-amzn-errortype"] = error.code
            return response

    return answer


def document_response(document: Document) -> Response:
    return Response(msgspec.json.encode(document), media_type="application/x-amz-json-1.1")
