//! Names that become paths below node_modules. The lockfile is untrusted input: a name that leads elsewhere is rejected
//! here, before anything is laid out.

/// The longest name that fits into one path component, without the scope.
const LONGEST: usize = 214;

/// Whether a package name or an alias is valid as a folder of node_modules: one component, or a scope and one
/// component, of the characters that npm ever allowed (its rule `validForOldPackages`), except those that are harmful
/// in a path.
pub(crate) fn is_name(name: &str) -> bool {
    let (scope, rest) = match name.strip_prefix('@').map(|scoped| scoped.split_once('/')) {
        Some(Some((scope, rest))) => (Some(scope), rest),
        Some(None) => return false,
        None => (None, name),
    };
    name.len() <= LONGEST
        && scope.is_none_or(is_component)
        && is_component(rest)
        && !rest.eq_ignore_ascii_case("node_modules")
}

fn is_component(part: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte);
    !part.is_empty() && !part.starts_with('.') && part.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_of_npm_pass() {
        for name in
            ["left-pad", "@nestjs/core", "JSONStream", "_x", "a.b", "@Upper/Scoped", "assert!", "crypto-js~2"]
        {
            assert!(is_name(name), "{name}");
        }
    }

    #[test]
    fn paths_do_not() {
        let hostile = [
            "", ".", "..", "../x", "@s", "@/x", "@s/", "@s/../x", "@../x", "a/b", "a\\b", ".bin", ".pnpm",
            "a:b", "é", "a b",
        ];
        for name in
            hostile.into_iter().chain(["node_modules", "@s/node_modules", "a\nb", "a\0b", &"x".repeat(300)])
        {
            assert!(!is_name(name), "{name}");
        }
    }
}
