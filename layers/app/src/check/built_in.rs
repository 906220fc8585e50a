//! Modules of node's own that are loaded without `node:`. Source: node's documentation, `module.builtinModules` of node 18 to 24.

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

/// Whether node has a module of this name, or of the name before its first slash: `fs/promises`.
pub(super) fn is_built_in(name: &str) -> bool {
    let first = name.split('/').next().unwrap_or(name);
    BUILT_IN.contains(&first) || MORE.contains(&first)
}
