//! Commands around the program of a start script. In: one command. Out: the part that an image must run.

use std::collections::BTreeMap;

use super::command::Command;
use super::scripts::Scripts;
use super::words::Word;

/// The most scripts that may lead to each other.
pub(super) const MAX_DEPTH: usize = 8;

/// Development commands that stand for the outputs' program.
const DEVELOPMENT: [&str; 8] =
    ["nest", "nodemon", "ts-node", "ts-node-dev", "tsc-watch", "vite", "vite-node", "tsup-node"];
/// Words of development commands.
const WATCHES: [&str; 4] = ["watch", "--watch", "-w", "dev"];
/// Programs that build, or delete build results.
const BUILDERS: [&str; 26] = [
    "tsc",
    "vue-tsc",
    "tsc-alias",
    "tsup",
    "tsdown",
    "swc",
    "esbuild",
    "rollup",
    "webpack",
    "rspack",
    "parcel",
    "unbuild",
    "babel",
    "ncc",
    "rimraf",
    "del",
    "del-cli",
    "shx",
    "cpx",
    "copyfiles",
    "turbo",
    "nx",
    "lerna",
    "eslint",
    "biome",
    "prettier",
];
/// Programs that build with a certain word.
const BUILDS: [(&str, &[&str]); 8] = [
    ("nest", &["build"]),
    ("next", &["build"]),
    ("nuxt", &["build", "prepare"]),
    ("vite", &["build"]),
    ("astro", &["build"]),
    ("remix", &["build"]),
    ("react-router", &["build"]),
    ("prisma", &["generate"]),
];
/// Scripts of package.json that build.
const SCRIPTS: [&str; 6] = ["build", "prebuild", "compile", "generate", "codegen", "clean"];

/// The kind of a command around the program.
pub(super) enum Step {
    /// An image does not need it.
    Nothing,
    Exports(BTreeMap<String, Option<String>>),
    /// The program's working directory.
    Folder(String),
    /// The build did it.
    Build,
}

/// The kind of a command; `None` if an image must run it.
pub(super) fn step(scripts: &Scripts, command: &Command) -> Option<Step> {
    if let Some(call) = &command.script {
        return is_build_script(&call.name, scripts).then_some(Step::Build);
    }
    let words: Vec<&str> = command.rest.iter().map(|word| word.text.as_str()).collect();
    let known = command.rest.iter().all(|word| word.known);
    match words.as_slice() {
        ["true" | ":" | "echo", ..] if known => Some(Step::Nothing),
        ["set", options @ ..]
            if options.iter().all(|word| word.starts_with(['-', '+']) && !word.contains('a')) =>
        {
            Some(Step::Nothing)
        }
        ["export", ..] => {
            let pairs = command.rest.iter().skip(1).map(|word| word.assignment());
            let pairs: Option<Vec<(&str, Option<String>)>> = pairs.collect();
            let pairs = pairs?.into_iter().map(|(name, value)| (name.to_owned(), value));
            Some(Step::Exports(pairs.collect()))
        }
        ["cd", folder] if known && !folder.starts_with(['/', '-', '~']) => {
            Some(Step::Folder((*folder).to_owned()))
        }
        [program, rest @ ..] if is_build(program, rest) => Some(Step::Build),
        _ => None,
    }
}

fn is_build(program: &str, rest: &[&str]) -> bool {
    let by_word = BUILDS.iter().find(|(name, _)| *name == program);
    BUILDERS.contains(&program)
        || by_word.is_some_and(|(_, builds)| rest.first().is_some_and(|word| builds.contains(word)))
        || program == "rm" && rest.iter().any(|word| word.starts_with("dist") || word.starts_with("./dist"))
}

fn is_build_script(name: &str, scripts: &Scripts) -> bool {
    let first = name.split(':').next().unwrap_or(name);
    SCRIPTS.contains(&first) && scripts.has(name)
}

/// Whether words start development instead of a service.
pub(crate) fn is_development(words: &[String]) -> bool {
    let first = words.first().map(String::as_str).unwrap_or_default();
    DEVELOPMENT.contains(&first)
        || (first != "node" && words.iter().any(|word| WATCHES.contains(&word.as_str())))
        || (first == "node" && words.iter().any(|word| word == "--watch"))
}

/// The text of `sh -c "text"`, if nothing follows it.
pub(super) fn text_of_shell(words: &[Word]) -> Option<&str> {
    const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "/bin/sh", "/bin/bash"];
    match words {
        [shell, flag, text] if SHELLS.contains(&shell.text.as_str()) && flag.text == "-c" && text.known => {
            Some(&text.text)
        }
        _ => None,
    }
}
