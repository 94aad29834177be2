"""`banditctl notify`: who is told of what needs people, and whether it reaches them."""

import json
from typing import Annotated, Any

import typer

from banditctl.cli.exits import Exit
from banditctl.cli.options import Notify, NotifySecret, Output
from banditctl.errors import UsageError


def notify(
    notify: Notify = None,
    notify_secret: NotifySecret = None,
    test: Annotated[bool, typer.Option("--test", help="Send each a test notice, and say what it answered.")] = False,
    output: Output = "table",
) -> None:
    """List who is told of what needs people; --test tries it. Give it what you give `run`."""
    import asyncio

    from banditctl.notify.receivers import receivers, shown

    if not notify:
        raise UsageError("nobody is told of anything: name a URL with --notify or BANDITCTL_NOTIFY")
    known = receivers(notify, notify_secret)
    rows = [{"receiver": shown(one.url), "form": type(one).__name__.lower()} for one in known]
    answers = asyncio.run(_tried(known)) if test else []
    for row, answer in zip(rows, answers, strict=False):
        row |= {"outcome": "sent" if answer.taken else "failed", "answer": answer.said}
    if output == "json":
        print(json.dumps({"receivers": rows}, indent=2))
    else:
        for row in rows:
            print(*row.values())
    raise typer.Exit(Exit.DONE if all(answer.taken for answer in answers) else Exit.FAILED)


async def _tried(known: list[Any]) -> list[Any]:
    """What each receiver answered to a test notice."""
    import asyncio
    from datetime import UTC, datetime
    from secrets import token_hex

    from banditctl.core.notices import Notice
    from banditctl.notify.posting import posting

    now = datetime.now(UTC)
    notice = Notice(f"notice_{token_hex(12)}", "test", "test", now, "This is a test: nothing has happened.")
    async with posting() as post:
        return list(await asyncio.gather(*(post(one.letter(notice, now)) for one in known)))
