//! What of the machine every script may read: programs, libraries, compilers, and the configuration that they ask for. In: nothing. Out:
//! paths of this machine.

use std::path::{Path, PathBuf};

/// Folders of programs. The last two are where Nix and Guix keep them.
pub(super) const PROGRAMS: [&str; 9] =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store"];

/// Folders among them that configuration lies in, that of npm with its tokens for example.
pub(super) const PRIVATE: [&str; 2] = ["/usr/etc", "/usr/local/etc"];

/// What of `/etc` programs need. Nothing that may hold a credential or a private key is among it.
const CONFIGURATION: [&str; 36] = [
    "alternatives",
    "alpine-release",
    "ca-certificates",
    "ca-certificates.conf",
    "crypto-policies",
    "debian_version",
    "emscripten",
    "fonts",
    "gai.conf",
    "group",
    "host.conf",
    "hosts",
    "inputrc",
    "ld-musl-aarch64.path",
    "ld-musl-x86_64.path",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "lsb-release",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "passwd",
    "perl",
    "pki/ca-trust",
    "pki/tls/cert.pem",
    "pki/tls/certs",
    "protocols",
    "python3",
    "resolv.conf",
    "services",
    "ssl/cert.pem",
    "ssl/certs",
    "ssl/openssl.cnf",
    "timezone",
];

/// Devices that hold nothing.
pub(super) const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// What the kernel says of processors, memory and limits.
pub(super) const KERNEL: [&str; 4] =
    ["/proc", "/sys/devices/system", "/sys/fs/cgroup", "/sys/kernel/mm/transparent_hugepage"];

/// Folders of programs that are there, without links.
pub(super) fn folders() -> impl Iterator<Item = PathBuf> {
    PROGRAMS.iter().filter_map(|path| std::fs::canonicalize(path).ok())
}

/// Files and folders of `/etc` that are there, by the names that programs use.
pub(super) fn configuration() -> impl Iterator<Item = PathBuf> {
    CONFIGURATION.iter().map(|name| Path::new("/etc").join(name)).filter(|path| path.exists())
}
