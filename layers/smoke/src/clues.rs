//! Lines of output → clues about a fault. In: lines in the formats of node, C libraries and shells. Out: clues, of
//! which the last counts: earlier faults that the program survived did not cause its end. Lines are untrusted and used
//! only as text.

/// The meaning of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clue {
    /// Node does not find a module.
    Module { name: String },
    /// A program is missing in the image.
    Command { name: String },
    /// The loader does not find a library.
    Library { name: String },
    /// Machine code cannot be loaded: it is for another architecture, C library or node.
    Native { line: String },
    /// Machine code is missing: the install script that builds it did not run. The package is known if a path contains
    /// it.
    Unbuilt { package: Option<String>, line: String },
    /// A file must not be written or read.
    Denied { denial: Denial, path: Option<String>, line: String },
    /// A missing file, and whether it is known to be read; otherwise it may be an output.
    File { path: String, read: bool },
    /// Something outside the image does not answer.
    Connection { line: String },
    /// A missing variable; without a name if the line has none.
    Variable { name: Option<String>, line: String },
    /// A limit of the sandbox.
    Bound { line: String },
}

/// Why a file cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// EROFS: the file would be written.
    ReadOnly,
    /// EACCES or EPERM.
    Permission,
    /// ENOENT: the output folder is missing.
    NoFolder,
}

impl Clue {
    /// Whether the image is at fault.
    pub(crate) fn is_fault(&self) -> bool {
        !matches!(self, Clue::Connection { .. } | Clue::Variable { .. } | Clue::Bound { .. })
    }
}

/// The longest line that is parsed and reported.
const LONGEST: usize = 600;

/// The clue in one line, except missing variables.
pub(crate) fn of_line(line: &str) -> Option<Clue> {
    let line = line.trim();
    let line = line.get(..line.floor_char_boundary(LONGEST)).unwrap_or(line);
    let after = |mark: &str| line.split_once(mark).map(|(_, rest)| rest);
    let whole = || line.to_owned();
    // A stack frame names files that are not at fault.
    if line.starts_with("at ") {
        return None;
    }
    if let Some(rest) = after("Cannot find module ").or_else(|| after("Cannot find package ")) {
        return Some(Clue::Module { name: quoted(rest)? });
    }
    if let Some(rest) = after("Error loading shared library ") {
        return Some(Clue::Library { name: rest.split(':').next()?.to_owned() });
    }
    if line.contains("cannot open shared object file") {
        let name = line.split(": cannot open").next()?.rsplit([' ', ':']).next()?.to_owned();
        return Some(Clue::Library { name });
    }
    if NATIVE.iter().any(|words| line.contains(words)) {
        return Some(Clue::Native { line: whole() });
    }
    if UNBUILT.iter().any(|words| line.contains(words)) {
        return Some(Clue::Unbuilt { package: None, line: whole() });
    }
    // Prisma, which downloads a missing engine.
    if line.contains("Can't write to ") && line.contains(ENGINES) {
        return Some(Clue::Unbuilt { package: Some(ENGINES.to_owned()), line: whole() });
    }
    if NO_FOLDER.iter().any(|words| line.contains(words)) {
        return Some(Clue::Denied { denial: Denial::NoFolder, path: path(line), line: whole() });
    }
    if let Some(rest) = after("spawn ").filter(|rest| rest.contains("ENOENT")) {
        return Some(Clue::Command { name: rest.split(' ').next()?.to_owned() });
    }
    if BOUNDS.iter().any(|words| line.contains(words)) {
        return Some(Clue::Bound { line: whole() });
    }
    if CONNECTION.iter().any(|words| line.contains(words)) {
        return Some(Clue::Connection { line: whole() });
    }
    if let Some(denial) = denial(line) {
        return Some(Clue::Denied { denial, path: path(line), line: whole() });
    }
    if let Some(path) = shell_path(line).filter(|_| line.contains("Directory nonexistent")) {
        return Some(Clue::Denied { denial: Denial::NoFolder, path: Some(path), line: whole() });
    }
    if let Some(rest) = after("ENOENT: no such file or directory") {
        let path = path(rest)?;
        let call = |names: &[&str]| names.iter().any(|name| rest.starts_with(&format!(", {name} ")));
        let denied = |denial| Clue::Denied { denial, path: Some(path.clone()), line: whole() };
        return Some(match () {
            // The error of node's recursive mkdir on a read-only file system.
            () if call(&["mkdir"]) => denied(Denial::ReadOnly),
            () if call(&["mkdtemp", "symlink"]) => denied(Denial::NoFolder),
            () => Clue::File {
                read: call(&["scandir", "stat", "lstat", "access", "readlink", "opendir"]),
                path,
            },
        });
    }
    command_not_found(line)
}

/// Messages of `bindings` and `node-gyp-build`. Sources: their files bindings.js and node-gyp-build.js.
const UNBUILT: [&str; 2] = ["Could not locate the bindings file", "No native build was found for platform="];

const ENGINES: &str = "@prisma/engines";

/// Messages of better-sqlite3, node's sqlite, sqlite3 and Prisma, and libsql.
const NO_FOLDER: [&str; 5] = [
    "Cannot open database because the directory does not exist",
    "unable to open database file",
    "SQLITE_CANTOPEN",
    "Failed to connect to database: /",
    "Unable to open connection to local database /",
];

const NATIVE: [&str; 9] = [
    "invalid ELF header",
    "wrong ELF class",
    "Exec format error",
    "exec format error",
    "Error relocating ",
    "was compiled against a different Node.js version",
    "Module did not self-register",
    "undefined symbol: ",
    "' not found (required by ",
];

const CONNECTION: [&str; 20] = [
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "EHOSTDOWN",
    "ETIMEDOUT",
    "ECONNRESET",
    "connect ENOENT",
    "Connection refused",
    "connection refused",
    "Network is unreachable",
    "network is unreachable",
    "Name or service not known",
    "Temporary failure in name resolution",
    "Can't reach database server",
    "MongooseServerSelectionError",
    "MongoServerSelectionError",
    "KafkaJSConnectionError",
    "getaddrinfo ",
];

const BOUNDS: [&str; 4] = [
    "ENOSPC: no space left on device",
    "No space left on device",
    "Resource temporarily unavailable",
    "EAGAIN, Resource",
];

fn denial(line: &str) -> Option<Denial> {
    let has = |words: &[&str]| words.iter().any(|word| line.contains(word));
    if has(&["EROFS", "Read-only file system", "read-only file system"]) {
        return Some(Denial::ReadOnly);
    }
    has(&["EACCES", "EPERM: operation not permitted", "Permission denied", "permission denied"])
        .then_some(Denial::Permission)
}

/// `sh: tsx: not found`, `/app/run: 2: exec: tsx: not found`, `bash: line 1: tsx: command not found`.
fn command_not_found(line: &str) -> Option<Clue> {
    let before = line.strip_suffix(": not found").or_else(|| line.strip_suffix(": command not found"))?;
    let (shell, name) = before.rsplit_once(": ")?;
    let number = |part: &str| part.trim_start_matches("line ").parse::<u32>().is_ok();
    let of_shell = |part: &str| part.ends_with("sh") || part == "exec" || number(part);
    let spoken = shell.split(": ").any(of_shell) && !name.is_empty() && !name.contains(' ');
    spoken.then(|| Clue::Command { name: name.to_owned() })
}

/// The quoted text at the start.
fn quoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"' | '`'))?;
    text.get(1..)?.split(quote).next().map(str::to_owned)
}

/// The last quoted path; otherwise the last absolute path among the words. In node's errors, a path may be relative: `,
/// mkdir 'uploads'`.
fn path(text: &str) -> Option<String> {
    let of_node = text.rsplit_once(", ").and_then(|(_, call)| call.strip_suffix('\'')?.rsplit_once(" '"));
    if let Some((_, path)) = of_node.filter(|(_, path)| !path.is_empty()) {
        return Some(path.to_owned());
    }
    if let Some(path) = shell_path(text) {
        return Some(path);
    }
    let in_quotes = text.split(['\'', '"', '`', '‘', '’']).skip(1);
    if let Some(found) = in_quotes.filter(|part| part.starts_with('/')).last() {
        return Some(found.to_owned());
    }
    let mut words = text.split_whitespace().map(|word| word.trim_matches([',', ';', ':', '(', ')']));
    let absolute = |word: &&str| word.starts_with('/') && word.len() > 1 && !word.ends_with("/sh");
    words.rfind(absolute).map(str::to_owned)
}

/// The path in messages of shells and tools: `cannot create logs/app.log: …`, `mkdir: cannot create directory 'logs':
/// …`, `touch: cannot touch 'x': …`.
fn shell_path(text: &str) -> Option<String> {
    const BEFORE: [&str; 5] = [
        "cannot create directory ",
        "can't create directory ",
        "cannot create ",
        "can't create ",
        "cannot touch ",
    ];
    let rest = BEFORE.iter().find_map(|words| text.split_once(words)).map(|(_, rest)| rest)?;
    let (path, _) = rest.rsplit_once(": ")?;
    let path = path.trim_matches(['\'', '"', '`', '‘', '’']);
    (!path.is_empty() && !path.contains(": ")).then(|| path.to_owned())
}

/// `TypeError: …`, `Error [ERR_X]: …`, `panic: …`: the line that people would search for.
pub(crate) fn is_error(line: &str) -> bool {
    let first = first_word(line);
    line.contains(':')
        && (first.ends_with("Error") || first.ends_with("Exception") || first == "panic" || first == "Fatal")
}

/// Whether a line shows a bug in the program: ECMAScript's own errors except `Error`, a failed assertion, a panic.
pub(crate) fn is_defect(line: &str) -> bool {
    const KINDS: [&str; 9] = [
        "TypeError",
        "ReferenceError",
        "SyntaxError",
        "RangeError",
        "EvalError",
        "URIError",
        "AssertionError",
        "UnknownDependenciesException",
        "panic",
    ];
    // The error of fetch if a server does not answer or aborts.
    let of_fetch = ["fetch failed", "TypeError: terminated"].iter().any(|words| line.contains(words));
    is_error(line) && KINDS.contains(&first_word(line)) && !of_fetch
}

fn first_word(line: &str) -> &str {
    line.trim_start().trim_start_matches("Uncaught ").split([':', '[', ' ']).next().unwrap_or_default()
}

/// A line without terminal control sequences.
pub(crate) fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            // CSI … letter; other sequences have one letter.
            if letters.next() == Some('[') {
                letters.by_ref().find(|letter| letter.is_ascii_alphabetic());
            }
        } else if !letter.is_control() || letter == '\t' {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests;
