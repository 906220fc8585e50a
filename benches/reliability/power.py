"""Power cuts: a file system of a file, on a loop device, is shut down while builds write to it, and mounted again. In: a workspace. Out: what was wrong.

The kernel's own call for tests of file systems (`EXT4_IOC_SHUTDOWN`, `XFS_IOC_GOINGDOWN`) drops all that is not on disk. The journal is written or not, and ext4 is
mounted in the ways that lose most: `data=writeback` lets names and sizes be on disk before contents, `nodelalloc` gives such files their full size. A restart
changes the kernel's boot id, so the builds after the cut see another one, by a mount over it. Needs root.
"""
import ctypes, fcntl, os, random, shutil, signal, struct, subprocess, tarfile, time
from collections import Counter

from workspace import Built, is_sound

SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
FLUSH_LOG, KEEP_LOG = 1, 2
CLONE_NEWNS = 0x00020000
WAYS = {
    "ext4": ["data=ordered", "data=writeback,noauto_da_alloc,commit=1", "data=writeback,nodelalloc,noauto_da_alloc,commit=1"],
    "xfs": ["noatime"],
}
# A second procfs that nothing covers, without which the kernel mounts none in the sandbox.
RESTARTED = 'mount -t proc proc "$1" && mount --bind "$2" /proc/sys/kernel/random/boot_id || exit 99; shift 2; exec "$@"'


class Disk:
    """A file system in a file, mounted at a folder."""

    def __init__(self, work, kind, options):
        self.image, self.folder, self.kind, self.options = work / "disk.img", work / "disk", kind, options
        self.folder.mkdir(exist_ok=True)
        with open(self.image, "wb") as file:
            file.truncate(1 << 30)
        force = {"ext4": "-F", "xfs": "-f"}[kind]
        subprocess.run([f"mkfs.{kind}", "-q", force, self.image], check=True)
        self.mount()

    def mount(self):
        subprocess.run(["mount", "-o", f"loop,{self.options}", self.image, self.folder], check=True)

    def cut(self, log):
        handle = os.open(self.folder, os.O_RDONLY)
        fcntl.ioctl(handle, SHUTDOWN, struct.pack("I", log))
        os.close(handle)

    def write_some(self, chance):
        """The kernel writes files in any order: some of the small ones, which say what the others hold, reach the disk."""
        for at, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(at, name)
                try:
                    if not os.path.islink(path) and os.lstat(path).st_size < 1 << 20 and chance():
                        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
                        os.fsync(handle)
                        os.close(handle)
                except OSError:
                    pass  # The build removed it meanwhile.

    def check(self):
        """What a machine does when it starts again."""
        if self.kind == "ext4" and subprocess.run(["e2fsck", "-fy", self.image], capture_output=True).returncode > 1:
            raise SystemExit(f"{self.image} cannot be repaired")

    def end(self):
        for _ in range(100):
            if subprocess.run(["umount", self.folder], capture_output=True).returncode == 0:
                break
            time.sleep(0.1)
        # Mounts of a sandbox that is about to end hold the device.
        for _ in range(300):
            if not subprocess.check_output(["losetup", "-j", self.image]):
                return
            time.sleep(0.1)
        raise SystemExit(f"{self.folder} cannot be unmounted")

    def remove(self):
        self.end()
        self.image.unlink()


def private_mounts():
    """From here on this thread and its children mount for themselves: a container that starts meanwhile would hold a copy of each mount."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "cannot make a mount namespace")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


class PowerCuts:
    def __init__(self, work, workspace, fourply, seed, fault, restart=True):
        self.work, self.workspace, self.fourply, self.fault = work, workspace, fourply, fault
        self.random, self.restart, self.tally = random.Random(seed), restart, Counter()
        self.boot, self.proc = work / "boot_id", work / "proc"
        self.proc.mkdir()

    def run(self, count):
        if os.getuid() != 0:
            print("| power cuts | need root: not run | |")
            return
        private_mounts()
        kinds = [kind for kind in WAYS if shutil.which(f"mkfs.{kind}")]
        want = {variant: self.workspace.reference(variant) for variant in "AB"}
        for number in range(count):
            kind = kinds[number % len(kinds)]
            options = self.random.choice(WAYS[kind])
            disk = Disk(self.work, kind, options)
            try:
                self.one(number, disk, f"{kind} {options}", want)
            finally:
                disk.remove()
        names = ", ".join(kinds)
        print(f"| {count} power cuts ({names}): cold, warm and changed builds, right after and during them | wrong, damage that stays, or an output that is lost | {self.tally['bad']} |")
        print(f"| | cut during the build, after it | {self.tally['during']}, {self.tally['after']} |")
        print(f"| | next builds with a line that tells of the damage | {self.tally['told']} |")

    def one(self, number, disk, name, want):
        store, out, archive = disk.folder / "store", disk.folder / "layout", disk.folder / "image.tar"
        mode = self.random.choice(["cold", "changed", "thin"])
        variant = "B" if mode == "changed" else "A"
        if mode != "cold":
            self.workspace.set_variant("A")
            self.build(store, disk.folder / "first", disk.folder / "first.tar")
            os.sync()
            if mode == "thin":
                self.workspace.thin(store, self.random.choice(["layers", "pieces", "outputs", "packages"]))
        self.workspace.set_variant(variant)
        after = self.random.random() < 0.4
        running = self.start(store, out, archive)
        if after:
            stdout, stderr = running.communicate()
            if running.returncode != 0:
                self.bad(f"{name}, {mode}: {stderr[-600:]}")
        else:
            time.sleep(self.random.random() * self.random.choice([0.1, 0.5, 2.5]))
        done = running.poll() == 0
        if self.random.random() < 0.5:
            share = self.random.random()
            disk.write_some(lambda: self.random.random() < share)
        disk.cut(self.random.choice([FLUSH_LOG, FLUSH_LOG, KEEP_LOG]))
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        self.tally["after" if done else "during"] += 1
        disk.end()
        disk.check()
        disk.mount()
        self.outputs(f"{number}: {name}, {mode}", out, archive, done)
        self.boot.write_text("%08x-0000-4000-8000-000000000000\n" % number)
        # The other variant runs scripts, so it needs tools and installs. What one variant's builds do not look at may be damaged until the other's.
        other = "A" if variant == "B" else "B"
        for next_variant, again in ((other, False), (variant, False), (other, True), (variant, True)):
            self.workspace.set_variant(next_variant)
            shutil.rmtree(disk.folder / "out", ignore_errors=True)
            built = self.rebuilt(store, disk.folder / "out")
            self.tally["told"] += built.told and not again
            if built.code != 0 or built.digest != want[next_variant] or not built.sound or (again and built.told):
                self.bad(f"{number}: {name}, {mode}, {'second' if again else 'first'} build: {built.code} {built.digest} {built.error[-800:]}")

    def bad(self, text):
        self.tally["bad"] += 1
        self.fault(f"power cut {text}")

    def outputs(self, name, out, archive, done):
        """What is there is whole; what a command with exit code 0 wrote is there."""
        for place, whole in ((out, is_sound), (archive, self.archive_is_sound)):
            if not place.exists():
                if done:
                    self.bad(f"{name}: {place.name} is lost")
                continue
            try:
                sound = whole(place)
            except Exception as error:
                sound = False
                name = f"{name}: {error!r}"
            if not sound:
                self.bad(f"{name}: {place.name} is there and not whole")

    def archive_is_sound(self, archive):
        folder = self.work / "unpacked"
        shutil.rmtree(folder, ignore_errors=True)
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        return is_sound(folder)

    def start(self, store, out, archive):
        command = [*self.workspace.command(store, out), "-o", f"type=oci-archive,dest={archive}"]
        return subprocess.Popen(command, cwd=self.workspace.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)

    def build(self, store, out, archive):
        running = self.start(store, out, archive)
        _, stderr = running.communicate()
        if running.returncode != 0:
            raise SystemExit(stderr)

    def rebuilt(self, store, out):
        command = self.workspace.command(store, out)
        if self.restart:
            command = ["unshare", "--mount", "sh", "-c", RESTARTED, "sh", self.proc, self.boot, *command]
        done = subprocess.run(command, cwd=self.workspace.root, capture_output=True, text=True)
        return Built(done, out)
