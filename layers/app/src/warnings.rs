//! What a user should know of a build that runs, though nothing is wrong. In: a request, what is built, what it sees. Out: warnings.

use std::collections::BTreeSet;

use fourply_pnpm::ImporterId;
use fourply_scripts::events::install_events;
use fourply_scripts::files::folder_of;

use crate::hash::HashedSource;
use crate::left_out::LeftOut;
use crate::owner::{folders, names_package};
use crate::public_names::without_value;
use crate::read_names::{misspelt, read_by_builds};
use crate::request::DEFAULT_OUTPUT;
use crate::sources::SourceFile;
use crate::{AppRequest, Tasks};

/// How many names a warning lists.
const LISTED: usize = 10;

/// Variables that a build has, or that are about where the service runs.
const GIVEN: [&str; 9] =
    ["CI", "HOME", "HOSTNAME", "NODE_ENV", "PATH", "PORT", "TMPDIR", "TZ", "NODE_OPTIONS"];

/// See the module.
pub(crate) struct Warnings<'a> {
    pub request: &'a AppRequest<'a>,
    pub tasks: &'a Tasks,
    /// The packages in the order in which they are built.
    pub levels: &'a [Vec<ImporterId>],
    /// Those whose script runs.
    pub built: &'a BTreeSet<ImporterId>,
}

impl Warnings<'_> {
    /// Gives all of them.
    pub(crate) fn give(&self, left_out: &LeftOut, sources: &[HashedSource]) {
        self.of_root();
        self.of_unbuilt();
        self.of_inputs(left_out);
        self.of_images(left_out);
        self.of_public_names(sources);
        self.of_turbo_variables(sources);
        self.of_misspelt(sources);
        self.of_path();
    }

    /// Built packages that have something where builds leave their outputs.
    pub(crate) fn perhaps_stale(&self) -> bool {
        let root = &self.request.workspace().root;
        self.built.iter().any(|package| folder_of(root, package).join(DEFAULT_OUTPUT).exists())
    }

    /// What lies where a build leaves its outputs, though no ignore file names it, is of an earlier build: of `all` files, it is not `given`
    /// to this one.
    pub(crate) fn of_stale(&self, given: &BTreeSet<String>, all: &[SourceFile]) {
        for package in self.built {
            let folder = format!("{}/", package.path_of(DEFAULT_OUTPUT));
            let mut left = all.iter().map(|source| &source.path);
            if left.any(|path| path.starts_with(&folder) && !given.contains(path)) {
                let text = format!(
                    "{folder} is taken for what an earlier build left, and is not there for this one: let .gitignore name it, \
                     or configure it as an output if it is to stay"
                );
                self.warn(&text);
            }
        }
    }

    fn warn(&self, text: &str) {
        self.request.install.host.warn(text);
    }

    /// The root's install scripts may be about any package of the workspace, and a build has those of one service alone.
    fn of_root(&self) {
        let root = ImporterId::root();
        if !self.request.install_scripts() || self.levels.iter().flatten().any(|id| *id == root) {
            return;
        }
        let manifest = self.request.workspace().manifests.get(&root);
        for (event, command) in manifest.into_iter().flat_map(install_events) {
            self.warn(&format!("{event} of the workspace's root does not run: {command}"));
        }
    }

    /// What only the root depends on is in the image, and no build of the service's concerns it, as for `pnpm --filter 'service...' run`.
    fn of_unbuilt(&self) {
        let service = self.request.service;
        let packages = self.request.production.importers.iter();
        let others = packages.filter(|id| !id.is_root() && *id != service && !self.built.contains(*id));
        for package in others.filter(|id| self.has_script(id)) {
            self.warn(&format!(
                "{package} is in the image, as the root leads to it, and is not built: if {service} uses it, let its package.json say so, or name {package} in [build] projects"
            ));
        }
    }

    fn has_script(&self, package: &ImporterId) -> bool {
        let manifest = self.request.workspace().manifests.get(package);
        manifest.is_some_and(|manifest| manifest.scripts.contains_key(self.tasks.main()))
    }

    /// A glob that names nothing is most often misspelt.
    fn of_inputs(&self, left_out: &LeftOut) {
        let configured = self.request.inputs.root.iter().flatten().filter(|glob| !glob.starts_with('!'));
        let counts =
            |glob: &&String| left_out.counting.contains(*glob) || left_out.taken_back.contains(*glob);
        let packages = folders(self.request.workspace().manifests.keys());
        for glob in configured.filter(|glob| !counts(glob)) {
            self.warn(&match names_package(glob, &packages) {
                true => format!(
                    "{glob:?} of the root's inputs names no file that .gitignore excludes: all others of a package count in any case"
                ),
                false => format!("{glob:?} of the root's inputs names no file outside of packages"),
            });
        }
    }

    /// Variables that turbo.json says tasks read.
    fn of_turbo_variables(&self, sources: &[HashedSource]) {
        let env = self.request.env();
        let secrets = self.request.secret_names();
        let names = self.tasks.turbo().env.iter().map(String::as_str);
        let names =
            names.filter(|name| is_declared(name) && !env.contains_key(*name) && !secrets.contains(name));
        let names: BTreeSet<&str> = names.collect();
        let names = read_by_builds(&self.request.workspace().root, sources, &names);
        let names: Vec<&str> = names.into_iter().collect();
        if !names.is_empty() {
            self.warn(&format!(
                "{}: turbo.json names {}, and the build has no value for it: give a build argument, or env in [build]",
                self.request.service,
                shortened(&names)
            ));
        }
    }

    /// A build argument that nothing reads, and whose name is nearly one that something does.
    fn of_misspelt(&self, sources: &[HashedSource]) {
        let given: BTreeSet<&str> = self.request.values.env.keys().map(String::as_str).collect();
        if given.is_empty() {
            return;
        }
        let declared = self.tasks.turbo().env.iter().map(String::as_str).collect();
        for (name, near) in misspelt(&self.request.workspace().root, sources, &given, &declared) {
            self.warn(&format!(
                "{name} has a value for the build, and nothing reads it: did you mean {near}?"
            ));
        }
    }

    /// A PATH that is configured has none of the folders that a package manager puts there.
    fn of_path(&self) {
        if self.request.env().contains_key("PATH") {
            self.warn(
                "PATH in env of [build] stands in place of the scripts' own, which has node, pnpm, node_modules/.bin and the system's programs: leave it out, and let a script name \
                 another program by its path",
            );
        }
    }

    /// Images of earlier builds, which nobody means to build from.
    fn of_images(&self, left_out: &LeftOut) {
        if left_out.images.is_empty() {
            return;
        }
        let shown: Vec<&str> = left_out.images.iter().take(LISTED).map(String::as_str).collect();
        self.warn(&format!(
            "{}: left out, as it is a container image and no source: write images outside of packages, or let .gitignore name them",
            shown.join(", ")
        ));
    }

    /// Variables that the build would write into what it makes.
    fn of_public_names(&self, sources: &[HashedSource]) {
        let env = self.request.env();
        let values = env.keys().map(String::as_str).chain(self.request.secret_names()).collect();
        let missing = without_value(&self.request.workspace().root, sources, &values);
        let Some((_, file)) = missing.first_key_value() else { return };
        let names: Vec<&str> = missing.keys().map(String::as_str).collect();
        self.warn(&format!(
            "{}: no value for {}, read by {file}: what is built has it for good, so give a build argument, or env in [build]",
            self.request.service,
            shortened(&names)
        ));
    }
}

/// Whether a name of turbo.json is that of one variable, which a build does not have in any case.
fn is_declared(name: &str) -> bool {
    !name.contains(['*', '!'])
        && !GIVEN.contains(&name)
        && !name.starts_with("VERCEL")
        && !name.starts_with("npm_")
}

fn shortened(names: &[&str]) -> String {
    let mut shown: Vec<&str> = names.iter().take(LISTED).copied().collect();
    let more = format!("{} more", names.len().saturating_sub(LISTED));
    if names.len() > LISTED {
        shown.push(&more);
    }
    shown.join(", ")
}
