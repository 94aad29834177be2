"""The operator's verbs as people meet them: what each does, what it asks, and the order that a form makes."""

from collections.abc import Awaitable, Callable, Mapping
from math import isfinite

from msgspec import Struct

from banditctl.core.experiment import Experiment
from banditctl.errors import UsageError

# Long enough for a sentence or two and the number of a ticket.
REASON_CHARACTERS = 500


class Order(Struct, frozen=True):
    """What an operator asks for, and why; `variant` and `shares` where the verb takes them."""

    reason: str
    variant: str | None = None
    shares: dict[str, float] | None = None


# Carries out an order: (experiment, verb, order, whose key it was). Raises BanditctlError or HTTPException, with a
# sentence, where nothing was done.
Operate = Callable[[str, str, Order, str | None], Awaitable[object]]


class Verb(Struct, frozen=True):
    """One way to steer by hand: what it does, and whether it asks for a variant or for shares."""

    title: str
    effect: str
    asks: str = ""


VERBS: Mapping[str, Verb] = {
    "pause": Verb("Pause", "Traffic stays as it is. Learning goes on, and so does guarding."),
    "resume": Verb("Resume", "From the next turn on, traffic moves by the policy again."),
    "promote": Verb("Promote", "One variant gets all the traffic that the limits let it have.", "variant"),
    "rollback": Verb("Roll back", "All traffic goes to the control at once, past every limit."),
    "pin": Verb("Pin", "Traffic is split as you say, until it is unpinned.", "shares"),
    "unpin": Verb("Unpin", "From the next turn on, traffic moves by the policy again."),
}


def order(verb: str, experiment: Experiment, fields: Mapping[str, str]) -> Order:
    """The order that a form's `fields` make; raises UsageError, saying what to write."""
    reason = fields.get("reason", "").strip()
    if not 1 <= len(reason) <= REASON_CHARACTERS:
        raise UsageError(f"Write why, in at most {REASON_CHARACTERS} characters: it is recorded with the decision.")
    asks = VERBS[verb].asks
    variant = fields.get("variant") if asks == "variant" else None
    if asks == "variant" and variant not in experiment.variants:
        raise UsageError(f"Choose one of {', '.join(experiment.variants)}.")
    return Order(reason, variant, _shares(experiment, fields) if asks == "shares" else None)


def _shares(experiment: Experiment, fields: Mapping[str, str]) -> dict[str, float]:
    percents = {name: _percent(name, fields.get(f"share-{name}", "")) for name in experiment.variants}
    whole = sum(percents.values())
    if abs(whole - 100) > 1e-6:
        raise UsageError(f"Shares are to sum to 100%, not to {whole:g}%.")
    # Percentages with decimals do not quite sum to one any more once they are divided.
    return {name: percent / whole for name, percent in percents.items()}


def _percent(name: str, written: str) -> float:
    try:
        percent = float(written)
    except ValueError:
        percent = -1.0
    if not (isfinite(percent) and percent >= 0):
        raise UsageError(f"Write the share of {name} in percent, such as 12.5.")
    return percent
