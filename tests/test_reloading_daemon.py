"""Policy files that change while the real daemon runs, on a real Redis and an emulated endpoint."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from html import unescape
from pathlib import Path
from urllib.error import HTTPError

import httpx2
import pytest
from support.daemons import POLICY, get, post, view
from support.receiving import SECRET
from support.redis_servers import wait_for
from support.verbs import banditctl, serving

from banditctl.demo.stage import ENDPOINT, client
from banditctl.stores.redis import open_store

REWARD = {"id": "r1", "experiment": "flights", "inference_id": "f1", "value": 1}


class Running:
    """A daemon that runs a folder of policy files, and what it says of them."""

    def __init__(self, folder: Path, log: Path, url: str):
        self.folder = folder
        self.file = folder / "flights.yaml"
        self.url = url
        self._log = log

    @property
    def log(self):
        return self._log.read_text()

    def names(self):
        return json.loads(get(f"{self.url}/v1/experiments"))["experiments"]

    def decided(self):
        """The decisions, the first one first."""
        return json.loads(get(f"{self.url}/v1/experiments/flights/decisions?limit=500"))["decisions"][::-1]

    def digests(self):
        return {decision["digest"] for decision in self.decided()}

    def post(self, *events):
        return post(self.url, list(events))

    def order(self, verb):
        """The status and the problem that an order for flights is answered with."""
        answer = httpx2.post(f"{self.url}/v1/experiments/flights/{verb}", json={"reason": "why"}, trust_env=False)
        return answer.status_code, answer.json()["detail"]

    def refused(self, files):
        """Whether Prometheus is told of so many files."""
        return f'banditctl_policy_files_refused{{experiment=""}} {files}.0' in get(f"{self.url}/metrics")


@contextmanager
def running(folder: Path, log: Path, emulator: str, *options: str) -> Iterator[Running]:
    verb = ["run", str(folder), "--port", "0", *options]
    with serving(verb, log, AWS_ENDPOINT_URL=emulator) as daemon:
        started = Running(folder, log, daemon.address)
        wait_for(lambda: started.refused(0))
        yield started


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/flights.yaml").write_text(POLICY)
    return tmp_path / "policies"


@pytest.fixture
def daemon(folder, tmp_path, emulator_address, server):
    with running(folder, tmp_path / "daemon.log", emulator_address, "--store", server.url) as daemon:
        wait_for(daemon.decided)
        yield daemon


@pytest.fixture
def weights(emulator_address):
    """The weights that the endpoint has."""

    def read():
        with closing(client("sagemaker", emulator_address)) as sagemaker:
            variants = sagemaker.describe_endpoint(EndpointName=ENDPOINT)["ProductionVariants"]
        return {one["VariantName"]: one["CurrentWeight"] for one in variants}

    return read


def replace(file: Path, text: str):
    """As editors write: beside it, and then over it."""
    beside = file.with_name("unsaved")
    beside.write_text(text)
    beside.rename(file)


def test_a_changed_file_is_taken_up_and_the_next_decision_tells_what_changed(daemon):
    (before,) = daemon.digests()
    replace(daemon.file, POLICY.replace("burn_in: 500", "burn_in: 700") + "limits: {step: 10%}\n")
    wait_for(lambda: len(daemon.digests()) == 2)
    told, *silent = [decision for decision in daemon.decided() if decision["digest"] != before]
    assert "; the policy file has another limits.step, schedule.burn_in; warming up" in told["reason"]
    assert "0 of 700 trials" in told["reason"]
    assert told["file_change"] == {"before": before, "options": ["limits.step", "schedule.burn_in"]}
    assert all(decision["file_change"] is None for decision in silent)
    assert "limits.step, schedule.burn_in" in daemon.log
    history = banditctl("history", "flights", "--limit", "500", "--url", daemon.url).stdout
    assert history.replace("\n", " ").count("the policy file has another") == 1
    explained = banditctl("explain", "flights", "--decision", told["id"], "--verify", "--url", daemon.url)
    assert "The policy file has another limits.step, schedule.burn_in than at the turn before." in explained.stdout
    assert f"verified: decision {told['id']} comes out again" in explained.stdout


def test_a_config_map_that_is_swapped_is_taken_up_each_time(folder, tmp_path, emulator_address, server):
    (folder / "flights.yaml").unlink()
    (folder / "flights.yaml").symlink_to("..data/flights.yaml")

    def swap(version, text):
        (folder / version).mkdir()
        (folder / version / "flights.yaml").write_text(text)
        (folder / "..data_tmp").symlink_to(version)
        (folder / "..data_tmp").rename(folder / "..data")

    swap("..2026_1", POLICY)
    with running(folder, tmp_path / "daemon.log", emulator_address, "--store", server.url) as daemon:
        wait_for(lambda: len(daemon.digests()) == 1)
        for versions, burn_in in enumerate((600, 700), 2):
            swap(f"..2026_{versions}", POLICY.replace("500", str(burn_in)))
            wait_for(lambda versions=versions: len(daemon.digests()) == versions)


BAD = [
    ("schedule: {every", "flights.yaml:9:1: while parsing a flow mapping"),
    ("limits: {flor: 1%}", "flights.yaml:8:10: limits.flor: unknown option; did you mean floor?"),
    (
        "limits: {floor: 30%}",
        "flights.yaml:8:17: limits.floor: 4 variants at a floor of 30.00% are more",
    ),
    ("evidence: {stratum: 2h}", "flights.yaml: flights has evidence that was gathered with another stratum"),
    ("control: gbm-tea", "flights.yaml:8:10: control: unknown variant"),
]


def test_five_bad_files_in_a_row_change_nothing_but_log_and_metric(daemon, weights):
    digests, before, series = daemon.digests(), weights(), get(f"{daemon.url}/metrics").count("\n")
    for line, told in BAD:
        replace(daemon.file, f"{POLICY}{line}\n")
        wait_for(lambda told=told: told in daemon.log)
        assert daemon.refused(1)
        assert told in unescape(get(f"{daemon.url}/"))
        assert daemon.names() == ["flights"]
    decisions = len(daemon.decided())
    wait_for(lambda: len(daemon.decided()) > decisions)
    assert (daemon.digests(), weights()) == (digests, before)
    assert daemon.post(REWARD)[0] == 202
    assert get(f"{daemon.url}/metrics").count("\n") == series
    assert daemon.log.count("policy file refused; what runs goes on as it did") == len(BAD)
    replace(daemon.file, POLICY)
    wait_for(lambda: daemon.refused(0))
    assert "refused" not in get(f"{daemon.url}/")
    assert "every policy file is sound again" in daemon.log
    assert daemon.digests() == digests


async def test_a_removed_file_stops_its_experiment_and_one_that_returns_goes_on(daemon, weights, server):
    exposure = {"type": "exposure", "id": "f1", "experiment": "flights", "variant": "gbm-rush"}
    daemon.post(exposure, REWARD)
    wait_for(lambda: view(daemon.url, "flights")["counts"]["gbm-rush"]["rewarded"]["count"])
    before = weights()
    daemon.file.unlink()
    wait_for(lambda: "its policy file is gone; the weights stay as they are" in daemon.log)
    assert daemon.names() == []
    status, problem = daemon.post(REWARD)
    assert (status, problem["rejected"][0]["detail"]) == (422, "unknown experiment; known are none")
    with pytest.raises(HTTPError, match="404"):
        view(daemon.url, "flights")
    assert daemon.order("rollback") == (404, "unknown experiment flights; known are none")
    assert 'experiment="flights"' not in get(f"{daemon.url}/metrics").replace('outcome="refused"', "")
    store = open_store(server.url)
    decisions = len(await store.decisions("flights", 500))
    assert weights() == before

    replace(daemon.file, POLICY)
    wait_for(lambda: daemon.names() == ["flights"])
    assert daemon.post(REWARD)[1] == {"accepted": 0, "duplicates": 1, "rejected": []}
    assert view(daemon.url, "flights")["counts"]["gbm-rush"]["rewarded"]["count"] == 1
    wait_for(lambda: len(daemon.decided()) > decisions)
    assert len(daemon.digests()) == 1
    await store.close()


def test_a_new_file_begins_an_experiment_once_its_endpoint_can_be_steered(daemon, emulator_address):
    with closing(client("sagemaker", emulator_address)) as sagemaker:
        sagemaker.create_endpoint(EndpointName="rides", EndpointConfigName=ENDPOINT)
    rides = POLICY.replace("name: flights\n", "").replace("flights-demo", "rides")
    replace(daemon.folder / "rides.yaml", rides.replace("gbm-rush", "gbm-tea"))
    wait_for(lambda: "rides: the endpoint lacks gbm-tea and also has gbm-rush" in daemon.log)
    assert (daemon.names(), daemon.refused(1)) == (["flights"], True)
    replace(daemon.folder / "rides.yaml", rides)
    wait_for(lambda: daemon.names() == ["flights", "rides"])
    assert daemon.post(REWARD | {"experiment": "rides"})[0] == 202
    wait_for(lambda: view(daemon.url, "rides")["decision"])
    assert len(daemon.digests()) == 1


def test_what_only_takes_events_in_reads_the_files_again_too(folder, tmp_path, emulator_address, server):
    options = ["--store", server.url, "--only", "intake"]
    with running(folder, tmp_path / "intake.log", emulator_address, *options) as intake:
        latency = REWARD | {"metric": "latency"}
        assert intake.post(latency)[0] == 422
        replace(intake.file, f"{POLICY}metrics: {{latency: {{kind: gaussian, window: 1m}}}}\n")
        replace(intake.folder / "rides.yaml", POLICY.replace("flights", "rides"))
        wait_for(lambda: intake.post(REWARD | {"experiment": "rides"})[0] == 202)
        assert intake.post(latency)[0] == 202
        intake.file.unlink()
        wait_for(lambda: intake.post(REWARD)[0] == 422)


def test_who_was_not_told_of_a_rollback_hears_of_it_though_the_file_is_removed(
    folder, tmp_path, emulator_address, server, receiver
):
    receiver.answers.extend([500])
    told = ("--notify", receiver.url, "--notify-secret", SECRET)
    with running(folder, tmp_path / "daemon.log", emulator_address, "--store", server.url, *told) as daemon:
        wait_for(daemon.decided)
        assert httpx2.post(f"{daemon.url}/v1/experiments/flights/rollback", json={"reason": "why"}).is_success
        wait_for(lambda: receiver.got)
        daemon.file.unlink()
        wait_for(lambda: daemon.names() == [])
        wait_for(lambda: len(receiver.got) == 2)
        assert receiver.got[1].verified()["data"]["sentence"] == "local ordered a rollback: why."
