"""What the packages that changed weigh from one layout to the next, each as the smallest patch that zstd makes of its old version.

floor.py OLD NEW: two OCI layouts of gzip layers. Prints bytes. A package is a folder of .pnpm with what it holds, names of files included; its old versions are
those of the same name. What has no old version is compressed alone.
"""
import collections
import gzip
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile

PACKAGE = re.compile(r"(.*node_modules/\.pnpm/[^/]+/node_modules/((?:@[^/]+/)?[^/]+))/(.*)")


def layers(layout):
    def blob(digest):
        return open(f"{layout}/blobs/{digest.replace(':', '/')}", "rb").read()

    manifest = json.loads(blob(json.load(open(f"{layout}/index.json"))["manifests"][0]["digest"]))
    return {layer["digest"]: lambda digest=layer["digest"]: blob(digest) for layer in manifest["layers"]}


def packages(layout, without):
    found = collections.defaultdict(dict)
    for digest, read in layers(layout).items():
        if digest in without:
            continue
        archive = tarfile.open(fileobj=io.BytesIO(gzip.decompress(read())))
        for entry in archive:
            place = PACKAGE.match(entry.name)
            if place and entry.isfile():
                content = archive.extractfile(entry).read()
                found[place[1], place[2]][place[3]] = content
    return {key: b"".join(name.encode() + files[name] for name in sorted(files)) for key, files in found.items()}


def patch(old, new):
    with tempfile.NamedTemporaryFile() as before:
        before.write(old)
        before.flush()
        arguments = ["zstd", "-19", "-c", "--no-check"]
        if old:
            arguments += [f"--patch-from={before.name}", "--single-thread", f"--stream-size={len(new)}"]
        done = subprocess.run(arguments, input=new, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise SystemExit(done.stderr.decode())
        return len(done.stdout)


old_layers, new_layers = layers(sys.argv[1]), layers(sys.argv[2])
same = set(old_layers) & set(new_layers)
old, new = packages(sys.argv[1], same), packages(sys.argv[2], same)
known = set(old.values())
by_name = collections.defaultdict(list)
for (_, name), content in old.items():
    by_name[name].append(content)
total = 0
for content, name in {content: name for (_, name), content in new.items()}.items():
    if content not in known:
        total += min(patch(content_old, content) for content_old in by_name[name] or [b""])
print(total)
