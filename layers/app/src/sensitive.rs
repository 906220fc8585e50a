//! Files that seldom belong in an image: environment files, `.npmrc` with its tokens, private keys. In: a path, a content. Out: what it is.
//!
//! A private key is told by its content, not by its name: the line that opens one, and the first of its digits behind it. Programs that
//! write or read keys have the line alone. What lies in a node_modules is a package's own: those of registries are left as they are.

use fourply_scripts::written::find;

/// What a file is that has to be named to go into an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensitive {
    /// `.env`, `.env.production`, `.envrc`.
    Environment,
    Npmrc,
    PrivateKey,
}

impl Sensitive {
    /// For messages.
    pub fn name(self) -> &'static str {
        match self {
            Sensitive::Environment => "an environment file",
            Sensitive::Npmrc => "an .npmrc, which may hold tokens",
            Sensitive::PrivateKey => "a private key",
        }
    }
}

/// Last parts of names of environment files that are written to be read by all.
const EXAMPLES: [&str; 5] = ["example", "sample", "template", "dist", "schema"];

/// What a path alone tells.
pub(crate) fn by_name(path: &str) -> Option<Sensitive> {
    if in_a_package(path) {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == ".npmrc" {
        return Some(Sensitive::Npmrc);
    }
    let rest = name.strip_prefix(".env")?;
    let own = rest.is_empty() || rest == "rc" || rest.starts_with('.');
    let last = rest.rsplit('.').next().unwrap_or(rest);
    let code = [".ts", ".js", ".mjs", ".cjs", ".map"].iter().any(|end| name.ends_with(end));
    (own && !code && !EXAMPLES.contains(&last)).then_some(Sensitive::Environment)
}

/// What a content tells.
pub(crate) fn by_content(path: &str, bytes: &[u8]) -> Option<Sensitive> {
    (!in_a_package(path) && has_private_key(bytes)).then_some(Sensitive::PrivateKey)
}

fn in_a_package(path: &str) -> bool {
    path.split('/').any(|part| part == "node_modules")
}

/// How many digits of a key stand behind its first line at least: one line of the shortest key has more.
const DIGITS: usize = 40;
/// How far behind the first line the digits may begin: lines such as `Proc-Type: 4,ENCRYPTED` come before.
const HEADERS: usize = 512;

fn has_private_key(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = find(rest, b"PRIVATE KEY") {
        let (before, behind) = rest.split_at_checked(at).unwrap_or_default();
        rest = behind.get(b"PRIVATE KEY".len()..).unwrap_or_default();
        let opens = before.get(before.len().saturating_sub(32)..).is_some_and(opens);
        let end = rest.strip_prefix(b" BLOCK").unwrap_or(rest);
        if opens && end.strip_prefix(b"-----").is_some_and(has_digits) {
            return true;
        }
    }
    bytes.starts_with(b"PuTTY-User-Key-File-")
}

/// Whether the text before the words ends with `-----BEGIN `, perhaps with the kind of key.
fn opens(before: &[u8]) -> bool {
    let Some(at) = (0..before.len())
        .rev()
        .find(|at| before.get(*at..).is_some_and(|text| text.starts_with(b"-----BEGIN ")))
    else {
        return false;
    };
    let kind = before.get(at + b"-----BEGIN ".len()..).unwrap_or_default();
    kind.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ')
}

/// Whether digits of a key follow, on lines of their own: real ends of lines, or those of a string in JSON.
fn has_digits(behind: &[u8]) -> bool {
    let text = behind.get(..(HEADERS + DIGITS).min(behind.len())).unwrap_or_default();
    let lines = text.split(|byte| *byte == b'\n');
    let lines = lines.flat_map(|line| split(line, b"\\n"));
    let tidy = |line: &[u8]| {
        let line = line.strip_suffix(b"\\r").unwrap_or(line);
        line.trim_ascii().to_vec()
    };
    let mut lines = lines.map(tidy).skip(1).filter(|line| !line.is_empty());
    // A line with a colon is a header.
    lines.find(|line| !line.contains(&b':')).is_some_and(|line| {
        let digits = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte));
        digits.count() >= DIGITS
    })
}

fn split<'b>(mut line: &'b [u8], at: &[u8]) -> Vec<&'b [u8]> {
    let mut parts = Vec::new();
    while let Some(found) = find(line, at) {
        parts.push(line.get(..found).unwrap_or_default());
        line = line.get(found + at.len()..).unwrap_or_default();
    }
    parts.push(line);
    parts
}

#[cfg(test)]
mod tests;
