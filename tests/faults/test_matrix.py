"""Everything that can go wrong, at every point of a turn: it ends with the decided weights, or with a reason."""

import os
from types import SimpleNamespace

import boto3
import pytest
from botocore.config import Config
from faults.cells import POINTS, TURN, UPDATING, Cell
from faults.troubles import FOREIGN, TROUBLES, world
from faults.watch import LOOK, Watch
from support.levers import Levers
from support.turns import fares

from banditctl.core.allocation import Allocation
from banditctl.core.decision import decide
from banditctl.emulator.forms import FAULTS, HAPPENINGS
from banditctl.emulator.state import Status
from banditctl.targets.sagemaker import endpoint

# A configuration is asked for at every look until it is told. A push that failed is tried again at_least later, and one
# that found another under way, which is no failure, at the next look.
MOST_CALLS_A_MINUTE = {"DescribeEndpointConfig": 16, "UpdateEndpointWeightsAndCapacities": 4}
ALL_DECISIONS = 100


@pytest.fixture
def scenario():
    return world(updating=UPDATING, deploying=UPDATING, creating=2 * LOOK, deleting=2 * LOOK)


@pytest.fixture(scope="module")
def aws():
    return boto3.Session("local", "local", region_name="us-east-1")


@pytest.fixture
def cell(aws, served, clock, books, monkeypatch):
    """Makes a cell with the daemon's own client, with all its retries, but no pauses between them."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: None))
    clients = []

    def make(trouble, point, **options):
        config = endpoint._CONFIG.merge(Config(read_timeout=trouble.patience, proxies={}))
        clients.append(aws.client("sagemaker", endpoint_url=served, config=config))
        return Cell(trouble, point, served, clock, books, clients[-1], **options)

    yield make
    for client in clients:
        client.close()


def test_nothing_is_left_out():
    faults = {fault["kind"] for trouble in TROUBLES.values() for fault in trouble.faults}
    assert faults == FAULTS.keys() - {"withhold"}  # it is of CloudWatch alone
    others = {what["kind"] for trouble in TROUBLES.values() for what in (*trouble.begins, *trouble.ends)}
    assert others == HAPPENINGS.keys() - {"alarm"}  # it ends only deployments that name it, as `roll_back` does
    shown = {status for trouble in TROUBLES.values() for status in trouble.shows}
    assert shown == set(Status) - {"InService", "Gone"} | {"missing"}


async def decisions_of(books):
    return await books.decisions("fares", ALL_DECISIONS)


def check(cell, decisions, *, noticed=True):
    """What holds for each of them, however it ends; `noticed` if the daemon could know what was before."""
    trouble, wanted = cell.trouble, list(cell.wanted(decisions))
    for live in cell.live():
        assert any(live.matches(one) for one in wanted), f"nobody asked for {live}"
    for operation, most in {**MOST_CALLS_A_MINUTE, "DescribeEndpoint": trouble.often}.items():
        assert cell.levers.calls(operation)["busiest_minute"] <= most
    assert all(decision.reason for decision in decisions)
    assert all(decide(cell.experiment, decision.seen) == decision for decision in decisions)
    assert "error" not in {line["log_level"] for line in cell.watch.logged}
    # And it was no trouble on paper only.
    assert all(cell.struck)
    assert trouble.shows <= cell.target.statuses
    assert not trouble.rings or trouble.rings in cell.watch.rung
    told = [decision.reason for decision in decisions] + [line.get("error", "") for line in cell.watch.logged]
    assert not noticed or any(trouble.said in line for line in told), told


def is_live(allocation, cell):
    *_, last = cell.live()
    return cell.past()[-1]["status"] == "InService" and allocation.matches(last)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_an_interval_after_it_the_decided_weights_are_live(trouble, point, cell, books):
    tried = cell(TROUBLES[trouble], point)
    await tried.play()
    decisions = await decisions_of(books)
    check(tried, decisions, noticed=trouble not in FOREIGN or point != POINTS[0])
    assert is_live(next(one.allocation for one in decisions if one.verdict == "move"), tried)
    assert not tried.watch.ringing() & {"endpoint", "credentials"}
    assert (await books.ledger("fares")).learned == tried.sent


@pytest.mark.parametrize("point", POINTS[1:])
@pytest.mark.parametrize("trouble", ["somebody sets weights", "somebody deploys"])
async def test_where_a_pause_was_asked_for_theirs_stay_and_the_reason_is_recorded(trouble, point, cell, books):
    tried = cell(FOREIGN[trouble], point, on_drift="pause")
    await tried.play()
    decisions = await decisions_of(books)
    check(tried, decisions)
    assert decisions[0].reason.startswith("Hold: paused until somebody acts; somebody else ")
    assert is_live(Allocation(tried.trouble.theirs), tried)


@pytest.mark.parametrize("point", POINTS[1:])
@pytest.mark.parametrize("trouble", ["somebody sets weights", "somebody deploys"])
async def test_where_theirs_were_to_be_adopted_it_goes_on_from_them(trouble, point, cell, books):
    tried = cell(FOREIGN[trouble], point, on_drift="adopt")
    await tried.play()
    decisions = await decisions_of(books)
    check(tried, decisions)
    assert is_live(next(one.allocation for one in decisions if one.verdict == "move"), tried)
    theirs = Allocation(tried.trouble.theirs)
    assert any(one.seen.live.allocation.distance(theirs) < 1e-6 and one.verdict == "move" for one in decisions)


async def test_who_may_look_but_not_push_is_told_so_at_every_look_until_a_push_is_let_in(cell, books):
    tried = cell(TROUBLES["access is denied"].of_pushes(), POINTS[0])
    await tried._until_it_begins()
    for _ in range(2 * TURN // LOOK):
        assert tried.watch.ringing() == {"credentials"}
        await tried.watch.pass_by(LOOK)
    tried.levers.calm()
    await tried.watch.pass_by(TURN)
    assert tried.watch.ringing() == set()
    assert (await decisions_of(books))[0].verdict == "move"


async def test_without_credentials_the_weights_stay_and_the_alarm_rings_until_there_are_some(
    served, clock, books, tmp_path, monkeypatch
):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    keys = tmp_path / "credentials"
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true", "no_proxy": "127.0.0.1"}
    for name, value in {**nowhere, "AWS_SHARED_CREDENTIALS_FILE": str(keys), "AWS_ENDPOINT_URL": served}.items():
        monkeypatch.setenv(name, value)
    watch = Watch(fares(), books, endpoint.connect("Fares", "us-east-1", grid=10_000), clock)
    for _ in range(3):
        await watch.look()
    assert (watch.ringing(), len(watch.logged)) == ({"credentials"}, 1)
    assert Levers(served).ask("calls") == {}
    keys.write_text("[default]\naws_access_key_id = local\naws_secret_access_key = local\n")
    await watch.pass_by(2 * LOOK)
    assert watch.ringing() == set()
    assert [decision.verdict for decision in await decisions_of(books)] == ["move"]
