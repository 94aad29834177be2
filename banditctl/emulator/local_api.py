"""The emulator's own API, under /_emulator: time, faults, what others do, and how often it was called."""

import json
from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from banditctl.emulator.account import Account
from banditctl.emulator.diary import Diary
from banditctl.emulator.forms import ADVANCE, FAULT, HAPPENING, F, Form, Refused
from banditctl.emulator.state import Endpoint
from banditctl.emulator.weather import Armed
from banditctl.problems import problem

PREFIX = "/_emulator"


class LocalApi:
    """What it answers, from an account and its diary."""

    def __init__(self, account: Account, diary: Diary) -> None:
        self._account = account
        self._diary = diary

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}/clock", self.clock, methods=["GET", "POST"]),
            Route(f"{PREFIX}/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route(f"{PREFIX}/faults/{{number:int}}", self.fault, methods=["DELETE"]),
            Route(f"{PREFIX}/happenings", self.happenings, methods=["GET", "POST"]),
            Route(f"{PREFIX}/endpoints/{{name}}", self.endpoint, methods=["GET"]),
            Route(f"{PREFIX}/calls", self.calls, methods=["GET", "DELETE"]),
        ]

    async def clock(self, request: Request) -> Response:
        """The time; a POST of `{"advance": "90s"}` moves it on first."""
        if request.method == "POST":
            try:
                self._account.clock.advance((await _sent(request, ADVANCE)).advance)
            except Refused as refused:
                return _refusal(request, refused)
        return _answer({"now": self._account.clock()})

    async def faults(self, request: Request) -> Response:
        """The faults that are on; a POST of one switches it on, DELETE switches all off."""
        armed = self._account.weather.armed
        if request.method == "DELETE":
            armed.clear()
        if request.method == "POST":
            try:
                number = self._account.weather.add(await _sent(request, FAULT))
            except Refused as refused:
                return _refusal(request, refused)
            return _answer(_told(number, armed[number]), HTTPStatus.CREATED)
        return _answer([_told(number, one) for number, one in armed.items()])

    async def fault(self, request: Request) -> Response:
        """Switch one off."""
        gone = self._account.weather.armed.pop(request.path_params["number"], None)
        if gone is None:
            return problem(request.url.path, HTTPStatus.NOT_FOUND, "no fault of that number is on")
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def happenings(self, request: Request) -> Response:
        """What has happened; a POST of something has it happen, now or later."""
        if request.method == "POST":
            try:
                self._diary.enter(await _sent(request, HAPPENING))
            except Refused as refused:
                return _refusal(request, refused)
        return _answer(self._diary.told())

    async def endpoint(self, request: Request) -> Response:
        """Everything that an endpoint has been."""
        past = self._account.endpoints.past(request.path_params["name"])
        if not past:
            return problem(request.url.path, HTTPStatus.NOT_FOUND, "there never was an endpoint of that name")
        return _answer([_was(endpoint) for endpoint in past])

    async def calls(self, request: Request) -> Response:
        """How often each operation was called; DELETE begins again."""
        if request.method == "DELETE":
            self._account.calls.clear()
        return _answer(self._account.calls.told())


async def _sent(request: Request, form: Form[F]) -> F:
    try:
        content = json.loads(await request.body())
    except ValueError as error:
        raise Refused([f"the body is not JSON: {error}"]) from error
    return form.read(content)


def _told(number: int, armed: Armed) -> dict[str, object]:
    return {"number": number, "struck": armed.struck, "fault": FAULT.write(armed.fault)}


def _was(endpoint: Endpoint) -> dict[str, object]:
    return {
        "since": endpoint.since,
        "status": endpoint.status,
        "config": endpoint.config_name,
        "current": {variant.name: variant.current for variant in endpoint.variants},
        "desired": {variant.name: variant.desired for variant in endpoint.variants},
    }


def _refusal(request: Request, refused: Refused) -> Response:
    return problem(request.url.path, HTTPStatus.BAD_REQUEST, str(refused))


def _answer(content: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
