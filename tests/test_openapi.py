"""The published API is what is served: every path is on it, and nothing is answered that it does not say."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.daemons import Daemon
from support.pages import ROOT, served
from support.redis_servers import wait_for

from banditctl.openapi import document

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


def test_the_document_in_the_repository_is_the_one_of_the_code():
    assert json.loads((ROOT / "docs/openapi.json").read_text()) == document(), (
        "banditctl schema --api > docs/openapi.json"
    )


def test_every_path_that_is_served_is_on_it_and_no_other():
    assert set(document()["paths"]) == set(served())


def test_a_daemon_tells_it(daemon: Daemon):
    assert json.loads(daemon.get("/openapi.json")) == document()


# More with `make fuzz`.
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "5")

# Not that everything of the right form is taken: a reward of 2 is a number as well.
CHECKS = ["--checks", "all", "--exclude-checks", "positive_data_acceptance"]


@pytest.mark.timeout(0 if "FUZZ_EXAMPLES" in os.environ else 60)
def test_nothing_is_answered_that_the_document_does_not_say_whatever_is_sent(daemon: Daemon, tmp_path):
    wait_for(daemon.view)
    (tmp_path / "schemathesis.toml").write_text('[parameters]\n"path.name" = "flights"\n')
    verb = [SCHEMATHESIS, "run", f"{daemon.url}/openapi.json", *CHECKS, "--max-examples", EXAMPLES]
    quiet = ["--no-color", "--generation-database", "none", "--phases", "coverage,fuzzing"]
    seed = [] if "FUZZ_EXAMPLES" in os.environ else ["--seed", "20261120"]
    done = subprocess.run([*verb, *quiet, *seed], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    (sent,) = re.findall(r"(\d+) generated", done.stdout)
    assert int(sent) > 100
    assert "Traceback" not in daemon.log.read_text()
    assert daemon.get("/readyz") == "ok\n"
