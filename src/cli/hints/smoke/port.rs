//! A program that listens on another port than its image names. In: the ports, the service, its sources. Out: the line that brings both together.

use std::path::{Path, PathBuf};

use super::Started;

/// Below it, no system gives a port at random.
const FIRST_RANDOM: u16 = 32768;
/// What is looked at of a service, and how large a file that people write is.
const MOST_FILES: usize = 2000;
const LARGEST: u64 = 1 << 20;
const CODE: [&str; 8] = ["ts", "js", "mjs", "cjs", "mts", "cts", "tsx", "jsx"];
/// Of variables for a service's own port: what stands before `PORT`. Others are of what it connects to.
const OWN: [&str; 12] = [
    "API", "APP", "HTTP", "HTTPS", "SERVER", "SERVICE", "LISTEN", "WEB", "NODE", "GATEWAY", "BACKEND", "BIND",
];

/// The port in the variable that its code reads, or the port that it listens on.
pub(super) fn other(started: Option<Started<'_>>, table: &str, ports: &[u16], named: &[u16]) -> String {
    let port = ports.first().copied().unwrap_or_default();
    let named = named.first().copied().unwrap_or_default();
    let variable =
        started.and_then(|started| variable(&started.root.join(started.service), started.service, port));
    let line =
        variable.map(|name| format!("its code reads {name}: {table} env = {{ {name} = \"{named}\" }}"));
    match (line, port >= FIRST_RANDOM) {
        (Some(line), true) => line,
        (Some(line), false) => format!("{line}; or name the port that it listens on: {table} port = {port}"),
        (None, false) => format!("name the port that it listens on: {table} port = {port}"),
        (None, true) => format!(
            "let it listen on the port in the variable PORT, or give it the variable that it reads, such as {table} env = {{ APP_PORT = \"{named}\" }}"
        ),
    }
}

/// The variable whose default is the port, else the one that has the name of a service's own port.
fn variable(folder: &Path, service: &str, port: u16) -> Option<String> {
    let texts: Vec<String> = code(folder)
        .iter()
        .filter_map(|path| fourply_store::read_text(path, fourply_store::InputKind::Other).ok())
        .collect();
    let of = |is: &dyn Fn(&str, &str) -> bool| {
        let lines = texts.iter().flat_map(|text| text.lines());
        lines.flat_map(|line| names(line).map(move |name| (name, line))).find(|(name, line)| is(name, line))
    };
    let beside = |_: &str, line: &str| numbers(line).any(|number| number == port);
    let own = |name: &str, _: &str| is_own(name, service);
    of(&beside).or_else(|| of(&own)).map(|(name, _)| name.to_owned())
}

/// `API_PORT`, or `AUTH_PORT` and `AUTH_SERVICE_PORT` of the service auth.
fn is_own(name: &str, service: &str) -> bool {
    let before = name.strip_suffix("_PORT").unwrap_or_default();
    let folder = service.rsplit('/').next().unwrap_or(service).to_uppercase().replace('-', "_");
    OWN.contains(&before) || before == folder || before == format!("{folder}_SERVICE")
}

/// Words such as `HTTP_PORT`.
fn names(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let upper = |word: &&str| {
        word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    words.filter(|word| word.ends_with("_PORT") && word.len() > 5).filter(upper)
}

fn numbers(line: &str) -> impl Iterator<Item = u16> {
    line.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok())
}

/// Files of code below a folder, but for those of packages.
fn code(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(&folder).into_iter().flatten().flatten().collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name());
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() && name != "node_modules" && !name.as_encoded_bytes().starts_with(b".") {
                folders.push(path);
            } else if metadata.is_file()
                && metadata.len() <= LARGEST
                && path.extension().is_some_and(|end| CODE.iter().any(|known| end == *known))
            {
                found.push(path);
            }
        }
        if found.len() > MOST_FILES {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests;
