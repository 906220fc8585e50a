//! Files of Debian's packages that no service needs at run time. In: a path in the image. Out: whether it is left out.
//! The list affects the bytes of a base: a change of it needs a new [`RULES`].
//!
//! | left out | what it is |
//! |---|---|
//! | below `usr/share/{man,info,groff}` | manuals |
//! | below `usr/share/locale` | translations of messages |
//! | below `usr/share/doc/PACKAGE`, all but `copyright` | changelogs, examples; the licences stay |
//! | below `usr/share/{lintian,linda,bug}` | for Debian's own developers |
//! | below `usr/share/{gdb,gcc}` | for debuggers |
//! | below `usr/lib/gconv`, `usr/lib/*/gconv` | iconv's tables; UTF-8, UTF-16, UTF-32 and ASCII are in libc itself |
//! | `usr/bin/tini-static` | a second tini, for images without libc |

/// The version of the rules by which packages become a layer: this list, the layout, the generated files.
pub(crate) const RULES: u64 = 4;

/// Folders that stay, but empty.
const EMPTIED: [&str; 9] = [
    "usr/share/man",
    "usr/share/info",
    "usr/share/groff",
    "usr/share/locale",
    "usr/share/lintian",
    "usr/share/linda",
    "usr/share/bug",
    "usr/share/gdb",
    "usr/share/gcc",
];

/// Whether the entry at this real path, relative to the root, is left out.
pub(crate) fn is_pruned(path: &str) -> bool {
    let below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    if path == "usr/bin/tini-static" || EMPTIED.iter().any(|folder| below(folder)) {
        return true;
    }
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["usr", "share", "doc", _, rest @ ..] => !rest.is_empty() && rest != ["copyright"],
        ["usr", "lib", "gconv", _, ..] | ["usr", "lib", _, "gconv", _, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_pruned;

    #[test]
    fn leaves_out_what_is_only_read_and_keeps_the_licences() {
        for path in [
            "usr/share/man/man8/ld.so.8.gz",
            "usr/share/doc/libc6/changelog.gz",
            "usr/share/doc/libc6/examples/copyright",
            "usr/lib/x86_64-linux-gnu/gconv/UTF-7.so",
            "usr/bin/tini-static",
        ] {
            assert!(is_pruned(path), "{path}");
        }
        for path in [
            "usr/share/man",
            "usr/share/manual/x",
            "usr/share/ca-certificates/mozilla/x.crt",
            "usr/share/doc/libc6",
            "usr/share/doc/libc6/copyright",
            "usr/share/common-licenses/GPL-3",
            "usr/lib/x86_64-linux-gnu/gconv",
            "usr/lib/x86_64-linux-gnu/libc.so.6",
            "usr/bin/tini",
        ] {
            assert!(!is_pruned(path), "{path}");
        }
    }
}
