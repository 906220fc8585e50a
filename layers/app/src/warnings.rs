//! Warnings about a build that runs. In: a request, the built packages, the files that they see. Out: warnings.

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

/// The most names in a warning.
const LISTED: usize = 10;

/// Variables that every build has, or that concern the service's run time.
const GIVEN: [&str; 9] =
    ["CI", "HOME", "HOSTNAME", "NODE_ENV", "PATH", "PORT", "TMPDIR", "TZ", "NODE_OPTIONS"];

/// The data for warnings.
pub(crate) struct Warnings<'a> {
    pub request: &'a AppRequest<'a>,
    pub tasks: &'a Tasks,
    /// The packages in build order.
    pub levels: &'a [Vec<ImporterId>],
    /// The packages whose script runs.
    pub built: &'a BTreeSet<ImporterId>,
}

impl Warnings<'_> {
    /// Reports all warnings.
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

    /// Built packages with files in the default output location.
    pub(crate) fn perhaps_stale(&self) -> bool {
        let root = &self.request.workspace().root;
        self.built.iter().any(|package| folder_of(root, package).join(DEFAULT_OUTPUT).exists())
    }

    /// Files in the default output location that no ignore file excludes: they are from an earlier build. Among `all`
    /// files, they are not `given` to this one.
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

    /// The root's install scripts may concern any workspace package, but a build has the packages of one service only.
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

    /// A dependency of only the root is in the image, but no build of the service covers it, as in `pnpm --filter
    /// 'service...' run`.
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

    /// A glob without a match is usually a typo.
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

    /// Variables that tasks read according to turbo.json.
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

    /// A build argument that nothing reads, whose name is similar to one that is read.
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

    /// A configured PATH lacks the folders that a package manager adds.
    fn of_path(&self) {
        if self.request.env().contains_key("PATH") {
            self.warn(
                "PATH in env of [build] stands in place of the scripts' own, which has node, pnpm, node_modules/.bin and the system's programs: leave it out, and let a script name \
                 another program by its path",
            );
        }
    }

    /// Images of earlier builds, which are not meant as inputs.
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

    /// Variables that the build would inline into its output.
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

/// Whether a name in turbo.json is one variable that a build lacks by default.
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
