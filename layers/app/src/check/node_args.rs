//! The arguments of Node.js. In: words. Out: the modules and files that they load, and the rules that they set. Nothing
//! is looked up here.
//!
//! Source: Node.js documentation, "Command-line API".

use node_semver::Version;

use super::hooks::may_change_names;

/// Options that take the next word as their value if they have no `=`.
const WITH_VALUE: [&str; 15] = [
    "--title",
    "--input-type",
    "--icu-data-dir",
    "--openssl-config",
    "--redirect-warnings",
    "--disable-warning",
    "--diagnostic-dir",
    "--report-dir",
    "--report-directory",
    "--watch-path",
    "--inspect-port",
    "--unhandled-rejections",
    "--dns-result-order",
    "--env-file-if-exists",
    "--max-http-header-size",
];
const MODULES: [&str; 5] = ["-r", "--require", "--import", "--loader", "--experimental-loader"];
/// Those that `import` a module; the others `require` it.
const IMPORTS: [&str; 3] = ["--import", "--loader", "--experimental-loader"];
/// Options that change how Node.js resolves names.
const RESOLVING: [&str; 6] = [
    "--loader",
    "--experimental-loader",
    "--experimental-specifier-resolution",
    "--es-module-specifier-resolution",
    "--preserve-symlinks",
    "--preserve-symlinks-main",
];
const CONDITIONS: [&str; 2] = ["-C", "--conditions"];
/// Options with which Node.js needs no file.
const WITHOUT_FILE: [&str; 14] = [
    "-e",
    "--eval",
    "-p",
    "--print",
    "-pe",
    "-i",
    "--interactive",
    "-v",
    "--version",
    "-h",
    "--help",
    "--test",
    "--v8-options",
    "--completion-bash",
];

/// The parsed arguments of Node.js.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct NodeArgs {
    /// Preloaded modules, by name or path.
    pub modules: Vec<String>,
    /// Those of them that are imported.
    pub imports: Vec<String>,
    pub conditions: Vec<String>,
    /// Files with variables that must exist.
    pub env_files: Vec<String>,
    /// The script of package.json that `--run` starts.
    pub run: Option<String>,
    /// The program.
    pub file: Option<String>,
    /// `--experimental-strip-types` and similar options: `Some(false)` for `--no-…`.
    pub strip_types: Option<bool>,
    /// Whether a program is required: without one, Node.js reads its standard input.
    pub needs_file: bool,
    /// The options as written, without values.
    pub options: Vec<String>,
    /// Whether an option changes how names are resolved.
    pub resolves: bool,
    /// `--experimental-transform-types`: TypeScript that is more than types runs, too.
    pub transforms: bool,
}

impl NodeArgs {
    /// Parses the words after `node`.
    pub(super) fn parse<'w>(words: impl IntoIterator<Item = &'w str>) -> NodeArgs {
        let mut args = NodeArgs::default();
        let mut words = words.into_iter();
        let mut needs_file = true;
        while let Some(word) = words.next() {
            if word == "--" || word == "-" {
                args.file = words.next().filter(|_| word == "--" && needs_file).map(str::to_owned);
                break;
            }
            if !word.starts_with('-') {
                args.file = needs_file.then(|| word.to_owned());
                break;
            }
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            args.options.push(name.to_owned());
            args.resolves |= RESOLVING.contains(&name);
            args.transforms |= name == "--experimental-transform-types";
            let mut value = || value.or_else(|| words.next()).unwrap_or_default().to_owned();
            match name {
                name if MODULES.contains(&name) => {
                    let module = value();
                    args.imports.extend(IMPORTS.contains(&name).then(|| module.clone()));
                    args.modules.push(module);
                }
                name if CONDITIONS.contains(&name) => args.conditions.push(value()),
                "--env-file" => args.env_files.push(value()),
                "--run" => {
                    args.run = Some(value());
                    break;
                }
                "--experimental-strip-types" | "--experimental-transform-types" | "--strip-types" => {
                    args.strip_types = Some(true);
                }
                "--no-experimental-strip-types" | "--no-strip-types" => args.strip_types = Some(false),
                name if WITHOUT_FILE.contains(&name) => needs_file = false,
                name if WITH_VALUE.contains(&name) => drop(value()),
                _ => {}
            }
        }
        args.needs_file = needs_file && args.run.is_none();
        args
    }

    /// The effective arguments of a process: its own, after those in `NODE_OPTIONS`.
    pub(super) fn with_options(self, options: &str) -> NodeArgs {
        let options = options_of(options);
        let mut before = NodeArgs::parse(options.iter().map(String::as_str));
        let NodeArgs {
            modules,
            imports,
            conditions,
            env_files,
            run,
            file,
            strip_types,
            needs_file,
            options,
            ..
        } = self;
        before.resolves |= self.resolves;
        before.transforms |= self.transforms;
        before.modules.extend(modules);
        before.imports.extend(imports);
        before.conditions.extend(conditions);
        before.env_files.extend(env_files);
        before.strip_types = strip_types.or(before.strip_types);
        NodeArgs { run, file, needs_file, options, ..before }
    }

    /// Whether a possible compiler is loaded before the workspace's code: a module, or a package's program such as
    /// `tsx`.
    pub(super) fn compiles(&self) -> bool {
        !self.modules.is_empty() || self.file.as_deref().is_some_and(|file| file.contains("node_modules/"))
    }

    /// Whether something other than Node.js may resolve names: an option, a preloaded module, or a package's program.
    pub(super) fn may_change_names(&self) -> bool {
        self.resolves
            || self.modules.iter().any(|module| may_change_names(module))
            || self.file.as_deref().is_some_and(|file| file.contains("node_modules/"))
    }

    /// Whether only tsx may resolve names, by the tsconfig.json that it finds.
    pub(super) fn is_by_tsx(&self) -> bool {
        const TSX: [&str; 3] = ["tsx", "tsx/esm", "tsx/cjs"];
        let known = |module: &String| TSX.contains(&module.as_str()) || !may_change_names(module);
        let file = self.file.as_deref().is_none_or(|file| {
            !file.contains("node_modules/") || file.contains("node_modules/tsx/dist/cli.")
        });
        let configured = self.options.iter().any(|option| option == "--tsconfig");
        file && !configured && !self.resolves && self.modules.iter().all(known)
    }

    /// Whether Node.js runs TypeScript: since 22.18 and 23.6, and with an option since 22.6. A preloaded module may
    /// compile it, so then anything may run. Source: Node.js documentation, "Modules: TypeScript", History.
    pub(super) fn runs_typescript(&self, node: Option<&Version>) -> bool {
        let Some(node) = node else { return true };
        let at_least = |major, minor| (node.major, node.minor) >= (major, minor);
        let by_itself = at_least(23, 6) || (node.major == 22 && at_least(22, 18));
        let asked = match self.strip_types {
            Some(asked) => asked && at_least(22, 6),
            None => by_itself,
        };
        asked || !self.modules.is_empty()
    }
}

/// The options of `NODE_OPTIONS`, without values.
pub(super) fn options_in_env(text: &str) -> Vec<String> {
    NodeArgs::parse(options_of(text).iter().map(String::as_str)).options
}

/// The words in `NODE_OPTIONS`, separated by spaces. Double quotes keep spaces; inside them `\\` escapes a character.
/// Source: Node.js documentation of the variable; nodejs/node, `ParseNodeOptionsEnvVar` in `src/node_options.cc`.
fn options_of(text: &str) -> Vec<String> {
    let (mut words, mut quoted, mut open) = (Vec::<String>::new(), false, false);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '\\' if quoted => letters.next().unwrap_or('\\'),
            ' ' if !quoted => {
                open = false;
                continue;
            }
            '"' => {
                quoted = !quoted;
                continue;
            }
            letter => letter,
        };
        if !open {
            words.push(String::new());
            open = true;
        }
        if let Some(word) = words.last_mut() {
            word.push(letter);
        }
    }
    words
}

#[cfg(test)]
mod tests;
