//! Built-in modules of Node.js that are loaded without `node:`. In: names. Out: a yes or no. Source: Node.js
//! documentation, `module.builtinModules` of versions 18 to 24.

const BUILT_IN: [&str; 43] = [
    "_http_agent",
    "_http_common",
    "_http_server",
    "_stream_readable",
    "_stream_writable",
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
];
const MORE: [&str; 4] = ["vm", "wasi", "worker_threads", "zlib"];

/// Whether Node.js has a module of this name, or of the part before the first slash: `fs/promises`.
pub(super) fn is_built_in(name: &str) -> bool {
    let first = name.split('/').next().unwrap_or(name);
    BUILT_IN.contains(&first) || MORE.contains(&first) || OLD.iter().any(|start| first.starts_with(start))
}

/// Whether this version (major, minor) has `node:NAME`. Modules of versions newer than the known ones cannot be judged.
pub(super) fn has_scheme(name: &str, version: (u64, u64)) -> bool {
    let name = name.strip_prefix("node:").unwrap_or(name);
    let first = name.split('/').next().unwrap_or(name);
    let later = ALONE.iter().find(|(module, _)| *module == first);
    version.0 > KNOWN || is_built_in(name) || later.is_some_and(|(_, since)| version >= *since)
}

/// The newest version whose modules are known here.
const KNOWN: u64 = 24;
/// Prefixes of Node.js's older internal modules: `_stream_wrap`.
const OLD: [&str; 3] = ["_http_", "_stream_", "_tls_"];
/// Modules that exist only with `node:`, and their first version. Source: Node.js documentation of each, "Added in".
const ALONE: [(&str, (u64, u64)); 3] = [("test", (18, 0)), ("sea", (20, 12)), ("sqlite", (22, 5))];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_nodes_own_are_known_by_version() {
        assert!(has_scheme("node:fs/promises", (18, 20)) && has_scheme("node:sqlite", (22, 13)));
        assert!(has_scheme("node:test/reporters", (20, 0)) && has_scheme("node:_stream_wrap", (22, 0)));
        assert!(!has_scheme("node:foo", (22, 23)) && !has_scheme("node:sqlite", (20, 20)));
        assert!(has_scheme("node:foo", (99, 0)));
    }
}
