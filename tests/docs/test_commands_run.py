"""What pages tell to type is typed, beside a daemon with both of their experiments and an emulator for them."""

import json
import os
import random
import re
import shlex
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
from support.captured import NOW, captured, labelled, write
from support.emulated import built
from support.pages import ROOT, blocks, commands
from support.receiving import SECRET
from support.redis_servers import wait_for
from support.verbs import banditctl, serving

from banditctl.config import load
from banditctl.demo.children import NO_AWS
from banditctl.demo.stage import client
from banditctl.emulator import Scenario, emulator

(CHURN,) = [text for page, text in blocks("yaml") if page == "README.md"]
(COUNTS,) = [text for page, text in blocks("json") if page == "docs/replaying.md" and '"strata"' in text]

# Pages whose own tests run their lines, and look at what they print.
OWN = {
    "docs/deciding.md": "test_deciding_page.py",
    "docs/replaying.md": "test_replaying_page.py",
    "docs/tutorial.md": "test_tutorial_page.py",
}
# Lines that need more than there is here, and the tests that run the like.
ELSEWHERE = {
    "banditctl demo": "demo/test_demo.py",
    "banditctl doctor --probe": "cli/test_doctor_probe.py",
    "banditctl import capture s3:": "importers/test_sources.py",
}
SERVES = re.compile(r"banditctl (?:run|emulator)\b")


def lines(first):
    """The command lines that begin so, without the folder in which the program is, and without comments."""
    typed = (re.sub(r"^(?:\S*/)?banditctl (?=\w)", "banditctl ", line) for line in commands(except_on=OWN))
    return [line for line in typed if line.startswith(first)]


def here(line):
    return not line.startswith(tuple(ELSEWHERE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files by the names that pages give them."""
    folder = tmp_path_factory.mktemp("typed")
    write(folder / "policies/churn.yaml", CHURN)
    write(folder / "counts.json", COUNTS)
    write(folder / "policies/flights.yaml", (ROOT / "policies/flights.yaml").read_text())
    write(folder / f"captured/flights-prod/gbm-rush/{NOW:%Y/%m/%d/%H}/part.jsonl", captured("request-1"))
    write(folder / f"labels/{NOW:%Y/%m/%d/%H}/part.jsonl", labelled("request-1"))
    scenario, *_ = [text for page, text in blocks("yaml") if page == "docs/emulator.md"]
    write(folder / "scenario.yaml", scenario)
    return folder


def endpoint(sagemaker, experiment):
    sagemaker.create_model(ModelName=experiment.name, PrimaryContainer={"Image": "any:1"})
    common = {"ModelName": experiment.name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    variants = [{"VariantName": name, "InitialVariantWeight": 1, **common} for name in experiment.variants]
    sagemaker.create_endpoint_config(EndpointConfigName=experiment.name, ProductionVariants=variants)
    sagemaker.create_endpoint(EndpointName=f"{experiment.name}-prod", EndpointConfigName=experiment.name)


@pytest.fixture(scope="module")
def house(folder, asked_server, tmp_path_factory):
    """A daemon that runs both policy files, and the places that stand for those on the pages."""
    with built() as stage:
        lots = random.Random(20260301)
        # An order that finds an earlier one under way says so by its exit code; here none does.
        quick = Scenario(creating=timedelta(milliseconds=20), updating=timedelta(milliseconds=20))
        stage.app = emulator(quick, source=lambda: datetime.now(UTC), lots=lots, answers=None)
        sagemaker = client("sagemaker", stage.url)
        for name in ("churn", "flights"):
            endpoint(sagemaker, load(folder / f"policies/{name}.yaml").experiment)
        store = asked_server.url
        log = tmp_path_factory.mktemp("log") / "daemon.log"
        words = ["run", str(folder / "policies"), "--store", store, "--port", "0"]
        with serving(words, log, AWS_ENDPOINT_URL=stage.url) as daemon:

            def calm():
                return {one["EndpointStatus"] for one in sagemaker.list_endpoints()["Endpoints"]} == {"InService"}

            yield SimpleNamespace(url=daemon.address, emulator=stage.url, store=store, folder=folder, calm=calm)
        sagemaker.close()


@pytest.fixture(scope="module")
def told(house):
    """What stands for what a reader has in its place."""
    with httpx2.Client(base_url=house.url, trust_env=False) as web:

        def decided():
            return web.get("/v1/experiments/churn/decisions").json()["decisions"]

        wait_for(decided)
        decision = decided()[0]["id"]
    return {
        "1763640300000-0": decision,
        "redis://127.0.0.1:6379/0": house.store,
        "embedded:.banditctl": house.store,
        "embedded:/var/lib/banditctl": f"{house.store[:-1]}1",
        "http://127.0.0.1:8080": house.url,
        "http://127.0.0.1:4566": house.emulator,
        "--port 4566": "--port 0",
        "--port 8080": "--port 0",
        "--port 8081": "--port 0",
        "--horizon 2d --runs 4": "--horizon 1h --runs 2",
        "--runs 50": "--runs 1 --horizon 1h",
        "$KEY": "none",
    }


@pytest.fixture
def typed(house, told, receiver):
    """A line as it is typed there, and its variables."""
    shell = {**os.environ, **NO_AWS, "AWS_ENDPOINT_URL": house.emulator, "BANDITCTL_URL": house.url}
    shell |= {"BANDITCTL_STORE": house.store, "BANDITCTL_NOTIFY": receiver.url, "BANDITCTL_NOTIFY_SECRET": SECRET}

    def words(line):
        for theirs, ours in told.items():
            line = line.replace(theirs, ours)
        return shlex.split(line.split(" > ")[0], comments=True)

    return SimpleNamespace(words=words, shell=shell)


@pytest.mark.parametrize("line", lines("curl "))
def test_what_curl_is_told_to_ask_is_answered(line, typed):
    _, *words = typed.words(line)
    url = next(word for word in words if word.startswith("http"))
    given = [(flag, value) for flag, value in pairwise(words) if flag in ("-H", "-d")]
    headers = dict(value.split(": ", 1) for flag, value in given if flag == "-H")
    body = next((value for flag, value in given if flag == "-d"), None)
    answer = httpx2.request("POST" if body else "GET", url, headers=headers, content=body, trust_env=False)
    assert answer.is_success, answer.text


@pytest.mark.parametrize("line", [one for one in lines("banditctl ") if here(one) and not SERVES.match(one)])
def test_a_command_line_does_what_it_is_typed_for(line, typed, house):
    _, *words = typed.words(line)
    if words[0] == "keys":
        # Once the daemon's own store had a key, every other line would need it.
        typed.shell["BANDITCTL_STORE"] = f"{house.store[:-1]}1"
        made = json.loads(banditctl("keys", "list", "-o", "json", env=typed.shell).stdout)
        words = [made["keys"][-1]["id"] if word == "3f2a9c41d07b" else word for word in words]
    # An order that meets a change of the one before says that it is still to be carried out.
    wait_for(house.calm)
    done = banditctl(*words, env=typed.shell, cwd=house.folder)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr


@pytest.mark.parametrize("line", [one for one in lines("banditctl ") if here(one) and SERVES.match(one)])
def test_what_serves_says_where(line, typed, house, tmp_path, monkeypatch):
    monkeypatch.chdir(house.folder)
    _, *words = typed.words(line)
    with serving(words, tmp_path / "log", AWS_ENDPOINT_URL=house.emulator, BANDITCTL_STORE=house.store) as served:
        assert served.address.startswith("http://127.0.0.1:")


def test_what_is_run_elsewhere_is_on_a_page_and_the_tests_are_there():
    for known in ELSEWHERE:
        assert any(line.startswith(known) for line in lines("banditctl ")), known
    tests = [Path(__file__).parent / name for name in OWN.values()]
    tests += [Path(__file__).parent.parent / name for name in ELSEWHERE.values()]
    assert [test.name for test in tests if not test.is_file()] == []
