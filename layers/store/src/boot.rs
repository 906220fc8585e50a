//! Which run of the kernel this is. Folders of the store that are verified by size and times alone count for one run of the kernel: after a power
//! cut, a file may have its size and its times back from the journal of the file system, but not its content.

use std::sync::OnceLock;

/// The kernel's random id of this run, 36 characters; empty where it cannot be read. Source: Linux, `Documentation/admin-guide/sysctl/kernel.rst`, random.
pub fn boot_id() -> &'static str {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        id.trim().to_owned()
    })
}
