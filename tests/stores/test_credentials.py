"""Keys, held the same by every server that the store may run on."""

import asyncio
from datetime import UTC, datetime

import pytest
from support.redis_servers import RedisServer

from banditctl.credentials import Credential, Scope
from banditctl.errors import StoreUnavailable, TooManyKeys
from banditctl.stores.redis import RedisStore, open_store

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
SHOP = Credential("shop", (Scope.INGEST, Scope.READ), NOW)
OTHER = Credential("other", (Scope.ADMIN,), NOW)


async def test_a_key_is_kept_until_it_is_revoked(store: RedisStore) -> None:
    assert await store.credentials.read() == {}
    await store.credentials.grant("aa", SHOP)
    await store.credentials.grant("bb", OTHER)
    assert await store.credentials.read() == {"aa": SHOP, "bb": OTHER}
    await store.credentials.revoke("aa")
    await store.credentials.revoke("aa")
    assert await store.credentials.read() == {"bb": OTHER}


async def test_a_third_key_of_a_client_waits_until_one_is_revoked(store: RedisStore) -> None:
    await store.credentials.grant("aa", SHOP)
    await store.credentials.grant("bb", SHOP)
    with pytest.raises(TooManyKeys, match="shop has 2 keys; revoke one first"):
        await store.credentials.grant("cc", SHOP)
    await store.credentials.grant("dd", OTHER)
    assert set(await store.credentials.read()) == {"aa", "bb", "dd"}
    await store.credentials.revoke("aa")
    await store.credentials.grant("cc", SHOP)
    assert set(await store.credentials.read()) == {"bb", "cc", "dd"}


async def test_of_many_made_at_once_two_are_kept(store: RedisStore) -> None:
    made = [store.credentials.grant(f"{number:02}", SHOP) for number in range(8)]
    answers = await asyncio.gather(*made, return_exceptions=True)
    assert [type(answer) for answer in answers].count(TooManyKeys) == 6
    assert len(await store.credentials.read()) == 2


async def test_a_call_that_is_repeated_because_its_answer_was_lost_succeeds(store: RedisStore) -> None:
    await store.credentials.grant("aa", SHOP)
    await store.credentials.grant("bb", SHOP)
    await store.credentials.grant("bb", SHOP)
    assert set(await store.credentials.read()) == {"aa", "bb"}


async def test_a_server_that_is_not_there_is_unavailable(server: RedisServer) -> None:
    server.kill()
    gone = open_store(server.url)
    calls = (gone.credentials.read(), gone.credentials.grant("aa", SHOP), gone.credentials.revoke("aa"))
    failures = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(failure) for failure in failures] == [StoreUnavailable] * 3
    await gone.close()
