"""The main job on real input: four real models, 24,000 real flights, the real daemon, no AWS."""

import logging
import os
import signal
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.live import Live

from banditctl.demo.application import Application
from banditctl.demo.chart import shares_svg
from banditctl.demo.children import isolated
from banditctl.demo.flights import VARIANTS, best_variant, equal_split, read_flights
from banditctl.demo.show import standing, summary
from banditctl.demo.stage import ENDPOINT, Stage, client, stage
from banditctl.errors import BanditctlError, UsageError

# How long the nine months take, and how long the daemon may take to count the last rewards.
_SECONDS = 60
_PATIENCE_SECONDS = 15
_FRAME_SECONDS = 0.5


def play(out: Path, *, serve: bool) -> int:
    """Run the demo; answers the exit code: 0 if every reward was counted."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    environment = isolated()
    os.environ.clear()
    os.environ.update(environment)
    console = Console()
    _make(out)
    logging.basicConfig(filename=out / "application.log")  # on the terminal it would run into the table
    flights = read_flights()
    try:
        with stage(out) as where:
            application = Application(
                client("sagemaker-runtime", where.emulator), ENDPOINT, where.daemon, flights, _SECONDS
            )
            counted = _watch(console, application, where, len(flights))
            console.print()
            console.print(summary(application.earned, len(flights), equal_split(flights), best_variant(flights)))
            console.print(f"{counted:,} of {len(flights):,} rewards counted.")
            console.print(f"Shares over time: {_draw(out, where, application)}")
            if serve:
                _serve(console, where)
    except KeyboardInterrupt:
        console.print("\nStopped; nothing is left running.")
        return 0 if serve else 1
    return 0 if counted == len(flights) else 1


def _watch(console: Console, application: Application, where: Stage, flights: int) -> int:
    """Show the loop at work until the last reward is counted; answers how many were."""
    application.start()
    counted, deadline = 0, float("inf")
    try:
        with Live(console=console, auto_refresh=False) as live:
            while counted < flights and time.monotonic() < deadline:
                time.sleep(_FRAME_SECONDS)
                if application.failure:
                    raise BanditctlError(f"the demo's application failed: {application.failure}")
                if not application.playing:
                    deadline = min(deadline, time.monotonic() + _PATIENCE_SECONDS)
                view = _read(f"{where.daemon}/v1/experiments/flights")
                counted = round(sum(believed["trials"] for believed in view["belief"].values()))
                live.update(standing(view, application.date, application.served.total(), flights), refresh=True)
    finally:
        application.stop()
    return counted


def _draw(out: Path, where: Stage, application: Application) -> Path:
    """Write the picture beside the run, from the decisions that were recorded."""
    decisions = _read(f"{where.daemon}/v1/experiments/flights/decisions?limit=500")["decisions"]
    points = [
        (application.date_of(datetime.fromisoformat(decision["at"]).timestamp()), decision["live"]["shares"])
        for decision in reversed(decisions)
        if decision["live"]["shares"]
    ]
    picture = out / "shares.svg"
    picture.write_text(shares_svg(points, application.date, VARIANTS, "Share of the traffic of each model"))
    return picture


def _serve(console: Console, where: Stage) -> None:
    """Leave both servers up until somebody presses Ctrl-C."""
    asking = f"aws --no-sign-request --endpoint-url {where.emulator} --region us-east-1 sagemaker describe-endpoint"
    console.print(f"\nThe dashboard: {where.daemon}/", soft_wrap=True)
    console.print(f"The daemon:    {where.daemon}/v1/experiments/flights", soft_wrap=True)
    console.print(f"The endpoint:  {asking} --endpoint-name {ENDPOINT}", soft_wrap=True)
    console.print("Ctrl-C ends both.")
    while True:
        signal.pause()


def _read(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own daemon's address
            return msgspec.json.decode(answer.read())
    except OSError as error:
        raise BanditctlError(f"the demo's daemon does not answer; daemon.log tells why: {error}") from error


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out} cannot be the demo's folder: {error.strerror}") from error
