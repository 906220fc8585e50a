"""Makes lockfiles of a set of services as the registry stood N days ago, by real pnpm: `lock.py PNPM WORK SET DAYS…`.

Writes WORK/SET/ws and WORK/SET/lock-N.yaml. A date that pnpm cannot resolve is left out, with its reason: a package may name exactly a
version that was published after the package itself.
"""
import json
import pathlib
import subprocess
import sys

# Packages that others name by their exact version: their age decides nothing, and some are younger than what names them.
EXACT = ["@next/swc-*", "@swc/core-*", "@img/*", "@temporalio/common", "@parcel/watcher-*", "@rollup/*", "@esbuild/*", "@sentry/cli-*"]


def workspace(folder, services, version):
    manifest = {"name": "acme", "private": True, "packageManager": f"pnpm@{version}"}
    write(folder / "package.json", json.dumps(manifest))
    for name, dependencies in services.items():
        manifest = {"name": f"@acme/{name}", "version": "1.0.0", "private": True, "dependencies": dependencies}
        write(folder / "services" / name / "package.json", json.dumps(manifest))
        write(folder / "services" / name / "dist/main.js", "console.log('up');\n")


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def main():
    pnpm, work, name, *days = sys.argv[1:]
    services = json.loads((pathlib.Path(__file__).parent / "sets.json").read_text())[name]
    folder = pathlib.Path(work).resolve() / name
    workspace(folder / "ws", services, subprocess.check_output([pnpm, "--version"], text=True).strip())
    lockfile = folder / "ws/pnpm-lock.yaml"
    for day in days:
        if (folder / f"lock-{day}.yaml").exists():
            continue
        lockfile.unlink(missing_ok=True)
        settings = f"packages:\n  - services/*\nminimumReleaseAge: {int(day) * 1440}\nminimumReleaseAgeExclude: {json.dumps(EXACT)}\n"
        write(folder / "ws/pnpm-workspace.yaml", settings)
        command = [pnpm, "install", "--lockfile-only", "--no-frozen-lockfile"]
        done = subprocess.run(command, cwd=folder / "ws", capture_output=True, text=True)
        if done.returncode == 0:
            lockfile.rename(folder / f"lock-{day}.yaml")
        else:
            reason = next((line for line in done.stdout.splitlines() if "ERR_PNPM" in line), done.stderr)
            print(f"{name}: {day} days ago is left out:{reason}", file=sys.stderr)


main()
