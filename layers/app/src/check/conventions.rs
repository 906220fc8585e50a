//! Folders that packages read by their own convention, below the program's working directory. In: names of
//! dependencies, the container's variables. Out: folders. Only packages whose documentation names the folder are
//! covered.

use std::collections::BTreeMap;

/// The convention of a package.
struct Convention {
    package: &'static str,
    /// If not empty, one of these packages must also be a dependency.
    beside: &'static [&'static str],
    folder: &'static str,
    /// The variable that sets another folder.
    variable: Option<&'static str>,
}

/// View engines for express.
const ENGINES: [&str; 7] = ["ejs", "pug", "hbs", "express-handlebars", "mustache-express", "twig", "eta"];

/// Sources: node-config, wiki "Configuration Files"; node-config-ts, README; email-templates, README (`views.root`); express,
/// lib/application.js (`this.set('views', resolve('views'))`).
const ALL: [Convention; 4] = [
    Convention { package: "config", beside: &[], folder: "config", variable: Some("NODE_CONFIG_DIR") },
    Convention { package: "node-config-ts", beside: &[], folder: "config", variable: None },
    Convention { package: "email-templates", beside: &[], folder: "emails", variable: None },
    Convention { package: "express", beside: &ENGINES, folder: "views", variable: None },
];

/// The folders, each with the package that reads it.
pub(super) fn folders<'n>(
    dependencies: &BTreeMap<String, String>,
    env: &'n BTreeMap<String, String>,
) -> impl Iterator<Item = (&'static str, &'static str)> + use<'n> {
    let has = |name: &str| dependencies.contains_key(name);
    let known: Vec<&Convention> = ALL
        .iter()
        .filter(|known| has(known.package))
        .filter(|known| known.beside.is_empty() || known.beside.iter().any(|name| has(name)))
        .collect();
    let moved = |known: &&Convention| known.variable.is_some_and(|name| env.contains_key(name));
    known.into_iter().filter(move |known| !moved(known)).map(|known| (known.package, known.folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_those_of_packages_that_are_there_and_were_not_told_another() {
        let found = |names: &[&str], variables: &[&str]| {
            let map =
                |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), "1".to_owned())).collect();
            let (dependencies, env): (BTreeMap<_, _>, BTreeMap<_, _>) = (map(names), map(variables));
            folders(&dependencies, &env).map(|(_, folder)| folder).collect::<Vec<_>>()
        };
        assert_eq!(found(&["config", "express"], &["PORT"]), ["config"]);
        assert_eq!(found(&["config"], &["NODE_CONFIG_DIR"]), [""; 0]);
        assert_eq!(found(&["express", "pug"], &[]), ["views"]);
        assert_eq!(found(&["pug"], &[]), [""; 0]);
    }
}
