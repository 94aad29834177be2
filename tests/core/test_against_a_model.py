"""Whatever is delivered, in whatever order and pieces, what is learned is what a slow and obvious model says."""

import asyncio
from collections import Counter
from itertools import groupby

from core.builders import HOUR, MINUTE, NOON, SECOND, experiment, exposure, reward, stratum
from core.model import Model
from hypothesis import given, settings, strategies as st

from banditctl.controller import learn
from banditctl.core.event import CLOCK_SKEW, REWARD
from banditctl.core.evidence import Evidence, EvidenceOptions
from banditctl.core.rewards.gaussian import Gaussian
from banditctl.stores import Ledger
from banditctl.stores.redis import RedisStore, open_store
from banditctl.stores.redis.keys import Keys

WINDOW, SHORT = HOUR, 10 * MINUTE
TICK = 5 * MINUTE
STRATA = Evidence(
    (
        stratum(until=NOON + HOUR + 20 * SECOND),
        stratum(since=NOON + HOUR + 20 * SECOND, until=NOON + 2 * HOUR),
        stratum(since=NOON + 2 * HOUR, until=NOON + 6 * HOUR, settled=False),
        stratum(since=NOON + 6 * HOUR),
    )
)

NAMES = "uvwxyz"
variants = st.sampled_from("AB")
values = st.integers(-3, 3).map(float)
metrics = st.sampled_from([REWARD, REWARD, "latency", "forgotten"])
# Seconds matter to ages, minutes to windows, hours to strata and to what is kept where.
moments = st.builds(
    lambda minute, second: NOON + minute * MINUTE + second * SECOND,
    st.integers(-10, 90) | st.integers(-10, 480),
    st.integers(0, 59),
)
delays = st.sampled_from([-2, 0, 0, 0, 5, 20, 40, 65, 70, 150]).map(lambda minutes: minutes * MINUTE)
again = st.lists(st.integers(0, 10).map(lambda ticks: ticks * TICK), max_size=2)
mostly_not = st.sampled_from([False, False, False, True])
repeats = st.sampled_from(["first", "sum", "max"])


@st.composite
def requests(draw, name):
    """An exposure, or none, and its rewards from before the skew of clocks to after the window."""
    at = draw(moments)
    events = [exposure(name, draw(variants), at, draw(mostly_not))]
    for number in range(draw(st.integers(0, 4))):
        later = draw(st.integers(-400, 400) | st.integers(-400, 4000)) * SECOND
        events.append(reward(f"{name}{number}", draw(values), at + later, name, metric=draw(metrics)))
    return events[draw(mostly_not) :]


@st.composite
def deliveries(draw):
    """Events of several requests, each delivered late or early, some again, grouped as intake received them."""
    events = [event for name in NAMES[: draw(st.integers(0, len(NAMES)))] for event in draw(requests(name))]
    by_variant = draw(st.lists(st.tuples(values, moments, variants, metrics), max_size=4))
    events += [reward(f"{n}", value, at, None, name, metric) for n, (value, at, name, metric) in enumerate(by_variant)]
    ticks = []
    for event in draw(st.permutations(events)):
        first = max(event.at + draw(delays) - NOON, 0 * MINUTE) // TICK
        ticks += [(first + extra // TICK, event) for extra in [0 * MINUTE, *draw(again)]]
    return [
        # Of two intakes the clock of one is behind.
        (NOON + (tick + 1) * TICK - draw(st.sampled_from([0, 0, 1])) * MINUTE, [event for _, event in group])
        for (tick, _), group in groupby(
            sorted(ticks, key=lambda one: one[0]), lambda one: (one[0], draw(st.integers(0, 1)))
        )
    ]


def fares(repeat, other, trials):
    return experiment(
        reward=Gaussian(window=WINDOW, repeat=repeat),
        metrics={"latency": Gaussian(window=SHORT, repeat=other)},
        evidence=EvidenceOptions(trials=trials),
    )


async def really_learned(running, appends, learning):
    """What is left in the store after all has been appended, learned now and then and at the end."""
    store = open_store("memory://")
    await store.save("fares", Ledger(), Ledger(evidence=STRATA))
    for (at, events), now_too in zip(appends, learning, strict=True):
        await store.append("fares", events, at, running.memory)
        if now_too:
            await learn(running, store, at)
    await learn(running, store, NOON)
    found = await RedisStore(store._redis).ledger("fares")
    orders = await store._redis.keys(Keys("fares").order("*"))
    await store.close()
    return found, orders


def told(evidence):
    """Cells that hold something, as plain numbers."""
    found = {}
    for number, one in enumerate(evidence.strata):
        for metric, row in {REWARD: one.variants, **one.metrics}.items():
            for variant, cell in row.items():
                worth = cell.rewarded
                found[number, metric, variant] = (cell.exposed, worth.count, worth.total, worth.squares, cell.ages)
    return found


def expected(answer):
    found = {}
    for where, (exposed, worths, bins) in answer.cells.items():
        counted = Counter(bins)
        ages = tuple(counted[number] for number in range(max(bins, default=-1) + 1))
        found[where] = (exposed, len(worths), sum(worths), sum(worth * worth for worth in worths), ages)
    return found


@given(deliveries(), st.data(), repeats, repeats, st.sampled_from(["exposures", "exposures", "rewards", "invocations"]))
@settings(max_examples=100, deadline=None)
def test_what_is_learned_is_what_the_model_says(appends, data, repeat, other, trials):
    running = fares(repeat, other, trials)
    learning = data.draw(st.lists(st.booleans(), min_size=len(appends), max_size=len(appends)))
    found, orders = asyncio.run(really_learned(running, appends, learning))

    by_name = {REWARD: (WINDOW, repeat), "latency": (SHORT, other)}
    model = Model([one.since for one in STRATA.strata], by_name, trials, WINDOW + CLOCK_SKEW, CLOCK_SKEW)
    answer = model.answer([(at, event) for at, events in appends for event in events])
    assert told(found.evidence) == expected(answer)
    assert {name: getattr(found.tally, name) for name in answer.tally} == answer.tally
    # What was called immutable and kept by its hash was never changed: there is one order of them at most.
    assert orders in ([], [Keys("fares").order(0).encode()])
