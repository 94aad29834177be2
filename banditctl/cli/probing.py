"""`banditctl doctor --probe`: agreed to first, told as it goes, and put back however it ends."""

import json
import signal
import sys
from contextlib import closing
from time import monotonic, sleep

import typer

from banditctl.cli.exits import Exit


def probed(named: str, all_zero: bool, agreed: bool, output: str) -> None:
    """Put the questions to the endpoint; SIGINT and SIGTERM put its weights back before they end it."""
    from banditctl.doctor.probing import announcement, subject
    from banditctl.targets.sagemaker.probe import probe, questions
    from banditctl.targets.sagemaker.subject import Time

    met, asked = subject(named, Time(monotonic, sleep)), questions(all_zero=all_zero)
    print(announcement(met, asked), file=sys.stderr)
    if not agreed:
        typer.confirm("Go on?", abort=True, err=True)
    # A shell that runs it in the background starts it with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    found = []
    try:
        with closing(probe(met, asked)) as answers:
            for question, answer in answers:
                found.append({"question": question.asks, "answer": answer})
                if output == "table":
                    print(f"{question.asks} {answer}", flush=True)
    except KeyboardInterrupt as stopped:
        print(f"stopped; {met.name} has its weights back", file=sys.stderr)
        raise typer.Exit(Exit.FAILED) from stopped
    finally:
        if output == "json":
            print(json.dumps({"endpoint": met.name, "answers": found}, indent=2))
    print(f"{met.name} has its weights back", file=sys.stderr)
