//! The platform of an image, and whether a package supports it. Pure.

use fourply_platform::{Architecture, Libc};

use crate::{PackageInfo, PnpmError, SupportedArchitectures};

/// The platform of a closure, in node's words: `linux`, `x64`, `arm64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// node's `process.platform`.
    pub os: String,
    /// node's `process.arch`.
    pub cpu: String,
    /// The image's C library.
    pub libc: Libc,
    /// The image's version of node; if `None`, `engines.node` is not checked.
    pub node: Option<node_semver::Version>,
}

fourply_blob::key_value!(Target {
    os,
    cpu,
    libc: libc.as_str(),
    node: node.as_ref().map(ToString::to_string)
});

impl Target {
    /// Linux on this architecture.
    ///
    /// # Errors
    /// An architecture that node does not run on, because no package could declare it. A text that is not a version.
    pub fn new(architecture: &Architecture, libc: Libc, node: Option<&str>) -> Result<Target, PnpmError> {
        let unknown = || PnpmError::Architecture { architecture: architecture.to_string() };
        let cpu = architecture.node().ok_or_else(unknown)?.to_owned();
        let parse = |version: &str| {
            let failed =
                |source| PnpmError::NodeVersion { version: version.to_owned(), source: Box::new(source) };
            node_semver::Version::parse(version).map_err(failed)
        };
        Ok(Target { os: "linux".to_owned(), cpu, libc, node: node.map(parse).transpose()? })
    }

    /// Whether the lists `os`, `cpu` and `libc` of a package.json include this platform; an absent list includes
    /// everything.
    pub fn is_among(&self, os: Option<&[String]>, cpu: Option<&[String]>, libc: Option<&[String]>) -> bool {
        let have = [self.os.as_str(), self.cpu.as_str(), self.libc.as_str()];
        let lists = have.into_iter().zip([os, cpu, libc]);
        lists
            .filter_map(|(have, wanted)| Some((have, wanted?)))
            .all(|(have, wanted)| list_matches(&[have.to_owned()], wanted))
    }

    /// The part of the platform that decides which machine code runs: `linux-x64-glibc`.
    pub fn machine(&self) -> String {
        format!("{}-{}-{}", self.os, self.cpu, self.libc.as_str())
    }
}

/// The platforms to install for: the target, and those that `supportedArchitectures` adds.
pub(crate) struct Platforms {
    os: Vec<String>,
    cpu: Vec<String>,
    libc: Vec<String>,
    node: Option<node_semver::Version>,
}

impl Platforms {
    /// `node` is the version to check against, either the target's or the setting's.
    pub(crate) fn new(
        target: &Target,
        supported: &SupportedArchitectures,
        node: Option<node_semver::Version>,
    ) -> Platforms {
        Platforms {
            os: with_current(&supported.os, &target.os),
            cpu: with_current(&supported.cpu, &target.cpu),
            libc: with_current(&supported.libc, target.libc.as_str()),
            node,
        }
    }

    /// Why the package does not support the platform; `None` if it does. A list matches if none of its `!x` matches,
    /// and either another entry matches or all entries are negations. Source: pnpm's `package-is-installable`.
    pub(crate) fn fault(&self, info: &PackageInfo) -> Option<String> {
        let lists =
            [("os", &self.os, &info.os), ("cpu", &self.cpu, &info.cpu), ("libc", &self.libc, &info.libc)];
        for (what, have, wanted) in lists {
            let Some(wanted) = wanted else { continue };
            if !list_matches(have, wanted) {
                return Some(format!("its {what} is {}, the image's {}", wanted.join(", "), have.join(", ")));
            }
        }
        let (node, wanted) = (self.node.as_ref()?, info.engines_node.as_deref()?);
        let range = if wanted.trim().is_empty() { "*" } else { wanted };
        let satisfied = node_semver::Range::parse(range).is_ok_and(|range| range.satisfies(node));
        (!satisfied).then(|| format!("it needs node {wanted}, the image has {node}"))
    }
}

fn with_current(supported: &[String], current: &str) -> Vec<String> {
    if supported.is_empty() {
        return vec![current.to_owned()];
    }
    supported.iter().map(|word| if word == "current" { current.to_owned() } else { word.clone() }).collect()
}

fn list_matches(have: &[String], wanted: &[String]) -> bool {
    if let [any] = wanted
        && any == "any"
    {
        return true;
    }
    let denied = |value: &String| wanted.iter().any(|word| word.strip_prefix('!') == Some(value));
    let named = |value: &String| wanted.contains(value);
    !have.iter().any(denied) && (have.iter().any(named) || wanted.iter().all(|word| word.starts_with('!')))
}

#[cfg(test)]
mod tests;
