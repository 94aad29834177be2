"""The fast path of events: past the same names, keys, quotas and rules as every other request, without ASGI."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from banditctl.access import Access
from banditctl.credentials import Scope
from banditctl.hosts import Hosts, unowned
from banditctl.intake.app import Intake, response
from banditctl.quota import Refusal
from banditctl.request_ids import HEADER, RequestIds, answering
from banditctl.serving.protocol import Answer


class FastPath:
    """Takes what is let in; who is not goes the long way, and is told there why."""

    def __init__(self, ids: RequestIds, hosts: Hosts | None, access: Access, intake: Intake) -> None:
        self._ids = ids
        self._hosts = hosts
        self._access = access
        self._intake = intake

    def __call__(self, headers: Mapping[bytes, bytes], body: bytes, answer: Answer) -> bool:
        """Whether it takes a `POST` of events; then `answer` is called once the store has them."""
        if self._hosts and self._hosts.closed and not unowned(headers.get(b"host", b"")):
            return False
        found = self._access.enter(headers.get(b"authorization"), Scope.INGEST)
        if isinstance(found, Refusal):
            return False
        identity = self._ids.identity(headers.get(HEADER, b""))
        if self._intake.take(headers, body, partial(_tell, answer, identity)) and found:
            found.meter.weigh(len(body))
        return True


def _tell(answer: Answer, identity: bytes, told: bytes | Exception) -> None:
    if isinstance(told, bytes):
        # Without Starlette's Response, whose making takes as long as reading an event.
        length = b"%d" % len(told)
        headers = ((b"content-length", length), (b"content-type", b"application/json"), (HEADER, identity))
        answer(HTTPStatus.ACCEPTED, headers, told)
        return
    with answering(identity):
        failure = response(told)
    answer(failure.status_code, (*failure.raw_headers, (HEADER, identity)), bytes(failure.body))
