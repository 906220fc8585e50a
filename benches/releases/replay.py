"""Replays releases: builds the images of one workspace from lockfiles of several dates, in each layer format, and counts what moves.

`replay.py FOURPLY WORK SET WINDOW DAYS… [-- ARGUMENTS OF fourply build]`; WORK/SET/ws is the workspace, WORK/SET/lock-N.yaml its lockfile as the
registry stood N days ago, the oldest first. Everything is compressed bytes of layers, the base's not counted:
moved    what nodes fetch that have the image of the date before, one node for each service: layers by their digest, as containerd and podman know them
chain    the same for an engine that knows a layer by all that lie below it, as docker's graph drivers do
first    what nodes fetch that have nothing, for the first date
stored   what a registry keeps of all dates together
new      layers that nodes fetch in all; each is one request, and in a push a HEAD, a POST and a PUT
"""
import json
import pathlib
import shutil
import subprocess
import sys


def layers_of(layout):
    """Service → digests and sizes, from the lowest on, without the base."""
    read = lambda digest: json.loads((layout / "blobs" / digest.replace(":", "/")).read_text())
    found = {}
    for image in json.loads((layout / "index.json").read_text())["manifests"]:
        name = image.get("annotations", {}).get("org.opencontainers.image.ref.name", image["digest"])
        manifest = read(image["digest"])
        if "manifests" in manifest:
            manifest = read(manifest["manifests"][0]["digest"])
        found[name] = [(layer["digest"], layer["size"]) for layer in manifest["layers"]]
    return found


def replay(fourply, folder, days, extra, layout):
    totals = dict.fromkeys(("transitions", "moved", "chain", "first", "new"), 0)
    counts, stored, before = set(), {}, {}
    workspace = folder / "ws"
    for day in days:
        lockfile = folder / f"lock-{day}.yaml"
        if not lockfile.exists():
            continue
        shutil.copyfile(lockfile, workspace / "pnpm-lock.yaml")
        (workspace / "pnpm-workspace.yaml").write_text("packages:\n  - services/*\n")
        # A layout keeps the blobs of all dates.
        command = [fourply, "build", "--all", "--ignore-scripts", "-o", f"type=oci,dest={layout}", *extra]
        done = subprocess.run(command, cwd=workspace, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)}\n{done.stderr}")
        for service, layers in layers_of(layout).items():
            stored.update(layers)
            counts.add(len(layers))
            chain, chains = "", {}
            for digest, size in layers:
                chain += digest
                chains[hash(chain)] = size
            if service in before:
                digests, old = before[service]
                new = [size for digest, size in layers if digest not in digests]
                totals["transitions"] += 1
                totals["moved"] += sum(new)
                totals["new"] += len(new)
                totals["chain"] += sum(size for chain, size in chains.items() if chain not in old)
            else:
                totals["first"] += sum(size for _, size in layers)
            before[service] = ({digest for digest, _ in layers}, set(chains))
    return totals | {"stored": sum(stored.values()), "layers": f"{min(counts)}-{max(counts)}"}


def main():
    arguments, _, extra = (list(part) for part in split(sys.argv[1:]))
    fourply, work, name, window, *days = arguments
    folder = pathlib.Path(work).resolve() / name
    for label, options in {"format 1": ["--layer-format", "1"], "format 2": []}.items():
        layout = folder / f"out-{window}-{label.replace(' ', '-')}"
        shutil.rmtree(layout, ignore_errors=True)
        found = replay(fourply, folder, days, options + extra, layout)
        shutil.rmtree(layout, ignore_errors=True)
        sizes = "  ".join(f"{key} {found[key] / 1e6:8.1f} MB" for key in ("moved", "chain", "first", "stored"))
        print(f"{name:6} {window:8} {label:10} {found['transitions']:3} transitions  {sizes}  new {found['new']:5}  layers {found['layers']}", flush=True)


def split(arguments):
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at : at + 1], arguments[at + 1 :]


main()
