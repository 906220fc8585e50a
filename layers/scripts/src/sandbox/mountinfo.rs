//! The list of mounts. In: the kernel's text. Out: their paths, with the flags that a mount must keep when it is
//! remounted.

use std::path::{Path, PathBuf};

use rustix::mount::MountFlags;

use super::order::Failure;

/// The mounts at a path and below it. `proc` is the path of the host's `/proc`.
pub(super) fn mounts_below(proc: &Path, top: &Path) -> Result<Vec<(PathBuf, MountFlags)>, Failure> {
    let file = proc.join("self/mountinfo");
    let text = std::fs::read_to_string(&file)
        .map_err(|error| Failure::new(format!("read {}", file.display()), &error))?;
    let mounts = text.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(4);
        let path = PathBuf::from(unescaped(fields.next()?));
        path.starts_with(top).then(|| (path, flags(fields.next().unwrap_or_default())))
    });
    Ok(mounts.collect())
}

fn flags(options: &str) -> MountFlags {
    options.split(',').fold(MountFlags::empty(), |flags, option| {
        flags
            | match option {
                "ro" => MountFlags::RDONLY,
                "noexec" => MountFlags::NOEXEC,
                "noatime" => MountFlags::NOATIME,
                "nodiratime" => MountFlags::NODIRATIME,
                "relatime" => MountFlags::RELATIME,
                _ => MountFlags::empty(),
            }
    })
}

/// Decodes paths in mountinfo, which have `\040` for a blank and similar escapes.
fn unescaped(text: &str) -> String {
    let mut out: Vec<u8> = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 8).ok()).filter(|_| byte == b'\\') {
            Some(code) => {
                out.push(code);
                rest = after.get(3..).unwrap_or_default();
            }
            None => {
                out.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_of_mounts_are_read_as_the_kernel_writes_them() {
        assert_eq!(super::unescaped(r"/a\040b\134c/\303\274"), "/a b\\c/ü");
        assert_eq!(super::unescaped(r"/plain\"), r"/plain\");
    }
}
