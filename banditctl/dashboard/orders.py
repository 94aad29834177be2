"""The operator's verbs as people meet them: what each does, and the order that a form makes, as the API has it."""

from collections.abc import Mapping
from decimal import Decimal
from math import nan

import msgspec
from msgspec import Struct

from banditctl.api.order_forms import FORMS, REASON_CHARACTERS, OrderForm, read
from banditctl.core.experiment import Experiment
from banditctl.core.judgement import demanded
from banditctl.core.standing import LASTING, Standing, Verb
from banditctl.dashboard.words import share
from banditctl.errors import OrderInvalid


class Described(Struct, frozen=True):
    """One way to steer by hand: what its button says, and what it does."""

    title: str
    effect: str


VERBS: Mapping[Verb, Described] = {
    "pause": Described("Pause", "Traffic stays as it is. Learning goes on."),
    "resume": Described("Resume", "Traffic moves by the policy again, or stays as it is pinned."),
    "promote": Described("Promote", "One variant gets all the traffic that the limits let it have, step by step."),
    "rollback": Described("Roll back", "All traffic goes to the control at once and past every limit."),
    "pin": Described("Pin", "Traffic is split as you say, at once and past every limit."),
    "unpin": Described("Unpin", "Traffic moves by the policy again, or as was ordered before."),
}

# What to write where the API's own words are about JSON.
_INSTEAD = {
    "/reason": (
        f"Write why, in at most {REASON_CHARACTERS} characters and without those that turn text round: it is recorded "
        "with the decision."
    ),
    "/variant": "Choose a variant.",
    "/shares": "Write each share in percent, such as 12.5.",
}


def following(verb: Verb, experiment: Experiment, standing: Standing) -> str:
    """What is heeded once `verb` has ended an order, with its shares; empty where the policy decides."""
    heeded = standing.without(verb).heeded
    if verb in LASTING or heeded is None:
        return ""
    pushed = experiment.mode == "act" and not heeded.fault(experiment.variants)
    shares = demanded(experiment, heeded) if pushed else None
    split = ", ".join(f"{name} {share(part)}" for name, part in shares.shares.items()) if shares else ""
    told = f"An order holds that is heeded then: {heeded.said(experiment.control)}."
    return f"{told} The shares go to {split}, at once and past every limit." if split else told


def asks(verb: Verb) -> frozenset[str]:
    """What the verb wants to know besides the reason: `variant` or `shares`."""
    return frozenset(FORMS[verb].__struct_fields__) & {"variant", "shares"}


def order(verb: Verb, experiment: Experiment, fields: Mapping[str, str]) -> OrderForm:
    """The order that a form's `fields` make; raises OrderInvalid, saying what to write."""
    # Lines of a text field are one line of a log.
    written: dict[str, object] = {"reason": " ".join(fields.get("reason", "").split()), "id": fields.get("id")}
    if "variant" in asks(verb):
        written["variant"] = fields.get("variant")
    if "shares" in asks(verb):
        written["shares"] = {name: _part(fields.get(f"share-{name}", "")) for name in experiment.variants}
    try:
        return read(msgspec.json.encode(written), FORMS[verb])
    except OrderInvalid as error:
        raise OrderInvalid(error.pointer, _INSTEAD.get(error.pointer, str(error))) from error


def _part(percent: str) -> float:
    """A percentage as a part of one; what is no number stays none."""
    try:
        # As it was written: 33.3 / 100 is not quite 0.333 in binary.
        return float(Decimal(percent) / 100)
    except ArithmeticError:
        return nan
