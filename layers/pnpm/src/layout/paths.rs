//! Arithmetic on relative paths with `/`. Text in, text out.

/// The target of a link in `directory` that leads to `to`, both relative to the same root; `.` for the directory
/// itself.
pub(crate) fn relative(directory: &str, to: &str) -> String {
    let from: Vec<&str> = components(directory).collect();
    let to: Vec<&str> = components(to).collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.len() - common;
    let parts: Vec<&str> = std::iter::repeat_n("..", up).chain(to.iter().skip(common).copied()).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// The target of a link at `link` that leads to `to`.
pub(crate) fn relative_link(link: &str, to: &str) -> String {
    relative(parent(link), to)
}

/// The directory of a path; empty if the path has no slash.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// `base/path` with `.` and `..` resolved; `None` if it leaves `base`. An absolute path is taken relative to `base`.
pub fn join_inside(base: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    let inside = parts.join("/");
    Some(match (base, inside.as_str()) {
        ("", _) => inside,
        (_, "") => base.to_owned(),
        _ => format!("{base}/{inside}"),
    })
}

fn components(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_go_up_and_down() {
        assert_eq!(
            relative_link("node_modules/a", "node_modules/.pnpm/a@1/node_modules/a"),
            ".pnpm/a@1/node_modules/a"
        );
        assert_eq!(relative_link("s/x/node_modules/@a/b", "shared/b"), "../../../../shared/b");
        assert_eq!(relative_link("s/node_modules/s", "s"), "..");
        assert_eq!(relative("a/b", "a/b"), ".");
        assert_eq!(relative("a", "."), "..");
    }

    #[test]
    fn nothing_leaves_its_base() {
        assert_eq!(join_inside("p", "./x/../y.js").as_deref(), Some("p/y.js"));
        assert_eq!(join_inside("p", "/x.js").as_deref(), Some("p/x.js"));
        assert_eq!(join_inside("p", ".").as_deref(), Some("p"));
        assert_eq!(join_inside("p", "a/../../x"), None);
    }
}
