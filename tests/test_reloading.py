"""When changed policy files are taken up, look by look."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from core.builders import live
from support.policy_files import LEAST, write

from banditctl.config import load_all
from banditctl.core.allocation import Live
from banditctl.errors import StoreUnavailable, TargetDenied, TargetUnavailable, UsageError
from banditctl.metrics import Metrics
from banditctl.reloading import Reloading
from banditctl.running import Running
from banditctl.schedule import Schedule
from banditctl.stores.redis import open_store
from banditctl.vetting import vet

OTHER = LEAST + "limits: {step: 10%}\n"


class Vetting:
    """Lets every experiment run unless told otherwise, and remembers which were asked for."""

    def __init__(self):
        self.asked = []
        self.failure = None

    async def __call__(self, one, before):
        self.asked.append(one.experiment.name)
        if self.failure:
            raise self.failure


@pytest.fixture
def vetting():
    return Vetting()


@pytest.fixture
async def running(folder):
    write(folder, LEAST)
    store, metrics = open_store("memory://"), Metrics()
    running = Running(Schedule(store, lambda: datetime.now(UTC), metrics, "this daemon"), metrics)
    for one in load_all([folder]):
        running.begin(one, None)
    yield running
    await store.close()


@pytest.fixture
def reloading(folder, running, vetting, clock):
    return Reloading([folder], running, vetting, running._metrics, clock)


@pytest.fixture
def look(reloading, running, clock):
    """Looks once; answers the steps of what runs by then, by name."""

    async def once(after=timedelta(seconds=1)):
        clock.move(after)
        await reloading.look()
        return {name: experiment.limits.step for name, experiment in running.experiments.items()}

    return once


def refused(running):
    """How many files Prometheus is told of."""
    (line,) = [one for one in running._metrics.text().decode().splitlines() if one.startswith("banditctl_policy_files")]
    return float(line.split()[-1])


async def test_what_is_still_being_written_is_not_read(look, folder):
    written = {"flights": 0.2}
    for length in range(0, len(OTHER), 40):
        write(folder, OTHER[:length])
        assert await look() == written
    write(folder, OTHER)
    assert await look() == written
    assert await look() == {"flights": 0.1}


async def test_a_refusal_is_logged_once_however_often_one_looks_and_so_is_its_end(look, folder, running, capsys):
    write(folder, "limits: 3")
    for _ in range(5):
        assert await look() == {"flights": 0.2}
    assert capsys.readouterr().out.count("policies/flights.yaml:1:9: limits: must be a mapping") == 1
    assert refused(running) == 1
    write(folder, LEAST)
    for _ in range(5):
        await look()
    assert capsys.readouterr().out.count("every policy file is sound again") == 1
    assert refused(running) == 0


async def test_what_is_refused_is_known_with_its_place_for_as_long_as_it_is(look, folder, reloading):
    write(folder, "limits: 3")
    write(folder, OTHER.replace("kind: thompson", "kind: tea").replace("flights-prod", "rides"), "rides.yaml")
    assert reloading.refused == []
    await look()
    await look()
    places = [str(folder / name) for name in ("flights.yaml:1:9: limits: must", "rides.yaml:")]
    assert all(any(one.startswith(place) for one in reloading.refused) for place in places)
    write(folder, LEAST)
    (folder / "rides.yaml").unlink()
    await look()
    await look()
    assert reloading.refused == []


async def test_a_comment_changes_nothing(look, folder, running, vetting):
    before = running.experiments["flights"]
    write(folder, "# the same\n" + LEAST)
    await look()
    await look()
    assert running.experiments["flights"] is before
    assert vetting.asked == []


async def test_one_bad_file_does_not_keep_others_from_changing(look, folder):
    write(folder, "nonsense")
    write(folder, OTHER.replace("flights-prod", "rides"), "rides.yaml")
    await look()
    assert await look() == {"flights": 0.2, "rides": 0.1}


async def test_what_its_endpoint_or_evidence_forbids_is_asked_for_again_in_a_while(look, folder, vetting, running):
    vetting.failure = UsageError("flights: the endpoint lacks a")
    write(folder, OTHER)
    for _ in range(20):
        await look()
    assert (vetting.asked, refused(running)) == (["flights"], 1)
    vetting.failure = None
    assert await look(after=timedelta(seconds=30)) == {"flights": 0.1}
    assert refused(running) == 0
    await look(after=timedelta(hours=1))
    assert vetting.asked == ["flights", "flights"]


async def test_while_the_store_is_away_nothing_changes_and_each_look_tries_again(look, folder, vetting):
    vetting.failure = StoreUnavailable("no answer")
    write(folder, OTHER)
    await look()
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await look()
    vetting.failure = None
    assert await look() == {"flights": 0.1}


async def test_a_folder_that_vanishes_ends_nothing(look, folder, running):
    aside = folder.with_name("aside")
    folder.rename(aside)
    await look()
    assert await look() == {"flights": 0.2}
    assert refused(running) == 1
    aside.rename(folder)
    await look()
    await look()
    assert refused(running) == 0


async def test_an_emptied_folder_ends_every_experiment(look, folder, running):
    (folder / "flights.yaml").unlink()
    await look()
    assert await look() == {}
    assert running.configured == {}


async def test_a_file_that_is_renamed_goes_on_under_its_name(look, folder, running, vetting):
    write(folder, "name: flights\n" + LEAST)
    (folder / "flights.yaml").rename(folder / "renamed.yaml")
    await look()
    await look()
    assert running.configured["flights"].path == folder / "renamed.yaml"
    (folder / "renamed.yaml").unlink()
    await look()
    assert await look() == {}
    assert vetting.asked == []


async def test_a_file_of_another_name_is_another_experiment(look, folder):
    write(folder, "name: trains\n" + LEAST)
    await look()
    assert await look() == {"trains": 0.2}


class Endpoint:
    """An endpoint of two variants, and how often it was read."""

    def __init__(self):
        self.reads = 0
        self.live = live(a=0.5, b=0.5)

    async def read(self):
        self.reads += 1
        if isinstance(self.live, Exception):
            raise self.live
        if self.live is None:
            await asyncio.Event().wait()
        return self.live


@pytest.fixture
async def vetted(folder, monkeypatch):
    """Vets the running experiment with changes; answers how often its endpoint was read."""
    (before,) = load_all([write(folder, LEAST)])
    endpoint, store = Endpoint(), open_store("memory://")
    monkeypatch.setattr(type(before.target), "connect", lambda *_: endpoint)

    async def ask(runs=True, moves=False, live=endpoint.live, **changes):
        target = replace(before.target, endpoint="fligths-prod") if moves else before.target
        one = replace(before, target=target, experiment=replace(before.experiment, **changes))
        endpoint.live = live
        assert await vet(one, before if runs else None, store, control=True) is endpoint
        return endpoint.reads

    yield ask
    await store.close()


async def test_an_endpoint_is_asked_only_where_the_change_concerns_it(vetted):
    assert await vetted(mode="observe") == 0
    assert await vetted(runs=False) == 1
    with pytest.raises(UsageError, match=r"flights: the endpoint lacks c; name its variants in the policy file"):
        await vetted(variants=("a", "b", "c"))


async def test_nobody_leaves_an_endpoint_for_one_that_is_not_there(vetted):
    missing = Live("Missing", "broken", None, problem="is missing; deploy it")
    with pytest.raises(UsageError, match=r"flights: the endpoint is missing; deploy it"):
        await vetted(moves=True, live=missing)
    assert await vetted(moves=True) == 2
    assert await vetted(runs=False, live=missing) == 3
    assert await vetted(variants=("a", "b", "c"), live=missing) == 4


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (TargetUnavailable("AWS: Throttling"), "AWS: Throttling"),
        (TargetDenied("AWS: no"), "AWS: no"),
        (None, "no answer yet"),
    ],
)
async def test_nor_for_one_that_does_not_answer(vetted, monkeypatch, answer, said):
    monkeypatch.setattr("banditctl.vetting._PATIENCE", 0.01)
    with pytest.raises(UsageError, match=f"flights: the endpoint that it is to move to does not answer: {said}"):
        await vetted(moves=True, live=answer)
    assert await vetted(moves=True) == 2
    assert await vetted(runs=False, live=answer) == 3
