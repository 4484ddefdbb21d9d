"""Shared by both judges: runs named steps, keeps what each saw or why it failed, prints one JSON object."""

import json
import sys
import time
import traceback


class Steps:
    def __init__(self, client):
        self.client = client
        self.results = []
        self.seen = {}

    def run(self, name, action):
        started = time.monotonic()
        try:
            value = action()
            self.results.append({"step": name, "ok": True, "seconds": round(time.monotonic() - started, 3)})
            self.seen[name] = value
            return value
        except Exception as error:  # a failing step is a finding, not the end
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.results.append(
                {
                    "step": name,
                    "ok": False,
                    "error": f"{type(error).__name__}: {error}"[:400],
                    "at": f"{where.filename.rsplit('/site-packages/')[-1]}:{where.lineno}",
                }
            )
            return None

    def finish(self):
        # what a client's own objects are is no finding: only plain values are compared
        json.dump({"client": self.client, "steps": self.results, "seen": self.seen}, sys.stdout, default=lambda _: None)
        sys.stdout.write("\n")


def expect(condition, message):
    if not condition:
        raise AssertionError(message)
