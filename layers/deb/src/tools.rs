//! Tools that create accounts. In: new packages, and the base. Out: the rules of each tool, and the tools that apt
//! would have installed only for the scripts that call them. Nothing runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::accounts::Rules;
use crate::installed::InstalledDebs;
use crate::relation::{self, Relation};
use crate::scan::Scanned;
use crate::version;

/// A tool, its packages, and their rules with the first version of each.
type Tool = (&'static str, &'static [&'static str], &'static [(&'static str, Rules)]);

const TOOLS: [Tool; 3] = [
    (
        "adduser",
        &["adduser"],
        &[("3.152", Rules::Trixie), ("3.135", Rules::Shared), ("3.122", Rules::Bookworm)],
    ),
    ("passwd", &["passwd"], &[("1:4.13", Rules::Shared)]),
    (
        SYSUSERS,
        &["systemd", "systemd-standalone-sysusers"],
        &[("257", Rules::Trixie), ("252", Rules::Shared)],
    ),
];
/// The rules of tools that are left out, by the version of libc6: the release's rules.
const RELEASES: [(&str, Rules); 3] =
    [("2.41", Rules::Trixie), ("2.37", Rules::Shared), ("2.36", Rules::Bookworm)];
const SYSUSERS: &str = "systemd-sysusers";
/// The paths that the programs of left-out tools would have.
const PROGRAMS: [(&str, &str); 3] = [
    ("usr/sbin/adduser", "adduser"),
    ("usr/sbin/addgroup", "adduser"),
    ("usr/bin/systemd-sysusers", SYSUSERS),
];
const ADDUSER: &str = "etc/adduser.conf";
const LOGIN: &str = "etc/login.defs";
/// adduser's default configuration.
const USUAL: [&str; 6] = [
    "FIRST_SYSTEM_UID=100",
    "LAST_SYSTEM_UID=999",
    "FIRST_SYSTEM_GID=100",
    "LAST_SYSTEM_GID=999",
    "SYS_DIR_MODE=0755",
    "DIR_MODE=0700",
];

pub(crate) struct Tools {
    rules: BTreeMap<&'static str, Rules>,
    left_out: BTreeSet<&'static str>,
}

impl Tools {
    pub(crate) fn of(base: Option<&InstalledDebs<'_>>, packages: &[Scanned]) -> Self {
        let left_out = left_out(base, packages);
        let released = || rules_of(&version_of(base, packages, "libc6")?, &RELEASES);
        let rules = |(tool, names, known): &Tool| {
            let there = names.iter().find_map(|name| version_of(base, packages, name));
            let rules = match there {
                Some(version) => rules_of(&version, known),
                None if left_out.contains(tool) => released(),
                None => None,
            };
            rules.filter(|_| is_unchanged(base, tool)).map(|rules| (*tool, rules))
        };
        Self { rules: TOOLS.iter().filter_map(rules).collect(), left_out }
    }

    pub(crate) fn rules(&self, tool: &str) -> Option<Rules> {
        self.rules.get(tool).copied()
    }

    /// Whether a program would be at this path if apt had installed the packages.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_start_matches('/');
        PROGRAMS.iter().any(|(program, tool)| *program == path && self.left_out.contains(tool))
    }
}

fn rules_of(version: &str, known: &[(&str, Rules)]) -> Option<Rules> {
    known.iter().find(|(first, _)| version::compare(version, first).is_ge()).map(|(_, rules)| *rules)
}

fn version_of(base: Option<&InstalledDebs<'_>>, packages: &[Scanned], name: &str) -> Option<String> {
    let new = packages.iter().find(|known| known.pin.name == name).map(|known| known.pin.version.clone());
    let old = || {
        let mut all = base?.packages.iter();
        all.find(|known| *known.name == *name).map(|known| known.version.to_string())
    };
    new.or_else(old)
}

/// Tools that a new package depends on and no package satisfies: apt takes the first one listed.
fn left_out(base: Option<&InstalledDebs<'_>>, packages: &[Scanned]) -> BTreeSet<&'static str> {
    let mut there = BTreeSet::new();
    for package in base.map(|base| base.packages.as_slice()).unwrap_or_default() {
        there.insert(package.name.to_string());
        there.extend(names(&package.provides));
    }
    let fields = |package: &Scanned, names: &[&str]| {
        let values = names.iter().filter_map(|name| package.control.paragraph.get(name));
        values.collect::<Vec<_>>().join(",")
    };
    for package in packages {
        there.insert(package.pin.name.clone());
        there.extend(names(&fields(package, &["Provides"])));
    }
    let mut left_out = BTreeSet::new();
    for package in packages {
        let needed = fields(package, &["Depends", "Pre-Depends"]);
        let groups = relation::parse(&needed).unwrap_or_default();
        let open = |group: &&Vec<Relation<'_>>| !group.iter().any(|other| there.contains(other.name));
        left_out.extend(groups.iter().filter(open).filter_map(|group| tool(group)));
    }
    left_out
}

fn tool(group: &[Relation<'_>]) -> Option<&'static str> {
    let first = group.first()?.name;
    let is_sysusers = |other: &Relation<'_>| other.name == SYSUSERS;
    match first {
        "adduser" => Some("adduser"),
        "systemd" | "systemd-standalone-sysusers" if group.iter().any(is_sysusers) => Some(SYSUSERS),
        SYSUSERS => Some(SYSUSERS),
        _ => None,
    }
}

fn names(field: &str) -> Vec<String> {
    let all = relation::parse(field).unwrap_or_default();
    all.into_iter().flatten().map(|relation| relation.name.to_owned()).collect()
}

/// Whether the base's configuration of numbers and modes is the package's default.
fn is_unchanged(base: Option<&InstalledDebs<'_>>, tool: &str) -> bool {
    let content = |path| base.and_then(|base| base.rootfs.content(path)).unwrap_or_default();
    let text = |path| String::from_utf8_lossy(content(path)).replace('"', "");
    if tool != "adduser" {
        let sets = |line: &str| {
            ["SYS_", "USERGROUPS_ENAB no", "CREATE_HOME yes"].iter().any(|set| line.starts_with(set))
        };
        return !text(LOGIN).lines().any(|line| sets(&line.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    let names = |line: &str| USUAL.iter().any(|usual| line.split('=').next() == usual.split('=').next());
    !text(ADDUSER).lines().map(str::trim).any(|line| names(line) && !USUAL.contains(&line))
}

#[cfg(test)]
mod tests;
