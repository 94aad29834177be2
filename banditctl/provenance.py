"""What a decision was computed with: elsewhere the last bits of a number may be others."""

import platform
from functools import cache

import numpy as np
import scipy
from msgspec import Struct

from banditctl import __version__


class Provenance(Struct, frozen=True):
    """Versions, the system, and the instructions of the processor that numpy has code for."""

    banditctl: str
    python: str
    numpy: str
    scipy: str
    platform: str
    processor: str

    def changed(self, now: "Provenance") -> list[str]:
        """What differs, each as a clause."""
        pairs = ((name, getattr(self, name), getattr(now, name)) for name in self.__struct_fields__)
        return [f"{name} was {then}, is {today}" for name, then, today in pairs if then != today]


@cache
def here() -> Provenance:
    """That of this process."""
    system = " ".join(filter(None, (platform.system(), platform.machine(), *platform.libc_ver())))
    # numpy chooses by them how it computes a logarithm, and the choices differ in the last bit.
    instructions = np.show_config(mode="dicts")["SIMD Extensions"]
    found = " ".join([*instructions.get("baseline", []), *instructions.get("found", [])])
    return Provenance(__version__, platform.python_version(), np.__version__, scipy.__version__, system, found)
