"""CloudEvents 1.0 in structured mode: an envelope around the event, which is its `data`."""

from collections.abc import Iterator
from typing import Any

from banditctl.intake.faults import Fault
from banditctl.intake.wire import WireEvent, as_event as as_plain_event

_KINDS = {"io.banditctl.exposure": "exposure", "io.banditctl.reward": "reward"}
_JSON = ("application/json", "text/json", "+json")


class Enveloped(WireEvent, frozen=True, gc=False):
    """The event of a CloudEvent; `lent` are the fields that the envelope filled in."""

    lent: tuple[str, ...] = ()

    def pointer(self, pointer: str) -> str:
        return _pointer(pointer, self.lent)


def as_event(item: object) -> WireEvent | Fault:
    """The event that a decoded CloudEvent carries, or the first thing that keeps it from being one."""
    if not isinstance(item, dict):
        return Fault("", "must be an object")
    data = item.get("data")
    named = data.get("experiment") if isinstance(data, dict) else None
    for pointer, detail in _faults(item):
        return Fault(pointer, detail, named if isinstance(named, str) else "")
    envelope = {"type": _KINDS[item["type"]], "id": item["id"], "time": item.get("time")}
    lent = tuple(name for name in envelope if item["data"].get(name) is None)
    event = as_plain_event(item["data"] | {name: envelope[name] for name in lent})
    if isinstance(event, Fault):
        return Fault(_pointer(event.pointer, lent), event.detail, event.experiment)
    return Enveloped(**{name: getattr(event, name) for name in event.__struct_fields__}, lent=lent)


def _faults(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the envelope; extension attributes are anybody's own."""
    if item.get("specversion") != "1.0":
        yield "/specversion", 'must be "1.0"'
    for name in ("id", "source"):
        if not isinstance(item.get(name), str) or not item[name]:
            yield f"/{name}", "must be a string that is not empty"
    if item.get("type") not in tuple(_KINDS):
        yield "/type", f"must be {' or '.join(_KINDS)}"
    media = item.get("datacontenttype") or _JSON[0]
    if not isinstance(media, str) or not media.partition(";")[0].strip().lower().endswith(_JSON):
        yield "/datacontenttype", "must be application/json, or left out"
    if not isinstance(item.get("data"), dict):
        yield "/data", "must be an event as an object, not as a string or in base64"
    if item["data"].get("type") not in (None, _KINDS[item["type"]]):
        yield "/data/type", "must agree with the type of the CloudEvent, or be left out"


def _pointer(pointer: str, lent: tuple[str, ...]) -> str:
    return pointer if pointer.removeprefix("/") in lent else f"/data{pointer}"
