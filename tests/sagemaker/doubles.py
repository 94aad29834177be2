"""The doubles, the variant that both take, and the name of an expectation."""

import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.redis_servers import wait_for

from banditctl.demo.children import isolated

DOUBLES = ("emulator", "moto")

MOTO = Path(sys.executable).with_name("moto_server")


@dataclass(frozen=True)
class Moto:
    """A moto_server that answers at `url`, with one account for all tests."""

    url: str

    def empty(self):
        reset = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")
        urllib.request.urlopen(reset, timeout=10).close()


@contextmanager
def started_moto(log):
    """On a free port, and ended afterwards; what it says is in the file `log`."""
    command = [MOTO, "--host", "127.0.0.1", "--port", "0"]
    with log.open("wb") as written, subprocess.Popen(command, stdout=written, stderr=written, env=isolated()) as server:
        try:
            wait_for(lambda: "Running on " in log.read_text() or server.poll() is not None)
            assert server.poll() is None, log.read_text()
            yield Moto(log.read_text().partition("Running on ")[2].split()[0])
        finally:
            server.terminate()


def variant(name, model="Prices", **members):
    """A variant as a configuration has it, on an instance of a type that moto knows as well."""
    common = {"VariantName": name, "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    return common | members


def expectation(name):
    """The name of a test with that of its case, if it has one, from a name that tells its double as well."""
    test, _, case = name.rstrip("]").partition("[")
    told = case.removeprefix("emulator").removeprefix("moto").removeprefix("-")
    return f"{test}[{told}]" if told else test
