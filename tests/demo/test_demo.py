"""The demo as its users see it: run for real, and then looked at with the aws command."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from banditctl.demo.flights import VARIANTS, best_variant, equal_split, read_flights

BIN = Path(sys.executable).parent

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One run, kept up afterwards by --serve: its folder, what it printed, and the process."""
    folder = tmp_path_factory.mktemp("demo")
    # A profile that does not exist and a proxy that nobody runs: neither may be asked.
    hostile = {"AWS_PROFILE": "nobody", "HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}
    process = subprocess.Popen(
        [BIN / "banditctl", "demo", "--serve", "--out", folder / "run"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **hostile},
    )
    assert process.stdout
    printed = ""
    for line in process.stdout:
        printed += line
        if "Ctrl-C" in line:
            break
    yield folder / "run", printed, process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.timeout(150)
def test_the_mean_reward_is_at_least_070(demo):
    _, printed, _ = demo
    assert float(re.search(r"banditctl\W+([\d.]+)", printed)[1]) >= 0.70
    assert "24,000 of 24,000 rewards counted" in printed


def test_its_last_decision_is_told_in_a_sentence(demo):
    _, printed, _ = demo
    assert re.search(r"gbm-weather-cal is best\s+with probability", printed)


def test_the_aws_command_that_it_prints_shows_the_shifted_weights(demo):
    _, printed, _ = demo
    command = shlex.split(re.search(r"aws --no-sign-request .*", printed)[0])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    shown = subprocess.run([BIN / "aws", *command[1:]], env=environment, capture_output=True, check=True, timeout=60)
    variants = json.loads(shown.stdout)["ProductionVariants"]
    weights = {variant["VariantName"]: variant["CurrentWeight"] for variant in variants}
    assert sum(weights.values()) == 10_000
    assert weights["gbm-weather-cal"] > 9_000
    assert min(weights.values()) >= 100


def test_the_picture_beside_the_run_draws_every_variant(demo):
    folder, _, _ = demo
    picture = ET.fromstring((folder / "shares.svg").read_text())  # noqa: S314 - we drew it ourselves
    titles = [title.text for title in picture.iter("{http://www.w3.org/2000/svg}title")]
    assert titles == ["Share of the traffic of each model", *VARIANTS]


def test_ctrl_c_ends_everything_it_started(demo):
    folder, _, process = demo
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert "stopping" in (folder / "daemon.log").read_text()
    assert "ready to exit" in (folder / "store" / "valkey.log").read_text()


def test_what_it_is_compared_with_is_exact():
    flights = read_flights()
    assert len(flights) == 24_000
    assert round(equal_split(flights), 4) == 0.6529
    assert best_variant(flights) == ("gbm-weather-cal", pytest.approx(0.7422, abs=5e-5))
