"""Orders that the endpoint does not carry out: said at once, with an exit code, wherever somebody looks."""

import pytest
from support.daemons import Daemon
from support.levers import Levers
from support.redis_servers import wait_for
from support.verbs import banditctl

UPDATE = "UpdateEndpointWeightsAndCapacities"


@pytest.fixture
def levers(emulator_address):
    return Levers(emulator_address)


def test_a_rollback_that_is_denied_is_said_to_be_by_whoever_is_asked(daemon: Daemon, ways, levers):
    wait_for(daemon.view)
    levers.fault("deny", operation=UPDATE)
    denied = banditctl("rollback", "flights", "--reason", "it is slow", *ways[0])
    assert denied.returncode == 1, denied
    assert denied.stdout.startswith("Move logit-schedule from 25.0% to 100.0%: rolled back to logit-schedule by local")
    assert denied.stderr.startswith("not carried out yet: cannot update endpoint flights-demo: ")
    assert "AccessDenied" in denied.stderr
    assert denied.stderr.endswith("; it is tried again at every look\n")
    for way in ways:
        wait_for(lambda way=way: "not carried out yet: cannot update" in banditctl("get", "flights", *way).stdout)

    def told():
        """The first line; while it is tried again, nobody knows of an answer."""
        return banditctl("explain", "flights", *ways[0]).stdout.partition("\n")[0]

    said = ", and that is not known to have arrived: cannot update endpoint flights-demo: "
    wait_for(lambda: told().startswith("It was to move logit-schedule from 25.0% to 100.0%, ") and said in told())
    levers.calm()
    wait_for(lambda: daemon.view()["outstanding"] is None and daemon.view()["live"]["shares"]["logit-schedule"] == 1)
    assert banditctl("rollback", "flights", "--reason", "it is slow", *ways[1]).returncode == 0


def test_what_the_endpoint_has_not_answered_in_time_is_exit_code_4(daemon: Daemon, ways, levers):
    wait_for(daemon.view)
    levers.fault("slow", operation=UPDATE, delay="8s")
    unknown = banditctl("rollback", "flights", "--reason", "it is slow", *ways[0])
    assert (unknown.returncode, unknown.stderr) == (4, "not carried out yet: the endpoint has not answered yet\n")
