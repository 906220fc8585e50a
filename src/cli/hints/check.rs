//! What to do about an image that could not start.

use fourply_app::{Asker, Finding, StartOrigins};
use fourply_pnpm::ImporterId;

use super::advice::listed;
use super::entry::{entry, from_sources};
use super::service_key::section;

/// One sentence for each kind of finding.
pub(super) fn advice(service: &ImporterId, findings: &[Finding], origins: &StartOrigins) -> String {
    let words = Words { service, section: section(service), origins };
    let mut sentences: Vec<String> = Vec::new();
    for sentence in findings.iter().map(|finding| words.of(finding)) {
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    sentences.join("\n      ")
}

struct Words<'a> {
    service: &'a ImporterId,
    section: String,
    origins: &'a StartOrigins,
}

impl Words<'_> {
    fn of(&self, finding: &Finding) -> String {
        let Words { service, section, .. } = self;
        if let Some(one) = finding.missed().and_then(|missed| self.origins.excluded.get(&missed)) {
            return super::app::excluded(one, service);
        }
        match finding {
            Finding::Program { program, by, elsewhere } => self.program(*by, program, elsewhere.as_deref()),
            Finding::NotRunnable { by, path } => {
                let key = self.key(*by, path);
                format!("start it with the program that runs it: {section} {key} = [\"node\", {path:?}]")
            }
            Finding::Interpreter { by, script, file: Some(file), .. } => format!(
                "start the package's own file with node, as the script does: {section} {} = [\"node\", {file:?}, …]; or {SHELL}",
                self.key(*by, script)
            ),
            Finding::Interpreter { by, script, interpreter, file: None } => {
                interpreter_of(section, self.key(*by, script), script, interpreter)
            }
            Finding::File { by, path, found, .. } => self.file(*by, path, found),
            Finding::Argument { path, .. } => from_sources(service, path, &self.origins.files),
            Finding::Path { path, user, .. } => {
                let key = (user.clone(), path.clone());
                match (self.origins.made.get(&key), self.origins.loaded.get(&key)) {
                    (Some(made), _) => self.output(made),
                    (None, Some(file)) => self.loaded(file),
                    (None, None) => super::check_start::path(section, self.origins),
                }
            }
            Finding::Module { by, name } => self.module(*by, name),
            Finding::Script { by, name, available } => {
                let better = format!("{section} {} = [\"node\", \"dist/main.js\"]", self.key(*by, name));
                match available.is_empty() {
                    true => format!("it has no scripts: name the program in {better}"),
                    false => {
                        format!("it has {}; better, name the program itself in {better}", listed(available))
                    }
                }
            }
            Finding::TypeScript { by, path, .. } => format!(
                "take a base with node 22.18 or later, let the build compile it ([build] script), or compile while it runs: {section} {} = [\"node\", \"--import\", \"tsx\", …] with tsx among \"dependencies\"",
                self.key(*by, path)
            ),
            Finding::Package { package, targets, .. } => unbuilt(package, targets),
            Finding::Undeclared { .. } if self.leaves_out() => self.modules(),
            Finding::Undeclared { name, user, .. } => {
                let own = user.strip_prefix(service.as_str()).is_some_and(|rest| rest.starts_with('/'));
                let bring = match own || service.is_root() {
                    true => {
                        super::service_key::of_development_besides(service, name, &self.origins.development)
                    }
                    false => format!("move {name} from \"devDependencies\" to \"dependencies\""),
                };
                format!("if it is needed when the service runs, {bring}")
            }
            Finding::LeftOut { starts: true, .. } => self.modules(),
            Finding::LeftOut { starts: false, .. } => {
                format!("if that file is used when {service} runs, {}", self.modules())
            }
            Finding::PackageTypeScript { package, .. } => format!(
                "let \"exports\" or \"main\" of {package} name compiled files (under a condition, where editors want the sources: cmd = [\"node\", \"--conditions=…\", …]), or take a base with node 22.18 or later"
            ),
            Finding::Library { package, path, library, .. } => library_of(package, path, library),
            Finding::BaseLibrary { library, .. } if library.starts_with('/') => {
                format!(
                    "take a base that has {library}: glibc's loader is in Debian's bases, musl's in Alpine's"
                )
            }
            Finding::BaseLibrary { library, .. } => library_package(library),
            Finding::NotInstalled { development: false, .. } if self.origins.some_modules => self.modules(),
            Finding::NotInstalled { name, package, development: false, .. }
                if self.origins.installed.contains(name) =>
            {
                let place = if package == "." { "the root" } else { package };
                format!(
                    "the image has {name}, as a package of the workspace or another package needs it: name it in \"dependencies\" of the package.json of {place} as well; or, \
                     as with `pnpm install --shamefully-hoist`, write shamefullyHoist: true in pnpm-workspace.yaml"
                )
            }
            Finding::Source { path, .. } | Finding::Convention { path, .. } => self.named(path),
            Finding::Uncopied { path, source, .. } => {
                super::check_start::uncopied(service, section, (path, source), &self.origins.files)
            }
            Finding::Unwritable { folder, .. } => {
                let all: Vec<&String> = self.origins.writable.iter().chain([folder]).collect();
                format!("let it write there: {section} writable = {all:?}")
            }
            Finding::IgnoredBuild { package, .. } => super::modules::ignored_build(package),
            other => super::check_start::of((service, self.origins), section, other),
        }
    }

    /// The key that a word of a command stands in.
    fn key(&self, by: Asker, word: &str) -> &'static str {
        let in_entrypoint = self.origins.entrypoint.iter().any(|part| part.contains(word));
        match by {
            Asker::Health => "health",
            Asker::Start if !word.is_empty() && in_entrypoint => "entrypoint",
            Asker::Start => "cmd",
        }
    }

    /// Whether the configuration leaves dependencies out.
    fn leaves_out(&self) -> bool {
        self.origins.without_modules || self.origins.some_modules
    }

    fn modules(&self) -> String {
        if self.origins.some_modules {
            return format!(
                "add the package to modules of {}, or let the outputs bring it along",
                self.section
            );
        }
        format!("leave modules = false out of {}, or let the outputs bring the package along", self.section)
    }

    /// A path of the workspace that only the sources have, or that the build made beside its outputs.
    fn named(&self, path: &str) -> String {
        let service = self.service;
        if let Some(made) = self.origins.made.get(&(String::new(), path.to_owned())) {
            return self.output(made);
        }
        let own = path.strip_prefix(&format!("{service}/"));
        let path = own.map_or_else(|| format!("{}{path}", service.to_root()), str::to_owned);
        from_sources(service, &path, &self.origins.files)
    }

    /// A file that the build made beside its outputs, relative to the service's folder.
    fn output(&self, made: &str) -> String {
        let top = made.split('/').next().unwrap_or(made);
        let outputs: Vec<&str> = self.origins.outputs.iter().map(String::as_str).chain([top]).collect();
        format!("the build makes {made}, and no output has it: {} output = {outputs:?}", self.section)
    }

    /// A file of the sources that code loads.
    fn loaded(&self, file: &str) -> String {
        let (service, section) = (self.service, &self.section);
        match file.strip_prefix(service.as_str()).and_then(|own| own.strip_prefix('/')) {
            Some(own) => from_sources(service, own, &self.origins.files),
            None if service.is_root() => from_sources(service, file, &self.origins.files),
            None => format!(
                "{file} is in the sources: let \"files\" in the package.json of its package name it, or take it along with {section} files = [{}]",
                super::entry::with(&self.origins.files, format!("{:?}", format!("/{file}")))
            ),
        }
    }

    fn program(&self, by: Asker, program: &str, elsewhere: Option<&str>) -> String {
        let (section, key) = (&self.section, self.key(by, program));
        if program == "node" {
            return match by {
                Asker::Health => "the default health check is a line of node: add node to the base, name a program that the base has in health, or set health = false",
                Asker::Start => "take a base with node, such as image = \"node:22-alpine\", or add one: [base] alpine = { packages = [\"nodejs\"] }, or node = \"22\" in it",
            }
            .to_owned();
        }
        if program.contains(' ') && !program.contains(['"', '\'', '$']) {
            let words: Vec<&str> = program.split_whitespace().collect();
            return format!("write each word by itself: {section} {key} = {words:?}");
        }
        if let Some(path) = elsewhere.filter(|path| !path.contains(".bin/")) {
            let known =
                if path.ends_with("/FILE") { ", FILE as \"bin\" of its package.json names it" } else { "" };
            return format!(
                "the base has no shell for the package's command: give its file to node, {section} {key} = [\"node\", {path:?}, …]{known}"
            );
        }
        if let Some(path) = elsewhere {
            return format!("name it by its path: {section} {key} = [{path:?}, …]");
        }
        if program.contains("node_modules/") && self.leaves_out() {
            return self.modules();
        }
        if self.origins.in_sources.contains(program) {
            return from_sources(self.service, program, &self.origins.files);
        }
        if SHELLS.contains(&program) {
            return format!("{SHELL}, or start the program itself: {section} {key} = [\"node\", …]");
        }
        if program.contains('/') {
            return format!(
                "name a program that is there in {section} {key}; a command of a package is there if the package is among \"dependencies\""
            );
        }
        if MANAGERS.contains(&program) {
            return format!(
                "name what the script starts: {section} {key} = [\"node\", …]; or take a base with {program}"
            );
        }
        format!(
            "if it comes with a package, that has to be among \"dependencies\"; if with the system, add {program} to the packages of [base]; or set {section} {key}"
        )
    }

    fn file(&self, by: Asker, path: &str, found: &[String]) -> String {
        let (section, key) = (&self.section, self.key(by, path));
        if path.contains("node_modules/") {
            return match self.leaves_out() {
                true => self.modules(),
                false => "its package has to be among \"dependencies\", and no glob of [prune] drop may take the file".to_owned(),
            };
        }
        if is_env_file(path) {
            return format!(
                "an image holds no environment files: name the command without --env-file, {section} {key} = [\"node\", …], and give the variables when the \
                 container starts (docker run --env-file), or those without secrets in {section} env = {{ NAME = \"…\" }}"
            );
        }
        let ends = ["", ".js", ".cjs", ".mjs"].map(|end| format!("{path}{end}"));
        if let Some(source) = ends.iter().find(|path| self.origins.in_sources.contains(*path)) {
            return from_sources(self.service, source, &self.origins.files);
        }
        match found.is_empty() {
            false => entry(self.service, key, std::slice::from_ref(&path.to_owned()), found),
            true => format!(
                "name a file that is there in {section} {key}, or take it into the image with [build] output"
            ),
        }
    }

    fn module(&self, by: Asker, name: &str) -> String {
        if self.leaves_out() {
            return self.modules();
        }
        format!(
            "{}; or leave the option out of {}, of NODE_OPTIONS in env and of the start script",
            super::service_key::of_development_besides(self.service, name, &self.origins.development),
            self.key(by, name)
        )
    }
}

/// Whether a path is one of a file of variables: `.env`, `config/.env.production`.
fn is_env_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name == ".env" || name.starts_with(".env."))
}

const SHELLS: [&str; 4] = ["sh", "ash", "dash", "/bin/sh"];
const SHELL: &str = "add a shell to the packages of [base]: \"dash\" on Debian, \"busybox\" on Alpine";
/// Programs that start scripts of package.json.
const MANAGERS: [&str; 4] = ["npm", "npx", "pnpm", "yarn"];

fn interpreter_of(section: &str, key: &str, script: &str, interpreter: &str) -> String {
    let name = interpreter.rsplit('/').next().unwrap_or(interpreter);
    let base = match name {
        "env" => {
            return format!(
                "start it with the program that runs it: {section} {key} = [\"node\", {script:?}]; or add the package that has env to the packages of [base]: \
                 \"coreutils\" on Debian, \"busybox\" on Alpine"
            );
        }
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

/// The key that brings a library.
pub(super) fn library_package(library: &str) -> String {
    let known = LIBRARIES.iter().find(|(name, ..)| *name == library);
    match known {
        Some((_, alpine, debian)) => {
            format!("add it to the packages of [base]: {alpine} in Alpine, {debian} in Debian")
        }
        None => format!("add the package of Alpine or Debian that has {library} to the packages of [base]"),
    }
}

fn library_of(package: &str, path: &str, library: &str) -> String {
    let add = library_package(library);
    let name = package
        .char_indices()
        .skip(1)
        .find(|(_, letter)| *letter == '@')
        .map_or(package, |(at, _)| package.get(..at).unwrap_or(package));
    format!("{add}; if nothing loads it, leave it out: [prune] drop = [\"{name}/{path}\"]")
}
