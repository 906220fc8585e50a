//! Follows an image's commands while they are literal. In: words, the image's tree. Out: findings, and how Node.js is
//! started. Unknown parts (a shell's variables, an unknown program's arguments) are not guessed.

use std::collections::BTreeMap;

use node_semver::Version;

use fourply_pnpm::Target;

use super::base_programs;
use super::built_in::is_built_in;
use super::given::Given;
use super::hooks::is_path;
use super::init::{behind_init, is_file_of, package_file};
use super::loads::Loader;
use super::node_args::{NodeArgs, options_in_env};
use super::node_options;
use super::shim::{shim_target, startable, target_of};
use super::starters::wrapped;
use super::tree::{FoundKind, ImageTree};
use crate::finding::{Asker, Finding};
use crate::several::{LeadsTo, leads_to};
use crate::start_script::{first_commands, own_path};
use crate::tsconfig::is_typescript;

const SHELLS: [&str; 5] = ["sh", "bash", "ash", "dash", "busybox"];
/// Programs that run a file like Node.js, including TypeScript.
const RUNNERS: [&str; 5] = ["tsx", "ts-node", "ts-node-esm", "ts-node-script", "esno"];
const MANAGERS: [&str; 3] = ["npm", "pnpm", "yarn"];
const MAX_DEPTH: usize = 8;

/// The state while commands are followed.
pub(super) struct Commands<'a> {
    pub tree: &'a ImageTree<'a>,
    /// The container's working directory.
    pub folder: &'a str,
    /// The variables of the container.
    pub env: &'a BTreeMap<String, String>,
    pub node: Option<&'a Version>,
    /// The scripts of the service's package.json.
    pub scripts: &'a BTreeMap<String, String>,
    /// Node.js programs in the service's folder, for hints.
    pub programs: &'a [String],
    pub findings: Vec<Finding>,
    /// The arguments of each start of Node.js.
    pub nodes: Vec<NodeArgs>,
    /// The platform that a program must support.
    pub target: &'a Target,
    /// Real paths of the files given to Node.js.
    pub files: Vec<String>,
    /// Folders that shell text puts before those of `PATH`, each followed by a colon.
    pub more_path: String,
}

impl Commands<'_> {
    /// Follows a command.
    pub(super) fn follow(&mut self, by: Asker, words: &[String]) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.command(by, &words, 0);
    }

    /// Follows the test of a health check in Docker's form.
    pub(super) fn follow_test(&mut self, test: &[String]) {
        match test.split_first() {
            Some((kind, words)) if kind == "CMD" => self.follow(Asker::Health, words),
            Some((kind, [text])) if kind == "CMD-SHELL" => {
                self.command(Asker::Health, &["/bin/sh", "-c", text], 0)
            }
            _ => {}
        }
    }

    fn command(&mut self, by: Asker, words: &[&str], depth: usize) {
        if depth >= MAX_DEPTH {
            return;
        }
        let Some((program, rest)) = words.split_first() else {
            if by == Asker::Start {
                self.findings.push(Finding::Nothing { by });
            }
            return;
        };
        if !self.program(by, program) {
            return;
        }
        let name = program.rsplit('/').next().unwrap_or(program);
        if name == "node" || name == "nodejs" {
            self.node(by, rest, None);
            // A runner's own file runs its arguments as the runner does.
            let runs = |word: &&str| RUNNERS.into_iter().find(|name| is_file_of(word, name));
            if let Some((at, name)) = rest.iter().enumerate().find_map(|(at, word)| Some((at, runs(word)?))) {
                self.node(by, rest.get(at + 1..).unwrap_or_default(), Some(name));
            } else if let Some((name, words)) = package_file(rest) {
                self.of_package(by, &name, words, depth);
            }
        } else if RUNNERS.contains(&name) {
            self.node(by, rest, Some(name));
        } else if SHELLS.contains(&name) {
            self.shell_program(by, name, rest, depth);
        } else if MANAGERS.contains(&name) {
            self.manager(by, rest);
        } else if name == "env" {
            let behind = rest.iter().position(|word| !word.contains('=') && !word.starts_with('-'));
            self.command(by, rest.get(behind.unwrap_or(rest.len())..).unwrap_or_default(), depth + 1);
        } else if name == "docker-entrypoint.sh" {
            self.docker_entrypoint(by, rest, depth);
        } else if let Some(rest) = behind_init(name, rest) {
            self.command(by, rest, depth + 1);
        } else {
            self.of_package(by, name, rest, depth);
        }
    }

    /// A command that is not a known program.
    fn of_package(&mut self, by: Asker, name: &str, words: &[&str], depth: usize) {
        if let Some(inner) = wrapped(name, words) {
            return self.command(by, inner, depth + 1);
        }
        match leads_to(name, words) {
            LeadsTo::Scripts => drop(self.program(by, "npm")),
            // Each text goes to a shell: concurrently, `src/spawn.ts`; cross-env, `src/bin/cross-env-shell.js`.
            LeadsTo::Texts(texts) => {
                if self.program(by, "/bin/sh") {
                    texts.iter().for_each(|text| self.text(by, text, depth));
                }
            }
            LeadsTo::Files(paths) => {
                let given = Given { tree: self.tree, folder: self.folder, programs: self.programs, by };
                let (findings, files) = given.of(name, words, paths);
                self.findings.extend(findings);
                self.files.extend(files);
            }
        }
    }

    /// The commands that shell text starts unconditionally.
    fn text(&mut self, by: Asker, text: &str, depth: usize) {
        for words in first_commands(text) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            self.command(by, &words, depth + 1);
        }
    }

    /// The Node.js images' entry point passes other words to Node.js: nodejs/docker-node, `docker-entrypoint.sh`.
    fn docker_entrypoint(&mut self, by: Asker, words: &[&str], depth: usize) {
        let is_program = words
            .first()
            .is_some_and(|word| !word.starts_with('-') && (word.contains('/') || self.which(word).is_some()));
        match is_program {
            true => self.command(by, words, depth + 1),
            false => self.node(by, words, None),
        }
    }

    /// Whether a program can be started.
    fn program(&mut self, by: Asker, program: &str) -> bool {
        let path = match program.contains('/') {
            true => Some(self.absolute(program)),
            false => self.which(program),
        };
        let Some(found) =
            path.as_deref().filter(|path| !path.is_empty()).and_then(|path| self.tree.find(path))
        else {
            let elsewhere = self.in_bin(program);
            self.findings.push(Finding::Program { by, program: program.to_owned(), elsewhere });
            return false;
        };
        match found.kind {
            FoundKind::File { executable: true, text: Some(text) } => {
                self.script(by, program, &found.path, &text)
            }
            FoundKind::File { executable: true, text: None } => self.of_base(by, program, &found.path),
            FoundKind::Unknown => true,
            FoundKind::File { .. } | FoundKind::Directory => {
                self.findings.push(Finding::NotRunnable { by, path: program.to_owned() });
                false
            }
        }
    }

    /// Whether the kernel can run a base program and its libraries exist.
    fn of_base(&mut self, by: Asker, program: &str, real: &str) -> bool {
        let finding = base_programs::fault(self.tree, (by, program, real), self.target);
        let runs = finding.is_none();
        self.findings.extend(finding);
        runs
    }

    /// Whether the kernel can run a file outside the base.
    fn script(&mut self, by: Asker, program: &str, real: &str, text: &[u8]) -> bool {
        if let Some(reason) = base_programs::foreign(text, self.target) {
            self.findings.push(Finding::Foreign { by, path: program.to_owned(), reason, of_base: false });
            return false;
        }
        if text.starts_with(b"\x7fELF") {
            return true;
        }
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let Some(line) = line.strip_prefix(b"#!") else {
            self.findings.push(Finding::NotRunnable { by, path: program.to_owned() });
            return false;
        };
        let line = String::from_utf8_lossy(line).into_owned();
        let mut words = line.split_whitespace().filter(|word| *word != "-S");
        let interpreter = words.next().unwrap_or_default();
        let named = words.next().filter(|_| interpreter.ends_with("/env"));
        let missing = match self.tree.is_executable(interpreter) {
            false => Some(interpreter),
            true => named.filter(|name| self.which(name).is_none()),
        };
        // pnpm's shims are shell scripts that start Node.js.
        let starts_node = fourply_scripts::written::find(text, b"exec node ").is_some();
        let missing =
            missing.or_else(|| Some("node").filter(|_| starts_node && self.which("node").is_none()));
        if let Some(interpreter) = missing {
            let (script, interpreter) = (program.to_owned(), interpreter.to_owned());
            let file = std::str::from_utf8(text).ok().and_then(|text| target_of(program, text));
            self.findings.push(Finding::Interpreter { by, script, interpreter, file });
        }
        missing.is_none() && self.shim(by, real, text)
    }

    /// Whether a pnpm shim leads to an existing file.
    fn shim(&mut self, by: Asker, real: &str, text: &[u8]) -> bool {
        let Some(target) = shim_target(&String::from_utf8_lossy(text)).map(str::to_owned) else {
            return true;
        };
        let folder = real.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = format!("{folder}/{target}");
        let there = self.tree.is_file(&path);
        if !there {
            let shown =
                path.strip_prefix(&format!("{}/", self.folder)).unwrap_or(&path).replace("/.bin/../", "/");
            self.findings.push(self.missing(by, "node", &shown));
        }
        there
    }

    /// A shell with its arguments.
    fn shell_program(&mut self, by: Asker, name: &str, words: &[&str], depth: usize) {
        if let Some(at) = words.iter().position(|word| *word == "-c") {
            let text = words.get(at + 1).copied().unwrap_or_default();
            let before = self.more_path.clone();
            self.more_path = own_path(text).map_or(before.clone(), |folders| format!("{folders}:{before}"));
            self.text(by, text, depth);
            self.more_path = before;
            return;
        }
        match words.iter().find(|word| !word.starts_with('-')) {
            // The first word names an applet.
            Some(_) if name == "busybox" => {}
            Some(path) if path.contains('/') && !self.tree.is_file(&self.absolute(path)) => {
                self.findings.push(self.missing(by, name, path));
            }
            None if by == Asker::Start && words.is_empty() && name != "busybox" => {
                self.findings.push(Finding::Interactive { by, program: name.to_owned() });
            }
            _ => {}
        }
    }

    /// Node.js with its arguments, or a runner's, which is then named.
    fn node(&mut self, by: Asker, words: &[&str], runner: Option<&str>) {
        let options = self.env.get("NODE_OPTIONS").map(String::as_str).unwrap_or_default();
        let words = words.iter().copied().skip_while(|word| runner.is_some() && *word == "watch");
        let mut args = NodeArgs::parse(words).with_options(options);
        for name in &args.modules {
            let loader = if args.imports.contains(name) { Loader::Import } else { Loader::Require };
            self.module(by, name, loader);
        }
        for path in &args.env_files {
            if !self.tree.is_file(&self.absolute(path)) {
                self.findings.push(self.missing(by, "node", path));
            }
        }
        // Node.js runs the script with a shell. Source: nodejs/node, `src/node_task_runner.cc`.
        if let Some(name) = args.run.clone().filter(|_| self.program(by, "/bin/sh")) {
            self.run(by, &name);
        }
        let preloads = !args.modules.is_empty();
        // A runner is Node.js with a compiler that is loaded first.
        args.modules.extend(runner.map(str::to_owned));
        let version = self.node.map(|version| (version.major, version.minor));
        let refused = node_options::refused(&args.options, version).map(|option| (option, false));
        let in_env =
            node_options::refused_in_env(&options_in_env(options), version).map(|option| (option, true));
        for (option, env) in refused.into_iter().chain(in_env) {
            let node = self.node.map(ToString::to_string);
            self.findings.push(Finding::Option { by, option, env, node });
        }
        match args.file.clone() {
            Some(path) => self.file(by, &path, &args),
            None if args.needs_file && !preloads && by == Asker::Start => {
                self.findings.push(Finding::Interactive { by, program: "node".to_owned() });
            }
            None => {}
        }
        self.nodes.push(args);
    }

    /// The program file of Node.js, completed as in `require`.
    fn file(&mut self, by: Asker, path: &str, args: &NodeArgs) {
        let full = self.absolute(path.trim_end_matches('/'));
        let Some(form) = self.tree.by_node(&full, Loader::Require) else {
            self.findings.push(self.missing(by, "node", path));
            return;
        };
        let real = self.tree.real(&form).unwrap_or(form);
        if by == Asker::Start {
            self.files.push(real.clone());
        }
        let typescript = is_typescript(&real);
        // Node.js compiles no file in node_modules, and never JSX.
        let compiled = args.runs_typescript(self.node)
            && (!args.modules.is_empty() || (!real.contains("/node_modules/") && !real.ends_with(".tsx")));
        if typescript && !compiled {
            let node = self.node.map(ToString::to_string);
            self.findings.push(Finding::TypeScript { by, path: path.to_owned(), node });
        }
    }

    /// A module loaded by name, from a node_modules at or above the folder.
    fn module(&mut self, by: Asker, name: &str, loader: Loader) {
        if is_path(name) {
            match self.tree.by_node(&self.absolute(name), loader) {
                // The modules that it loads must exist too.
                Some(path) if by == Asker::Start => self.files.extend(self.tree.real(&path)),
                Some(_) => {}
                None => self.findings.push(self.missing(by, "node", name)),
            }
            return;
        }
        if name.is_empty() || name.contains(':') || name.starts_with('#') {
            return;
        }
        let parts = if name.starts_with('@') { 2 } else { 1 };
        let package: Vec<&str> = name.split('/').take(parts).collect();
        let package = package.join("/");
        let there = |above: &str| self.tree.find(&format!("{above}/node_modules/{package}")).is_some();
        if !self.folders().any(there) && !is_built_in(&package) {
            self.findings.push(Finding::Module { by, name: package });
        }
    }

    /// The working directory and its parents, up to the root.
    fn folders(&self) -> impl Iterator<Item = &str> {
        let ends = self.folder.match_indices('/').map(|(at, _)| at).chain([self.folder.len()]);
        ends.collect::<Vec<_>>().into_iter().rev().filter_map(|end| self.folder.get(..end))
    }

    /// `npm start`, `pnpm run x`.
    fn manager(&mut self, by: Asker, words: &[&str]) {
        let mut words = words.iter().filter(|word| !word.starts_with('-'));
        let name = match words.next() {
            Some(&"run" | &"run-script") => words.next(),
            Some(word @ (&"start" | &"test")) => Some(word),
            _ => None,
        };
        if let Some(name) = name {
            self.run(by, name);
        }
    }

    fn run(&mut self, by: Asker, name: &str) {
        // npm starts server.js if there is no script.
        let is_default = name == "start" && self.tree.is_file(&self.absolute("server.js"));
        if !self.scripts.contains_key(name) && !is_default {
            let available = self.scripts.keys().cloned().collect();
            self.findings.push(Finding::Script { by, name: name.to_owned(), available });
        }
    }

    fn missing(&self, by: Asker, program: &str, path: &str) -> Finding {
        Finding::File {
            by,
            program: program.to_owned(),
            path: path.to_owned(),
            found: self.programs.to_vec(),
        }
    }

    fn which(&self, name: &str) -> Option<String> {
        let path = self.env.get("PATH").map(String::as_str).unwrap_or_default();
        self.tree.which(name, &format!("{}{path}", self.more_path))
    }

    /// The path of a command in node_modules, relative to the working directory.
    fn in_bin(&self, program: &str) -> Option<String> {
        let folders = self.folders().map(|folder| format!("{folder}/node_modules/.bin/{program}"));
        let path = folders.filter(|_| !program.contains('/')).find(|path| self.tree.is_executable(path))?;
        Some(startable(self.tree, self.folder, &path))
    }

    fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.folder) }
    }
}

#[cfg(test)]
mod tests;
