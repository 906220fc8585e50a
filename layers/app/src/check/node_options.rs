//! Options that Node.js rejects. In: options, a Node.js version. Out: the first option at which this version fails.
//! Only observed answers of real versions are used, so an unknown option is never rejected: V8 has hundreds of its own.

/// Options, with the last minor version of each major version that lacked them. Major versions before the first one
/// lack them all. Observed in node 18.17.1, 18.20.8, 20.5.1, 20.20.2, 22.5.1, 22.12.0 and 24.22.3: `bad option`, exit
/// code 9.
const NOT_YET: [(&str, &[(u64, u64)]); 24] = [
    ("--import", &[(18, 17)]),
    ("--disable-warning", &[(18, 20), (20, 5)]),
    ("--env-file", &[(18, 20), (20, 5)]),
    ("--experimental-detect-module", &[(18, 20), (20, 5)]),
    ("--experimental-require-module", &[(18, 20), (20, 5)]),
    ("--experimental-websocket", &[(18, 20), (20, 5)]),
    ("--no-experimental-require-module", &[(18, 20), (20, 5)]),
    ("--env-file-if-exists", &[(18, 20), (20, 5), (22, 5)]),
    ("--experimental-global-navigator", &[(18, 20), (20, 20)]),
    ("--experimental-sqlite", &[(18, 20), (20, 20)]),
    ("--experimental-webstorage", &[(18, 20), (20, 20)]),
    ("--localstorage-file", &[(18, 20), (20, 20)]),
    ("--run", &[(18, 20), (20, 20)]),
    ("--entry-url", &[(18, 20), (20, 20), (22, 5)]),
    ("--experimental-strip-types", &[(18, 20), (20, 20), (22, 5)]),
    ("--experimental-transform-types", &[(18, 20), (20, 20), (22, 5)]),
    ("--no-experimental-strip-types", &[(18, 20), (20, 20), (22, 5)]),
    ("--no-strip-types", &[(18, 20), (20, 20), (22, 12)]),
    ("--permission", &[(18, 20), (20, 20), (22, 12)]),
    ("--strip-types", &[(18, 20), (20, 20), (22, 12)]),
    ("--trace-env", &[(18, 20), (20, 20), (22, 12)]),
    ("--use-env-proxy", &[(18, 20), (20, 20), (22, 12)]),
    ("--use-system-ca", &[(18, 20), (20, 20), (22, 12)]),
    ("--watch-kill-signal", &[(18, 20), (20, 20), (22, 12)]),
];
/// Removed options, with a version that is known to lack them. Observed as above.
const GONE: [(&str, (u64, u64)); 5] = [
    ("--experimental-default-type", (24, 22)),
    ("--experimental-network-imports", (22, 12)),
    ("--experimental-permission", (24, 22)),
    ("--experimental-policy", (22, 5)),
    ("--harmony-import-assertions", (24, 22)),
];
/// Options that no version accepts in `NODE_OPTIONS`. Observed as above: `is not allowed in NODE_OPTIONS`, exit code 9.
const NEVER_IN_ENV: [&str; 17] = [
    "--check",
    "--env-file",
    "--env-file-if-exists",
    "--eval",
    "--experimental-test-coverage",
    "--help",
    "--interactive",
    "--print",
    "--run",
    "--test",
    "--v8-options",
    "--version",
    "-c",
    "-e",
    "-h",
    "-p",
    "-v",
];

/// The first command-line option that this version (major, minor) rejects.
pub(super) fn refused(options: &[String], node: Option<(u64, u64)>) -> Option<String> {
    let node = node?;
    options.iter().find(|option| is_unknown(option, node)).cloned()
}

/// The first option in `NODE_OPTIONS` that this version rejects there.
pub(super) fn refused_in_env(options: &[String], node: Option<(u64, u64)>) -> Option<String> {
    let never = |option: &&String| NEVER_IN_ENV.contains(&option.as_str());
    options.iter().find(never).cloned().or_else(|| refused(options, node))
}

fn is_unknown(option: &str, (major, minor): (u64, u64)) -> bool {
    let not_yet = NOT_YET.iter().find(|(name, _)| *name == option).is_some_and(|(_, last)| {
        let before = last.first().is_some_and(|(first, _)| major < *first);
        before || last.iter().any(|(of, last)| major == *of && minor <= *last)
    });
    not_yet || GONE.iter().any(|(name, from)| *name == option && (major, minor) >= *from)
}

#[cfg(test)]
mod tests;
