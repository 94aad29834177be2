"""Files as SageMaker writes them: data capture and ground truth."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from banditctl.core.experiment import Experiment
from banditctl.core.policies.thompson import Thompson
from banditctl.core.rewards.bernoulli import Bernoulli

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
ENDPOINT = "flights-prod"
FLIGHTS = Experiment(name="flights", variants=("a", "b"), control="a", reward=Bernoulli(), policy=Thompson(), digest="")
POLICY = f"""\
name: flights
target: {{kind: sagemaker, endpoint: {ENDPOINT}}}
variants: [a, b]
reward: {{kind: bernoulli}}
policy: {{kind: thompson}}
"""


def captured(event_id: str, at: datetime = NOW, **metadata: object) -> str:
    """A line of data capture."""
    payload = {"observedContentType": "text/csv", "mode": "INPUT", "data": "1,2", "encoding": "CSV"}
    seen = {"eventId": event_id, "inferenceTime": f"{at:%Y-%m-%dT%H:%M:%SZ}"} | metadata
    return json.dumps({"captureData": {"endpointInput": payload}, "eventMetadata": seen, "eventVersion": "0"})


def labelled(event_id: str, data: str = "1", encoding: str = "CSV") -> str:
    """A line of ground truth."""
    truth = {"data": data, "encoding": encoding}
    return json.dumps({"groundTruthData": truth, "eventMetadata": {"eventId": event_id}, "eventVersion": "0"})


def hours(count: int) -> list[datetime]:
    """The last `count` hours before the one of NOW."""
    return [NOW.replace(minute=0) - timedelta(hours=back) for back in range(count, 0, -1)]


def capture_files(root: Path, files: int, lines: int) -> int:
    """Write `files` of each variant, an hour each, with `lines` each; answers how many lines there are."""
    for hour in hours(files):
        for variant in FLIGHTS.variants:
            ids = (f"{variant}-{hour:%d%H}-{number}" for number in range(lines))
            write(root / f"{ENDPOINT}/{variant}/{hour:%Y/%m/%d/%H}/part.jsonl", *(captured(name, hour) for name in ids))
    return files * len(FLIGHTS.variants) * lines


def write(path: Path, *lines: str) -> Path:
    """A file of these lines, in folders that are made for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path
