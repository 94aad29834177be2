"""AWS as it sometimes is: an emulator in which chosen operations are answered otherwise, and all are counted."""

import json
from collections import Counter

import pytest

from banditctl.demo.children import NO_AWS


class Answering:
    """An ASGI app in front of another; `answers` by the operation's target, `called` how often each was asked for."""

    def __init__(self, behind):
        self.behind = behind
        self.answers = {}
        self.called = Counter()
        self.bodies = []

    def refuse(self, target, code, message="not today", status=400):
        self.answers[target] = (status, {"__type": code, "message": message})

    def answer(self, target, document):
        self.answers[target] = (200, document)

    async def __call__(self, scope, receive, send):
        target = dict(scope["headers"]).get(b"x-amz-target", b"").decode()
        self.called[target] += 1
        if target not in self.answers:
            await self.behind(scope, receive, send)
            return
        self.bodies.append((target, json.loads((await receive())["body"])))
        status, document = self.answers[target]
        headers = [(b"content-type", b"application/x-amz-json-1.1")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(document).encode()})


@pytest.fixture
def aws(served, stage, monkeypatch):
    """This test's account, reached as users reach AWS: through boto3's own settings."""
    stage.app = Answering(stage.app)
    for name, value in {**NO_AWS, "AWS_ENDPOINT_URL": stage.url}.items():
        monkeypatch.setenv(name, value)
    return stage.app
