"""Names as AWS takes them, for files and the local API."""

import re
from typing import Annotated

from pydantic import AfterValidator


def _name(name: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name):
        raise ValueError("a name is 1 to 63 letters, digits and dashes")
    return name


ResourceName = Annotated[str, AfterValidator(_name)]
