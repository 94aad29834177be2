"""YAML files as plain values that know the line and column they stand at; the only place yaml is imported."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from banditctl.errors import PolicyFileError, Problem

Trail = tuple[str | int, ...]
Place = tuple[int, int]
_NodeEvent = yaml.AliasEvent | yaml.ScalarEvent | yaml.CollectionStartEvent

# PyYAML reads by YAML 1.1, where `no` is false, `1:30` is ninety and `1e-3` is text. People mean the words of
# JSON, as YAML 1.2 and their editors do; whatever is quoted, or none of these, is text. Whole numbers too long
# to be one go on to float, for Python refuses to read endless ones.
_WORDS: tuple[tuple[re.Pattern[str], Callable[[str], object]], ...] = (
    (re.compile(r"null|Null|NULL|~|"), lambda _: None),
    (re.compile(r"true|True|TRUE"), lambda _: True),
    (re.compile(r"false|False|FALSE"), lambda _: False),
    (re.compile(r"[-+]?[0-9]{1,18}"), int),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)

# No file of ours is a quarter as deep; every reader after this one recurses.
_DEEPEST = 20


@dataclass(frozen=True)
class Document:
    """What a file says, where its keys and values stand, and which keys it repeats (the first one counts)."""

    file: Path
    content: object = None
    keys: dict[Trail, Place] = field(default_factory=dict)
    values: dict[Trail, Place] = field(default_factory=lambda: {(): (1, 1)})
    repeated: list[Problem] = field(default_factory=list)

    def problem(self, trail: Trail, detail: str, *, key: bool = False) -> Problem:
        """What is wrong with a value, or its key; with one that is left out, said where it is missing."""
        nearest = trail
        while nearest not in self.values:
            nearest, key = nearest[:-1], True
        line, column = self.keys.get(nearest, self.values[nearest]) if key else self.values[nearest]
        return Problem(str(self.file), line, column, dotted(trail), detail)


def dotted(trail: Trail) -> str:
    """`limits.floor`, on one line whatever the keys are."""
    return ".".join(part if part.isprintable() else repr(part) for part in map(str, trail))


def read(file: Path) -> Document:
    """The one document of `file`; raises PolicyFileError if there is none that can be read.

    A repeated key does not stop the reading, so that it can be reported along with everything else.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise PolicyFileError([Problem(str(file), None, None, "", f"cannot be read: {error.strerror}")]) from error
    return parse(file, raw)


def parse(file: Path, raw: bytes) -> Document:
    """The same of what was read from `file` already."""
    text = _text(file, raw)
    try:
        root = _Loader(text).get_single_node()
    except yaml.reader.ReaderError as error:
        place = _place(text[: error.position])
        raise _unreadable(file, "a control character; remove it", place) from error
    except yaml.MarkedYAMLError as error:
        raise _unreadable(file, _sentence(error, text), _of(error.problem_mark)) from error
    document = Document(file)
    return replace(document, content=_value(root, (), document)) if root else document


def _text(file: Path, raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        place = _place(raw[: error.start].decode())
        raise _unreadable(file, "not UTF-8, which is what policy files are written in", place) from error


def _place(before: str) -> Place:
    """Line and column of what follows `before`."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _unreadable(file: Path, detail: str, place: Place) -> PolicyFileError:
    return PolicyFileError([Problem(str(file), *place, "", detail)])


def _sentence(error: yaml.MarkedYAMLError, text: str) -> str:
    if error.problem_mark and text.startswith("\t", error.problem_mark.index):
        return "indent with spaces; YAML takes no tabs"
    return ", ".join(part for part in (error.context, error.problem) if part)


class _Loader(yaml.BaseLoader):
    """Composes nodes; refuses in place what PyYAML chokes on, or what lets a small file mean a huge value."""

    depth = 0

    def fetch_more_tokens(self) -> None:
        try:
            super().fetch_more_tokens()
        except (ValueError, OverflowError) as error:
            # For "\\UFFFFFFFF", or a version of five thousand digits, PyYAML lets Python's own errors through.
            detail = "no such character or number"
            raise yaml.MarkedYAMLError(problem=detail, problem_mark=self.get_mark()) from error

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        is_key = isinstance(parent, yaml.MappingNode) and index is None
        if refusal := _refusal(event, self.depth, is_key=is_key):
            raise yaml.MarkedYAMLError(problem=refusal, problem_mark=event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _refusal(event: _NodeEvent, depth: int, *, is_key: bool) -> str | None:
    """Why what begins here is not read; None if it is."""
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None or event.tag is not None:
        return "write the value out; anchors, aliases and tags are not read"
    if is_key and not isinstance(event, yaml.ScalarEvent):
        return "the name of an option is text, no list and no mapping"
    if depth == _DEEPEST:
        return f"nested more than {_DEEPEST} levels deep"
    if isinstance(event, yaml.ScalarEvent) and re.search(r"[\ud800-\udfff]", event.value):
        return "half a character; surrogates come in pairs"
    return None


def _value(node: yaml.Node, trail: Trail, into: Document) -> object:
    """What a node says, as a plain value; where it stands, and all within it, is noted on the way."""
    into.values[trail] = _of(node.start_mark)
    match node:
        case yaml.MappingNode():
            return _mapping(node, trail, into)
        case yaml.SequenceNode():
            return [_value(item, (*trail, index), into) for index, item in enumerate(node.value)]
        case yaml.ScalarNode(style=None, value=text):
            return next((meaning(text) for words, meaning in _WORDS if words.fullmatch(text)), text)
    return node.value


def _mapping(node: yaml.MappingNode, trail: Trail, into: Document) -> dict[str, object]:
    content: dict[str, object] = {}
    for key, value in node.value:
        name, inner, place = key.value, (*trail, key.value), _of(key.start_mark)
        if name in content:
            detail = f"repeated; line {into.keys[inner][0]} has it already"
            into.repeated.append(Problem(str(into.file), *place, dotted(inner), detail))
        else:
            into.keys[inner] = place
            content[name] = _value(value, inner, into)
    return content


def _of(mark: yaml.Mark | None) -> Place:
    """A mark of PyYAML, which counts from zero."""
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
