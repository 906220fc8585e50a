"""Damage to files, folders and links of a store. In: a place. Out: ways to spoil it, each by a name."""
import os, shutil, stat


def groups(root):
    """Places by kind: files of records by their kind, folders and links by where they lie."""
    found = {}
    for folder, folders, files in os.walk(root):
        below = os.path.relpath(folder, root).split(os.sep)
        if below[0] in ("locks", "tmp"):
            continue
        name = kind(below)
        for entry in files + [entry for entry in folders if os.path.islink(os.path.join(folder, entry))]:
            place = os.path.join(folder, entry)
            what = "links" if os.path.islink(place) else "files"
            found.setdefault(f"{name}: {what}", []).append(place)
        for entry in folders:
            place = os.path.join(folder, entry)
            if not os.path.islink(place) and not (folder == str(root) and entry in ("locks", "tmp")):
                found.setdefault(f"{name}: folders", []).append(place)
    return found


def kind(below):
    if below[0] == "records":
        return "/".join(below[:2])
    if below[:2] == ["build", "installs"]:
        return "build/installs: what is noted" if len(below) < 4 else "build/installs: " + below[3]
    return "/".join(below[:2]) if below[0] in ("build", "blobs") else below[0]


def damages(place):
    if os.path.islink(place):
        return [("another target", retarget), ("no link", gone), ("a file in its place", file_instead)]
    if os.path.isdir(place):
        return [("no folder", gone), ("a file in its place", file_instead), ("a link that leads nowhere", dangling)]
    ways = [("no file", gone), ("a folder in its place", folder_instead), ("a link that leads nowhere", dangling), ("a pipe in its place", pipe)]
    changes = (flip, digit, cut, empty, append, zeros, other)
    return ways + [(change.__name__, change) for change in changes] * 2


def gone(place, random):
    shutil.rmtree(place) if os.path.isdir(place) and not os.path.islink(place) else os.unlink(place)


def file_instead(place, random):
    gone(place, random)
    with open(place, "wb") as file:
        file.write(b"x")


def folder_instead(place, random):
    gone(place, random)
    os.mkdir(place)


def dangling(place, random):
    gone(place, random)
    os.symlink("/nonexistent/x", place)


def retarget(place, random):
    gone(place, random)
    os.symlink(random.choice(["/nonexistent/x", ".", "../x"]), place)


def pipe(place, random):
    gone(place, random)
    os.mkfifo(place)


def rewrite(place, random, change):
    """With its old mode and times; as another file, or in its place."""
    found = os.stat(place)
    with open(place, "rb") as file:
        content = file.read()
    if random.random() < 0.5:
        os.unlink(place)
    with open(place, "wb") as file:
        file.write(change(content))
    os.chmod(place, stat.S_IMODE(found.st_mode))
    os.utime(place, ns=(found.st_atime_ns, found.st_mtime_ns))


def flip(place, random):
    def change(content):
        if not content:
            return b"x"
        at = random.randrange(len(content))
        return content[:at] + bytes([content[at] ^ 1 << random.randrange(8)]) + content[at + 1 :]

    rewrite(place, random, change)


def digit(place, random):
    """Another hexadecimal digit: what is well formed and wrong."""

    def change(content):
        digits = b"0123456789abcdef"
        places = [at for at, byte in enumerate(content[:200000]) if byte in digits]
        if not places:
            return content + b"0"
        at = random.choice(places)
        new = random.choice([byte for byte in digits if byte != content[at]])
        return content[:at] + bytes([new]) + content[at + 1 :]

    rewrite(place, random, change)


def cut(place, random):
    rewrite(place, random, lambda content: content[: len(content) // 2])


def empty(place, random):
    rewrite(place, random, lambda content: b"")


def append(place, random):
    rewrite(place, random, lambda content: content + b"x")


def zeros(place, random):
    rewrite(place, random, lambda content: bytes(len(content)))


def other(place, random):
    """What another file of its folder, or of the folder beside, holds."""
    above = os.path.dirname(os.path.dirname(place))
    files = [os.path.join(folder, name) for folder, _, names in os.walk(above) for name in names]
    files = [file for file in files if os.path.isfile(file) and not os.path.islink(file) and file != place]
    if not files:
        return cut(place, random)
    with open(random.choice(files), "rb") as file:
        content = file.read()
    rewrite(place, random, lambda _: content)
