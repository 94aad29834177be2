"""What should be learned of a list of deliveries: slow and obvious, all events at once, nothing of the real code."""

from collections import defaultdict
from typing import NamedTuple

from banditctl.core.event import Exposure


class Answer(NamedTuple):
    """Cells by (number of the stratum, metric, variant), each (exposed, worths, bins of ages), and the tally."""

    cells: dict
    tally: dict


class Model:
    """Strata by their beginnings, metrics as {name: (window, repeat)}, times as datetimes and timedeltas."""

    def __init__(self, begun, metrics, trials, memory, skew):
        self.begun = begun
        self.metrics = metrics
        self.trials = trials
        self.memory = memory
        self.skew = skew

    def answer(self, deliveries):
        """Of `deliveries`, each (when it was received, event), in the order in which they came."""
        tally = dict.fromkeys(("late", "orphaned", "repeated", "targeted", "unknown"), 0)
        cells = defaultdict(lambda: [0, [], []])
        exposures, rewards = self._sorted(deliveries, tally)
        for at, event in exposures.values():
            if event.targeted:
                tally["targeted"] += 1
            elif self.trials == "exposures":
                cells[self._stratum(at), "reward", event.variant][0] += 1

        told = defaultdict(list)
        for received, at, event in rewards:
            if event.exposure is None:
                self._by_variant(cells, event, at, received, tally)
            elif event.exposure in exposures:
                told[event.exposure, event.metric].append((at, event.value))
            else:
                tally["orphaned"] += 1

        for (name, metric), found in told.items():
            at, exposure = exposures[name]
            if not exposure.targeted:
                self._settle(cells[self._stratum(at), metric, exposure.variant], metric, at, found, tally)
        return Answer({where: cell for where, cell in cells.items() if any(cell)}, tally)

    def _sorted(self, deliveries, tally):
        """The exposures by their ids and the rewards in their order, each with when it was; those with when it came."""
        exposures, rewards = {}, []
        for received, at, event in self._on_time(self._once(deliveries), tally):
            if isinstance(event, Exposure):
                exposures[event.id] = (at, event)
            elif event.metric in self.metrics:
                rewards.append((received, at, event))
            else:
                tally["unknown"] += 1
        return exposures, rewards

    def _by_variant(self, cells, event, at, received, tally):
        """A reward that names its variant; where the target counts requests, its minute's stratum has both."""
        if self.trials != "invocations":
            cells[self._stratum(at), event.metric, event.variant][1].append(event.value)
            return
        minute = at.replace(second=0, microsecond=0)
        if minute < self.begun[0]:
            tally["orphaned"] += 1
        elif received - at > self.metrics[event.metric][0]:
            tally["late"] += 1
        else:
            cell = cells[self._stratum(minute), event.metric, event.variant]
            cell[1].append(event.value)
            cell[2].append(bin_of(received - at))

    def _settle(self, cell, metric, exposed, found, tally):
        """All rewards of one exposure by one metric, in the order in which they came."""
        window, repeat = self.metrics[metric]
        inside = [(at - exposed, value) for at, value in found if -self.skew <= at - exposed <= window]
        tally["late"] += len(found) - len(inside)
        if not inside:
            return
        if repeat == "first":
            tally["repeated"] += len(inside) - 1
        ages, values = zip(*inside, strict=True)
        cell[1].append({"first": values[0], "sum": sum(values), "max": max(values)}[repeat])
        cell[2].append(bin_of(ages[0]))

    def _once(self, deliveries):
        seen = set()
        for received, event in deliveries:
            if event.id not in seen:
                yield received, event
            seen.add(event.id)

    def _on_time(self, deliveries, tally):
        for received, event in deliveries:
            at = min(event.at, received)
            if at < received - self.memory:
                tally["late"] += 1
            else:
                yield received, at, event

    def _stratum(self, at):
        """The last that had begun by then; the first for what came before any."""
        return max([number for number, since in enumerate(self.begun) if since <= at], default=0)


def bin_of(age):
    """Counted from the edges at 1, 2**0.5, 2, 2**1.5 ... seconds: how many of them the age has reached."""
    reached = 0
    while age.total_seconds() >= 2 ** (reached / 2):
        reached += 1
    return reached
