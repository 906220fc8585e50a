//! One turbo.json. In: a folder. Out: its tasks and lists of texts, as they stand there.

use std::path::Path;

use fourply_pnpm::ImporterId;
use fourply_scripts::files::folder_of;
use jsonc_parser::ParseOptions;
use serde_json::Value;

use crate::{AppError, Result};

/// No turbo.json is larger, in bytes.
const LARGEST: u64 = 4 << 20;

/// See the module.
pub(crate) struct TurboConfig {
    /// Relative to the workspace's root.
    pub path: String,
    value: Value,
}

impl TurboConfig {
    /// turbo.json or turbo.jsonc of a package, if it has one.
    pub(super) fn read(root: &Path, package: &ImporterId) -> Result<Option<TurboConfig>> {
        for name in ["turbo.json", "turbo.jsonc"] {
            let file = folder_of(root, package).join(name);
            if !file.is_file() {
                continue;
            }
            let path = package.path_of(name);
            let wrong = |reason: String| AppError::Turbo { path: path.clone(), reason };
            if fs_err::metadata(&file)?.len() > LARGEST {
                return Err(wrong(format!("it is larger than {LARGEST} bytes")));
            }
            let text = fourply_store::read_text(&file)?;
            let text = text.trim_start_matches('\u{feff}');
            let value = jsonc_parser::parse_to_serde_value(text, &ParseOptions::default());
            let value: Value = value.map_err(|error| wrong(format!("it cannot be read: {error}")))?;
            check(&value).map_err(wrong)?;
            return Ok(Some(TurboConfig { path, value }));
        }
        Ok(None)
    }

    /// A task that it defines.
    pub(super) fn task(&self, name: &str) -> Option<&Value> {
        ["tasks", "pipeline"].iter().find_map(|key| self.value.get(key)?.get(name))
    }

    /// A list of the file itself.
    pub(super) fn strings(&self, key: &str) -> Vec<String> {
        texts(self.value.get(key)).unwrap_or_default()
    }

    /// A list of a task; nothing where the task does not have it.
    pub(super) fn list_of(&self, task: &str, key: &str) -> Option<Vec<String>> {
        texts(self.task(task)?.get(key))
    }
}

/// That the parts that are read have the types that they need.
fn check(value: &Value) -> std::result::Result<(), String> {
    let Some(file) = value.as_object() else { return Err("it has to be an object: { … }".to_owned()) };
    for key in ["globalDependencies", "globalEnv", "extends"] {
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
            for key in ["dependsOn", "env", "inputs", "outputs"] {
                list_of_texts(&format!("{key} of the task {name}"), task.get(key))?;
            }
        }
    }
    Ok(())
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
