//! Which packages have install scripts, and which of them may run, by pnpm's rules. In: settings, rules, package.json
//! files. Out: verdicts and scripts. Nothing runs here.
//!
//! Source: `runPostinstallHooks` and `checkBindingGyp` in pnpm's lifecycle package.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rules::{AllowedBuilds, BuildRules, ListEntry, Preparing};
use crate::{DepPath, PnpmSettings};

/// What the settings decide about a package's install scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Build,
    /// They do not run, by request.
    Never,
    /// They do not run, because no setting allows them. pnpm reports these.
    Ignored,
}

/// What happens to a repository that needs a build before it is a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preparation {
    Build,
    /// It is packed without a build, by request.
    AsItStands,
    /// No setting allows the build.
    Refused,
}

/// One script that an install runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallScript {
    /// `preinstall`, `install`, `postinstall`.
    pub event: String,
    pub command: String,
}

fourply_blob::key_value!(InstallScript { event, command });

impl PnpmSettings {
    /// Whether the install scripts of a package may run.
    pub fn may_build(&self, rules: &BuildRules, package: &DepPath) -> Verdict {
        if rules.dangerously_allow_all && self.builds.dangerously_allow_all_builds {
            return Verdict::Build;
        }
        let named = |list: &[String]| list.iter().any(|entry| names(entry, package, rules.list_entry));
        let never = || named(&self.builds.never_built_dependencies);
        let by_name = |entry: &str| rules.name_denies_any_source && entry == package.name();
        let told = |wanted: bool| {
            let means = |entry: &str| {
                names(entry, package, rules.list_entry)
                    || (rules.repository_entries && Some(entry) == repository(package).as_deref())
                    || (!wanted && by_name(entry))
            };
            self.builds.allow_builds.iter().any(|(entry, said)| *said == wanted && means(entry))
        };
        match rules.allowed {
            AllowedBuilds::AllUnlessListed => match &self.builds.only_built_dependencies {
                Some(only) if named(only) => Verdict::Build,
                None if !never() => Verdict::Build,
                _ => Verdict::Never,
            },
            AllowedBuilds::Listed => {
                let only = self.builds.only_built_dependencies.as_deref();
                let rest = only.is_none()
                    && self.builds.allow_builds.is_empty()
                    && !self.builds.never_built_dependencies.is_empty();
                match () {
                    () if rest => {
                        if never() {
                            Verdict::Never
                        } else {
                            Verdict::Build
                        }
                    }
                    () if named(only.unwrap_or_default()) || told(true) => Verdict::Build,
                    () if told(false) => Verdict::Never,
                    () => Verdict::Ignored,
                }
            }
            AllowedBuilds::AllowBuilds => match () {
                () if told(false) => Verdict::Never,
                () if told(true) => Verdict::Build,
                () => Verdict::Ignored,
            },
        }
    }

    /// Whether a repository may run its build scripts.
    pub fn may_prepare(&self, rules: &BuildRules, package: &DepPath) -> Preparation {
        match (rules.preparing, self.may_build(rules, package)) {
            (Preparing::Always, _) | (_, Verdict::Build) => Preparation::Build,
            (Preparing::UnlessDenied, Verdict::Never) => Preparation::AsItStands,
            (Preparing::IfAllowed, Verdict::Never | Verdict::Ignored)
            | (Preparing::UnlessDenied, Verdict::Ignored) => Preparation::Refused,
        }
    }
}

/// Whether a list entry matches the package. A name does not match a package that is not from a registry, because
/// anybody can use any name there.
fn names(entry: &str, package: &DepPath, rule: ListEntry) -> bool {
    let (name, version) = (package.name(), package.version());
    match rule {
        ListEntry::Name => return entry == name,
        ListEntry::NameVersionsOrKey => {}
    }
    if entry == reported_as(package) {
        return true;
    }
    if node_semver::Version::parse(version).is_err() {
        return false;
    }
    let versions = entry.strip_prefix(name).and_then(|rest| rest.strip_prefix('@'));
    entry == name || versions.is_some_and(|list| list.split("||").any(|one| one.trim() == version))
}

/// The entry that matches all commits of a package's repository: `name@git+https://host/owner/name.git`. Source:
/// `getGitRepoAllowBuildKeyFromDepPath`.
fn repository(package: &DepPath) -> Option<String> {
    let key = package.package_key();
    if key.starts_with("git+") || key.contains("@git+") {
        return Some(key.split('#').next().unwrap_or(key).to_owned());
    }
    let (name, url) = (package.name(), package.version().strip_prefix("https://")?);
    let parts: Vec<&str> = url.split('/').collect();
    let place = match *parts.as_slice() {
        ["codeload.github.com", owner, name, "tar.gz", _, ..] => format!("github.com/{owner}/{name}"),
        ["bitbucket.org", owner, name, "get", _, ..] => format!("bitbucket.org/{owner}/{name}"),
        _ => url.split_once("/-/archive/").filter(|(_, rest)| rest.contains('/'))?.0.to_owned(),
    };
    Some(format!("{name}@git+https://{place}.git"))
}

/// The package's name in pnpm's report of ignored scripts: its key without peers.
pub fn reported_as(package: &DepPath) -> String {
    match package.patch_hash() {
        Some(hash) => format!("{}(patch_hash={hash})", package.package_key()),
        None => package.package_key().to_owned(),
    }
}

impl InstallScript {
    /// The scripts that an install of a package runs, in order; `None` if pnpm sees nothing to build. `gyp` says
    /// whether the package has `binding.gyp` at its top level.
    pub fn of(manifest: &Value, gyp: bool) -> Option<Vec<InstallScript>> {
        let named =
            |event: &str| manifest.get("scripts")?.get(event)?.as_str().filter(|text| !text.is_empty());
        let events = ["preinstall", "install", "postinstall"];
        if !gyp && events.iter().all(|event| named(event).is_none()) {
            return None;
        }
        let implied = (gyp && named("preinstall").is_none()).then_some("node-gyp rebuild");
        let command = |event: &str| named(event).or(implied.filter(|_| event == "install"));
        let scripts = events.iter().filter_map(|event| Some((*event, command(event)?)));
        // The script checks that pnpm does the install, which is true here.
        let scripts = scripts.filter(|(_, command)| *command != "npx only-allow pnpm");
        let script = |(event, command): (&str, &str)| InstallScript {
            event: event.to_owned(),
            command: command.to_owned(),
        };
        Some(scripts.map(script).collect())
    }
}

#[cfg(test)]
mod tests;
