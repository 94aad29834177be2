"""`rediss://`: a real Redis that speaks TLS, and a certificate made for the test."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from support.redis_servers import debian_binary, free_port, wait_for

from banditctl.errors import StoreUnavailable
from banditctl.stores.redis import open_store


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost that vouches for itself; its key is beside it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    written = tmp_path / "server.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", *names]
    subprocess.run(
        [openssl, "req", "-x509", *made, "-keyout", tmp_path / "server.key", "-out", written],
        check=True,
        capture_output=True,
        timeout=30,
    )
    return written


@pytest.fixture
def tls_port(tmp_path: Path, certificate: Path) -> Iterator[int]:
    """Where a Redis listens for TLS and for nothing else."""
    port = free_port()
    files = {"cert": certificate, "key": certificate.with_suffix(".key"), "ca-cert": certificate}
    tls = [word for name, file in files.items() for word in (f"--tls-{name}-file", str(file))]
    listening = ["--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1", "--tls-auth-clients", "no"]
    process = subprocess.Popen(
        [debian_binary(), *listening, *tls, "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        assert process.poll() is None, "redis-server has no TLS"
        with (
            suppress(redis.ConnectionError),
            redis.Redis("localhost", port, ssl=True, ssl_ca_certs=str(certificate), retry=None) as client,
        ):
            return bool(client.ping())
        return False

    wait_for(answers)
    yield port
    process.terminate()
    process.wait()


async def test_a_store_behind_tls_answers(tls_port: int, certificate: Path) -> None:
    store = open_store(f"rediss://localhost:{tls_port}/0?ssl_ca_certs={certificate}")
    await store.ping()
    await store.close()


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(tls_port: int) -> None:
    store = open_store(f"rediss://localhost:{tls_port}/0")
    with pytest.raises(StoreUnavailable, match="certificate verify failed"):
        await store.ping()
    await store.close()
