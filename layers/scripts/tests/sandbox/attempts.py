"""What a hostile script tries. In: the world that main.rs made, as JSON in world.json. Out: one line for each attempt that got through.

Each attempt runs in a process of its own and answers whether it got what it wanted. None may harm the machine where it gets through: what it
writes lies in the world, or is what was there before."""
import ctypes, errno, fcntl, glob, json, os, signal, socket, struct, subprocess, sys, termios

W = json.load(open("world.json"))
libc = ctypes.CDLL(None, use_errno=True)
ATTEMPTS = []
NR = {  # x86-64 and aarch64 where they differ
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "unshare": (272, 97), "mount": (165, 40), "chroot": (161, 51),
    "pivot_root": (155, 41), "add_key": (248, 217), "keyctl": (250, 219), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "setns": (308, 268), "name_to_handle_at": (303, 264), "clock_settime": (227, 112),
    "sethostname": (170, 161), "shmget": (29, 194), "init_module": (175, 105), "kexec_load": (246, 104), "reboot": (169, 142),
}


def attempt(function):
    ATTEMPTS.append(function)
    return function


def syscall(name, *args):
    number = NR[name][0 if os.uname().machine == "x86_64" else 1] if isinstance(name, str) else name
    return libc.syscall(number, *args)


def reads(path, word="SECRET"):
    return word in open(path, errors="replace").read()


def writes(path):
    with open(path, "r+") as file:
        file.write("BROKEN")
    return True


# files of the user and of other builds
@attempt
def read_npmrc(): return reads(W["home"] + "/.npmrc")
@attempt
def read_docker_credentials(): return reads(W["home"] + "/.docker/config.json")
@attempt
def read_ssh_key(): return reads(W["home"] + "/.ssh/id_ed25519")
@attempt
def list_home(): return bool(os.listdir(W["home"]))
@attempt
def read_working_tree(): return reads(W["workspace"] + "/source.ts")
@attempt
def write_working_tree(): return writes(W["workspace"] + "/source.ts")
@attempt
def read_store(): return reads(W["store"] + "/record")
@attempt
def write_store(): return writes(W["store"] + "/record")
@attempt
def add_to_store():
    open(W["store"] + "/planted", "w").close()
    return True
@attempt
def remove_from_store():
    os.remove(W["store"] + "/spare")
    return True
@attempt
def change_modes_in_store():
    os.chmod(W["store"] + "/moded", 0o755)
    return True
@attempt
def see_names_in_store(): return os.path.exists(W["store"] + "/record")
@attempt
def write_store_by_hard_link():
    os.link(W["store"] + "/record", "link")
    return writes("link")
@attempt
def write_store_by_symbolic_link():
    os.symlink(W["store"] + "/record", "out")
    return writes("out")
@attempt
def read_store_by_parent_folders(): return reads("/proc/self/cwd/../../store/moded")
@attempt
def read_another_build(): return reads(W["other"] + "/app/output.js")
@attempt
def write_another_build(): return writes(W["other"] + "/app/output.js")
@attempt
def write_toolchain(): return writes(W["tool"] + "/bin/node")
@attempt
def exchange_toolchain():
    os.rename(W["tool"] + "/bin", W["tool"] + "/moved")
    return True
@attempt
def write_kept_package(): return writes("kept/index.js")
@attempt
def write_system():
    os.close(os.open("/usr/local", os.O_TMPFILE | os.O_WRONLY, 0o600))
    return True
@attempt
def write_machines_tmp():
    open(W["tmp"] + "/planted", "w").close()
    return os.path.exists(W["tmp"] + "/known")
@attempt
def write_shared_memory_folder(): return writes(W["shm"])
@attempt
def read_shadow(): return reads("/etc/shadow", ":")
@attempt
def read_machines_root_by_proc(): return reads("/proc/1/root" + W["home"] + "/.npmrc")
@attempt
def read_by_file_handle():
    folder = os.open("/usr", os.O_RDONLY)
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    return syscall("name_to_handle_at", folder, b".", handle, ctypes.byref(ctypes.c_int()), 0) == 0
# processes
@attempt
def see_other_processes(): return any(quiet(lambda: reads(path, W["marker"])) for path in glob.glob("/proc/[0-9]*/cmdline") if path.split("/")[2] != str(os.getppid()))
@attempt
def read_environment_of_others(): return any(quiet(lambda: reads(path)) for path in glob.glob("/proc/[0-9]*/environ"))
@attempt
def read_own_environment(): return any("SECRET" in value for value in os.environ.values())
@attempt
def signal_others():
    os.kill(W["victim"], signal.SIGCONT)
    return True
@attempt
def trace_others(): return syscall("ptrace", 16, W["victim"], 0, 0) == 0
@attempt
def read_memory_of_others():
    buffer = ctypes.create_string_buffer(8)
    local = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8)
    remote = (ctypes.c_void_p * 2)(W["address"], 8)
    return syscall("process_vm_readv", W["victim"], local, 1, remote, 1, 0) == 8
@attempt
def take_files_of_others(): return syscall(438, syscall(434, W["victim"], 0), 0, 0) >= 0
@attempt
def read_inherited_file(): return any(quiet(lambda: reads("/proc/self/fd/" + fd)) for fd in os.listdir("/proc/self/fd") if int(fd) > 2)
@attempt
def attach_shared_memory(): return syscall("shmget", W["shmkey"], 0, 0) >= 0
@attempt
def leave_a_daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            null = os.open("/dev/null", os.O_RDWR)
            [os.dup2(null, fd) for fd in range(3)]
            os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(120)", W["daemon"]])
        os._exit(0)
    os.wait()
    return False  # main.rs looks whether it lives
@attempt
def put_characters_into_terminal():
    return fcntl.ioctl(os.open("/dev/tty", os.O_RDWR), termios.TIOCSTI, b"x") == 0
@attempt
def replace_stage():
    os.kill(os.getppid(), 0)
    return any(quiet(lambda: open(f"/proc/{pid}/mem", "r+b")) for pid in range(1, 4) if pid not in (os.getpid(), os.getppid()))
# sockets
@attempt
def connect_to_unix_socket():
    socket.socket(socket.AF_UNIX).connect(W["socket"])
    return True
@attempt
def connect_to_abstract_socket():
    socket.socket(socket.AF_UNIX).connect("\0" + W["abstract"])
    return True
@attempt
def connect_by_ipv4():
    socket.create_connection(("127.0.0.1", W["port"]), 2)
    return True
@attempt
def connect_by_ipv6():
    socket.create_connection(("::1", W["port6"]), 2)
    return True
@attempt
def send_datagram():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", W["datagrams"]))
    return False  # main.rs looks whether it came
@attempt
def route_to_metadata_service():
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.connect(("169.254.169.254", 80))
    return True
@attempt
def route_to_name_server():
    peer = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    peer.connect(("2001:4860:4860::8888", 53)) if W["ipv6"] else peer.connect(("::ffff:8.8.8.8", 53))
    return True
@attempt
def open_packet_socket(): return bool(socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
@attempt
def open_socket_of_the_hypervisor(): return bool(socket.socket(40, socket.SOCK_STREAM))
# the kernel
@attempt
def make_user_namespace(): return syscall("unshare", 0x10000000) == 0
@attempt
def make_user_namespace_by_clone3():
    # A kernel that knows the call says that these arguments are wrong (EINVAL, E2BIG); here it must not be known.
    syscall(435, ctypes.create_string_buffer(64), 1)
    return ctypes.get_errno() != errno.ENOSYS
@attempt
def call_by_other_numbers():
    syscall(0x40000000 | 39)
    return os.uname().machine == "x86_64" and ctypes.get_errno() not in (errno.ENOSYS, 0)
@attempt
def mount_a_file_system(): return syscall("mount", b"x", b"kept", b"tmpfs", 0, None) == 0
@attempt
def change_root(): return syscall("chroot", b".") == 0
@attempt
def pivot_root(): return syscall("pivot_root", b".", b".") == 0 or ctypes.get_errno() != errno.EPERM
@attempt
def join_namespaces_of_others():
    return syscall("setns", os.open(f"/proc/{W['victim']}/ns/mnt", os.O_RDONLY), 0) == 0
@attempt
def gain_privileges(): return "NoNewPrivs:\t1" not in open("/proc/self/status").read()
@attempt
def keep_privileges(): return "CapEff:\t0000000000000000" not in open("/proc/self/status").read()
@attempt
def make_setuid_file():
    open("setuid", "w").close()
    os.chmod("setuid", 0o4755)
    return bool(os.stat("setuid").st_mode & 0o4000)
@attempt
def create_setuid_file():
    os.close(os.open("setuid2", os.O_CREAT | os.O_WRONLY, 0o4755))
    return bool(os.stat("setuid2").st_mode & 0o4000)
@attempt
def make_a_device():
    os.mknod("device", 0o600 | 0o060000, os.makedev(254, 0))
    return True
@attempt
def open_memory(): return bool(open("/dev/mem", "rb"))
@attempt
def open_disks(): return any(quiet(lambda: open(path, "rb")) for path in glob.glob("/dev/[svx][dv][a-z]") + glob.glob("/dev/nvme*"))
@attempt
def write_core_pattern():
    text = open("/proc/sys/kernel/core_pattern").read()
    open("/proc/sys/kernel/core_pattern", "w").write(text)
    return True
@attempt
def write_sysrq(): return bool(open("/proc/sysrq-trigger", "w"))
@attempt
def write_cgroups():
    return any(quiet(lambda: open(path, "a")) for path in glob.glob("/sys/fs/cgroup/cgroup.procs") + glob.glob("/sys/fs/cgroup/*/cgroup.procs"))
@attempt
def add_a_key(): return syscall("add_key", b"user", b"fourply", b"x", 1, -4) > 0
@attempt
def read_keyring(): return syscall("keyctl", 0, -3, 0, 0, 0) > 0
@attempt
def load_bpf():
    attributes = ctypes.create_string_buffer(struct.pack("IIII", 1, 4, 8, 1) + bytes(112))
    return syscall("bpf", 0, attributes, 128) >= 0 or ctypes.get_errno() != errno.EPERM
@attempt
def open_performance_counter(): return syscall("perf_event_open", ctypes.create_string_buffer(struct.pack("II", 1, 112) + bytes(104)), 0, -1, -1, 0) >= 0
@attempt
def use_io_uring(): return syscall(425, 1, ctypes.create_string_buffer(120)) >= 0
@attempt
def handle_page_faults(): return syscall("userfaultfd", 1) >= 0
@attempt
def set_the_clock():
    now = (ctypes.c_long * 2)()
    libc.clock_gettime(0, now)
    return syscall("clock_settime", 0, now) == 0
@attempt
def rename_machine():
    name = os.uname().nodename.encode()
    return syscall("sethostname", name, len(name)) == 0


def quiet(work):
    try:
        return work()
    except OSError:
        return False


def run(function):
    child = os.fork()
    if child == 0:
        os.dup2(os.open("/dev/null", os.O_RDWR), 2)
        signal.alarm(5)
        os._exit(0 if quiet(function) else 1)
    return os.waitpid(child, 0)[1] == 0


print("attempts", len(ATTEMPTS))
for function in ATTEMPTS:
    if run(function):
        print("through", function.__name__, flush=True)
