"""Validates RO-Crates without a network: validate_crate.py CACHE CRATE... ; prints one JSON object a crate.

The validator asks the web for the JSON-LD context of RO-Crate 1.1. The rocrate package carries it: it is put into the validator's own
cache of answers, where its address is looked up first.
"""

import importlib.resources
import io
import json
import subprocess
import sys
from pathlib import Path

import requests
import requests_cache
import urllib3


def fill(cache):
    context = importlib.resources.files("rocrate").joinpath("data/ro-crate.jsonld").read_bytes()
    address = json.loads(context)["@id"]
    session = requests_cache.CachedSession(cache_name=cache, backend="sqlite", allowable_methods=("GET",), expire_after=-1)
    adapter = requests.adapters.HTTPAdapter()
    raw = urllib3.HTTPResponse(
        io.BytesIO(context), {"Content-Type": "application/ld+json"}, status=200, preload_content=False, request_url=address
    )
    request = requests.Request("GET", address).prepare()
    session.cache.save_response(adapter.build_response(request, raw))
    return address


def validate(cache, crate):
    command = [str(Path(sys.executable).parent / "rocrate-validator"), "-y", "validate", "-p", "process-run-crate-0.5", "-l", "recommended",
               "--offline", "--cache-path", cache, "-v", "--no-paging", crate]
    done = subprocess.run(command, capture_output=True, text=True)
    return {"crate": crate, "code": done.returncode, "said": done.stdout[-20000:], "complained": done.stderr[-4000:]}


if __name__ == "__main__":
    cache, *crates = sys.argv[1:]
    fill(cache)
    for crate in crates:
        print(json.dumps(validate(cache, crate)))
