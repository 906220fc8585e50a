//! Filters the findings for display. In: the stored findings, the current workspace. Out: those that remain, depending
//! on the sources and the lockfile.

use std::collections::BTreeSet;

use fourply_pnpm::ImporterId;
use fourply_scripts::files::folder_of;

use super::found_files::in_sources;
use super::named::{is_source, source_of_output};
use super::{CheckRequest, alias};
use crate::finding::{Finding, ResolveFault};

impl CheckRequest<'_> {
    /// The findings to display. For loaded names, only those that some package has: a loader may invent others.
    pub(super) fn told(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let lockfile = &self.workspace.lockfile;
        let left_out: BTreeSet<String> = findings
            .iter()
            .filter_map(|finding| match finding {
                Finding::LeftOut { name, .. } => Some(name.clone()),
                _ => None,
            })
            .collect();
        // A certain finding replaces the others.
        let surely: BTreeSet<String> = findings
            .iter()
            .filter_map(|finding| match finding {
                Finding::Undeclared { name, sure: true, .. } => Some(name.clone()),
                _ => None,
            })
            .collect();
        let errors: Vec<String> = findings
            .iter()
            .filter_map(|finding| match finding {
                Finding::File { path, .. } | Finding::Argument { path, .. } => {
                    Some(format!("/{}", path.trim_start_matches("./")))
                }
                _ => None,
            })
            .collect();
        let root = &self.workspace.root;
        let told = |finding| match finding {
            Finding::NotInstalled { name, .. } if left_out.contains(&name) => None,
            Finding::Undeclared { name, sure: false, .. } if surely.contains(&name) => None,
            Finding::NotInstalled { name, specifier, user, package, sure, .. } => {
                let known = lockfile.snapshots.keys().any(|path| path.name() == name);
                let manifest = ImporterId::new(&package).and_then(|it| self.workspace.manifests.get(&it));
                let development = manifest.is_some_and(|it| it.dev_dependencies.contains_key(&name));
                if !known && alias::is_alias(&self.workspace.root, &package, &specifier) {
                    let fault = ResolveFault::Alias { specifier, package };
                    return sure.then_some(Finding::Unresolved { user, fault, sure });
                }
                // A loader may invent names that the lockfile does not have.
                let told = known || sure;
                told.then_some(Finding::NotInstalled { name, specifier, user, package, development, sure })
            }
            // A name that is not a development dependency may be optional for bundled code.
            Finding::Later { name, user } => {
                let told = self.in_development(&name) && self.is_own(&user);
                told.then_some(Finding::Later { name, user })
            }
            // Loaders invent aliases and paths in packages.
            Finding::Unresolved { sure: false, .. } | Finding::Package { sure: false, .. } => None,
            // A file that does not exist may be created by the command itself.
            Finding::Argument { ref path, .. } => {
                let folder = folder_of(&self.workspace.root, self.service);
                folder.join(path).is_file().then_some(finding)
            }
            // An error names the same file already.
            Finding::Source { ref path, .. } if errors.iter().any(|error| path.ends_with(error)) => None,
            // Bundlers record the names of compiled files; Node.js reads none of them.
            Finding::Source { path, user } if is_compiled(&path) && is_script(&user) => None,
            Finding::Spawned { path, user } if is_source(root, &path) || self.app.has_made(&path) => {
                Some(Finding::Source { path, user })
            }
            Finding::Spawned { path, user } => Some(match source_of_output(root, &path) {
                Some(source) => Finding::Uncopied { path, source, user },
                None => Finding::Spawned { path, user },
            }),
            Finding::Source { path, user } if path.contains('*') => Some(match in_sources(root, &path)? {
                (path, Some(source)) => Finding::Uncopied { path, source, user },
                (path, None) => Finding::Source { path, user },
            }),
            Finding::Source { path, user } if !is_source(root, &path) && !self.app.has_made(&path) => {
                let source = source_of_output(root, &path)?;
                Some(Finding::Uncopied { path, source, user })
            }
            Finding::Convention { path, .. } if !is_source(root, &path) => None,
            other => Some(other),
        };
        let mut told: Vec<Finding> = findings.into_iter().filter_map(told).collect();
        // Several rules may report one file. For files in a folder, the folder is enough.
        let sources: BTreeSet<String> = told.iter().filter_map(source).map(str::to_owned).collect();
        let in_folder = |finding: &Finding| {
            let path = source(finding).unwrap_or_default();
            path.match_indices('/')
                .any(|(at, _)| path.get(..at).is_some_and(|folder| sources.contains(folder)))
        };
        told.retain(|finding| !in_folder(finding));
        let mut once: Vec<Finding> = Vec::new();
        for finding in told {
            let named =
                later(&finding).is_some_and(|name| once.iter().any(|other| names(other) == Some(name)));
            if !named && !once.contains(&finding) {
                once.push(finding);
            }
        }
        once
    }

    /// Whether a file belongs to the service.
    fn is_own(&self, file: &str) -> bool {
        self.service.is_root()
            || file.strip_prefix(self.service.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether a package is only a development dependency of the service.
    fn in_development(&self, name: &str) -> bool {
        self.workspace.manifests.get(self.service).is_some_and(|manifest| {
            let optional = manifest.optional_dependencies.contains_key(name)
                || manifest.peer_dependencies.contains_key(name);
            manifest.dev_dependencies.contains_key(name) && !optional
        })
    }
}

/// The package that code loads later.
fn later(finding: &Finding) -> Option<&str> {
    match finding {
        Finding::Later { name, .. } => Some(name),
        _ => None,
    }
}

/// The package that code loads, at its start or later.
fn names(finding: &Finding) -> Option<&str> {
    match finding {
        Finding::NotInstalled { name, .. } => Some(name),
        other => later(other),
    }
}

/// Whether only a compiler or bundler reads a file, never Node.js.
fn is_compiled(path: &str) -> bool {
    const ENDS: [&str; 11] =
        [".astro", ".svelte", ".vue", ".tsx", ".jsx", ".ts", ".mts", ".cts", ".mdx", ".marko", ".riot"];
    ENDS.iter().any(|end| path.ends_with(end))
}

/// Whether the naming file is code that needs no compiler.
fn is_script(user: &str) -> bool {
    [".js", ".mjs", ".cjs"].iter().any(|end| user.ends_with(end))
}

/// The path of a source that the image lacks.
fn source(finding: &Finding) -> Option<&str> {
    match finding {
        Finding::Source { path, .. } => Some(path),
        _ => None,
    }
}
