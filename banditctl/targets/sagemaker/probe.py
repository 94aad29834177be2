"""What no document says of AWS, put as questions to a real endpoint; its weights are put back in the end."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from banditctl.errors import TargetUnavailable
from banditctl.targets.sagemaker.asking import Answer
from banditctl.targets.sagemaker.permissions import NOBODY
from banditctl.targets.sagemaker.subject import Course, Subject, items, weights

# More than the daemon asks in a quarter of an hour; enough to tell whether asking often is noticed.
_IN_A_ROW = 40


@dataclass(frozen=True)
class Question:
    """What is asked, what is done for it, and how."""

    asks: str
    does: str
    put: Callable[[Subject], str]


def questions(*, all_zero: bool) -> list[Question]:
    """Those that disturb no request; and with `all_zero` one that may."""
    return [*_HARMLESS, *([_ALL_ZERO] if all_zero else [])]


def probe(subject: Subject, asked: Sequence[Question]) -> Generator[tuple[Question, str]]:
    """Each question with its answer; leaving the iterator, however, puts back what was met.

    Raises TargetUnavailable, saying what to type, where that cannot be done.
    """
    try:
        for question in asked:
            try:
                found = question.put(subject)
            except TargetUnavailable as error:
                found = f"not known: {error}"
            yield question, found
    finally:
        subject.restore()


def _same(subject: Subject) -> str:
    course = subject.push(items(subject.weights))
    return _told(course)


def _echo(subject: Subject) -> str:
    name = max(subject.weights, key=lambda variant: subject.weights[variant])
    scale = 0.1 / subject.weights[name]
    course = subject.push(items({one: weight * scale for one, weight in subject.weights.items()}))
    back = weights(subject.describe()).get(name)
    shown = "" if course.changed is None else f"; CurrentWeight changed after {course.changed:.0f} s"
    return f"0.1 came back as {back!r}; {_told(course)}{shown}"


def _unknown(subject: Subject) -> str:
    return _told(subject.push([{"VariantName": NOBODY, "DesiredWeight": 0.0}]))


def _twice(subject: Subject) -> str:
    return _told(subject.push(2 * items(subject.weights)[:1]))


def _counts(subject: Subject) -> str:
    if None in subject.counts.values():
        return "not asked: AWS tells no instance counts"
    before = weights(subject.describe())
    counts = [{"VariantName": name, "DesiredInstanceCount": count} for name, count in subject.counts.items()]
    course = subject.push(counts)
    kept = "kept" if weights(subject.describe()) == before else "changed"
    return f"{_told(course)}; weights were {kept}"


def _targeted(subject: Subject) -> str:
    return _heard(subject.invoke(TargetVariant=NOBODY))


def _pace(subject: Subject) -> str:
    for number in range(_IN_A_ROW):
        said = subject.describe_once()
        if said.kind != "done":
            return f"{number} were answered, then {said.said}"
    return f"all {_IN_A_ROW} were answered"


def _zero(subject: Subject) -> str:
    try:
        course = subject.push(items(dict.fromkeys(subject.weights, 0.0)))
        if course.said.kind != "done":
            return _told(course)
        return f"{_told(course)}; a request then: {_heard(subject.invoke())}"
    finally:
        subject.restore()


def _told(course: Course) -> str:
    if course.said.kind != "done":
        return f"refused: {course.said.said}"
    if course.busy is None:
        return "taken; InService throughout"
    stale = f", though {course.first} was read at first" if course.first == "InService" else ""
    return f"taken; InService again after {course.settled:.0f} s{stale}"


def _heard(said: Answer) -> str:
    return said.said or f"answered by {said.document.get('InvokedProductionVariant')}"


_HARMLESS = (
    Question(
        "Does a push of the weights in force still mean Updating?",
        "push the weights as they are",
        _same,
    ),
    Question(
        "How exactly is a weight told back, and when does it show?",
        "push all weights in the same proportion, so that the largest is 0.1",
        _echo,
    ),
    Question(
        "What is said to a variant that does not exist?", "push a weight for a variant that does not exist", _unknown
    ),
    Question("What is said to a variant that is named twice?", "push one weight as it is, twice in one call", _twice),
    Question(
        "Are the instance counts of all variants taken in one call, and are weights kept?",
        "push the instance counts as they are",
        _counts,
    ),
    Question(
        "What is said to a TargetVariant that does not exist?",
        "send one empty request to a variant that does not exist",
        _targeted,
    ),
    Question(
        "How many descriptions in a row are answered?",
        f"ask for descriptions, up to {_IN_A_ROW}, as fast as they come, until one is refused",
        _pace,
    ),
)

_ALL_ZERO = Question(
    "What becomes of weights that are all zero?",
    "push zeros, send one empty request and put the weights back: meanwhile requests may fail",
    _zero,
)
