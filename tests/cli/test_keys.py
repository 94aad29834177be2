"""`banditctl keys`, as a user runs it."""

import json
import os
import re

import pytest
import redis
from support.verbs import banditctl


@pytest.fixture
def keys(tmp_path, valkey):
    def run(*arguments, **variables):
        shell = {**os.environ, "BANDITCTL_STORE": valkey.url, **variables}
        return banditctl("keys", *arguments, cwd=tmp_path, env=shell)

    return run


def test_a_key_is_printed_once_and_what_is_kept_does_not_contain_it(keys, valkey):
    made = keys("new", "shop", "--scope", "read", "--scope", "ingest")
    assert (made.returncode, made.stderr.count("\n")) == (0, 1)
    assert re.fullmatch(r"bk_[\w-]{43}\n", made.stdout)
    key = made.stdout.strip()
    with redis.Redis(port=valkey.port) as client:
        ((digest, kept),) = client.hgetall("banditctl:keys").items()
    assert json.loads(kept)["client"] == "shop"
    everything = digest.decode() + kept.decode() + made.stderr + keys("list").stdout
    assert key not in everything
    assert key.removeprefix("bk_") not in everything


def test_keys_are_listed_rotated_and_revoked(keys):
    assert json.loads(keys("list", "-o", "json").stdout) == {"keys": []}
    assert [keys("new", "shop", "--scope", "ingest").returncode for _ in range(2)] == [0, 0]
    third = keys("new", "shop", "--scope", "ingest")
    assert (third.returncode, third.stdout, third.stderr) == (1, "", "shop has 2 keys; revoke one first\n")
    keys("new", "anna", "--scope", "admin")

    listed = json.loads(keys("list", "-o", "json").stdout)["keys"]
    assert [(one["client"], one["scopes"]) for one in listed] == [
        ("anna", ["admin"]),
        ("shop", ["ingest"]),
        ("shop", ["ingest"]),
    ]
    _, older, newer = (one["id"] for one in listed)
    assert [line.split()[:3] for line in keys("list").stdout.splitlines()][1] == ["shop", older, "ingest"]

    assert keys("revoke", "shop", "--key", older).stdout == f"{older}\n"
    assert keys("revoke", "shop").stdout == f"{newer}\n"
    gone = keys("revoke", "shop")
    assert (gone.returncode, gone.stdout, gone.stderr) == (3, "", "shop has no key\n")
    other = keys("revoke", "anna", "--key", older)
    assert (other.returncode, other.stderr) == (3, f"anna has no key {older}\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["new", "my shop", "--scope", "read"], 2, "'my shop' is no name for a client"),
        (["new", "shop", "--scope", "write"], 2, "is not one of 'ingest', 'read', 'admin'"),
        (["new", "shop"], 2, "Missing option '--scope'"),
        (["new", "shop", "--scope", "read", "--store", "memory://"], 2, "name the store that the daemon uses"),
        (["list", "--store", "redis://127.0.0.1:1/0"], 1, "Redis: "),
    ],
)
def test_what_cannot_be_is_said_with_an_exit_code(keys, arguments, code, said):
    ended = keys(*arguments, COLUMNS="200")
    assert (ended.returncode, ended.stdout) == (code, "")
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_settings_of_keys_are_those_of_each_of_its_verbs(keys, tmp_path, valkey):
    (tmp_path / "banditctl.yaml").write_text(f"keys:\n  store: {valkey.url}\n")
    assert keys("new", "shop", "--scope", "read", BANDITCTL_STORE="").returncode == 0
    assert keys("list", BANDITCTL_STORE="").stdout.startswith("shop ")
