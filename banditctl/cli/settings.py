"""`banditctl.yaml`: defaults for the options of each verb, behind flags and BANDITCTL_* variables."""

from collections.abc import Collection, Mapping
from pathlib import Path

from banditctl import documents
from banditctl.errors import PolicyFileError


def defaults(file: Path, verbs: Mapping[str, Collection[str]]) -> dict[str, dict[str, object]]:
    """What `file` says, by verb and option; `verbs` are those that exist, with the options of each.

    Raises PolicyFileError naming every line that no verb or option is meant by.
    """
    document = documents.read(file)
    content = document.content or {}
    problems = list(document.repeated)
    if not isinstance(content, dict):
        raise PolicyFileError([document.problem((), f"must be a mapping of verbs: {', '.join(verbs)}")])
    for verb, options in content.items():
        if verb not in verbs:
            problems.append(document.problem((verb,), f"unknown verb; known are {', '.join(verbs)}", key=True))
        elif not isinstance(options, dict):
            problems.append(document.problem((verb,), "must be a mapping of options"))
        else:
            known = ", ".join(verbs[verb])
            strange = [option for option in options if option not in verbs[verb]]
            problems += [document.problem((verb, o), f"unknown option; known are {known}", key=True) for o in strange]
    if problems:
        raise PolicyFileError(problems)
    return content
