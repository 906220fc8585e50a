//! What is wrong with fourply.toml.

use crate::config::ConfigError;

const README: &str = "README.md shows each key with a value, under fourply.toml";

pub(super) fn advice(error: &ConfigError) -> String {
    match error {
        ConfigError::Syntax(source) => syntax(&source.message).to_owned(),
        ConfigError::ManyBases(_) => {
            "keep one of them; packages, node, users and folders are put on any base".to_owned()
        }
        ConfigError::SandboxOfService(_) => "move sandbox to [build]".to_owned(),
        ConfigError::ToolchainOfService(_) => "move toolchain to [build]".to_owned(),
        ConfigError::Package(..) => {
            "write names of the base's own packages: toolchain = [\"python3\", \"make\", \"g++\"]".to_owned()
        }
        ConfigError::Text { key, .. } => text(key).to_owned(),
        ConfigError::UselessSwitch(key) => format!("remove {key}, or write {key} = false"),
        ConfigError::NoModules => "`modules = false` leaves all of them out".to_owned(),
        ConfigError::NoScripts => text("script").to_owned(),
        ConfigError::NoCommand(_) => {
            "write for example command = \"pnpm turbo run build --filter=./{path}...\"".to_owned()
        }
        ConfigError::CommandAndScript(_) => "keep the one that builds the service".to_owned(),
        ConfigError::Layers(_) => "write a number from 1 to 100, or leave layers out".to_owned(),
        ConfigError::Variable(..) => "write a name such as API_URL, with a text as its value".to_owned(),
        ConfigError::OpenSecret(_, name) => format!("remove {name} from env, and give --secret id={name}"),
        ConfigError::Twice(_, key) => format!("keep the {key} of one of the two tables"),
        ConfigError::NoPort(_) => "write health = [\"PROGRAM\", …], or leave health out".to_owned(),
    }
}

/// By the words of serde, which name the type that was expected.
fn syntax(message: &str) -> &'static str {
    match () {
        () if message.contains("expected a sequence") => "write a list, also for one value: [\"…\"]",
        () if message.contains("expected a map") => "write a table of names and texts: { NAME = \"value\" }",
        () if message.contains("expected a string") => "write a text in quotes: \"…\"",
        () if message.contains("expected a boolean") => "write true or false, without quotes",
        () => README,
    }
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
        "cmd" | "entrypoint" => "name the program first: [\"node\", \"dist/main.js\"]",
        "keep" | "drop" => "write NAME/PATH, and NAME/** for a whole package",
        "env" => "write { NAME = \"value\" }",
        _ => README,
    }
}
