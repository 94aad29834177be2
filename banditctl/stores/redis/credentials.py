"""Keys on Redis: one hash for all clients, from a key's SHA-256 to whose it is and what it may do."""

from typing import Any

import msgspec
from redis.asyncio import Redis

from banditctl.credentials import Credential
from banditctl.errors import TooManyKeys
from banditctl.stores.credentials import KEYS_A_CLIENT
from banditctl.stores.redis.connection import answering

_KEY = "banditctl:keys"

# KEYS: the hash. ARGV: the digest, the credential, its client, and how many keys a client may have.
# Answers 1, or 0 with nothing done if the client has as many. A call that is repeated because its answer was
# lost finds its own digest.
_GRANT = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 1 end
local held = 0
for _, credential in ipairs(redis.call('HVALS', KEYS[1])) do
  if cjson.decode(credential).client == ARGV[3] then held = held + 1 end
end
if held >= tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
"""

_credential = msgspec.json.Decoder(Credential)


class RedisCredentials:
    """Implements banditctl.stores.Credentials."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis
        self._grant = redis.register_script(_GRANT)

    async def read(self) -> dict[str, Credential]:
        async with answering():
            found = await self._redis.hgetall(_KEY)
        return {digest.decode(): _credential.decode(credential) for digest, credential in found.items()}

    async def grant(self, digest: str, credential: Credential) -> None:
        args: list[str | bytes | int] = [digest, msgspec.json.encode(credential), credential.client, KEYS_A_CLIENT]
        async with answering():
            granted = await self._grant(keys=[_KEY], args=args)
        if not granted:
            raise TooManyKeys(f"{credential.client} has {KEYS_A_CLIENT} keys; revoke one first")

    async def revoke(self, digest: str) -> None:
        async with answering():
            await self._redis.hdel(_KEY, digest)
