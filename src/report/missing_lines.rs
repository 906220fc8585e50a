//! What an image lacks → lines of `fourply.toml`. In: values, and what the file has already. Out: the text of tables: each line has the whole value that
//! its key should have.

use std::collections::BTreeMap;

use fourply_compare::{FileEntry, Health, Known, Missing};

use crate::config::Config;
use crate::settings::Settings;

/// What is configured.
pub(crate) struct Configured<'a> {
    pub config: &'a Config,
    pub settings: &'a Settings,
    pub known: &'a Known,
}

/// The lines; empty where nothing is missing.
pub(crate) fn missing_lines(missing: &Missing, configured: &Configured<'_>) -> String {
    let mut text = String::new();
    if !missing.packages.is_empty() {
        let packages = configured.config.base.packages.iter().chain(&missing.packages);
        text.push_str(&format!("[base]\npackages = {}\n", list(packages.map(|name| quoted(name)))));
    }
    let service = service(missing, configured);
    if !service.is_empty() {
        let gap = if text.is_empty() { "" } else { "\n" };
        text.push_str(&format!("{gap}[services.{}]\n{}", table(configured), service.concat()));
    }
    text
}

fn service(missing: &Missing, configured: &Configured<'_>) -> Vec<String> {
    let Configured { config, settings, known } = configured;
    let mut lines = Vec::new();
    if !missing.files.is_empty() {
        let own = &settings.build.selection.files;
        let own = own.iter().map(|files| entry(&files.from, files.to.as_deref()));
        let new = missing.files.iter().map(|files| new_entry(files, &known.service));
        lines.push(format!("files = {}\n", list(own.chain(new))));
    }
    if !missing.writable.is_empty() {
        let all = settings.container.writable.iter().chain(&missing.writable);
        lines.push(format!("writable = {}\n", list(all.map(|path| quoted(path)))));
    }
    if !missing.env.is_empty() {
        let own = config.services.get(&settings.workspace.service).map(|own| own.env.clone());
        let mut all: BTreeMap<String, String> = own.unwrap_or_default();
        all.extend(missing.env.iter().map(|(name, value)| (name.clone(), value.theirs.clone())));
        let pairs = all.iter().map(|(name, value)| format!("{} = {}", key(name), quoted(value)));
        lines.push(format!("env = {{ {} }}\n", pairs.collect::<Vec<_>>().join(", ")));
    }
    lines.extend(missing.port.map(|port| format!("port = {port}\n")));
    lines.extend(missing.health.as_ref().map(|check| format!("health = {}\n", health(check))));
    lines.extend(missing.user.as_ref().map(|user| format!("user = {}\n", quoted(user))));
    let cmd = missing.cmd.as_ref();
    lines.extend(cmd.map(|words| format!("cmd = {}\n", list(words.iter().map(|word| quoted(word))))));
    lines
}

/// The folder's name, where no other package's folder has it.
fn table(configured: &Configured<'_>) -> String {
    let path = &configured.known.service;
    let name = path.rsplit('/').next().unwrap_or(path);
    let same = |folder: &&String| folder.rsplit('/').next() == Some(name);
    let alone = configured.known.packages.values().filter(same).count() == 1;
    key(if alone { name } else { path })
}

/// A path of the workspace, as an entry has it: of the service's folder, or of the root with a slash.
fn new_entry(files: &FileEntry, service: &str) -> String {
    let inside = match service {
        "." => Some(files.from.as_str()),
        service => files.from.strip_prefix(service).and_then(|rest| rest.strip_prefix('/')),
    };
    match inside {
        Some(inside) => entry(inside, files.to.as_deref()),
        None => entry(&format!("/{}", files.from), files.to.as_deref()),
    }
}

fn entry(from: &str, to: Option<&str>) -> String {
    match to {
        None => quoted(from),
        Some(to) => format!("{{ from = {}, to = {} }}", quoted(from), quoted(to)),
    }
}

fn health(check: &Health) -> String {
    let words = |words: &[String]| list(words.iter().map(|word| quoted(word)));
    let time =
        |name: &str, seconds: Option<f64>| seconds.map(|seconds| format!("{name} = \"{}\"", time(seconds)));
    let mut fields = vec![match check.paths.is_empty() {
        true => format!("command = {}", words(&check.command)),
        false => format!("paths = {}", words(&check.paths)),
    }];
    fields.extend(time("interval", check.interval));
    fields.extend(time("timeout", check.timeout));
    fields.extend(time("start-period", check.start_period));
    fields.extend(check.retries.map(|count| format!("retries = {count}")));
    match (fields.len(), check.paths.as_slice()) {
        (1, [path]) => quoted(path),
        (1, []) => words(&check.command),
        _ => format!("{{ {} }}", fields.join(", ")),
    }
}

fn time(seconds: f64) -> String {
    if seconds.fract() == 0.0 { format!("{seconds}s") } else { format!("{:.0}ms", seconds * 1000.0) }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A string as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::from(text.replace('\0', "")).to_string()
}

fn key(name: &str) -> String {
    let bare = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests;
