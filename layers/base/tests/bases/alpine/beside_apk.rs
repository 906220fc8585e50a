//! Packages on Alpine bases, compared file by file with the result of real apk on the same base. `tests/apk/run`
//! compares a whole repository.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use fourply_apk::ApkSources;
use fourply_base::{AddedToBase, BaseError, BaseSpec, Location, Notice, RootfsSpec, compose_with};
use fourply_rootfs::Held;
use fourply_store::{FetchSettings, Fetcher, NoProgress};
use sha2::{Digest as _, Sha256};

use super::support::{self, Place, run};

/// A base, and the source of its packages.
pub struct Beside {
    pub place: Place,
    rootfs: PathBuf,
    repositories: Vec<PathBuf>,
    keys: PathBuf,
}

/// The result for one list of packages.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Same,
    /// Both refuse, apk with this message.
    BothRefuse(String),
    OnlyApk(String),
    OnlyFourply(String),
    /// The base has them: no layer is built, and apk only records the request.
    BaseHasThem,
    /// The differing paths, and the packages whose scripts were skipped.
    Differs(Vec<String>, Vec<String>),
}

impl Beside {
    pub fn new(rootfs: &Path, repositories: &[PathBuf], keys: &Path) -> Self {
        let (rootfs, keys) = (rootfs.to_owned(), keys.to_owned());
        Self { place: Place::new(), rootfs, repositories: repositories.to_vec(), keys }
    }

    /// A root file system with the packages, installed by real apk: the base's own apk, in a chroot.
    fn by_apk(&self, root: &Path, packages: &[&str]) -> Result<(), String> {
        self.extract(&self.rootfs, root);
        let tools = self.place.path("tools");
        if !tools.exists() {
            self.extract(&self.rootfs, &tools);
            std::fs::create_dir_all(tools.join("target")).unwrap();
            for (number, repository) in self.repositories.iter().enumerate() {
                copy(repository, &tools.join(format!("repository-{number}")));
            }
        }
        copy(&self.keys, &root.join("keys-of-test"));
        let target = tools.join("target");
        std::fs::remove_dir(&target).unwrap();
        std::fs::rename(root, &target).unwrap();
        let mut args = vec![tools.to_str().unwrap().to_owned()];
        let fixed = ["/sbin/apk", "--root", "/target", "add", "--no-network", "--no-cache", "--no-progress"];
        args.extend(fixed.map(str::to_owned));
        args.extend(["--repositories-file", "/none", "--keys-dir", "keys-of-test"].map(str::to_owned));
        for number in 0..self.repositories.len() {
            args.extend(["-X".to_owned(), format!("/repository-{number}")]);
        }
        args.extend(packages.iter().map(|name| (*name).to_owned()));
        let output = Command::new("chroot").args(&args).output().unwrap();
        std::fs::rename(&target, root).unwrap();
        std::fs::create_dir(&target).unwrap();
        std::fs::remove_dir_all(root.join("keys-of-test")).unwrap();
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        if output.status.success() { Ok(()) } else { Err(said) }
    }

    /// Unpacks fourply's result. Returns the packages whose scripts were skipped, and the number of layers.
    fn by_fourply(&self, root: &Path, packages: &[&str]) -> Result<(Vec<String>, usize), BaseError> {
        let sha256 = format!("sha256:{}", hex::encode(Sha256::digest(std::fs::read(&self.rootfs).unwrap())));
        let spec = BaseSpec::Rootfs(RootfsSpec {
            location: Location::File(self.rootfs.clone()),
            sha256: sha256.parse().unwrap(),
        });
        let repositories = self.repositories.iter().map(|path| path.to_str().unwrap().to_owned()).collect();
        let sources = ApkSources { repositories, keys: vec![self.keys.clone()], ..ApkSources::default() };
        let packages = packages.iter().map(|name| (*name).to_owned()).collect();
        let added = AddedToBase { packages, sources, ..AddedToBase::default() };
        let fetcher = Fetcher::new(
            self.place.store.clone(),
            FetchSettings { offline: true, ..FetchSettings::default() },
        );
        let none = |name: &str| panic!("asked for {name}");
        let platform = "linux/amd64".parse().unwrap();
        let (base, _) = compose_with(
            &spec,
            &added,
            Held::Nothing,
            &platform,
            &self.place.store,
            &fetcher,
            &none,
            &NoProgress,
        )?;
        for layer in &base.layers {
            self.extract(&self.place.store.blob_path(&layer.digest).unwrap(), root);
        }
        let scripts = base.notices.into_iter().flat_map(|notice| match notice {
            Notice::Scripts { packages } => packages.into_iter().map(|unrun| unrun.package).collect(),
            _ => Vec::new(),
        });
        Ok((scripts.collect(), base.layers.len()))
    }

    /// Unpacks a layer, with its whiteouts.
    fn extract(&self, blob: &Path, root: &Path) {
        std::fs::create_dir_all(root).unwrap();
        let (blob, root_text) = (blob.to_str().unwrap(), root.to_str().unwrap());
        for name in run("tar", &["-tzf", blob]).lines() {
            let (folder, name) = name.rsplit_once('/').unwrap_or(("", name));
            if let Some(hidden) = name.strip_prefix(".wh.") {
                run("rm", &["-r", root.join(folder).join(hidden).to_str().unwrap()]);
            }
        }
        let args = ["-xpzf", blob, "-C", root_text, "--numeric-owner", "--same-owner", "--exclude=.wh.*"];
        run("tar", &[&args[..], &["--xattrs", "--xattrs-include=*"]].concat());
    }

    /// Compares both.
    pub fn compare(&self, packages: &[&str]) -> Outcome {
        let (apk, fourply) = (self.place.path("apk"), self.place.path("fourply"));
        let (by_apk, by_fourply) = (self.by_apk(&apk, packages), self.by_fourply(&fourply, packages));
        let outcome = match (by_apk, by_fourply) {
            (Err(said), Err(_)) => Outcome::BothRefuse(said),
            (Ok(()), Err(error)) => Outcome::OnlyApk(whole(&error)),
            (Err(said), Ok(_)) => Outcome::OnlyFourply(said),
            (Ok(()), Ok((scripts, layers))) => {
                let found = differences(&apk, &fourply);
                // apk sorts the base's entries when it rewrites its database.
                let noted = |line: &String| {
                    line.starts_with("etc/apk/world:") || line.starts_with("lib/apk/db/scripts.tar:")
                };
                match found.is_empty() {
                    true => Outcome::Same,
                    false if layers == 1 && found.iter().all(noted) => Outcome::BaseHasThem,
                    false => Outcome::Differs(found, scripts),
                }
            }
        };
        for root in [&apk, &fourply] {
            let _ = std::fs::remove_dir_all(root);
        }
        outcome
    }
}

fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn copy(from: &Path, to: &Path) {
    run("cp", &["-rL", from.to_str().unwrap(), to.to_str().unwrap()]);
}

/// Files of real apk that no image needs: its lock, its folder of programs to run, devices; the mode of /proc, which it
/// mounts; adduser's backups of the accounts.
fn is_of_running(path: &str) -> bool {
    let left = ["lib/apk/db/lock", "lib/apk/exec", "proc", "etc/passwd-", "etc/group-", "etc/shadow-"];
    left.contains(&path) || path.starts_with("dev/")
}

fn differences(apk: &Path, fourply: &Path) -> Vec<String> {
    let (expected, found) = (listing(apk), listing(fourply));
    let paths: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let differs = paths.into_iter().filter(|path| expected.get(*path) != found.get(*path));
    let shown = |path: &String| {
        let (expected, found) = (expected.get(path), found.get(path));
        let text = "lib/apk/db/installed etc/passwd etc/shadow etc/group lib/apk/db/triggers etc/apk/world";
        let lines =
            if text.contains(path.as_str()) { changed_lines(apk, fourply, path) } else { String::new() };
        format!("{path}: {found:?}, but apk {expected:?}{lines}")
    };
    differs.map(shown).collect()
}

/// The first lines that differ between two texts.
fn changed_lines(apk: &Path, fourply: &Path, path: &str) -> String {
    let (apk, fourply) = (apk.join(path), fourply.join(path));
    let output = Command::new("diff").args([&apk, &fourply]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().take(12).map(|line| format!("\n    {line}")).collect()
}

/// Type, mode, owner, content or target, and extended attributes of everything below a folder.
fn listing(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut todo = vec![root.to_path_buf()];
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if is_of_running(&name) {
                continue;
            }
            let meta = std::fs::symlink_metadata(&path).unwrap();
            let what = if meta.is_symlink() {
                format!("link {}", std::fs::read_link(&path).unwrap().display())
            } else if meta.is_dir() {
                todo.push(path.clone());
                "folder".to_owned()
            } else {
                format!("file {}", content(&name, &std::fs::read(&path).unwrap()))
            };
            let mode = if meta.is_symlink() { 0o777 } else { meta.permissions().mode() & 0o7777 };
            let row = format!("{what} {mode:o} {}:{}{}", meta.uid(), meta.gid(), attributes(&path));
            found.insert(name, row);
        }
    }
    found
}

/// The checksum of a content. Of the scripts, whose headers apk numbers differently, only names and contents; of shadow
/// without the days on which apk ran.
fn content(name: &str, bytes: &[u8]) -> String {
    match name {
        "lib/apk/db/scripts.tar" => {
            let mut archive = tar::Archive::new(bytes);
            let mut scripts = Vec::new();
            for entry in archive.entries().unwrap() {
                let mut entry = entry.unwrap();
                let mut script = Vec::new();
                std::io::Read::read_to_end(&mut entry, &mut script).unwrap();
                let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
                scripts.push(format!("{name} {}", hex::encode(Sha256::digest(script))));
            }
            format!("{} scripts {}", scripts.len(), hex::encode(Sha256::digest(scripts.join("\n"))))
        }
        // apk merges the replaces of a package without files into the following paragraph.
        "lib/apk/db/installed" => {
            let text = String::from_utf8_lossy(bytes);
            let (mut replaces, others): (Vec<&str>, Vec<&str>) =
                text.lines().partition(|line| line.starts_with("r:"));
            replaces.sort_unstable();
            hex::encode(Sha256::digest([others, replaces].concat().join("\n")))
        }
        "etc/shadow" => String::from_utf8_lossy(bytes)
            .lines()
            .map(|line| {
                let mut fields: Vec<&str> = line.split(':').collect();
                if let Some(day) = fields.get_mut(2) {
                    *day = "";
                }
                fields.join(":") + "|"
            })
            .collect(),
        _ => hex::encode(Sha256::digest(bytes)),
    }
}

fn attributes(path: &Path) -> String {
    let mut names = vec![0; 4096];
    let Ok(length) = rustix::fs::llistxattr(path, &mut names) else { return String::new() };
    let names = names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let shown = |name: &[u8]| {
        let name = String::from_utf8(name.to_vec()).unwrap();
        let mut value = vec![0; 4096];
        let length = rustix::fs::lgetxattr(path, &name, &mut value).unwrap();
        format!(" {name}={}", hex::encode(&value[..length]))
    };
    names.map(shown).collect()
}

/// Packages of a repository, each list separately on the base.
fn lists() -> (Beside, String) {
    let Some(folder) = std::env::var_os("FOURPLY_BESIDE_APK").map(PathBuf::from) else {
        let alpine = super::alpine();
        let repository = alpine.join("alpine-3.19-x86_64/iso-repo");
        let beside = Beside::new(&support::minirootfs("x86_64"), &[repository], &alpine.join("keys"));
        return (beside, "busybox-suid\nifupdown-ng-ppp\nlibnl3\nnettle\np11-kit\nyaml\n".to_owned());
    };
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let repositories: Vec<PathBuf> = text("repositories").lines().map(PathBuf::from).collect();
    (Beside::new(&folder.join("rootfs.tar.gz"), &repositories, &folder.join("keys")), text("packages"))
}

/// Some packages of the fixtures; with `tests/apk/run` every package of a repository: FOURPLY_BESIDE_APK names a folder
/// with `rootfs.tar.gz`, `keys`, `packages` (one list per line) and `repositories` (one path per line). Prints a line
/// for each list.
#[test]
#[ignore = "needs the fixtures, and root for chroot"]
fn fixture_each_package_alone_is_what_real_apk_makes_as_root() {
    let (beside, lists) = lists();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lists.lines() {
        let outcome = beside.compare(&line.split(' ').collect::<Vec<_>>());
        let kind = match &outcome {
            Outcome::Same => "same",
            Outcome::BaseHasThem => "the base has them",
            Outcome::BothRefuse(_) => "both refuse",
            Outcome::OnlyApk(_) => "only apk",
            Outcome::OnlyFourply(_) => "only fourply",
            Outcome::Differs(_, scripts) if scripts.is_empty() => "differs",
            Outcome::Differs(..) => "differs by scripts that were named",
        };
        *counts.entry(kind).or_default() += 1;
        println!("{line}: {kind}");
        match outcome {
            Outcome::Same | Outcome::BaseHasThem => {}
            Outcome::BothRefuse(said) | Outcome::OnlyApk(said) | Outcome::OnlyFourply(said) => {
                println!("  {said}")
            }
            Outcome::Differs(paths, scripts) => {
                println!("  scripts of {scripts:?}\n  {}", paths.join("\n  "));
            }
        }
    }
    println!("{counts:?}");
    let wrong = ["only apk", "only fourply", "differs"];
    assert!(wrong.iter().all(|kind| !counts.contains_key(kind)), "{counts:?}");
    assert!(counts.contains_key("same"), "nothing was composed: do the keys fit the repository? {counts:?}");
}

/// Files outside packages, protected configuration, links to busybox, accounts with homes, older packages instead of
/// newer ones.
#[test]
#[ignore = "needs the fixtures, and root for chroot"]
fn fixture_packages_on_a_base_are_what_real_apk_makes_as_root() {
    let alpine = super::alpine();
    let repository = alpine.join("alpine-3.19-x86_64/iso-repo");
    let beside = Beside::new(&support::minirootfs("x86_64"), &[repository], &alpine.join("keys"));
    for packages in [
        &["alpine-release", "wget", "openntpd"][..],
        &["chrony", "busybox-suid"],
        &["musl-utils=1.2.4_git20230717-r4", "scanelf=1.3.7-r2"],
        &["openrc"],
    ] {
        match beside.compare(packages) {
            Outcome::Same => {}
            Outcome::Differs(paths, scripts) if scripts == ["openrc"] => {
                panic!("{packages:?}:\n{}", paths.join("\n"))
            }
            other => panic!("{packages:?}: {other:?}"),
        }
    }
}
