"""Notices on Redis: one hash an experiment, in which a notice stands beside the receivers that have it."""

from collections.abc import Collection, Mapping, Sequence

import msgspec
from redis.asyncio import Redis

from banditctl.core.notices import Notice, Occurrences
from banditctl.errors import StoreConflict
from banditctl.stores.outbox import Waiting
from banditctl.stores.redis.connection import answering
from banditctl.stores.redis.keys import Keys
from banditctl.stores.redis.ledgers import Ledgers

# KEYS: ledger, occurrences, notices. ARGV: the fencing token of who writes, the occurrences, then id and document of
# each notice. Answers 1, or 0 with nothing done if the token has moved on.
_ANNOUNCE = """
if (redis.call('HGET', KEYS[1], 'token') or '0') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1]) end
return 1
"""

# KEYS: notices. ARGV: an id. No id begins like another: they are of one length.
_SETTLE = """
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, #ARGV[1]) == ARGV[1] then redis.call('HDEL', KEYS[1], field) end
end
"""

# KEYS: notices. ARGV: an id, the field that is to stand beside it. A notice that was settled leaves nothing behind.
_DELIVER = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then redis.call('HSET', KEYS[1], ARGV[2], '') end
"""

_encode = msgspec.json.encode
_occurrences = msgspec.json.Decoder(Occurrences)
_notice = msgspec.json.Decoder(Notice)


class RedisOutbox(Ledgers):
    """Implements banditctl.stores.outbox.Outbox."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._announce = redis.register_script(_ANNOUNCE)
        self._settle = redis.register_script(_SETTLE)
        self._deliver = redis.register_script(_DELIVER)

    async def occurrences(self, experiment: str) -> Occurrences:
        async with answering():
            kept = await self._redis.get(Keys(experiment).occurrences)
        return _occurrences.decode(kept) if kept else Occurrences()

    async def announce(self, experiment: str, occurrences: Occurrences, notices: Sequence[Notice]) -> None:
        keys = Keys(experiment)
        args: list[bytes | str | int] = [self._tokens.get(experiment, 0), _encode(occurrences)]
        args += [part for one in notices for part in (one.id, _encode(one))]
        async with answering():
            if not await self._announce(keys=[keys.ledger, keys.occurrences, keys.notices], args=args):
                raise StoreConflict(f"another daemon controls {experiment} by now")

    async def waiting(self, experiments: Collection[str]) -> list[Waiting]:
        async with answering(), self._redis.pipeline(transaction=False) as pipe:
            for name in experiments:
                pipe.hgetall(Keys(name).notices)
            found = await pipe.execute()
        return sorted((one for fields in found for one in _waiting(fields)), key=lambda one: one.notice.at)

    async def delivered(self, notice: Notice, receiver: str) -> None:
        async with answering():
            await self._deliver(keys=[Keys(notice.experiment).notices], args=[notice.id, f"{notice.id} {receiver}"])

    async def settle(self, notice: Notice) -> None:
        async with answering():
            await self._settle(keys=[Keys(notice.experiment).notices], args=[notice.id])


def _waiting(fields: Mapping[bytes, bytes]) -> list[Waiting]:
    marks = [field.decode().split(" ") for field in fields if b" " in field]
    notices = (_notice.decode(document) for field, document in fields.items() if b" " not in field)
    return [Waiting(one, frozenset(name for ident, name in marks if ident == one.id)) for one in notices]
