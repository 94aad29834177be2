"""Who is told: from the URLs that are set to what each of them is sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import msgspec

from banditctl.core.notices import Notice
from banditctl.errors import UsageError
from banditctl.notify.signing import keys, signature

_SCHEMES = {"http", "https"}
_SLACK = "slack+"
_SLACK_HOST = "hooks.slack.com"


class Letter(NamedTuple):
    """What is posted, and where to."""

    url: str
    headers: dict[str, str]
    body: bytes


class Receiver(Protocol):
    """Somebody who is told."""

    @property
    def url(self) -> str:
        """Where it listens; often a secret."""
        ...

    def letter(self, notice: Notice, at: datetime) -> Letter:
        """A notice as it is posted `at` some time."""
        ...


@dataclass(frozen=True)
class Webhook:
    """A receiver of signed JSON, after Standard Webhooks."""

    url: str = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)

    def letter(self, notice: Notice, at: datetime) -> Letter:
        data = {"experiment": notice.experiment, "sentence": notice.sentence, **notice.facts}
        body = msgspec.json.encode({"type": notice.kind, "timestamp": notice.at, "data": data})
        timestamp = int(at.timestamp())
        headers = {
            "content-type": "application/json",
            "webhook-id": notice.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self.keys, notice.id, timestamp, body),
        }
        return Letter(self.url, headers, body)


@dataclass(frozen=True)
class Slack:
    """An incoming webhook of Slack, or of what takes the same."""

    url: str = field(repr=False)

    def letter(self, notice: Notice, at: datetime) -> Letter:  # noqa: ARG002 - nothing is signed
        said = f"*{_plain(notice.experiment)}*: {_plain(notice.sentence)}"
        blocks: list[object] = [{"type": "section", "text": {"type": "mrkdwn", "text": said}}]
        if reason := notice.facts.get("reason"):
            blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": _plain(str(reason))}]})
        body = {"text": f"{_plain(notice.experiment)}: {_plain(notice.sentence)}", "blocks": blocks}
        return Letter(self.url, {"content-type": "application/json"}, msgspec.json.encode(body))


# Slack takes 3000 characters, and escaping makes five of one.
_LONGEST = 500


def _plain(text: str) -> str:
    """As Slack shows it, and not as a link or as a call for everybody."""
    return text[:_LONGEST].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def receivers(urls: Sequence[str], secrets: str | None) -> list[Receiver]:
    """Who is told at these URLs, each once. Raises UsageError for what is none, and where a secret is missing."""
    signing = keys(secrets or "")
    return [_receiver(url, signing) for url in dict.fromkeys(urls)]


def _receiver(url: str, signing: tuple[bytes, ...]) -> Receiver:
    try:
        parts = urlsplit(url.removeprefix(_SLACK))
        sound = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise UsageError(
            f"{shown(url)} cannot be notified; write https://HOST/PATH, or slack+https://HOST/PATH for Slack's form"
        )
    if url.startswith(_SLACK) or parts.hostname == _SLACK_HOST:
        return Slack(url.removeprefix(_SLACK))
    if not signing:
        raise UsageError(
            f"what {shown(url)} is sent must be signed: set BANDITCTL_NOTIFY_SECRET; docs/notifications.md says how"
        )
    return Webhook(url, signing)


def shown(url: str) -> str:
    """What of a URL may be read by others: where it leads, without the rest, by which anybody could post."""
    scheme, found, rest = url.partition("://")
    place = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
    return f"{scheme}{found}{place}" if found else "what is no URL"


def digest(receiver: Receiver) -> str:
    """What a receiver is known by in the store, which its URL does not follow from."""
    return blake2b(receiver.url.encode(), digest_size=8).hexdigest()
