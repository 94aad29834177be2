"""One look after another thing, to its end whatever happens: what it raises and how long it takes are lines too."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass

from msgspec.structs import replace

from banditctl.diagnosis import Diagnoses, Diagnosis, failed
from banditctl.errors import BanditctlError

# For each line. The clients give up before that; credentials may be fetched by programs that do not.
PATIENCE_SECONDS = 40.0


@dataclass(frozen=True)
class Look:
    """What there is to say about one thing, which has a name."""

    about: str
    diagnoses: Diagnoses


async def looked(look: Look, patience: float = PATIENCE_SECONDS) -> list[Diagnosis]:
    """All that came of it; the last line says why there are no more, if they ended early."""
    found: list[Diagnosis] = []
    async with aclosing(look.diagnoses):
        while True:
            try:
                async with asyncio.timeout(patience):
                    found.append(await anext(look.diagnoses))
            except StopAsyncIteration:
                break
            except Exception as error:  # noqa: BLE001 - a look that broke must not hide the others
                found.append(_broken(error, patience))
                break
    return [replace(diagnosis, about=diagnosis.about or look.about) for diagnosis in found]


def _broken(error: Exception, patience: float) -> Diagnosis:
    match error:
        case TimeoutError():
            return failed("look", f"no end after {patience:.0f} s", "see what hangs; the lines before were answered")
        case BanditctlError():
            return failed("look", str(error), "do what it says")
        case _:
            detail = f"broke off: {type(error).__name__}: {error}"
            return failed("look", detail, "this is a mistake in banditctl: please report it")
