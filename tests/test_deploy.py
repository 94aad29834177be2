"""The files in deploy/: what they run exists, what they open is this machine's."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
import yaml

from banditctl.cli import app

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
UNIT = (DEPLOY / "banditctl.service").read_text()
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
BANDITCTL = COMPOSE["services"]["banditctl"]
ENVIRONMENT = {name: value for name, _, value in (one.partition("=") for one in BANDITCTL["environment"])}


def instruction(name):
    """The arguments of the Dockerfile's last such instruction, which must be in exec form."""
    (*_, found) = re.findall(rf"^(?:HEALTHCHECK .*)?{name} (\[.*\])$", DOCKERFILE, re.MULTILINE)
    return json.loads(found)


def unit(option):
    return re.findall(rf"^{option}=(.*)$", UNIT, re.MULTILINE)


ENTRYPOINT = ["banditctl"]
COMMANDS = {
    "image": ENTRYPOINT + instruction("CMD"),
    "health check": json.loads(re.findall(r"^HEALTHCHECK .* CMD (.*)$", DOCKERFILE, re.MULTILINE)[0]),
    "compose": ENTRYPOINT + BANDITCTL["command"],
    "unit": [Path(word).name if word.startswith("/opt/") else word for word in unit("ExecStart")[0].split()],
}


def parsed(words):
    """What the real command line makes of `banditctl VERB ...`; fails on an option that it does not have."""
    group = typer.main.get_command(app)
    name, *arguments = words
    assert name == "banditctl"
    context = group.make_context(name, arguments)
    verb, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
    return verb, command.make_context(verb, rest, parent=context).params


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_every_command_line_is_one_that_banditctl_takes(words):
    verb, _ = parsed(words)
    assert verb in {"run", "health"}


def test_the_image_does_not_run_as_root_and_starts_banditctl():
    assert re.findall(r"^USER (\d+):\1$", DOCKERFILE, re.MULTILINE) == ["10001"]
    assert re.findall(r"^ENTRYPOINT (.*)$", DOCKERFILE, re.MULTILINE) == [json.dumps(ENTRYPOINT)]


def test_the_image_alone_is_reached_by_nobody_else():
    _, settings = parsed(COMMANDS["image"])
    assert (settings["host"], settings["insecure"]) == ("127.0.0.1", False)


def test_what_the_image_copies_exists_and_is_let_in():
    copied = [word for line in re.findall(r"^COPY ([^-].*)$", DOCKERFILE, re.MULTILINE) for word in line.split()[:-1]]
    let_in = re.findall(r"^!(.*)$", (DEPLOY / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    assert sorted(copied) == sorted(let_in)
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert "banditctl" in copied


def test_the_image_has_what_the_package_is_built_from():
    project = (ROOT / "pyproject.toml").read_text()
    files = re.findall(r'"([A-Z]+)"', re.search(r"^license-files = .*$", project, re.MULTILINE)[0])
    files += re.findall(r'^readme = "(.*)"$', project, re.MULTILINE)
    assert files
    assert [name for name in files if name not in DOCKERFILE] == []


def test_both_stages_are_the_same_python_and_one_that_the_package_takes():
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"python:3.12-slim"}


def test_compose_publishes_only_on_this_machine():
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:8080:8080"]
    assert not any("network_mode" in service for service in COMPOSE["services"].values())


def test_compose_listens_where_the_container_is_reached_and_finds_redis():
    _, settings = parsed(COMMANDS["compose"])
    assert (settings["host"], settings["port"], settings["insecure"]) == ("0.0.0.0", 8080, False)
    assert re.fullmatch(r"redis://(\w+):6379/0", ENVIRONMENT["BANDITCTL_STORE"])[1] in COMPOSE["services"]


def test_compose_waits_for_the_redis_that_has_the_keys():
    assert BANDITCTL["depends_on"] == {"redis": {"condition": "service_healthy"}}
    assert COMPOSE["services"]["redis"]["healthcheck"]["test"] == ["CMD", "redis-cli", "ping"]


def test_the_key_that_compose_needs_is_made_by_a_verb_that_exists():
    (words,) = re.findall(r"run --rm (banditctl keys .*)$", (DEPLOY / "README.md").read_text(), re.MULTILINE)
    group = typer.main.get_command(app).commands["keys"]
    verb, command, rest = group.resolve_command(group.make_context("keys", ["list"]), words.split()[2:])
    assert (verb, command.make_context(verb, rest).params["client"]) == ("new", "my-application")


def test_compose_mounts_the_policies_where_they_are_looked_for():
    (source, inside, mode) = BANDITCTL["volumes"][0].split(":")
    assert ((DEPLOY / source).resolve(), mode) == (ROOT / "policies", "ro")
    _, settings = parsed(COMMANDS["compose"])
    assert list(map(str, settings["policies"])) == [inside]
    assert parsed(COMMANDS["image"])[1]["policies"] == settings["policies"]


def test_compose_builds_this_image_from_the_root_and_keeps_it_from_writing():
    build = BANDITCTL["build"]
    assert (DEPLOY / build["context"]).resolve() == ROOT
    assert ((DEPLOY / build["context"]) / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    assert BANDITCTL["read_only"] is True
    assert BANDITCTL["cap_drop"] == ["ALL"]


def test_redis_keeps_what_it_acknowledged():
    words = COMPOSE["services"]["redis"]["command"]
    options = dict(zip(words[1::2], words[2::2], strict=True))
    assert options == {"--appendonly": "yes", "--appendfsync": "always", "--maxmemory-policy": "noeviction"}


def test_compose_hands_secrets_on_and_holds_none():
    handed_on = {name for name, value in ENVIRONMENT.items() if not value}
    assert all(re.fullmatch(r"AWS_[A-Z_]+", name) for name in handed_on)
    assert set(ENVIRONMENT) - handed_on == {"BANDITCTL_STORE"}


def test_the_unit_is_not_started_again_after_a_usage_error():
    assert (unit("Restart"), unit("RestartPreventExitStatus")) == (["on-failure"], ["2"])
    assert unit("EnvironmentFile") == ["-/etc/banditctl/environment"]
    assert unit("DynamicUser") == ["yes"]


def test_the_unit_keeps_its_store_where_it_may_write_and_ends_it_after_the_daemon():
    (directory,) = unit("StateDirectory")
    assert unit("Environment") == [f"BANDITCTL_STORE=embedded:%S/{directory}"]
    assert unit("KillMode") == ["mixed"]


def test_the_image_keeps_its_store_where_its_user_may_write():
    (made,) = re.findall(r"^RUN install -d -o 10001 -g 10001 -m 0700 (\S+)$", DOCKERFILE, re.MULTILINE)
    assert f"BANDITCTL_STORE=embedded:{made} " in DOCKERFILE


def test_systemd_takes_the_unit(tmp_path):
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd-analyze is not installed; Debian's systemd has it")
    program = tmp_path / "banditctl"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    written = tmp_path / "banditctl.service"
    written.write_text(UNIT.replace("/opt/banditctl/bin/banditctl", str(program)))
    done = subprocess.run([verify, "verify", str(written)], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
