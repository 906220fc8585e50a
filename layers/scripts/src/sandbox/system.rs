//! The parts of the host that every script may read: programs, libraries, compilers, and their configuration. In:
//! nothing. Out: paths of this host.

use std::path::{Path, PathBuf};

/// Folders of programs. The last two are those of Nix and Guix.
pub(super) const PROGRAMS: [&str; 9] =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store"];

/// Folders of configuration among them, for example npm's with its tokens.
pub(super) const PRIVATE: [&str; 2] = ["/usr/etc", "/usr/local/etc"];

/// The parts of `/etc` that programs need. None of them may contain a credential or a private key.
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

/// Devices without content.
pub(super) const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// The kernel's information on CPUs, memory and limits.
pub(super) const KERNEL: [&str; 4] =
    ["/proc", "/sys/devices/system", "/sys/fs/cgroup", "/sys/kernel/mm/transparent_hugepage"];

/// Existing folders of programs, without links.
pub(super) fn folders() -> impl Iterator<Item = PathBuf> {
    PROGRAMS.iter().filter_map(|path| std::fs::canonicalize(path).ok())
}

/// Existing files and folders of `/etc`, by the names that programs use.
pub(super) fn configuration() -> impl Iterator<Item = PathBuf> {
    CONFIGURATION.iter().map(|name| Path::new("/etc").join(name)).filter(|path| path.exists())
}
