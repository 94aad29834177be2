"""A store's server looked at, on real servers, and told from what servers say that are not at hand."""

import pytest
import redis

from banditctl.stores.redis.checkup import _told, checkup
from banditctl.stores.redis.opening import opened, unmade

CHECKS = ["version", "role", "persistence", "eviction", "memory", "clock"]


@pytest.fixture(params=["valkey_session", "debian_session"])
def server(request):
    """A real server, whose settings are put back afterwards."""
    server = request.getfixturevalue(request.param)
    with redis.Redis(port=server.port) as client:
        names = ("appendonly", "appendfsync", "maxmemory", "maxmemory-policy")
        before = {name: value for found in map(client.config_get, names) for name, value in found.items()}
        yield server
        for name, value in before.items():
            client.config_set(name, value)
        client.replicaof("NO", "ONE")
        client.acl_deluser("watcher")


def configure(server, **settings):
    with redis.Redis(port=server.port) as client:
        for name, value in settings.items():
            client.config_set(name.replace("_", "-"), value)


async def lines(url):
    async with opened(url) as store:
        return {one.check: one async for one in checkup(store)}


async def test_a_server_as_it_should_be_has_nothing_to_mend(server):
    configure(server, maxmemory_policy="noeviction")
    found = await lines(server.url)
    assert list(found) == CHECKS
    assert {one.outcome for one in found.values()} == {"ok"}
    assert found["version"].detail.split()[0] in ("Redis", "Valkey")


@pytest.mark.parametrize(
    ("settings", "check", "outcome", "said"),
    [
        ({"appendonly": "no"}, "persistence", "failed", "set appendonly yes"),
        ({"appendfsync": "everysec"}, "persistence", "ok", ""),
        ({"appendfsync": "no"}, "persistence", "failed", "set appendfsync everysec"),
        ({"maxmemory_policy": "allkeys-lru"}, "eviction", "warning", "noeviction"),
        (
            {"maxmemory_policy": "allkeys-lru", "maxmemory": "1gb"},
            "eviction",
            "failed",
            "set maxmemory-policy noeviction",
        ),
        ({"maxmemory": "1mb"}, "memory", "failed", "give it more"),
        ({"maxmemory": "1gb"}, "memory", "ok", ""),
    ],
)
async def test_a_setting_that_loses_evidence_is_told_with_its_remedy(server, settings, check, outcome, said):
    configure(server, **settings)
    found = (await lines(server.url))[check]
    assert found.outcome == outcome
    assert said in found.remedy


async def test_a_replica_is_told_apart_from_its_primary(server):
    with redis.Redis(port=server.port) as client:
        client.replicaof("127.0.0.1", "1")
    assert (await lines(server.url))["role"].outcome == "failed"


async def test_a_server_that_hides_its_configuration_is_believed_as_far_as_it_tells(server):
    with redis.Redis(port=server.port) as client:
        client.acl_setuser("watcher", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-config"])
    found = await lines(server.url.replace("redis://", "redis://watcher:any@"))
    assert (found["persistence"].outcome, found["version"].outcome) == ("warning", "ok")


HEALTHY = {
    "redis_version": "7.2.4",
    "role": "master",
    "aof_enabled": 1,
    "maxmemory": 0,
    "maxmemory_policy": "noeviction",
    "total_system_memory": 1000,
    "used_memory": 100,
}


@pytest.mark.parametrize(
    ("differing", "check", "outcome"),
    [
        ({"redis_version": "6.2.0"}, "version", "ok"),
        ({"redis_version": "6.0.16"}, "version", "failed"),
        ({"redis_version": "5.0.7"}, "version", "failed"),
        ({"redis_version": "10.0"}, "version", "ok"),
        ({"aof_last_write_status": "err"}, "persistence", "failed"),
        ({"used_memory": 800}, "memory", "warning"),
        ({"used_memory": 950}, "memory", "failed"),
        ({"total_system_memory": 0}, "memory", "ok"),
    ],
)
def test_what_servers_say_that_are_not_at_hand_is_judged_alike(differing, check, outcome):
    found = {one.check: one.outcome for one in _told(HEALTHY | differing, "always")}
    assert found[check] == outcome


def test_a_folder_that_is_not_there_yet_is_not_made_by_looking(tmp_path):
    assert unmade(f"embedded:{tmp_path}/new") == tmp_path / "new"
    assert list(tmp_path.iterdir()) == []
    assert unmade(f"embedded:{tmp_path}") is None
    assert unmade("redis://127.0.0.1:1/0") is None
