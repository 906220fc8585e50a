//! What to do about an image that could not start.

use fourply_app::{Asker, Finding};
use fourply_pnpm::ImporterId;

use super::advice::listed;
use super::entry::entry;
use super::service_key::toml_key;

/// One sentence for each kind of finding.
pub(super) fn advice(service: &ImporterId, findings: &[Finding]) -> String {
    let mut sentences: Vec<String> = Vec::new();
    for sentence in findings.iter().map(|finding| of(service, finding)) {
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    sentences.join("\n      ")
}

fn of(service: &ImporterId, finding: &Finding) -> String {
    let section = format!("[services.{}]", toml_key(service.as_str()));
    let key = |by: &Asker| match by {
        Asker::Start => "cmd",
        Asker::Health => "health",
    };
    let keys = |by: &Asker| match by {
        Asker::Start => "cmd or entrypoint",
        Asker::Health => "health",
    };
    match finding {
        Finding::Program { program, by: Asker::Health, .. } if program == "node" => {
            "the default health check is a line of node: add node to the base, name a program that the base has in health, or set health = false"
                .to_owned()
        }
        Finding::Program { program, .. } if program == "node" => {
            "take a base with node, such as image = \"node:22-alpine\", or add one: [base] alpine = { packages = [\"nodejs\"] }, or node = \"22\" in it"
                .to_owned()
        }
        Finding::Program { by, elsewhere: Some(path), .. } => {
            format!("name it by its path: {section} {} = [{path:?}, …]", key(by))
        }
        Finding::Program { by, program, .. } if program.contains('/') => format!(
            "name a program that is there in {section} {}; a command of a package is there if the package is among \"dependencies\"",
            key(by)
        ),
        Finding::Program { by, program, .. } if SHELLS.contains(&program.as_str()) => {
            format!("{SHELL}, or start the program itself: {section} {} = [\"node\", …]", key(by))
        }
        Finding::Program { by, program, .. } if MANAGERS.contains(&program.as_str()) => {
            format!("name what the script starts: {section} {} = [\"node\", …]; or take a base with {program}", key(by))
        }
        Finding::Program { by, program, .. } => format!(
            "if it comes with a package, that has to be among \"dependencies\"; if with the system, add {program} to the packages of [base]; or set {section} {}",
            keys(by)
        ),
        Finding::NotRunnable { by, path } => {
            format!("start it with the program that runs it: {section} {} = [\"node\", {path:?}]", key(by))
        }
        Finding::Interpreter { by, script, interpreter } => interpreter_of(&section, key(by), script, interpreter),
        Finding::File { path, found, .. } if !found.is_empty() && !path.contains("node_modules/") => {
            entry(service, std::slice::from_ref(path), found)
        }
        Finding::File { path, .. } if path.contains("node_modules/") => {
            "its package has to be among \"dependencies\", and no glob of [prune] drop may take the file".to_owned()
        }
        Finding::File { by, .. } => {
            format!("name a file that is there in {section} {}, or take it into the image with [build] output", key(by))
        }
        Finding::Module { name, .. } => {
            format!("move {name} from \"devDependencies\" to \"dependencies\" of {service}, or leave the option out of cmd and NODE_OPTIONS")
        }
        Finding::Script { available, .. } if available.is_empty() => {
            format!("it has no scripts: name the program in {section} cmd = [\"node\", \"dist/main.js\"]")
        }
        Finding::Script { available, .. } => {
            format!("it has {}; better, name the program itself in {section} cmd = [\"node\", \"dist/main.js\"]", listed(available))
        }
        Finding::TypeScript { .. } => format!(
            "take a base with node 22.18 or later, let the build compile it ([build] script), or compile while it runs: {section} cmd = [\"node\", \"--import\", \"tsx\", …] with tsx among \"dependencies\""
        ),
        Finding::Package { package, targets, .. } => unbuilt(package, targets),
        Finding::Undeclared { name, .. } => {
            format!("if it is needed when the service runs, move {name} from \"devDependencies\" to \"dependencies\"")
        }
        Finding::PackageTypeScript { package, .. } => format!(
            "let \"exports\" or \"main\" of {package} name compiled files (under a condition, where editors want the sources: cmd = [\"node\", \"--conditions=…\", …]), or take a base with node 22.18 or later"
        ),
        Finding::Library { package, path, library, .. } => library_of(package, path, library),
        other => super::check_start::of(service, &section, other),
    }
}

const SHELLS: [&str; 4] = ["sh", "ash", "dash", "/bin/sh"];
const SHELL: &str = "take a base with a shell (busybox or dash among its packages)";
/// Programs that start scripts of package.json.
const MANAGERS: [&str; 4] = ["npm", "npx", "pnpm", "yarn"];

fn interpreter_of(section: &str, key: &str, script: &str, interpreter: &str) -> String {
    let name = interpreter.rsplit('/').next().unwrap_or(interpreter);
    let base = match name {
        name if SHELLS.contains(&name) => SHELL,
        "node" => "take a base with node in PATH",
        _ => "take a base that has it",
    };
    if script.contains("node_modules/.bin/") && name != "node" {
        return format!(
            "{base}, or start the package's own file with node, as the script does: {section} {key} = [\"node\", \"node_modules/PACKAGE/FILE\"]"
        );
    }
    format!("{base}, or start another program: {section} {key}")
}

fn unbuilt(package: &str, targets: &[String]) -> String {
    let folder = targets.first().and_then(|path| path.split_once('/')).map(|(folder, _)| folder);
    let output = folder
        .map_or_else(String::new, |folder| format!(", and that \"files\" or [build] output has {folder:?}"));
    format!(
        "see that the build script of {package} writes it (with prebuilt outputs: build it first){output}; or name what is there in its \"exports\" or \"main\""
    )
}

/// Libraries that are often missed, with Alpine's package and Debian's.
const LIBRARIES: [(&str, &str, &str); 10] = [
    ("libstdc++.so.6", "libstdc++", "libstdc++6"),
    ("libgcc_s.so.1", "libgcc", "libgcc-s1"),
    ("libssl.so.3", "libssl3", "libssl3"),
    ("libcrypto.so.3", "libcrypto3", "libssl3"),
    ("libz.so.1", "zlib", "zlib1g"),
    ("libudev.so.1", "eudev-libs", "libudev1"),
    ("libfontconfig.so.1", "fontconfig", "libfontconfig1"),
    ("libexpat.so.1", "libexpat", "libexpat1"),
    ("libsecret-1.so.0", "libsecret", "libsecret-1-0"),
    ("libuuid.so.1", "libuuid", "libuuid1"),
];

fn library_of(package: &str, path: &str, library: &str) -> String {
    let known = LIBRARIES.iter().find(|(name, ..)| *name == library);
    let add = match known {
        Some((_, alpine, debian)) => {
            format!("add it to the packages of [base]: {alpine} in Alpine, {debian} in Debian")
        }
        None => format!("add the package of Alpine or Debian that has {library} to the packages of [base]"),
    };
    let name = package
        .char_indices()
        .skip(1)
        .find(|(_, letter)| *letter == '@')
        .map_or(package, |(at, _)| package.get(..at).unwrap_or(package));
    format!("{add}; if nothing loads it, leave it out: [prune] drop = [\"{name}/{path}\"]")
}
