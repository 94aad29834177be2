"""The emulator's own API, as a test or a user's CI calls it."""

import json
import urllib.request


class Levers:
    """What can be pulled under `/_emulator` of the emulator at `url`."""

    def __init__(self, url):
        self._url = f"{url}/_emulator"

    def ask(self, path, content=None, method=None):
        """What is answered, decoded; None where there is nothing. Raises HTTPError for refusals."""
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(f"{self._url}/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answered:
            return json.loads(answered.read() or "null")

    def fault(self, kind, **options):
        """Switch a fault on; its number."""
        return self.ask("faults", {"kind": kind, **options})["number"]

    def struck(self):
        """How often each fault struck, in the order they were switched on."""
        return [fault["struck"] for fault in self.ask("faults")]

    def calm(self):
        return self.ask("faults", method="DELETE")

    def happen(self, kind, **options):
        return self.ask("happenings", {"kind": kind, **options})

    def past(self, endpoint):
        """Everything that the endpoint has been."""
        return self.ask(f"endpoints/{endpoint}")

    def calls(self, operation):
        return self.ask("calls").get(operation, {"calls": 0, "refused": {}, "busiest_minute": 0})
