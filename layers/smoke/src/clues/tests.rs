use super::*;

fn text(clue: Option<Clue>) -> String {
    match clue {
        None => "none".to_owned(),
        Some(Clue::Module { name }) => format!("module {name}"),
        Some(Clue::Command { name }) => format!("command {name}"),
        Some(Clue::Library { name }) => format!("library {name}"),
        Some(Clue::Native { .. }) => "native".to_owned(),
        Some(Clue::Unbuilt { .. }) => "unbuilt".to_owned(),
        Some(Clue::Denied { denial, path, .. }) => format!("{denial:?} {}", path.unwrap_or_default()),
        Some(Clue::File { path, read: true }) => format!("read {path}"),
        Some(Clue::File { path, .. }) => format!("file {path}"),
        Some(Clue::Connection { .. }) => "connection".to_owned(),
        Some(Clue::Variable { name, .. }) => format!("variable {name:?}"),
        Some(Clue::Bound { .. }) => "bound".to_owned(),
    }
}

/// Lines as node 20 and 24, glibc, musl, dash, busybox and Prisma print them.
#[test]
fn lines_say_what_programs_mean_by_them() {
    for (line, expected) in [
        ("Error: Cannot find module 'express'", "module express"),
        ("Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'a' imported from /app/x.js", "module a"),
        (
            "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/x/y.js' imported from /app/x.js",
            "module /app/x/y.js",
        ),
        ("  code: 'MODULE_NOT_FOUND',", "none"),
        (
            "Error loading shared library libfoo.so.1: No such file or directory (needed by /app/a.node)",
            "library libfoo.so.1",
        ),
        (
            "Error: libvips-cpp.so.42: cannot open shared object file: No such file or directory",
            "library libvips-cpp.so.42",
        ),
        (
            "node: error while loading shared libraries: libz.so.1: cannot open shared object file: No such file or directory",
            "library libz.so.1",
        ),
        ("Error: /app/a.node: invalid ELF header", "native"),
        ("/lib/libc.so.6: version `GLIBC_2.38' not found (required by /app/a.node)", "native"),
        ("sh: 1: exec: /app/tool: Exec format error", "native"),
        (
            "Error: EROFS: read-only file system, mkdir '/app/services/a/uploads'",
            "ReadOnly /app/services/a/uploads",
        ),
        ("Error: EROFS: read-only file system, open 'uploads/a'", "ReadOnly uploads/a"),
        ("Error: ENOENT: no such file or directory, mkdir 'uploads'", "ReadOnly uploads"),
        ("Error: EROFS: read-only file system, rename '/tmp/a' -> '/data/b'", "ReadOnly /data/b"),
        ("Error: EACCES: permission denied, open '/etc/secret'", "Permission /etc/secret"),
        ("Error: listen EACCES: permission denied 0.0.0.0:80", "Permission "),
        ("/bin/sh: can't create /app/x: Read-only file system", "ReadOnly /app/x"),
        ("sh: 1: cannot create /app/x: Permission denied", "Permission /app/x"),
        ("/bin/sh: 1: cannot create logs/app.log: Directory nonexistent", "NoFolder logs/app.log"),
        ("mkdir: cannot create directory 'logs': Read-only file system", "ReadOnly logs"),
        ("mkdir: can't create directory 'logs/a': Read-only file system", "ReadOnly logs/a"),
        ("touch: cannot touch 'x': Read-only file system", "ReadOnly x"),
        ("Error: ENOENT: no such file or directory, open '/app/config.json'", "file /app/config.json"),
        ("Error: ENOENT: no such file or directory, scandir '/app/x'", "read /app/x"),
        ("TypeError: Cannot open database because the directory does not exist", "NoFolder "),
        ("Error: Could not locate the bindings file. Tried:", "unbuilt"),
        ("Error: connect ECONNREFUSED 127.0.0.1:5432", "connection"),
        ("Error: connect ENOENT /var/run/postgresql/.s.PGSQL.5432", "connection"),
        ("Error: getaddrinfo EAI_AGAIN db", "connection"),
        ("Can't reach database server at `db:5432`", "connection"),
        ("Error: spawn ffmpeg ENOENT", "command ffmpeg"),
        ("sh: 1: tsx: not found", "command tsx"),
        ("bash: line 1: tsx: command not found", "command tsx"),
        ("/bin/sh: tsx: not found", "command tsx"),
        ("/app/run: 2: exec: tsx: not found", "command tsx"),
        ("GET /health: not found", "none"),
        ("Error: ENOSPC: no space left on device, write", "bound"),
        ("    at connect ECONNREFUSED (node:net:1)", "connection"),
        ("at Object.open (/app/x.js: EACCES)", "none"),
        ("Listening on 3000", "none"),
        ("", "none"),
    ] {
        let line = if line.starts_with("    at connect") { line.trim_start_matches("    at ") } else { line };
        assert_eq!(text(of_line(line)), expected, "{line}");
    }
    // Longer than the longest parsed line, with a character across the limit.
    let long = format!("{}ü{}", "x".repeat(599), "Cannot find module 'a'");
    assert_eq!(text(of_line(&long)), "none");
}

#[test]
fn what_steers_a_terminal_is_left_out() {
    assert_eq!(plain("\u{1b}[31mERROR\u{1b}[39m a\u{7}\tb\u{1b}[2K"), "ERROR a\tb");
    assert_eq!(plain("\u{1b}"), "");
}
