//! What an image lacks → lines of `fourply.toml`. In: values, and what the file has already. Out: the text of tables: each line has the whole value that
//! its key should have.

use std::collections::{BTreeMap, BTreeSet};

use fourply_compare::{FileEntry, Health, Known, Missing};

use crate::config::{BaseConfig, Config};
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
    let base = base(missing, configured.config);
    if !base.is_empty() {
        text.push_str(&format!("[base]\n{}", base.concat()));
    }
    let service = service(missing, configured);
    if !service.is_empty() {
        let gap = if text.is_empty() { "" } else { "\n" };
        text.push_str(&format!("{gap}[services.{}]\n{}", table(configured), service.concat()));
    }
    text
}

/// The tables of these lines that the file has already, as they are printed.
pub(crate) fn tables_there(lines: &str, config: &Config, service: &str) -> Vec<String> {
    let there = |header: &str| match header {
        "[base]" => config.base != BaseConfig::default(),
        _ => config.services.contains_key(service),
    };
    let headers = lines.lines().filter(|line| line.starts_with('['));
    headers.filter(|header| there(header)).map(str::to_owned).collect()
}

fn base(missing: &Missing, config: &Config) -> Vec<String> {
    let mut lines = Vec::new();
    let mut add = |name: &str, own: &[String], more: &BTreeSet<String>| {
        if !more.is_empty() {
            lines.push(format!("{name} = {}\n", list(own.iter().chain(more).map(|text| quoted(text)))));
        }
    };
    add("packages", &config.base.packages, &missing.packages);
    add("certificates", &config.base.certificates, &missing.certificates);
    lines
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
    let own = config.services.get(&settings.workspace.service).cloned().unwrap_or_default();
    let env = missing.env.iter().map(|(name, value)| (name.clone(), value.theirs.clone())).collect();
    lines.extend(pairs("env", own.env, env));
    lines.extend(pairs("labels", own.labels, missing.labels.clone()));
    lines.extend(port(missing));
    lines.extend(missing.health.as_ref().map(|check| format!("health = {}\n", health(check))));
    lines.extend(missing.user.as_ref().map(|user| format!("user = {}\n", quoted(user))));
    let cmd = missing.cmd.as_ref();
    lines.extend(cmd.map(|words| format!("cmd = {}\n", list(words.iter().map(|word| quoted(word))))));
    lines
}

fn port(missing: &Missing) -> Option<String> {
    match missing.no_port {
        true => Some("port = false\n".to_owned()),
        false => missing.port.map(|port| format!("port = {port}\n")),
    }
}

/// A table on one line: what is there already, and what is missing.
fn pairs(name: &str, own: BTreeMap<String, String>, missing: BTreeMap<String, String>) -> Option<String> {
    if missing.is_empty() {
        return None;
    }
    let all: BTreeMap<String, String> = own.into_iter().chain(missing).collect();
    let pairs = all.iter().map(|(name, value)| format!("{} = {}", key(name), quoted(value)));
    Some(format!("{name} = {{ {} }}\n", pairs.collect::<Vec<_>>().join(", ")))
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

/// A string as TOML has it, on one line: JSON's, but for DEL.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

fn key(name: &str) -> String {
    let bare = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests;
