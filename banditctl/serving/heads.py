"""Heads of ordinary requests: read by one strict pattern, which leaves all that is unusual to the HTTP parser.

What is read here must mean the same to every other reader in between: so there is one length, no coding, no upgrade,
and no field twice (RFC 9112, sections 6 and 11.2).
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

END = b"\r\n\r\n"

# Blanks may come before a value, not after it: what a parser makes of those differs; and were both let pass, one
# pattern of blanks could be read in so many ways that to refuse it would take for ever.
_NAME, _VALUE = rb"[A-Za-z0-9_-]+", rb"(?:[!-~](?:[\t -~]*[!-~])?)?"
_FIELDS = re.compile(rb"(%b):[ \t]*(%b)\r\n" % (_NAME, _VALUE))
_HEAD = re.compile(rb"POST (/[A-Za-z0-9/_.-]*) HTTP/1\.1\r\n((?:%b:[ \t]*%b\r\n)+)\r\n" % (_NAME, _VALUE))
_LENGTH = re.compile(rb"[0-9]{1,9}")

# How a body is framed, coded or asked for in another way than by its length; and what is to become of the connection
# by an old name, which llhttp heeds.
_UNUSUAL = frozenset(
    {b"transfer-encoding", b"content-encoding", b"expect", b"upgrade", b"trailer", b"te", b"proxy-connection"}
)


class Head(NamedTuple):
    """The head of a POST whose body has `size` bytes; headers by their names in lower case."""

    path: bytes
    headers: Mapping[bytes, bytes]
    size: int


# A client sends much the same head again and again: to know it saves 5 to 7 us of some 30. With it its key is kept, in
# this process alone; whether that key is still good is asked each time.
@lru_cache(maxsize=128)
def ordinary(head: bytes) -> Head | None:
    """What `head`, up to and with its empty line, says; None if anything about it is unusual."""
    found = _HEAD.fullmatch(head)
    if found is None:
        return None
    fields = [(name.lower(), value) for name, value in _FIELDS.findall(found[2])]
    headers = dict(fields)
    size = headers.get(b"content-length", b"")
    if len(headers) < len(fields) or not _UNUSUAL.isdisjoint(headers) or not _LENGTH.fullmatch(size):
        return None
    if headers.get(b"connection", b"keep-alive").lower() != b"keep-alive":
        return None
    return Head(found[1], headers, int(size))
