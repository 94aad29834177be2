"""How files and the local API write names, weights and spans of time: as strictly as AWS takes them."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from banditctl.core.units import read_duration
from banditctl.emulator.shapes import FLOAT32_MAX

# Every mistake counts: nothing is dropped, and nothing converted that was not written so.
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def _name(name: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name):
        raise ValueError("a name is 1 to 63 letters, digits and dashes")
    return name


ResourceName = Annotated[str, AfterValidator(_name)]

RelativeWeight = Annotated[float, Field(ge=0, le=FLOAT32_MAX)]

Instances = Annotated[int, Field(ge=1)]

# Unlike the durations of policy files, these may be nothing.
Span = Annotated[timedelta, BeforeValidator(read_duration)]
