"""Which heads are ordinary: anything that another reader could understand otherwise is not."""

from time import perf_counter

import httptools
import pytest
from hypothesis import given, strategies as st

from banditctl.serving.heads import ordinary

PLAIN = b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n"


class Parsed:
    """What the parser of the long way reads."""

    def __init__(self):
        self.parser = httptools.HttpRequestParser(self)
        self.headers = {}
        self.bodies = []
        self.stays = False

    def on_header(self, name, value):
        self.headers[name.lower()] = value

    def on_headers_complete(self):
        self.stays = self.parser.should_keep_alive()

    def on_body(self, body):
        self.bodies.append(body)


def head(*fields, first=b"POST /v1/events HTTP/1.1", length=b"Content-Length: 12"):
    return b"\r\n".join([first, b"Host: a", *([length] if length else []), *fields, b"", b""])


def test_an_ordinary_head_is_read_with_its_names_in_lower_case_and_its_values_trimmed():
    read = ordinary(head(b"AUTHORIZATION: Bearer  k", b"X-Trace: \t1, 2", b"accept:*/*", b"X-Empty:", b"X-Blank:  "))
    assert (read.path, read.size) == (b"/v1/events", 12)
    assert read.headers == {
        b"host": b"a",
        b"content-length": b"12",
        b"authorization": b"Bearer  k",
        b"x-trace": b"1, 2",
        b"accept": b"*/*",
        b"x-empty": b"",
        b"x-blank": b"",
    }


@pytest.mark.parametrize("value", [b"keep-alive", b"Keep-Alive", b"KEEP-ALIVE"])
def test_who_says_that_the_connection_stays_is_ordinary(value):
    assert ordinary(head(b"Connection: " + value))


@pytest.mark.parametrize(
    "first",
    [
        b"GET /v1/events HTTP/1.1",
        b"post /v1/events HTTP/1.1",
        b"POST /v1/events HTTP/1.0",
        b"POST /v1/events HTTP/1.1 ",
        b"POST  /v1/events HTTP/1.1",
        b"POST /v1/events\tHTTP/1.1",
        b"POST /v1/events",
        b"POST /v1/events?a=b HTTP/1.1",
        b"POST /v1/%65vents HTTP/1.1",
        b"POST /v1/events#a HTTP/1.1",
        b"POST http://a/v1/events HTTP/1.1",
        b"POST * HTTP/1.1",
        b"\r\nPOST /v1/events HTTP/1.1",
    ],
)
def test_other_methods_versions_and_targets_are_not(first):
    assert ordinary(head(first=first)) is None


@pytest.mark.parametrize(
    "field",
    [
        b"Transfer-Encoding: chunked",
        b"transfer-encoding: identity",
        b"Content-Encoding: gzip",
        b"Expect: 100-continue",
        b"Upgrade: h2c",
        b"Trailer: a",
        b"TE: trailers",
        b"Connection: close",
        b"Connection: keep-alive, upgrade",
        b"Connection:",
        b"Proxy-Connection: close",
    ],
)
def test_nor_what_frames_codes_or_ends_otherwise(field):
    assert ordinary(head(field)) is None


@pytest.mark.parametrize(
    "length",
    [
        b"",
        b"Content-Length:",
        b"Content-Length: +12",
        b"Content-Length: -1",
        b"Content-Length: 0x0c",
        b"Content-Length: 1 2",
        b"Content-Length: 12, 12",
        b"Content-Length: 1234567890",
        b"Content-Length: 12\r\nContent-Length: 12",
        b"Content-Length: 12\r\ncontent-length: 13",
    ],
)
def test_nor_what_has_not_one_length(length):
    assert ordinary(head(length=length)) is None


@pytest.mark.parametrize(
    "field",
    [
        b"Host: b",
        b"no colon",
        b": no name",
        b"A : space before the colon",
        b"A: space after the value ",
        b"A: tab after the value\t",
        b"A: b\r\n folded",
        b"A: b\n",
        b"A: b\rc",
        b"A: \x00",
        b"A: \x7f",
        b"A: caf\xc3\xa9",
        b"A\x00: b",
        b"",
    ],
)
def test_nor_fields_that_come_twice_or_are_not_well_formed(field):
    assert ordinary(head(field)) is None


@given(place=st.integers(0, len(PLAIN) - 1), byte=st.integers(0, 255))
def test_a_head_with_any_byte_changed_is_read_as_it_says_or_not_at_all(place, byte):
    changed = PLAIN[:place] + bytes([byte]) + PLAIN[place + 1 :]
    if read := ordinary(changed):
        first, *fields = changed.removesuffix(b"\r\n\r\n").split(b"\r\n")
        named = [field.split(b":", 1) for field in fields]
        assert first == b"POST %b HTTP/1.1" % read.path
        assert read.headers == {name.lower(): value.strip(b" \t") for name, value in named}
        assert read.size == int(read.headers[b"content-length"])


@pytest.mark.parametrize("fields", [[b"A:" + b" \t" * 900], [b"A: "] * 24])
def test_a_head_full_of_blanks_is_refused_as_quickly_as_it_is_read(fields):
    begun = perf_counter()
    assert ordinary(head(*fields, b"\x00")) is None
    assert perf_counter() - begun < 0.1


@given(fields=st.lists(st.text("aA:- \t1\x00\x7f\r\n", max_size=8).map(str.encode), max_size=4))
def test_what_is_ordinary_means_the_same_to_the_parser_of_the_long_way(fields):
    if read := ordinary(head(*fields, length=b"Content-Length: 1")):
        parsed = Parsed()
        parsed.parser.feed_data(head(*fields, length=b"Content-Length: 1") + b"a")
        assert (parsed.headers, parsed.bodies) == (read.headers, [b"a"])
        assert parsed.stays
