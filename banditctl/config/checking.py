"""A document checked against the form: what it configures, and everything that is wrong with it at once."""

import json
from copy import deepcopy
from itertools import takewhile
from typing import Any

from pydantic import ValidationError

from banditctl.config.form import FORM, KINDS, PolicyFile
from banditctl.config.sentences import Complaint, complaint
from banditctl.core.contradictions import contradictions
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
    content = name | document.content
    form, complaints = _fill(content)
    for section in [name for name in KINDS if any(found.trail == (name, "kind") for found in complaints)]:
        complaints += _of_any_kind(content, section)
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
    return None, [
        complaint(error, content, PolicyFile) for error in errors if error["type"] != "default_factory_not_called"
    ]


def _of_any_kind(content: dict[str, Any], section: str) -> list[Complaint]:
    """What is wrong with the other options of a section, whichever kind it should have been."""
    found = []
    for kind in KINDS[section]:
        meant = content | {section: content[section] | {"kind": kind}}
        found.append({complaint for complaint in _fill(meant)[1] if complaint.trail[0] == section})
    return sorted(set.intersection(*found))


def _without(content: dict[str, Any], complaints: list[Complaint]) -> dict[str, Any]:
    """A copy without the options complained about; of a list, all of it. A kind that is missing is any kind."""
    rest = deepcopy(content)
    for trail, _, _ in complaints:
        *above, last = takewhile(lambda part: isinstance(part, str), trail)
        options: Any = rest
        for option in above:
            # What it stands in may be gone by now, for a complaint of its own.
            options = options.get(option, {})
        options.pop(last, None)
    for section in KINDS.keys() & {trail[0] for trail, _, _ in complaints}:
        rest[section] = {"kind": next(iter(KINDS[section]))} | rest.get(section, {})
    return rest


def _contradictions(form: PolicyFile, complaints: list[Complaint]) -> list[Complaint]:
    """Options that cannot go together, unless one of them may be a default that stands in for a refused one."""
    doubtful = {trail[0] for trail, _, unknown in complaints if not unknown}
    return [Complaint(trail, detail) for trail, detail in contradictions(form) if trail[0] not in doubtful]
