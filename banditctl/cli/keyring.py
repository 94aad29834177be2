"""What `banditctl keys` does to the keys in a store."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from banditctl.credentials import Credential, Scope, digest, issue
from banditctl.errors import NotFound, UsageError
from banditctl.stores.credentials import Credentials
from banditctl.stores.redis.opening import opened


async def grant(url: str, client: str, scopes: Collection[Scope]) -> str:
    """A new key, which the store takes from now on. Raises TooManyKeys, and UsageError for names that are none."""
    key, credential = issue(client, scopes, datetime.now(UTC))
    async with _kept(url) as credentials:
        await credentials.grant(digest(key), credential)
    return key


async def revoke(url: str, client: str, start: str) -> list[str]:
    """The digests of the client's keys that began with `start`, revoked. Raises NotFound if there was none."""
    async with _kept(url) as credentials:
        known = await credentials.read()
        found = [name for name, one in known.items() if one.client == client and name.startswith(start)]
        for name in found:
            await credentials.revoke(name)
    if not found:
        raise NotFound(f"{client} has no key {start}".rstrip())
    return found


async def listing(url: str) -> list[tuple[str, Credential]]:
    """Every key's digest and what is kept of it, by client and then by age."""
    async with _kept(url) as credentials:
        known = await credentials.read()
    return sorted(known.items(), key=lambda item: (item[1].client, item[1].created))


@asynccontextmanager
async def _kept(url: str) -> AsyncIterator[Credentials]:
    if url == "memory://":
        raise UsageError("memory:// is forgotten at the end of each verb; name the store that the daemon uses")
    async with opened(url, beside=True) as store:
        yield store.credentials
