//! Names for images from a compose file, so that `docker compose up` finds what was loaded. In: the workspace's root, variables. Out: the names of the
//! images that compose would build from a service's folder, or run. Nothing but names is read.
//!
//! Rules: the compose specification, `build`, `image`, `name`, interpolation; github.com/compose-spec/compose-spec/blob/main/spec.md.

mod interpolation;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use fourply_store::{InputKind, read_text};
use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use interpolation::interpolated;

/// The names under which compose looks for its file, in its order.
const FILES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/// A larger file is none of people's.
const LARGEST: u64 = 1 << 20;

/// What a compose file says of images.
#[derive(Debug, Default)]
pub(crate) struct Compose {
    services: Vec<Composed>,
}

/// One service of it.
#[derive(Debug)]
struct Composed {
    name: String,
    /// The name of its image, complete.
    image: String,
    build: Option<BuiltFrom>,
}

/// What compose builds an image from.
#[derive(Debug, Default)]
struct BuiltFrom {
    /// Folders and files, relative to the workspace's root.
    paths: Vec<PathBuf>,
    /// Values of build arguments, and the stage.
    words: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    name: Option<String>,
    #[serde(default)]
    services: BTreeMap<String, Option<Service>>,
}

#[derive(Deserialize, Default)]
struct Service {
    image: Option<String>,
    /// A context, or a table that may hold another's as `<<`.
    build: Option<Value>,
}

impl Compose {
    /// Reads the compose file of a workspace; empty where it has none. `variables` are the environment's.
    ///
    /// # Errors
    /// A file that cannot be read or is no compose file.
    pub(crate) fn read(root: &Path, variables: &BTreeMap<String, String>) -> Result<Compose, Error> {
        let Some(path) = FILES.iter().map(|name| root.join(name)).find(|path| path.exists()) else {
            return Ok(Compose::default());
        };
        let wrong = |reason: String| {
            let text = format!("cannot take names of images from {}: {reason}", path.display());
            Error::user(text, "name the image with -t, such as -t erp/{service}:dev")
        };
        if fs_err::metadata(&path)?.len() > LARGEST {
            return Err(wrong("it is too large".to_owned()));
        }
        let all = with_dotenv(root, variables);
        let text = read_text(&path, InputKind::Project)?;
        Compose::parse(&text, root, &all).map_err(wrong)
    }

    fn parse(text: &str, root: &Path, variables: &BTreeMap<String, String>) -> Result<Compose, String> {
        let file: File = serde_saphyr::from_str(text).map_err(|error| error.without_snippet().to_string())?;
        let fill = |text: &str| interpolated(text, variables);
        let named = file.name.as_deref().map(&fill).transpose()?;
        let project = project(root, variables, named.as_deref());
        let mut services = Vec::new();
        for (name, service) in file.services {
            let service = service.unwrap_or_default();
            let build = service.build.as_ref().map(|build| BuiltFrom::of(build, &fill)).transpose()?;
            let image = service.image.as_deref().map(&fill).transpose()?.filter(|image| !image.is_empty());
            let image = image.unwrap_or_else(|| format!("{project}-{name}"));
            services.push(Composed { name, image, build });
        }
        Ok(Compose { services })
    }

    /// The names of the images of a service's folder: of all services whose build names it; where none does, of the one that is called as it.
    pub(crate) fn images(&self, service: &str) -> Vec<String> {
        let built = |composed: &&Composed| composed.build.as_ref().is_some_and(|build| build.is_of(service));
        let mut found: Vec<&Composed> = self.services.iter().filter(built).collect();
        if found.is_empty() {
            let name = service.rsplit('/').next().unwrap_or(service);
            found = self.services.iter().filter(|composed| composed.name == name).collect();
        }
        let mut names: Vec<String> = found.into_iter().map(|composed| composed.image.clone()).collect();
        names.sort();
        names.dedup();
        names
    }
}

impl BuiltFrom {
    fn of(build: &Value, fill: &dyn Fn(&str) -> Result<String, String>) -> Result<BuiltFrom, String> {
        if !(build.is_string() || build.is_object()) {
            return Err("build is neither a folder nor a table".to_owned());
        }
        let text = |key: &str| field(build, key).and_then(Value::as_str).map(fill).transpose();
        let context = build.as_str().map(fill).transpose()?.or(text("context")?).unwrap_or_default();
        let mut built = BuiltFrom { paths: vec![plain(&context)], ..BuiltFrom::default() };
        if let Some(dockerfile) = text("dockerfile")? {
            built.paths.push(plain(&format!("{context}/{dockerfile}")));
        }
        let values: Vec<&str> = match field(build, "args") {
            Some(Value::Array(list)) => {
                list.iter().filter_map(|pair| Some(pair.as_str()?.split_once('=')?.1)).collect()
            }
            Some(Value::Object(map)) => map.values().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        built.words = values.into_iter().map(fill).collect::<Result<_, _>>()?;
        built.words.extend(text("target")?);
        Ok(built)
    }

    fn is_of(&self, service: &str) -> bool {
        let name = service.rsplit('/').next().unwrap_or(service);
        let below = |path: &PathBuf| service != "." && path.starts_with(service);
        let word =
            |word: &String| word == name || word.trim_start_matches("./").trim_end_matches('/') == service;
        self.paths.iter().any(below) || self.words.iter().any(word)
    }
}

/// A table's field, its own or one that it takes over from another.
fn field<'v>(table: &'v Value, key: &str) -> Option<&'v Value> {
    table.get(key).or_else(|| table.get("<<")?.get(key))
}

/// A path relative to the workspace's root, without `.` and `..`.
fn plain(path: &str) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::ParentDir => drop(plain.pop()),
            _ => {}
        }
    }
    plain
}

/// The project's name: of the environment, the file, or the folder.
pub(crate) fn project(root: &Path, variables: &BTreeMap<String, String>, named: Option<&str>) -> String {
    let set = variables.get("COMPOSE_PROJECT_NAME").map(String::as_str).filter(|name| !name.is_empty());
    let folder = root.file_name().unwrap_or_default().to_string_lossy();
    let name = set.or(named).unwrap_or(&folder).to_lowercase();
    let kept: String =
        name.chars().filter(|letter| letter.is_ascii_alphanumeric() || "_-".contains(*letter)).collect();
    kept.trim_start_matches(['_', '-']).to_owned()
}

/// With what `.env` beside the file says and the environment does not.
fn with_dotenv(root: &Path, variables: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let text = read_text(&root.join(".env"), InputKind::Project).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let pairs = lines.filter_map(|line| line.trim_start().trim_start_matches("export ").split_once('='));
    let mut all: BTreeMap<String, String> =
        pairs.map(|(name, value)| (name.trim().to_owned(), unquoted(value.trim()))).collect();
    all.extend(variables.clone());
    all
}

fn unquoted(value: &str) -> String {
    let inside = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    match inside('"').or_else(|| inside('\'')) {
        Some(inside) => inside.to_owned(),
        None => value.split(" #").next().unwrap_or_default().trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests;
