"""The address that the daemon listens on looked at: free, or taken by a daemon that is ready."""

import asyncio
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from banditctl.diagnosis import Diagnoses, Diagnosis, failed, ok, warning
from banditctl.doctor.looking import Look
from banditctl.errors import UsageError
from banditctl.serving import is_this_machine, listen

_PATIENCE_SECONDS = 5


def listening(host: str, port: int, *, insecure: bool) -> Look:
    """The look at `host` and `port`."""
    return Look(f"{host}:{port}", _diagnoses(host, port, insecure))


async def _diagnoses(host: str, port: int, insecure: bool) -> Diagnoses:
    yield _openness(host, insecure)
    yield await asyncio.to_thread(_port, host, port)


def _openness(host: str, insecure: bool) -> Diagnosis:
    if is_this_machine(host):
        return ok("openness", "this machine alone reaches it")
    if insecure:
        remedy = "see that a gateway in front decides who may post, or leave --insecure out"
        return warning("openness", "other machines reach it, and without keys anybody may move traffic", remedy)
    return ok("openness", "other machines reach it, and are asked for a key; nothing is encrypted")


def _port(host: str, port: int) -> Diagnosis:
    """A port that cannot be had is well only where a daemon has it already."""
    try:
        listen(host, port).close()
    except UsageError as error:
        version = _asked(host, port, "/version")
        if not version or not version[1].startswith(b'{"version":'):
            return failed("port", str(error), "name another with --host or --port, or end what has it")
        ready = _asked(host, port, "/readyz")
        if not ready or ready[0] != HTTPStatus.OK:
            return failed("port", "a daemon listens there and is not ready", "see its log, and the store")
        return ok("port", "a daemon listens there, and is ready")
    return ok("port", "free")


def _asked(host: str, port: int, path: str) -> tuple[int, bytes] | None:
    """Status and body of an answer; None where there is none, or nobody who speaks HTTP."""
    connection = HTTPConnection(_reached(host), port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def _reached(host: str) -> str:
    """Where to reach what listens on all addresses."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - asked, not opened
