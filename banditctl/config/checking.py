"""A document checked against the form: what it configures, and everything that is wrong with it at once."""

import json
from copy import deepcopy
from itertools import takewhile
from typing import Any

from pydantic import ValidationError

from banditctl.config.form import FORM, PolicyFile
from banditctl.config.sentences import Complaint, complaint
from banditctl.documents import Document
from banditctl.errors import Problem


def check(document: Document) -> tuple[PolicyFile | None, list[Problem]]:
    """The form as far as it can be filled, None if it cannot, and what is wrong with it.

    Options that were refused are left out and the rest is tried again, so that combinations are judged too.
    """
    if not isinstance(document.content, dict):
        return None, [document.problem((), "a policy file is a mapping of options")]
    # The one default that stands outside of the file.
    name = {"name": document.file.stem}
    form, complaints = _fill(name | document.content)
    form = form or _fill(name | _without(document.content, complaints))[0]
    complaints += _contradictions(form, complaints) if form else []
    found = [document.problem(trail, detail, key=unknown) for trail, detail, unknown in complaints]
    return form, document.repeated + found


def _fill(content: dict[str, Any]) -> tuple[PolicyFile | None, list[Complaint]]:
    """Read as JSON: strict, yet lists may be tuples and mappings dataclasses."""
    try:
        return FORM.validate_json(json.dumps(content)), []
    except ValidationError as refused:
        errors = refused.errors(include_url=False)
    # A default that could not be made follows from another error, which is there as well.
    return None, [complaint(error, content) for error in errors if error["type"] != "default_factory_not_called"]


def _without(content: dict[str, Any], complaints: list[Complaint]) -> dict[str, Any]:
    """A copy without the options complained about; of a list, all of it."""
    rest = deepcopy(content)
    for trail, _, _ in complaints:
        *above, last = takewhile(lambda part: isinstance(part, str), trail)
        options: Any = rest
        for option in above:
            options = options[option]
        options.pop(last, None)
    return rest


def _contradictions(form: PolicyFile, complaints: list[Complaint]) -> list[Complaint]:
    """Options that cannot go together, unless one of them may be a default that stands in for a refused one."""
    doubtful = {trail[0] for trail, _, unknown in complaints if not unknown}
    return [Complaint(trail, detail) for trail, detail in form.problems() if trail[0] not in doubtful]
