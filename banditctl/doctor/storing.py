"""The store looked at: its server, the keys in it, and whether evidence still means what the policy files say."""

from collections.abc import Sequence

from banditctl.controller import check_terms
from banditctl.core.experiment import Experiment
from banditctl.diagnosis import Diagnoses, Diagnosis, failed, ok, warning
from banditctl.doctor.looking import Look
from banditctl.errors import StoreUnavailable, TermsChanged, UsageError
from banditctl.stores import Store
from banditctl.stores.redis.checkup import checkup
from banditctl.stores.redis.connection import shown
from banditctl.stores.redis.opening import opened, unmade


def storing(url: str, experiments: Sequence[Experiment], *, needs_keys: bool) -> Look:
    """The look at the store at `url`; `needs_keys` where other machines reach the daemon."""
    return Look(shown(url), _diagnoses(url, experiments, needs_keys))


async def _diagnoses(url: str, experiments: Sequence[Experiment], needs_keys: bool) -> Diagnoses:
    if url == "memory://":
        yield warning("store", "everything is forgotten when the daemon ends", "keep it with embedded:PATH or redis://")
        yield _keys(0, needs_keys)
        return
    try:
        if folder := unmade(url):
            yield ok("store", f"{folder} is not there yet: the daemon makes it, and runs a Valkey of its own in it")
            yield _keys(0, needs_keys)
            return
        async with opened(url, beside=True) as store:
            await store.ping()
            yield ok("store", "answers")
            async for diagnosis in checkup(store):
                yield diagnosis
            yield _keys(len(await store.credentials.read()), needs_keys)
            for experiment in experiments:
                yield await _terms(store, experiment)
    except UsageError as error:
        yield Diagnosis("store", "failed", str(error), "correct --store", usage=True)
    except StoreUnavailable as error:
        yield failed("store", str(error), "start it, or name another with --store; what it keeps is not known")


def _keys(known: int, needed: bool) -> Diagnosis:
    if known:
        return ok(
            "keys", f"{known} keys: everybody is asked for one" if known > 1 else "1 key: everybody is asked for it"
        )
    if needed:
        detail = "other machines reach the daemon, and nobody has a key: it will not start"
        return failed("keys", detail, "make one with `banditctl keys new`, or listen on 127.0.0.1")
    return ok("keys", "none, and none is asked for")


async def _terms(store: Store, experiment: Experiment) -> Diagnosis:
    try:
        ledger = await store.ledger(experiment.name)
        check_terms(experiment, ledger)
    except TermsChanged as error:
        return Diagnosis("evidence", "failed", str(error), "change the policy file", usage=True)
    return ok("evidence", f"{experiment.name}: {len(ledger.evidence.strata)} strata, of {ledger.learned:,} events")
