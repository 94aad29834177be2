"""Processes that end, fork or are killed: every event still counts once."""

import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from support.daemons import Daemon
from support.redis_servers import free_port, wait_for

import banditctl.client
from banditctl.client import BanditClient, Stats


def run(program: str, *arguments: str, isolated: bool = False, cwd: Path | None = None):
    """A Python of its own; isolated, it has the standard library and the folder it runs in."""
    flags = ["-S", "-E"] if isolated else []
    command = [sys.executable, *flags, "-W", "error", "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, cwd=cwd)


REPORT = """
import sys
from banditctl.client import BanditClient
client = BanditClient(sys.argv[1])
for number in range(2500):
    client.reward("churn", 1, f"req-{number}")
"""


def test_the_end_of_an_interpreter_sends_what_waits(intake):
    ended = run(REPORT, intake.url)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(intake.events) == 2500
    assert set(intake.deliveries.values()) == {1}


def test_an_exit_and_an_exception_send_what_waits_as_well(intake):
    assert run(f"{REPORT}\nsys.exit(3)", intake.url).returncode == 3
    assert run(f"{REPORT}\nraise KeyError", intake.url).returncode == 1
    assert len(intake.events) == 5000


def test_the_end_does_not_wait_for_ever():
    ended = run(
        f"import banditctl.client.clients as c\nc.EXIT_SECONDS = 0.2\n{REPORT}", f"http://127.0.0.1:{free_port()}"
    )
    assert ended.returncode == 0
    assert "closed with 2500 events that banditctl had not acknowledged" in ended.stderr


FORK = """
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of forks beside threads
from banditctl.client import BanditClient, Stats
client = BanditClient(sys.argv[1], linger=0.3)
client.reward("churn", 1, "before", id="before")
assert client.flush()  # so that there is a thread and a connection to be inherited
client.reward("churn", 1, "parent", id="parent")
children = []
for name in "ab":
    child = os.fork()
    if not child:
        assert client.stats == Stats()
        client.reward("churn", 1, name, id=name)
        if name == "a":
            assert client.flush() and client.stats == Stats(sent=1), client.stats
            os._exit(0)
        sys.exit(0)
    children.append(child)
for child in children:
    assert os.waitpid(child, 0)[1] == 0
assert client.flush() and client.stats == Stats(sent=2), client.stats
"""


def test_a_forked_child_sends_its_own_events_and_none_of_its_parents(intake):
    ended = run(FORK, intake.url)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert intake.deliveries == Counter(["before", "parent", "a", "b"])


def test_the_folder_works_when_it_is_copied_into_another_project(intake, tmp_path):
    folder = Path(banditctl.client.__file__).parent
    shutil.copytree(folder, tmp_path / "theirs" / "bandits", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "theirs" / "__init__.py").touch()
    program = REPORT.replace("banditctl.client", "theirs.bandits") + "assert client.flush()\nprint(*sys.modules)"
    ended = run(program, intake.url, isolated=True, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    rooms = {name.partition(".")[0] for name in ended.stdout.split()}
    assert rooms - sys.stdlib_module_names == {"__main__", "theirs"}
    assert len(intake.events) == 2500


def test_a_daemon_killed_while_the_client_sends_counts_every_event_once(daemon: Daemon):
    variants = daemon.view()["variants"]
    served, right = Counter(), Counter()
    with BanditClient(daemon.url, linger=0.01) as client:
        for number in range(6000):
            variant, value = variants[number * 7 % 4], number % 3 == 0
            client.expose("flights", variant, f"f{number}")
            client.reward("flights", value, f"f{number}", id=f"f{number}-landed")
            served[variant] += 1
            right[variant] += value
            if number in (1000, 3000, 5000):
                wait_for(lambda: client.stats.sent)
                assert daemon.stop(signal.SIGKILL) == -signal.SIGKILL
                seen = client.stats.retries
                client.reward("flights", 2, "refused")
                wait_for(lambda seen=seen: client.stats.retries > seen)
                daemon.start()
        assert client.flush(20)
        assert client.stats == Stats(12_000, client.stats.duplicates, 3, 0, client.stats.retries)

    def counted():
        view = daemon.view()
        counts = view["counts"]
        rewarded = {variant: count["rewarded"] for variant, count in counts.items()}
        return (
            {variant: count["exposed"] for variant, count in counts.items()} == served
            and {variant: count["count"] for variant, count in rewarded.items()} == served
            and {variant: count["total"] for variant, count in rewarded.items()} == right
            and not any(view["tally"].values())
        )

    wait_for(counted)
