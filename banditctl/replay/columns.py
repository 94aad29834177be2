"""Which column of a recording says what: as named on the command line, or as known files have it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from banditctl.errors import UsageError

# Stands for the name of each variant in the name of a column.
EACH = "{variant}"


@dataclass(frozen=True)
class Columns:
    """Columns by what they say. A reward with `{variant}` in it is there for every variant of every row."""

    time: str
    reward: str
    arrival: str | None = None
    variant: str | None = None
    propensity: str | None = None
    """A column, or one number for all rows."""

    @property
    def full(self) -> bool:
        """Whether rows say what every variant would have earned."""
        return EACH in self.reward

    def named(self, variants: Collection[str]) -> Iterator[str]:
        """The columns that must be there."""
        yield self.time
        yield from (self.reward.replace(EACH, variant) for variant in variants) if self.full else (self.reward,)
        for column in (self.arrival, self.variant, self.propensity):
            if column is not None and not is_number(column):
                yield column


# The flights of the demo, and the published sample of the Open Bandit Dataset: half of its rows are of either policy.
_KNOWN = (
    Columns(time="request_time", reward="ok_{variant}", arrival="reward_time"),
    Columns(time="timestamp", reward="click", variant="policy", propensity="0.5"),
)


def is_number(written: str) -> bool:
    """Whether it is a number, and so no name of a column."""
    try:
        float(written)
    except ValueError:
        return False
    return True


def chosen(
    time: str | None, reward: str | None, arrival: str | None, variant: str | None, propensity: str | None
) -> Columns | None:
    """The columns that were named; None if none was. Raises UsageError where they do not make a whole."""
    if not any((time, reward, arrival, variant, propensity)):
        return None
    if time is None or reward is None:
        raise UsageError("name at least --time and --reward; without any, columns are found in files that are known")
    columns = Columns(time, reward, arrival, variant, propensity)
    if columns.full and (variant or propensity):
        raise UsageError(f"--reward {reward} is there for every variant: leave --variant and --propensity out")
    if not columns.full and not (variant and propensity):
        raise UsageError(f"--reward {reward} is what one variant earned: name --variant and --propensity, too")
    return columns


def recognised(header: Collection[str], variants: Collection[str]) -> Columns:
    """The columns of a file that is known; raises UsageError if it is not."""
    for columns in _KNOWN:
        if set(columns.named(variants)) <= set(header):
            return columns
    raise UsageError(
        f"its columns are {', '.join(header)}; say which is which: --time and --reward 'NAME_{EACH}', "
        "or --time, --variant, --propensity and --reward"
    )


def unfit(named: Iterable[str], header: Sequence[str]) -> Iterator[str]:
    """A sentence for each column that is not there, or there twice."""
    for name in named:
        if header.count(name) > 1:
            yield f"there are {header.count(name)} columns {name}; nobody could say which is meant"
        if name not in header:
            close = get_close_matches(name, header, n=1)
            known = f"did you mean {close[0]}?" if close else f"there are {', '.join(header)}"
            yield f"there is no column {name}; {known}"
