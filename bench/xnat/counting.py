"""Shared by both walks: counts what goes over the wire, below the client, and prints what was seen as one JSON object."""

import json
import sys
import time

import requests

URL, PROJECT, EVERY, RESOURCES = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "resources"
sent = 0
_send = requests.adapters.HTTPAdapter.send


def _counted(self, request, **more):
    global sent
    sent += 1
    return _send(self, request, **more)


requests.adapters.HTTPAdapter.send = _counted
seen = {"subjects": 0, "sessions": 0, "scans": 0, "resources": 0, "files": 0}
started = time.monotonic()
once = {}


def begin():
    """Login and the list of subjects are behind us: what comes now grows with the subjects looked into."""
    once.update(requests=sent, seconds=time.monotonic() - started)


def finish():
    walk = {"requests": sent - once["requests"], "seconds": time.monotonic() - started - once["seconds"], **seen}
    sys.stdout.write(json.dumps({"once": once, "walk": walk}) + "\n")
