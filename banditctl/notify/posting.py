"""Posting a letter: once, within five seconds, to that very address; whatever goes wrong is an answer, too."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

import httpx2

from banditctl import __version__
from banditctl.notify.receivers import Letter

_PATIENCE_SECONDS = 5

# So much of what is answered may be worth telling.
_MOST_READ = 1024

# The longest that an answer may tell us to wait.
_LONGEST_REST = timedelta(hours=1)
_SECONDS = re.compile(r"[0-9]{1,9}")


class Answer(NamedTuple):
    """Whether a letter was taken, what was answered, in words, and how long to leave the receiver alone if it said."""

    taken: bool
    said: str
    rest: timedelta = timedelta(0)


Post = Callable[[Letter], Awaitable[Answer]]


@asynccontextmanager
async def posting() -> AsyncIterator[Post]:
    """How letters are posted inside the block."""
    headers = {"user-agent": f"banditctl/{__version__}", "accept-encoding": "identity"}
    async with httpx2.AsyncClient(headers=headers, follow_redirects=False, timeout=_PATIENCE_SECONDS) as client:

        async def post(letter: Letter) -> Answer:
            try:
                # The client's own timeout begins again with every byte.
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    return await _exchanged(client, letter)
            except (TimeoutError, httpx2.TimeoutException):
                return Answer(False, f"no answer within {_PATIENCE_SECONDS} s")
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                return Answer(False, str(error) or type(error).__name__)

        yield post


async def _exchanged(client: httpx2.AsyncClient, letter: Letter) -> Answer:
    async with client.stream("POST", letter.url, content=letter.body, headers=letter.headers) as response:
        if response.is_success:
            return Answer(True, f"{response.status_code}")
        if response.is_redirect:
            return Answer(False, f"{response.status_code}, which leads elsewhere; name the address that it leads to")
        said = f"{response.status_code} {await _beginning(response)}".strip()
        return Answer(False, said, _rest(response.headers.get("retry-after", "")))


async def _beginning(response: httpx2.Response) -> str:
    """The first kilobyte of the body, on one line."""
    read = b""
    async for part in response.aiter_raw():
        read += part
        if len(read) >= _MOST_READ:
            break
    return " ".join(read[:_MOST_READ].decode(errors="replace").split())


def _rest(told: str) -> timedelta:
    """What `Retry-After` says in seconds; one that is a date, or nonsense, asks for nothing."""
    return min(timedelta(seconds=int(told)), _LONGEST_REST) if _SECONDS.fullmatch(told) else timedelta(0)
