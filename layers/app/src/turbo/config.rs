//! One turbo.json. In: a folder. Out: its tasks and lists, as written.

use std::path::Path;

use fourply_pnpm::ImporterId;
use fourply_scripts::files::folder_of;
use jsonc_parser::ParseOptions;
use serde_json::Value;

use crate::{AppError, Result};

/// The size limit of turbo.json, in bytes.
const LARGEST: u64 = 4 << 20;

/// Keys of a task.
const LISTS: [&str; 4] = ["dependsOn", "env", "inputs", "outputs"];
pub(super) const PERSISTENT: &str = "persistent";
const EXTENDS: &str = "extends";

/// A parsed turbo.json.
pub(crate) struct TurboConfig {
    /// Relative to the workspace's root.
    pub path: String,
    value: Value,
}

impl TurboConfig {
    /// Reads turbo.json or turbo.jsonc of a package, if it has one.
    pub(super) fn read(root: &Path, package: &ImporterId) -> Result<Option<TurboConfig>> {
        let folder = folder_of(root, package);
        let names = ["turbo.json", "turbo.jsonc"];
        let found: Vec<&str> = names.into_iter().filter(|name| folder.join(name).is_file()).collect();
        let Some(name) = found.first() else { return Ok(None) };
        let path = package.path_of(name);
        let wrong = |reason: String| AppError::Turbo { path: path.clone(), reason };
        if found.len() > 1 {
            return Err(wrong("a turbo.jsonc lies beside it, and turbo takes only one of them".to_owned()));
        }
        let file = folder.join(name);
        if fs_err::metadata(&file)?.len() > LARGEST {
            return Err(wrong(format!("it is larger than {LARGEST} bytes")));
        }
        let text = fourply_store::read_text(&file, fourply_store::InputKind::Project)?;
        let text = text.trim_start_matches('\u{feff}');
        let value = jsonc_parser::parse_to_serde_value(text, &ParseOptions::default());
        let value: Value = value.map_err(|error| wrong(format!("it cannot be read: {error}")))?;
        check(&value, package.is_root()).map_err(wrong)?;
        Ok(Some(TurboConfig { path, value }))
    }

    /// A task in this file.
    pub(super) fn task(&self, name: &str) -> Option<&Value> {
        ["tasks", "pipeline"].iter().find_map(|key| self.value.get(key)?.get(name))
    }

    /// A top-level list.
    pub(super) fn strings(&self, key: &str) -> Vec<String> {
        texts(self.value.get(key)).unwrap_or_default()
    }

    /// A list of a task; `None` if the task does not have it.
    pub(super) fn list_of(&self, task: &str, key: &str) -> Option<Vec<String>> {
        texts(self.task(task)?.get(key))
    }

    /// A flag of a task; `None` if the task does not have it.
    pub(super) fn flag_of(&self, task: &str, key: &str) -> Option<bool> {
        self.task(task)?.get(key)?.as_bool()
    }

    /// Whether a task has only `"extends": false`: its package excludes the task.
    pub(super) fn excludes(&self, task: &str) -> bool {
        let keys = self.task(task).and_then(Value::as_object).map_or(0, serde_json::Map::len);
        keys == 1 && self.flag_of(task, EXTENDS) == Some(false)
    }
}

/// Checks the types of the parts that are read.
fn check(value: &Value, is_root: bool) -> std::result::Result<(), String> {
    let Some(file) = value.as_object() else { return Err("it has to be an object: { … }".to_owned()) };
    spelt("it", file, &["tasks", "pipeline", "globalDependencies", "globalEnv", EXTENDS])?;
    for key in ["globalDependencies", "globalEnv", EXTENDS] {
        list_of_texts(key, file.get(key))?;
    }
    for key in ["tasks", "pipeline"] {
        let Some(tasks) = file.get(key) else { continue };
        let Some(tasks) = tasks.as_object() else {
            return Err(format!("{key:?} has to be an object: {{ … }}"));
        };
        for (name, task) in tasks {
            let Some(task) = task.as_object() else {
                return Err(format!("the task {name:?} has to be an object: {{ … }}"));
            };
            if let Some((_, task)) = name.split_once('#').filter(|_| !is_root) {
                return Err(format!(
                    "the task {name:?} of a package's own turbo.json is called {task:?} there"
                ));
            }
            spelt(&format!("the task {name:?}"), task, &[&LISTS[..], &[PERSISTENT, EXTENDS]].concat())?;
            for key in LISTS {
                list_of_texts(&format!("{key} of the task {name}"), task.get(key))?;
            }
            for key in [PERSISTENT, EXTENDS] {
                if task.get(key).is_some_and(|value| !value.is_boolean()) {
                    return Err(format!("{key} of the task {name} has to be true or false"));
                }
            }
            if is_root && task.contains_key(EXTENDS) {
                return Err(format!(
                    "the task {name:?} has {EXTENDS:?}, which only a package's own turbo.json may have"
                ));
            }
        }
    }
    Ok(())
}

/// Checks that no key differs from a known one only in case: turbo rejects unknown keys.
fn spelt(
    what: &str,
    object: &serde_json::Map<String, Value>,
    known: &[&str],
) -> std::result::Result<(), String> {
    let near = |key: &String| known.iter().find(|right| right.eq_ignore_ascii_case(key) && *right != key);
    match object.keys().find_map(|key| Some((key, near(key)?))) {
        Some((key, right)) => Err(format!("{what} has the key {key:?}, which turbo writes {right:?}")),
        None => Ok(()),
    }
}

fn list_of_texts(what: &str, list: Option<&Value>) -> std::result::Result<(), String> {
    let is_list = |value: &Value| value.as_array().is_some_and(|all| all.iter().all(Value::is_string));
    match list.is_none_or(is_list) {
        true => Ok(()),
        false => Err(format!("{what} has to be a list of texts: [\"…\"]")),
    }
}

fn texts(list: Option<&Value>) -> Option<Vec<String>> {
    let list = list?.as_array()?;
    Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}
