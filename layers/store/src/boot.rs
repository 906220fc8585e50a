//! Identifies the current boot of the kernel. Some folders of the store are verified by size and times only. That
//! verification is valid for one boot: after a power cut, the file system's journal can restore a file's size and times
//! without its content.

use std::sync::OnceLock;

/// The kernel's random id of this boot, 36 characters; empty if it cannot be read. Source: Linux,
/// `Documentation/admin-guide/sysctl/kernel.rst`, random.
pub fn boot_id() -> &'static str {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        id.trim().to_owned()
    })
}
