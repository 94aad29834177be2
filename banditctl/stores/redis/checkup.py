"""A store's server looked at: what it is, what it keeps and for how long, its room and its clock."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from redis.exceptions import ResponseError

from banditctl.diagnosis import Diagnoses, Diagnosis, clock, failed, ok, warning
from banditctl.stores.redis import RedisStore
from banditctl.stores.redis.connection import answering

_OLDEST = (6, 2)
# Of the memory it may have. Events wait in it while nobody learns, so the last tenth is soon gone.
_FULL, _FILLING = 0.9, 0.75
_MIB = 2**20

_Info = Mapping[str, Any]


async def checkup(store: RedisStore) -> Diagnoses:
    """Every line about the server behind `store`, of which it only reads. Raises StoreUnavailable."""
    redis: Any = store._redis  # noqa: SLF001 - the other half of one room
    async with answering():
        asked = datetime.now(UTC)
        seconds, microseconds = await redis.time()
        halfway = asked + (datetime.now(UTC) - asked) / 2
        info: _Info = await redis.info()
        sync = await _sync(redis)
    for diagnosis in _told(info, sync):
        yield diagnosis
    theirs = datetime.fromtimestamp(seconds + microseconds / 1e6, UTC)
    yield clock("clock", theirs - halfway, "events that its other users receive are late or in the future")


async def _sync(redis: Any) -> str | None:
    """When the append-only file reaches the disk; None where the server does not tell, as managed ones do not."""
    try:
        found: str | None = (await redis.config_get("appendfsync")).get("appendfsync")
    except ResponseError:
        return None
    return found


def _told(info: _Info, sync: str | None) -> Iterator[Diagnosis]:
    yield _version(info)
    yield _role(info)
    yield _persistence(info, sync)
    yield _eviction(info)
    yield _memory(info)


def _version(info: _Info) -> Diagnosis:
    # Valkey says which it is, and as redis_version which Redis it can stand in for.
    own = info.get("valkey_version")
    name = f"Valkey {own}" if own else f"Redis {info['redis_version']}"
    if tuple(int(part) for part in str(info["redis_version"]).split(".")[:2]) < _OLDEST:
        return failed("version", f"{name} is too old", "use Redis 6.2 or newer, or Valkey")
    return ok("version", name)


def _role(info: _Info) -> Diagnosis:
    if info.get("role") == "master":
        return ok("role", "takes writes")
    return failed("role", f"it is a {info.get('role')} and takes no writes", "name its primary with --store")


def _persistence(info: _Info, sync: str | None) -> Diagnosis:
    if not info.get("aof_enabled"):
        remedy = "set appendonly yes, and keep it in the server's configuration"
        return failed("persistence", "appendonly is no: what was acknowledged goes with the server", remedy)
    broken = [name for name in ("aof_last_write_status", "aof_last_bgrewrite_status") if info.get(name, "ok") != "ok"]
    if broken:
        detail = f"{broken[0]} is {info[broken[0]]}"
        return failed("persistence", detail, "see the server's log and the room on its disk")
    match sync:
        case "always":
            return ok("persistence", "appendonly, appendfsync always: nothing acknowledged is lost")
        case "everysec":
            return ok("persistence", "appendonly, appendfsync everysec: a power cut may take the last second or two")
        case None:
            return warning("persistence", "appendonly; appendfsync is not told", "see that it is always or everysec")
        case _:
            remedy = "set appendfsync everysec, or always"
            return failed("persistence", f"appendfsync is {sync}: a power cut takes up to half a minute", remedy)


def _eviction(info: _Info) -> Diagnosis:
    rule = str(info.get("maxmemory_policy"))
    if rule == "noeviction":
        return ok("eviction", "noeviction: a full server refuses, and forgets nothing")
    if info.get("maxmemory"):
        detail = f"maxmemory-policy is {rule}: a full server forgets evidence without a word"
        return failed("eviction", detail, "set maxmemory-policy noeviction")
    return warning("eviction", f"maxmemory-policy is {rule}, harmless without maxmemory", "set it to noeviction")


def _memory(info: _Info) -> Diagnosis:
    whole = int(info.get("maxmemory") or info.get("total_system_memory") or 0)
    used = int(info["used_memory"])
    if not whole:
        return ok("memory", f"{used / _MIB:,.0f} MiB used; how much there is is not told")
    of = "maxmemory" if info.get("maxmemory") else "the machine's"
    detail = f"{used / _MIB:,.0f} of {whole / _MIB:,.0f} MiB used, {of}"
    if used > _FULL * whole:
        return failed("memory", detail, "give it more before it is full: then events are refused")
    if used > _FILLING * whole:
        return warning("memory", detail, "give it more; events need room while nobody learns")
    return ok("memory", detail)
