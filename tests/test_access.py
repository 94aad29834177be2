"""Who may do what: a table of requests, and what becomes of the copy of the keys."""

from datetime import UTC, datetime

import pytest

from banditctl.access import Access, needed
from banditctl.credentials import Credential, Scope, digest, issue
from banditctl.errors import StoreUnavailable, UsageError
from banditctl.quota import Quota, Refusal

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


class Kept:
    """Keys as a store keeps them, while it answers."""

    def __init__(self) -> None:
        self.keys: dict[str, Credential] = {}
        self.down = False

    def issue(self, *scopes: Scope) -> bytes:
        key, credential = issue("shop", scopes, NOW)
        self.keys[digest(key)] = credential
        return key.encode()

    async def read(self) -> dict[str, Credential]:
        if self.down:
            raise StoreUnavailable("no answer")
        return dict(self.keys)


@pytest.fixture
def kept():
    return Kept()


def told(access, authorization, scope=Scope.READ):
    found = access.admit(authorization, scope)
    return int(found.status) if isinstance(found, Refusal) else None


NEEDED = [
    ("POST", "/v1/events", Scope.INGEST),
    ("GET", "/v1/events", Scope.READ),
    ("GET", "/v1/experiments", Scope.READ),
    ("HEAD", "/v1/experiments/flights", Scope.READ),
    ("GET", "/metrics", Scope.READ),
    ("GET", "/", Scope.READ),
    ("POST", "/v1/experiments/flights/pause", Scope.ADMIN),
    ("POST", "/v1/events/", Scope.ADMIN),
    ("DELETE", "/v1/events", Scope.ADMIN),
    ("PROPFIND", "/", Scope.ADMIN),
]


@pytest.mark.parametrize(("method", "path", "scope"), NEEDED)
def test_what_is_neither_posting_events_nor_reading_is_for_admins(method, path, scope):
    assert needed(method, path) is scope


GRANTED = [
    ({Scope.INGEST}, {Scope.INGEST}),
    ({Scope.READ}, {Scope.READ}),
    ({Scope.INGEST, Scope.READ}, {Scope.INGEST, Scope.READ}),
    ({Scope.ADMIN}, {Scope.INGEST, Scope.READ, Scope.ADMIN}),
]


@pytest.mark.parametrize(("scopes", "may"), GRANTED)
async def test_a_key_does_what_its_scopes_say_and_admin_implies_all(kept, scopes, may):
    key, access = kept.issue(*scopes), Access(kept, always=False)
    await access.refresh()
    answers = {scope: told(access, b"Bearer " + key, scope) for scope in Scope}
    assert answers == {scope: None if scope in may else 403 for scope in Scope}


HEADERS = [
    ("a key", b"Bearer KEY", None),
    ("the scheme in any case", b"bEARER KEY", None),
    ("white space around it", b"Bearer   KEY ", None),
    ("no header", None, 401),
    ("an empty one", b"", 401),
    ("the scheme alone", b"Bearer", 401),
    ("no key", b"Bearer ", 401),
    ("another scheme", b"Basic KEY", 401),
    ("the key alone", b"KEY", 401),
    ("another key", b"Bearer bk_" + b"A" * 43, 401),
    ("half the key", b"Bearer HALF", 401),
    ("two keys", b"Bearer KEY KEY", 401),
    ("more than the key", b"Bearer KEYx", 401),
    ("the digest, which a thief of the store would have", b"Bearer DIGEST", 401),
    ("bytes that are no text", b"Bearer \xff\x00", 401),
]


@pytest.mark.parametrize(("header", "status"), [row[1:] for row in HEADERS], ids=[row[0] for row in HEADERS])
async def test_only_a_key_opens(kept, header, status):
    key, access = kept.issue(Scope.READ), Access(kept, always=False)
    await access.refresh()
    for word, means in {b"KEY": key, b"HALF": key[:20], b"DIGEST": digest(key.decode()).encode()}.items():
        header = header and header.replace(word, means)
    assert told(access, header) == status


async def test_without_any_key_nobody_is_asked_unless_strangers_can_come(kept):
    for always, status in ((False, None), (True, 401)):
        access = Access(kept, always=always)
        assert await access.refresh() == 0
        assert told(access, None) == status


async def test_until_the_keys_could_be_read_nobody_is_let_in(kept):
    key, access = kept.issue(Scope.READ), Access(kept, always=False)
    kept.down = True
    with pytest.raises(StoreUnavailable):
        await access.refresh()
    assert told(access, b"Bearer " + key) == told(access, None) == 503
    kept.down = False
    await access.refresh()
    assert told(access, b"Bearer " + key) is None


async def test_while_the_store_is_down_the_last_keys_hold(kept):
    key, access = kept.issue(Scope.READ), Access(kept, always=False)
    await access.refresh()
    kept.down = True
    with pytest.raises(StoreUnavailable):
        await access.refresh()
    assert told(access, b"Bearer " + key) is None
    assert told(access, None) == 401


async def test_the_last_key_revoked_opens_nothing(kept):
    key, access = kept.issue(Scope.READ), Access(kept, always=False)
    await access.refresh()
    kept.keys.clear()
    await access.refresh()
    assert told(access, b"Bearer " + key) == told(access, None) == 401


async def test_a_key_that_sends_more_than_it_may_waits_and_no_other_does(kept):
    now = 0.0
    first, second = kept.issue(Scope.READ), kept.issue(Scope.READ)
    access = Access(kept, always=False, quota=Quota(requests=2), seconds=lambda: now)

    async def statuses(key, number):
        await access.refresh()
        found = [access.admit(b"Bearer " + key, Scope.READ).meter.refusal() for _ in range(number)]
        return [refusal and (int(refusal.status), refusal.headers["retry-after"]) for refusal in found]

    assert await statuses(first, 4) == [None, None, (429, "1"), (429, "1")]
    assert await statuses(second, 2) == [None, None]
    now = 0.5
    assert await statuses(first, 2) == [None, (429, "1")]


async def test_a_key_that_has_sent_more_bytes_than_it_may_waits_until_they_are_paid_for(kept):
    now = 0.0
    key, access = kept.issue(Scope.INGEST), Access(kept, always=False, quota=Quota(size=100), seconds=lambda: now)
    await access.refresh()
    meter = access.admit(b"Bearer " + key, Scope.INGEST).meter

    async def receive():
        return {"type": "http.request", "body": b" " * 150, "more_body": True}

    weighing = meter.weighing(receive)
    assert meter.refusal() is None
    for _ in range(2):
        assert len((await weighing())["body"]) == 150
    refusal = meter.refusal()
    assert (refusal.headers["retry-after"], refusal.detail) == (
        "2",
        "the key has sent more bytes than it may; send the same request again in 2 s",
    )
    now = 2.1
    assert meter.refusal() is None


def test_a_key_is_256_random_bits_that_can_stand_in_a_header_and_be_recognised():
    keys = {issue("shop", [Scope.READ], NOW)[0] for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        assert key.startswith("bk_")
        assert len(key) == 3 + 43
        assert key.replace("_", "").replace("-", "").isalnum()


@pytest.mark.parametrize("name", ["", "-shop", "my shop", "shop\n", "x" * 64, "größe"])
def test_a_client_has_a_name_that_can_be_typed(name):
    with pytest.raises(UsageError, match="is no name for a client"):
        issue(name, [Scope.READ], NOW)
