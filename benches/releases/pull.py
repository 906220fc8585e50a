"""Downloads an image as docker does, three layers at once, without unpacking: `pull.py HOST:PORT NAME TAG`. Prints bytes, requests and seconds. Each
worker keeps its connection, as docker's client does."""
import concurrent.futures
import http.client
import json
import sys
import threading
import time

host, name, tag = sys.argv[1:]
local = threading.local()
ACCEPT = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"


def get(path):
    if not hasattr(local, "connection"):
        local.connection = http.client.HTTPConnection(host)
    local.connection.request("GET", f"/v2/{name}/{path}", headers={"Accept": ACCEPT})
    answer = local.connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        sys.exit(f"{path}: {answer.status}")
    return body


start = time.monotonic()
manifest = json.loads(get(f"manifests/{tag}"))
get(f"blobs/{manifest['config']['digest']}")
digests = list(dict.fromkeys(layer["digest"] for layer in manifest["layers"]))
with concurrent.futures.ThreadPoolExecutor(3) as pool:
    sizes = list(pool.map(lambda digest: len(get(f"blobs/{digest}")), digests))
print(f"{sum(sizes) / 1e6:.1f} MB in {len(digests) + 2} requests: {time.monotonic() - start:.2f} s")
