"""The servers of a run, each on its core and ended by its process id: Redis, the service, the baseline."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from urllib.parse import urlsplit

import redis
from benchmarks.events import ATTRIBUTED, BY_VARIANT, VARIANTS
from support.redis_servers import free_port, valkey_binary, wait_for

from banditctl.demo.children import child
from banditctl.demo.stage import client

# What is measured runs alone on its core; Redis and whoever sends the load share the other.
MEASURED, OTHERS = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))

# Intake has a core of its own where it matters; a whole daemon learns and steers on the same one.
INTAKE = ["run", "--only", "intake"]
WHOLE = ["run"]

POLICY = """\
version: 1
target: {{kind: sagemaker, endpoint: {name}}}
variants: [{variants}]
reward: {{kind: bernoulli, window: 6h}}
evidence: {{trials: {trials}}}
policy: {{kind: thompson}}
mode: observe
"""

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A server on 127.0.0.1."""

    pid: int
    port: int

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Whatever is started inside of the block stays on `core`."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """What a process has used of its core so far, in the kernel and outside."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def busy_seconds() -> float:
    """What all processes of the machine have used of all cores so far."""
    user, nice, system = Path("/proc/stat").read_text().split()[1:4]
    return (int(user) + int(nice) + int(system)) / _TICKS


def wait_until_idle(server: Server) -> None:
    """Return once a server has nothing left to do, so that it does not disturb what is measured next."""

    def idle() -> bool:
        before = cpu_seconds(server.pid)
        sleep(0.1)
        return cpu_seconds(server.pid) - before <= 1 / _TICKS

    wait_for(idle, seconds=60)


def policies(folder: Path) -> dict[str, Path]:
    """The two policy files of the benchmark, by experiment."""
    written = {}
    for name, trials in ((BY_VARIANT, "rewards"), (ATTRIBUTED, "exposures")):
        written[name] = folder / f"{name}.yaml"
        written[name].write_text(POLICY.format(name=name, variants=", ".join(VARIANTS), trials=trials))
    return written


def redis_binary(kind: str) -> str | None:
    """The server of that kind; None where it is not installed."""
    return valkey_binary() if kind == "valkey" else shutil.which("redis-server")


@contextmanager
def redis_server(kind: str, folder: Path) -> Iterator[Server]:
    """An empty Redis or Valkey that appends to its file and syncs it every second."""
    data = folder / f"{kind}-{len(list(folder.iterdir()))}"
    data.mkdir()
    server_options = {
        "port": free_port(),
        "bind": "127.0.0.1",
        "dir": data,
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        # A rewrite in the middle of one round would be that round's bad luck.
        "auto-aof-rewrite-percentage": 0,
    }
    command = [str(redis_binary(kind))]
    for option, value in server_options.items():
        command += [f"--{option}", str(value)]
    with pinned(OTHERS):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    server = Server(process.pid, int(server_options["port"]))
    try:
        wait_for(lambda: _answers(server))
        yield server
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(data)


def _answers(server: Server) -> bool:
    try:
        with redis.Redis(port=server.port, retry=None) as asked:
            return bool(asked.ping())
    except redis.ConnectionError:
        return False


@contextmanager
def service(folder: Path, store: Server, run: Sequence[str]) -> Iterator[Server]:
    """The real daemon with both policy files, and an emulated endpoint for each."""
    with ExitStack() as running:
        with pinned(OTHERS):
            emulating = child(["emulator", "--port", "0", "--creating", "0s"], folder / "emulator.log")
            emulator = running.enter_context(emulating)
        _create_endpoints(emulator.address)
        verb = [*run, *map(str, policies(folder).values()), "--store", store.redis_url, "--port", "0"]
        with pinned(MEASURED):
            steering = child(verb, folder / "service.log", AWS_ENDPOINT_URL=emulator.address)
            daemon = running.enter_context(steering)
        yield Server(daemon.process.pid, urlsplit(daemon.address).port or 0)


def new_key(store: Server) -> str:
    """A key that may post events; from now on everybody is asked for one."""
    command = [sys.executable, "-m", "banditctl", "keys", "new", "benchmark", "--scope", "ingest"]
    environment = {**os.environ, "BANDITCTL_STORE": store.redis_url}
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout.strip()


def _create_endpoints(emulator: str) -> None:
    sagemaker = client("sagemaker", emulator)
    sagemaker.create_model(ModelName="model", PrimaryContainer={"Image": "none"})
    common = {"ModelName": "model", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    variants = [common | {"VariantName": variant} for variant in VARIANTS]
    sagemaker.create_endpoint_config(EndpointConfigName="even", ProductionVariants=variants)
    for name in (BY_VARIANT, ATTRIBUTED):
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName="even")
    sagemaker.close()


@contextmanager
def rival(name: str, folder: Path, store: Server) -> Iterator[Server]:
    """The app in the file of that name, served where the service is."""
    with ExitStack() as ending:
        # Told to stop, this process raises SystemExit wherever it is: whatever was started must be known to be ended.
        with pinned(MEASURED), (folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, Path(__file__).with_name(f"{name}.py")],
                env={**os.environ, "BASELINE_REDIS": store.redis_url},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
            ending.callback(process.communicate, timeout=30)
            ending.callback(process.terminate)
        yield Server(process.pid, urlsplit(process.stdout.readline().strip()).port or 0)
