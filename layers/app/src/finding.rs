//! The problems of an image, as data. The program words the suggested fixes.

mod origins;
mod resolve;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use origins::StartOrigins;
pub use resolve::ResolveFault;

/// The command that needs something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asker {
    /// Entry point and command, which start the container.
    Start,
    /// The health check.
    Health,
}

/// A problem of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finding {
    /// A program is in no folder of `PATH`, or its path does not exist.
    Program {
        by: Asker,
        program: String,
        /// Another location of a program of that name in the image: `node_modules/.bin/tsx`. If no shell could start
        /// it, the file that it gives to Node.js.
        elsewhere: Option<String>,
    },
    /// A file is not executable, or no kernel could run it.
    NotRunnable { by: Asker, path: String },
    /// The first line of a script names a missing program.
    Interpreter {
        by: Asker,
        script: String,
        interpreter: String,
        /// The file that it gives to Node.js, if it is a command of a package.
        file: Option<String>,
    },
    /// A program's file argument does not exist.
    File {
        by: Asker,
        program: String,
        path: String,
        /// Node.js programs in the service's folder.
        found: Vec<String>,
    },
    /// A source file in the arguments of a package's command does not exist.
    Argument { by: Asker, program: String, path: String },
    /// A preloaded module is in no node_modules.
    Module { by: Asker, name: String },
    /// A script of package.json that is started by name does not exist.
    Script { by: Asker, name: String, available: Vec<String> },
    /// Node.js does not run TypeScript there.
    TypeScript {
        by: Asker,
        path: String,
        /// The image's Node.js version.
        node: Option<String>,
    },
    /// A workspace package that the image's code loads has no file to load.
    Package {
        /// Its folder.
        package: String,
        /// The loaded name: `@erp/kernel`, `@erp/kernel/testing`.
        specifier: String,
        /// Its targets in package.json.
        targets: Vec<String>,
        /// A file that loads it.
        user: String,
        /// Whether nothing can prevent the failure.
        sure: bool,
    },
    /// A workspace package that the outputs' code names, and that nothing in the image depends on.
    Undeclared {
        /// Its folder.
        package: String,
        name: String,
        /// A file that loads it.
        user: String,
        /// Whether the program surely loads it.
        sure: bool,
    },
    /// The outputs' code loads a package, but the image has no node_modules.
    LeftOut {
        name: String,
        /// A file that loads it.
        user: String,
        /// Whether the file is started by the container, or loaded by that.
        starts: bool,
    },
    /// A workspace package offers only TypeScript, which the image's Node.js does not run.
    PackageTypeScript {
        package: String,
        specifier: String,
        target: String,
        user: String,
        node: Option<String>,
    },
    /// No command is set.
    Nothing { by: Asker },
    /// A program without arguments reads its standard input, which is empty in a container.
    Interactive { by: Asker, program: String },
    /// A program is for another architecture or operating system.
    Foreign {
        by: Asker,
        path: String,
        /// The reason, for display after the path.
        reason: String,
        /// Whether it belongs to the base.
        of_base: bool,
    },
    /// A base program needs a library or a loader that the base lacks.
    BaseLibrary { by: Asker, program: String, library: String },
    /// Node.js fails because it does not know an option.
    Option {
        by: Asker,
        option: String,
        /// Whether the option is in `NODE_OPTIONS`.
        env: bool,
        /// The image's Node.js version.
        node: Option<String>,
    },
    /// A package that code loads at its start is in no node_modules that Node.js searches.
    NotInstalled {
        name: String,
        /// The name in the file: `lodash/fp`.
        specifier: String,
        /// A file that loads it.
        user: String,
        /// The workspace package of that file.
        package: String,
        /// Whether it is a development dependency there.
        development: bool,
        /// Whether nothing can prevent the program from loading it.
        sure: bool,
    },
    /// A package that the outputs' code loads later is in no node_modules that Node.js searches.
    Later {
        name: String,
        /// A file that loads it.
        user: String,
    },
    /// A file that code loads at its start by path does not exist.
    Path {
        path: String,
        /// A file that loads it.
        user: String,
        /// Whether nothing can prevent the program from loading it.
        sure: bool,
    },
    /// A workspace file or folder that the program's code names by its path, and that only the sources have.
    Source {
        /// Relative to the workspace's root.
        path: String,
        /// A file that names it.
        user: String,
    },
    /// A file or folder that the program's code expects next to itself, and that the build did not copy.
    Uncopied {
        /// The expected path, relative to the workspace's root.
        path: String,
        /// The path in the sources, relative to the workspace's root.
        source: String,
        /// A file that names it.
        user: String,
    },
    /// A file that the program's code starts as a process or a thread, and that does not exist.
    Spawned {
        /// Relative to the workspace's root.
        path: String,
        /// The file that starts it.
        user: String,
    },
    /// The command, or the program's code, writes to a folder without write access.
    Unwritable {
        /// The command, or a file.
        by: String,
        /// `mkdir logs`
        what: String,
        /// In the form of the configuration key for such folders.
        folder: String,
    },
    /// A folder that a package reads by its own convention, and that only the sources have.
    Convention {
        package: String,
        /// Relative to the workspace's root.
        path: String,
    },
    /// A path in a workspace package that its `exports` do not offer.
    Closed {
        /// Its folder.
        package: String,
        specifier: String,
        /// A file that loads it.
        user: String,
        /// Whether nothing can prevent the program from loading it.
        sure: bool,
    },
    /// Code loads a module at its start in a way that Node.js does not support.
    Unresolved {
        /// The file.
        user: String,
        fault: ResolveFault,
        /// Whether nothing can prevent the program from loading it.
        sure: bool,
    },
    /// The install scripts of a package did not run, because they were not allowed.
    IgnoredBuild {
        /// In pnpm's form: `name@version`.
        package: String,
        /// Whether they build a required native module that the image lacks for its platform.
        needed: bool,
    },
    /// A native module needs a missing library.
    Library {
        /// `name@version`, or the folder of the outputs.
        package: String,
        /// The native module.
        path: String,
        library: String,
        /// Whether the image may work without it: the package is optional, or has another loadable module.
        spare: bool,
    },
}

impl Finding {
    /// The naming code and the name: the key in [`StartOrigins`]. The code is empty if something else names it.
    pub fn missed(&self) -> Option<(String, String)> {
        match self {
            Finding::Path { path, user, .. } => Some((user.clone(), path.clone())),
            Finding::Source { path, .. }
            | Finding::Convention { path, .. }
            | Finding::Argument { path, .. }
            | Finding::File { path, .. } => Some((String::new(), path.clone())),
            _ => None,
        }
    }

    /// Whether the image cannot work; otherwise it may.
    pub fn is_fatal(&self) -> bool {
        // Outputs often contain tests, which do not run in the image. A loader of its own may still handle the names
        // that code loads at its start.
        !matches!(
            self,
            Finding::Library { spare: true, .. }
                | Finding::IgnoredBuild { needed: false, .. }
                | Finding::Source { .. }
                | Finding::Uncopied { .. }
                | Finding::Spawned { .. }
                | Finding::Later { .. }
                | Finding::Unwritable { .. }
                | Finding::Convention { .. }
                | Finding::LeftOut { starts: false, .. }
                | Finding::Undeclared { sure: false, .. }
                | Finding::NotInstalled { sure: false, .. }
                | Finding::Path { sure: false, .. }
                | Finding::Closed { sure: false, .. }
                | Finding::Package { sure: false, .. }
                | Finding::Unresolved { sure: false, .. }
        )
    }
}

impl fmt::Display for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Asker::Start => "the command",
            Asker::Health => "the health check",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Program { by, program, .. } if program == "node" => {
                write!(f, "{by} starts node, and the base has no node in PATH")
            }
            Finding::Program { by, program, .. } if program.contains('/') => {
                write!(f, "{by} starts {program}, which is not in the image")
            }
            Finding::Program { by, program, .. } => {
                write!(f, "{by} starts {program}, which is in no folder of the image's PATH")
            }
            Finding::NotRunnable { by, path } => {
                write!(f, "{by} starts {path}, which is not an executable program or script")
            }
            Finding::Interpreter { by, script, interpreter, .. } => {
                write!(f, "{by} starts {script}, a script for {interpreter}, which is not in the image")
            }
            Finding::File { by, program, path, .. } => {
                write!(f, "{by} gives {path} to {program}, and the image has no such file")
            }
            Finding::Argument { by, program, path } => {
                write!(f, "{by} gives {path} to {program}, and only the sources have that file")
            }
            Finding::Module { by, name } => {
                write!(f, "{by} lets node load {name} first, which is in no node_modules of the image")
            }
            Finding::Script { by, name, .. } => {
                write!(f, "{by} runs the script {name:?}, which the service's package.json does not have")
            }
            Finding::TypeScript { by, path, node } => {
                write!(f, "{by} gives {path} to node, and {} does not run TypeScript there", version(node))
            }
            Finding::Package { package, specifier, targets, user, .. } => {
                write!(f, "{user} loads {specifier}, and ")?;
                match targets.as_slice() {
                    [] => write!(f, "the package.json of {package} names no file for it that the image has"),
                    some => write!(f, "the image does not have {} of {package}", some.join(" or ")),
                }
            }
            Finding::Undeclared { package, name, user, .. } => {
                write!(
                    f,
                    "{user} loads {name}, and the image does not have {package}: no \"dependencies\" lead to it"
                )
            }
            Finding::LeftOut { name, user, .. } => {
                write!(f, "{user} loads {name}, which is in no node_modules that it sees")
            }
            Finding::PackageTypeScript { package, specifier, target, user, node } => {
                let node = version(node);
                write!(
                    f,
                    "{user} loads {specifier}, which is {target} of {package}, and {node} does not run TypeScript there"
                )
            }
            Finding::Nothing { by } => write!(f, "{by} is empty: it names no program"),
            Finding::Interactive { by, program } => {
                write!(f, "{by} starts {program} with nothing to run, which ends at once in a container")
            }
            Finding::BaseLibrary { by, program, library } => {
                write!(f, "{by} starts {program}, which needs {library}, and the base does not have it")
            }
            Finding::Foreign { by, path, reason, .. } => {
                write!(f, "{by} starts {path}, which cannot run: {reason}")
            }
            Finding::Option { by, option, env, node } => {
                let place = if *env { "NODE_OPTIONS has" } else { "it has" };
                write!(
                    f,
                    "{by} starts node, and {place} {option}, which {} does not take there",
                    version(node)
                )
            }
            Finding::NotInstalled { name, user, .. } => {
                write!(f, "{user} loads {name} when it starts, which is in no node_modules of the image")
            }
            Finding::Later { name, user } => {
                write!(f, "{user} loads {name} in a function, and it is in no node_modules of the image")
            }
            Finding::Path { path, user, .. } => {
                write!(f, "{user} loads {path} when it starts, and the image has no such file")
            }
            Finding::Source { path, user } => {
                write!(f, "{user} names {path}, which the image does not have")
            }
            Finding::Uncopied { path, source, user } => {
                write!(
                    f,
                    "{user} names {path}, which the build did not make of {source}: the image does not have it"
                )
            }
            Finding::Spawned { path, user } => {
                write!(f, "{user} starts {path} as a process or a thread, and the image has no such file")
            }
            Finding::Unwritable { by, what, .. } => {
                write!(f, "{by} writes ({what}) where the image's user may not")
            }
            Finding::Convention { package, path } => {
                write!(
                    f,
                    "{package}, which the container starts or depends on, reads {path}, which the image does not have"
                )
            }
            Finding::Closed { package, specifier, user, .. } => {
                write!(f, "{user} loads {specifier}, which the \"exports\" of {package} do not offer")
            }
            Finding::Unresolved { user, fault, .. } => write!(f, "{user} {fault}"),
            Finding::IgnoredBuild { package, .. } => {
                write!(
                    f,
                    "nobody allowed the build script of {package}, which makes its native module, and the package has none for the image's platform"
                )
            }
            Finding::Library { package, path, library, .. } => {
                write!(f, "{path} of {package} needs {library}, which neither the base nor a package has")
            }
        }
    }
}

fn version(node: &Option<String>) -> String {
    node.as_ref().map_or_else(|| "node".to_owned(), |version| format!("node {version}"))
}
