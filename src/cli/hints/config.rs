//! What is wrong with fourply.toml.

use crate::config::{ConfigError, InvalidToml};

const REFERENCE: &str = "docs/configuration.md lists every key with an example";

pub(super) fn advice(error: &ConfigError) -> String {
    match error {
        ConfigError::At { error, .. } => advice(error),
        ConfigError::Syntax(source) => syntax(source),
        ConfigError::ManyBases(_) => {
            "keep one of them; packages, node, users and folders are put on any base".to_owned()
        }
        ConfigError::SandboxOfService(_) => "move sandbox to [build]".to_owned(),
        ConfigError::ToolchainOfService(_) => "move toolchain to [build]".to_owned(),
        ConfigError::Package(..) => {
            "write names of the base's own packages: toolchain = [\"python3\", \"make\", \"g++\"]".to_owned()
        }
        ConfigError::Text { key: "files", text, .. } if text.starts_with("../") => of_root(text),
        ConfigError::Text { key, .. } => text(key).to_owned(),
        ConfigError::UselessSwitch(_) => {
            "remove script, as \"build\" is the default; script = false runs none".to_owned()
        }
        ConfigError::NoModules(_) => {
            "name dependencies of the service: modules = [\"sharp\"]; modules = false leaves all of them out"
                .to_owned()
        }
        ConfigError::DevelopmentWithoutModules(_) => {
            "leave modules = false out, or name in modules the dependencies that the image has".to_owned()
        }
        ConfigError::NoScripts(_) => text("script").to_owned(),
        ConfigError::NoCommand(_) => {
            "write for example command = \"pnpm turbo run build --filter=./{path}...\"".to_owned()
        }
        ConfigError::CommandAndScript(_) => "keep the one that builds the service".to_owned(),
        ConfigError::Layers(_) => "write a number from 1 to 100, or leave layers out".to_owned(),
        ConfigError::Variable(..) => "write a name such as API_URL, with a text as its value".to_owned(),
        ConfigError::SecretName(..) => {
            "write names of variables: secrets = [\"SENTRY_AUTH_TOKEN\"]; their values come with --secret"
                .to_owned()
        }
        ConfigError::OpenSecret(_, name) => format!("remove {name} from env, and give --secret id={name}"),
        ConfigError::Twice(_, key) => format!("keep the {key} of one of the two tables"),
        ConfigError::NoPort(_) => "write health = [\"PROGRAM\", …], or leave health out".to_owned(),
    }
}

/// By the words of serde, which name the type that was expected.
fn syntax(InvalidToml { key, message, .. }: &InvalidToml) -> String {
    let command = key.as_deref().filter(|key| matches!(*key, "cmd" | "entrypoint"));
    if let (Some(command), true) = (command, message.contains("expected a list")) {
        let words = if command == "entrypoint" { "\"tini\", \"--\"" } else { "\"node\", \"src/index.js\"" };
        return format!("write a list of words: {command} = [{words}]");
    }
    if message.starts_with("duplicate key") {
        return "the key is there twice: remove one of the lines".to_owned();
    }
    if let Some(hint) = unknown(message) {
        return hint;
    }
    let last = key.as_deref().and_then(|key| key.rsplit('.').next()).unwrap_or_default();
    let list = format!("write a list, also for one value: {last} = [\"…\"]");
    let text = match last {
        "port" => "write port = 3000, or port = false for a worker",
        "files" => {
            "write files = [\"prisma\"], with \"/locales\" for the workspace's root, or { from = \"/apps/client/dist\", to = \"client\" } for another place"
        }
        "script" => "write script = \"build\", script = [\"generate\", \"build\"], or script = false",
        "interval" | "timeout" | "start-period" => {
            return format!("write a time with its unit, such as {last} = \"5s\"");
        }
        "sandbox" | "engines" | "network" | "node" | "modules" | "rules" => text(last),
        "keep" if !message.contains("expected a list") => {
            "write [store] keep = \"20GB\", or false for any size"
        }
        "layers" => "write a number from 1 to 100: layers = 20",
        "retries" => "write a number from 1 to 100: retries = 3",
        "paths" => "write a list, also for one path: paths = [\"/health\"]",
        "command" if message.contains("expected a list") => {
            "write a list of words: command = [\"wget\", \"-q\", \"--spider\", \"http://127.0.0.1:3000/health\"]"
        }
        "health" => {
            "write health = \"/health\", health = [\"PROGRAM\", …] for a command, health = { paths = [\"/health\"], timeout = \"5s\" }, or health = false"
        }
        "user" => text("user"),
        _ if message.contains("expected a list") => &list,
        _ if message.contains("expected a table") => "write a table of names and texts: { NAME = \"value\" }",
        _ if message.contains("expected a string") => "write a text in quotes: \"…\"",
        _ if message.contains("expected a boolean") => "write true or false, without quotes",
        _ => REFERENCE,
    };
    text.to_owned()
}

/// Tables that are for all services.
const TABLES: [&str; 6] = ["base", "store", "packages", "workspace", "prune", "registry"];

/// Keys of `[build]` that a service has in its own table of builds.
const OF_BUILD: [&str; 5] = ["secrets", "inputs", "projects", "network", "engines"];

/// What other programs call a key.
const OTHER_WORDS: [(&str, &str); 12] = [
    ("expose", "port"),
    ("ports", "port"),
    ("healthcheck", "health"),
    ("command", "cmd of [image] or [services.X]"),
    ("start", "cmd"),
    ("environment", "env"),
    ("volumes", "writable, for folders of the image's user"),
    ("include", "files"),
    ("assets", "files"),
    ("build_args", "env of [build]"),
    ("args", "env of [build]"),
    ("scripts", "script"),
];

/// An unknown key: where it belongs, or the one that was perhaps meant.
fn unknown(message: &str) -> Option<String> {
    let mut words = message.strip_prefix("unknown field `")?.split('`');
    let found = words.next()?;
    if TABLES.contains(&found) {
        return Some(format!("[{found}] is for all services: write it as a table of the whole file"));
    }
    // A service has three of the keys of [build] in its own table: its list of known keys has `modules`, which no other has.
    if OF_BUILD.contains(&found) && message.contains("`modules`") {
        return Some(format!(
            "{found} is a key of builds: write it in [services.X.build] for one service, or in [build] for all"
        ));
    }
    if found == "owner" {
        return Some("the image's user owns what it may write to: name it in user = \"nodejs:1001\", and the folders in writable = [\"uploads\"]".to_owned());
    }
    if let Some((_, key)) = OTHER_WORDS.iter().find(|(word, _)| *word == found) {
        return Some(format!("fourply's key for it is {key}. {REFERENCE}"));
    }
    let near = |known: &str| strsim::osa_distance(known, found) <= (found.chars().count() / 3).clamp(1, 3);
    let known = words.skip(1).step_by(2).filter(|known| found.len() < 100 && near(known));
    let best = known.min_by_key(|known| strsim::osa_distance(known, found))?;
    Some(format!("did you mean {best}? {REFERENCE}"))
}

/// An entry of files that climbs out of its service, most often by the two folders of `services/auth`: files of the root begin with `/`.
fn of_root(text: &str) -> String {
    let inside =
        text.strip_prefix("../../").filter(|inside| !inside.contains("../")).unwrap_or("services/auth/data");
    format!(
        "name it by its path from the workspace's root, with / in front, such as files = [\"/{inside}\"]; what lies outside of the workspace cannot go along"
    )
}

fn text(key: &str) -> &'static str {
    match key {
        "output" => {
            "name folders, files or globs of the service's folder, such as \"dist\" or \"lib/**/*.js\""
        }
        "files" => super::app::ENTRY,
        "inputs" => "name files relative to the workspace's root, such as \"proto/**\"",
        "projects" => "name packages of the workspace by folder or name, such as \"packages/kit\"",
        "writable" => "name folders as \"uploads\" (of the service's folder) or \"/data\" (of the image)",
        "script" => "name a script of package.json, or write false",
        "user" => "write NAME:ID, such as user = \"nodejs:1001\", or NAME:ID:GROUP:ID",
        "cmd" | "entrypoint" => "name the program first: [\"node\", \"dist/main.js\"]",
        "keep" | "drop" => "write NAME/PATH, and NAME/** for a whole package",
        "dev-dependencies" => "write names as devDependencies of package.json has them: [\"tsx\"]",
        "env" => "write { NAME = \"value\" }",
        "labels" | "annotations" => "write { \"org.example.name\" = \"value\" }",
        "sandbox" => "write sandbox = \"auto\", \"required\" or \"off\"",
        "engines" => "write engines = \"ignore\" for a warning in place of an error, or leave it out",
        "network" => {
            "name packages or folders whose scripts may download: network = [\"puppeteer\"]; true is all, false none"
        }
        "node" => {
            "write node = \"22.23.3\", a range such as \"^22.4\", \"lts\", \"latest\" or a release such as \"iron\""
        }
        "modules" => "write modules = false for none, or a list of dependencies: modules = [\"sharp\"]",
        "rules" => {
            "name rules among docs, source-maps, types, tests, prebuilds and objects: rules = [\"docs\"]"
        }
        _ => REFERENCE,
    }
}

#[cfg(test)]
mod tests;
