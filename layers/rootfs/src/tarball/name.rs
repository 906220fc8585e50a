//! Names in tar → paths of the merged tree.

/// The path without `./`, `/`, doubled and trailing slashes; `None` for the root itself.
///
/// # Errors
/// The reason: the name leaves the root by `..`, or contains something that is invalid in a file name.
pub fn normalise(name: &str) -> Result<Option<String>, &'static str> {
    let mut path = String::with_capacity(name.len());
    for part in name.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            return Err("it leads out of its folder by \"..\"");
        }
        if part.contains('\0') {
            return Err("its name contains a NUL");
        }
        if part.len() > 255 {
            return Err("a component of its name is longer than 255 bytes");
        }
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(part);
    }
    match path.len() {
        0 => Ok(None),
        1..=4095 => Ok(Some(path)),
        _ => Err("its name is longer than 4095 bytes"),
    }
}
