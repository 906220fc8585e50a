//! The files of packages that ldconfig reads. In: paths and names. Out: a yes or no.

/// The file that libc-bin's script copies to `/etc/nsswitch.conf` if that is missing.
pub(crate) const NSSWITCH: &str = "usr/share/libc-bin/nsswitch.conf";

/// Whether ldconfig, or libc-bin's script, reads a file of a package, by its path.
pub(crate) fn reads(path: &str) -> bool {
    match path.rsplit_once('/') {
        Some((_, name)) if is_library(name) => true,
        _ => matches!(path, "etc/ld.so.conf" | NSSWITCH) || path.starts_with("etc/ld.so.conf.d/"),
    }
}

/// Whether a name is a library's or a loader's. Source: elf/dl-is_dso.h.
pub(crate) fn is_library(name: &str) -> bool {
    (["lib", "ld-"].iter().any(|start| name.starts_with(start)) && name.contains(".so"))
        || name.starts_with("ld.so.")
        || name.starts_with("ld64.so.")
}

#[cfg(test)]
mod tests {
    use super::reads;

    #[test]
    fn libraries_loaders_and_the_configuration_are_read() {
        for path in ["usr/lib/libx.so.1", "lib/ld-linux.so.2", "lib/ld.so.1", "etc/ld.so.conf.d/x.conf"] {
            assert!(reads(path), "{path}");
        }
        for path in ["usr/lib/libx.a", "usr/bin/ls", "usr/lib/x.so", "etc/ld.conf"] {
            assert!(!reads(path), "{path}");
        }
    }
}
