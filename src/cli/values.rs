//! `--build-arg` and `--secret`: what comes in are their texts, the environment and files, what goes out are the values. Their forms are those of
//! `docker buildx build`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::str::FromStr;

use fourply_scripts::Secrets;
use fourply_store::{InputKind, Secret, read_text};

use crate::config::{Config, is_variable};
use crate::pipeline::BuiltImage;
use crate::report::Terminal;
use crate::settings::fields;
use crate::{Error, environment};

/// A value that is shorter cannot be told from other text, so it could neither be masked nor found.
const SHORTEST: usize = 6;
/// The largest file that a secret may be in.
const LARGEST: u64 = 64 * 1024;

/// `--build-arg NAME[=VALUE]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildArg {
    name: String,
    /// That of the environment where absent.
    value: Option<String>,
}

/// `--secret id=NAME[,env=VAR|,src=FILE]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretArg {
    id: String,
    from: SecretSource,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum SecretSource {
    Variable(String),
    File(PathBuf),
}

impl FromStr for BuildArg {
    type Err = String;

    fn from_str(text: &str) -> Result<BuildArg, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        match is_variable(name) {
            true => Ok(BuildArg { name: name.to_owned(), value }),
            // What is no name may be a value, and secret.
            false => Err(
                "it does not begin with the name of a variable; write NAME=VALUE, or NAME for the environment's value".to_owned(),
            ),
        }
    }
}

impl FromStr for SecretArg {
    type Err = String;

    fn from_str(text: &str) -> Result<SecretArg, String> {
        const FORM: &str = "write it as id=NAME, id=NAME,env=VARIABLE or id=NAME,src=FILE";
        let wrong = |reason: String| format!("{reason}; {FORM}");
        let (mut id, mut env, mut src, mut kind) = (None, None, None, None);
        for field in fields(text).map_err(|reason| wrong(reason.to_owned()))? {
            // What is no `key=value` may be the secret itself.
            let Some((key, value)) = field.split_once('=') else {
                return Err(wrong("a part has no \"=\"".to_owned()));
            };
            let slot = match key.trim() {
                "id" => &mut id,
                "env" => &mut env,
                "src" | "source" => &mut src,
                "type" => &mut kind,
                _ => return Err(wrong("a part is none of id, env, src and type".to_owned())),
            };
            if value.is_empty() || slot.replace(value.to_owned()).is_some() {
                return Err(wrong(format!("{key} is empty or there twice")));
            }
        }
        let id = id.filter(|id| is_variable(id)).ok_or_else(|| wrong("id names no variable".to_owned()))?;
        let from = match (kind.as_deref(), env, src) {
            (None | Some("env"), Some(name), None) => SecretSource::Variable(name),
            (None | Some("file"), None, Some(path)) => SecretSource::File(path.into()),
            // As docker: with `type=env`, the source is a variable.
            (Some("env"), None, Some(name)) => SecretSource::Variable(name),
            (None | Some("env"), None, None) => SecretSource::Variable(id.clone()),
            _ => return Err(wrong("env, src and type do not fit together".to_owned())),
        };
        Ok(SecretArg { id, from })
    }
}

/// The values of build arguments. One without a value has that of the environment; where that is not set, it is left out, as by docker.
pub(super) fn build_args(args: &[BuildArg]) -> BTreeMap<String, String> {
    let value = |arg: &BuildArg| arg.value.clone().or_else(|| std::env::var(&arg.name).ok());
    args.iter().filter_map(|arg| Some((arg.name.clone(), value(arg)?))).collect()
}

/// Warns of those that are left out.
pub(super) fn warn_of_unset(args: &[BuildArg], terminal: &Terminal) {
    let values = build_args(args);
    for name in args.iter().map(|arg| &arg.name).filter(|name| !values.contains_key(*name)) {
        terminal.warn(&format_args!("--build-arg {name} is left out: {name} is not set in the environment"));
    }
}

/// Reads secrets.
///
/// # Errors
/// One that is not there, is given twice, or cannot be kept secret.
pub(super) fn secrets(args: &[SecretArg]) -> Result<Secrets, Error> {
    let mut all = BTreeMap::new();
    for SecretArg { id, from } in args {
        let (value, place) = match from {
            SecretSource::Variable(name) => (variable(id, name)?, format!("the variable {name}")),
            SecretSource::File(path) => (file(id, path)?, path.display().to_string()),
        };
        if value.chars().count() < SHORTEST {
            return Err(Error::user(
                format!(
                    "the secret {id} has fewer than {SHORTEST} characters, so it cannot be told from other text"
                ),
                format!("put a longer value into {place}"),
            ));
        }
        if value.contains('\0') {
            return Err(Error::user(format!("the secret {id} has a NUL"), format!("put text into {place}")));
        }
        if all.insert(id.clone(), Secret::new(value)).is_some() {
            return Err(Error::usage(format!("--secret id={id} is there twice"), "leave one of them out"));
        }
    }
    Ok(Secrets::new(all))
}

fn variable(id: &str, name: &str) -> Result<String, Error> {
    environment::variable(name).ok_or_else(|| {
        Error::user(
            format!("the secret {id} has no value: the variable {name} is not set, or empty"),
            format!("set it, or give --secret id={id},src=FILE"),
        )
    })
}

/// A newline at the end is the file's, not the secret's.
fn file(id: &str, path: &std::path::Path) -> Result<String, Error> {
    let hint = format!("name a file with the secret alone: --secret id={id},src=FILE");
    let metadata = fs_err::metadata(path).map_err(|error| Error::user(error, hint.clone()))?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        let what = if metadata.is_file() { "is larger than 64 kB" } else { "is no file" };
        return Err(Error::user(format!("{} {what}", path.display()), hint));
    }
    let mut text = read_text(path, InputKind::Other).map_err(|error| Error::user(error, hint))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

/// Every secret that is given has to be declared, for all services or for one.
///
/// # Errors
/// Where one is not.
pub(super) fn check_declared(secrets: &Secrets, config: &Config) -> Result<(), Error> {
    let tables = config.services.values().map(|own| &own.build.secrets).chain([&config.build.secrets]);
    let declared: BTreeSet<&str> = tables.flatten().flatten().map(String::as_str).collect();
    match secrets.names().find(|name| !declared.contains(name)) {
        None => Ok(()),
        Some(name) => Err(Error::user(
            format!("the secret {name} is given, and no build asks for it"),
            format!(
                "add it to fourply.toml: [build] secrets = [{name:?}], or secrets of [services.NAME.build] for one service"
            ),
        )),
    }
}

/// Warns of secrets that no script of these services was given.
pub(super) fn warn_of_unused(args: &[SecretArg], built: &[&BuiltImage], terminal: &Terminal) {
    for SecretArg { id, .. } in args {
        if !built.iter().any(|built| built.secrets.contains(id)) {
            terminal.warn(&format_args!(
                "the secret {id} was given to no script: it is for the own script of a service that declares it, and none of these has one that runs"
            ));
        }
    }
}

#[cfg(test)]
mod tests;
