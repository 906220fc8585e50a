//! Prisma's commands that change a database start a program of their own, which the install script of `@prisma/engines` downloads. In: the image's words, what
//! its node_modules hold, whose scripts have a network. Out: a warning where the image does not have that program.

use fourply_modules::{InstalledPackage, Inventory};
use fourply_store::{PackKind, Store};

use crate::settings::Settings;

/// The package that has the program.
const ENGINES: &str = "@prisma/engines";
/// How the program's file begins; its platform follows.
const FILE: &str = "schema-engine-";
/// The variable that names another program in its place.
const VARIABLE: &str = "PRISMA_SCHEMA_ENGINE_BINARY";

/// Whether words, or a shell's text in them, start a command of Prisma's that needs the program.
pub(super) fn is_needed(settings: &Settings, words: &[String]) -> bool {
    let mut words = words.iter().flat_map(|word| word.split_whitespace());
    let is_prisma =
        |word: &str| word.rsplit('/').next() == Some("prisma") || word.contains("node_modules/prisma/");
    let started = words.any(is_prisma);
    let changes = words.next().is_some_and(|word| ["migrate", "db"].contains(&word));
    started && changes && !settings.container.env.contains_key(VARIABLE)
}

/// The warning, where the image has the package and not the program.
pub(super) fn missing(settings: &Settings, store: &Store, inventory: &Inventory) -> Option<String> {
    let of = |name: &str| {
        let start = format!("{name}@");
        inventory.packages.iter().filter(move |package| package.dep_path.starts_with(&start))
    };
    let mut engines = of(ENGINES).peekable();
    engines.peek()?;
    // Both are looked in. Source: @prisma/engines, `enginesOverride` and `getEnginesPath`.
    if engines.chain(of("prisma")).any(|package| has_engine(store, package)) {
        return None;
    }
    let network = &settings.install.network;
    let given = network.all || network.names.iter().any(|name| name == ENGINES);
    let hint = match given {
        true => format!("see what the install script of {ENGINES} prints, which downloads it"),
        false => {
            let all: Vec<&str> = network.names.iter().map(String::as_str).chain([ENGINES]).collect();
            format!(
                "let the install script of {ENGINES} download it: {} network = {all:?}",
                settings.build.network_table
            )
        }
    };
    Some(format!(
        "the command runs prisma to change the database, and the image has no schema engine, which that needs: there is no {FILE}* in {ENGINES}; {hint}"
    ))
}

/// Whether a package has the program for some Linux. What cannot be read is taken to have it.
fn has_engine(store: &Store, package: &InstalledPackage) -> bool {
    let Ok(pack) = store.open_pack(&package.pack) else { return true };
    let is_engine = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.starts_with(FILE) && !["darwin", "windows"].iter().any(|other| name.contains(other))
    };
    pack.entries().iter().any(|entry| matches!(entry.kind, PackKind::File { .. }) && is_engine(&entry.path))
}
