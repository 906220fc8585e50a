//! The base.

use fourply_base::node::newest_names;
use fourply_base::{AccountConflict, BaseError, NodeError, Notice, Refusal};

use fourply_oci::Remedy;
use fourply_oci::registry::RegistryError;
use fourply_rootfs::packages::UnrunScripts;

use super::advice::Advice;
use crate::config::DEFAULT_BASE;

pub(super) fn advice(error: &BaseError) -> Advice<'_> {
    match error {
        BaseError::Setting { what: "user", .. } => {
            "write it as user = \"nodejs:1001\", under [image] or [services.X]".into()
        }
        BaseError::Setting { what: "owner", .. } => {
            "in [base] folders, write owner = \"nodejs\", \"1001\" or \"user:group\"".into()
        }
        BaseError::NoPlatform { .. } | BaseError::OtherPlatform { .. } => {
            "build for a platform that the base has, or choose another base".into()
        }
        BaseError::NoReference { reference, found, .. } if reference.is_empty() && found.is_empty() => {
            "write an archive of the one image, by its name: docker save NAME:TAG -o FILE".into()
        }
        BaseError::NoReference { reference, .. } if reference.is_empty() => {
            "name one of them after the path: oci:DIR:NAME".into()
        }
        BaseError::Refused { reason, .. } => refused(reason).into(),
        BaseError::Mismatch { .. } => "fetch the file again; if it stays so, its publisher changed it".into(),
        BaseError::Account { reason, .. } => account(reason).into(),
        BaseError::Scripts { packages, accepted } => accept(accepted, packages).into(),
        BaseError::Source { image, cause, .. } => match cause.downcast_ref::<RegistryError>() {
            Some(error) if is_default(image) && error.remedy() == Some(Remedy::CheckConnection) => {
                WITHOUT_REGISTRY.into()
            }
            _ => Advice::Ask(cause.as_ref()),
        },
        BaseError::Locked { .. } => "resolve the base again: fourply lock".into(),
        BaseError::Io(error) => Advice::Ask(error),
        BaseError::Store(error) => Advice::Ask(error),
        BaseError::Blob(error) => Advice::Ask(error),
        BaseError::Rootfs(error) => Advice::Ask(error),
        BaseError::Apk(error) => Advice::Ask(error),
        BaseError::Debian(error) => Advice::Ask(error),
        BaseError::Node(error) => Advice::Ask(error),
        BaseError::Setting { .. }
        | BaseError::NoReference { .. }
        | BaseError::Malformed { .. }
        | BaseError::Platform(_)
        | BaseError::Path(_) => Advice::Nothing,
    }
}

/// What a first build meets where the default base's registry is out of reach.
const WITHOUT_REGISTRY: &str = "name an image of a registry that this machine reaches: [base] image = \"…\"; or take a base that needs none, \
     made of Debian's packages and npm's node:\n  [base.debian]\n  suite = \"bookworm\"\n  node = \"22\"";

/// Whether an image is one that nobody chose by its registry.
fn is_default(image: &str) -> bool {
    let repository = |name: &str| name.rsplit_once(':').map_or(name.to_owned(), |(name, _)| name.to_owned());
    repository(image) == repository(DEFAULT_BASE)
}

fn refused(reason: &Refusal) -> &'static str {
    match reason {
        Refusal::DigestInDockerArchive { .. } => {
            "a docker archive has no manifests with digests; name the image by its tag"
        }
        Refusal::SchemaOne => "push it again with a current docker",
        Refusal::Artifact { .. } => "name a container image",
        Refusal::TooManyLayers { .. } => "container engines take 125 layers in all: take a base with fewer",
        Refusal::ForeignLayer { .. } => "use a base whose layers all lie in its registry",
        Refusal::Encrypted => "decrypt it first",
        Refusal::LayerType { .. } => "use a base whose layers are tar",
        Refusal::NoPackageDatabase => "leave packages and toolchain out, or take a base of Alpine or Debian",
        Refusal::OddFolders => "take another base, or leave [build] toolchain out",
        Refusal::NoGlibc => "on Alpine, add the package nodejs, or take an image that has node",
    }
}

fn account(reason: &AccountConflict) -> String {
    match reason {
        AccountConflict::UnknownUser { name, known } => {
            format!("write user = \"{name}:1001\" to add it, or choose one of: {}", known.join(", "))
        }
        AccountConflict::UserNumberTaken { by, .. } => {
            format!("use the base's user (user = {by:?}), or another number")
        }
        AccountConflict::OtherUserNumber { name, found, .. } => {
            format!("write {name}:{found}, or choose another name")
        }
        AccountConflict::OtherPrimaryGroup { name, uid, .. } => {
            format!("write {name}:{uid}, which keeps the base's group")
        }
        AccountConflict::OtherGroupNumber { user: Some(user), group, found, .. } => {
            format!("write {user}:{group}:{found}, or choose others")
        }
        AccountConflict::GroupNumberTaken { user: Some(user), gid, by } => {
            format!("write {user}:{by}:{gid}, or choose others")
        }
        AccountConflict::OtherGroupNumber { user: None, .. }
        | AccountConflict::GroupNumberTaken { user: None, .. } => "choose another number".to_owned(),
        AccountConflict::NoFolder => "choose another home, or fix the base".to_owned(),
    }
}

/// What a warning adds to a notice.
pub(super) fn notice(notice: &Notice) -> String {
    let text = match notice {
        Notice::OnBuild { .. } => {
            "what they do is for [base], scripts and files of fourply.toml to say; fourply compare shows what an image lacks"
        }
        Notice::NoInit { .. } => {
            "name where packages come from, [base] repositories, or go without: [image] entrypoint = []"
        }
        Notice::NoShell { .. } => "add \"dash\" to its packages: [base] packages = [\"dash\", …]",
        Notice::Scripts { packages } => return accept(&[], packages),
        Notice::MachineSources { .. } => "name one: [base] repositories",
    };
    text.to_owned()
}

/// The whole line that takes packages without their scripts.
fn accept(accepted: &[String], packages: &[UnrunScripts]) -> String {
    let all: Vec<&String> = accepted.iter().chain(packages.iter().map(|unrun| &unrun.package)).collect();
    format!(
        "if the service works without what they do, write [base] accept_scripts = {all:?}; `fourply smoke` tells whether it starts"
    )
}

/// npm's node.
pub(super) fn node(error: &NodeError) -> Advice<'_> {
    match error {
        NodeError::Platform { .. } => {
            "build for linux/amd64 or linux/arm64, or use an image that has node".into()
        }
        NodeError::Version { .. } => format!(
            "write it as \"22\", \"^22.4\", \"22.12.0\", \"lts\", \"latest\", or as the name of a release: {}",
            newest_names()
        )
        .into(),
        NodeError::Unfit { .. } | NodeError::OtherVersion { .. } => "resolve the base again: fourply lock".into(),
        NodeError::NoVersion { latest, .. } => {
            let near = latest.split(", ").next().unwrap_or("lts");
            format!(
                "write node = {near:?} in [base] of fourply.toml, or in the table of [base] that has node; without that key the version is that of NODE_VERSION, .nvmrc or engines"
            )
            .into()
        }
        NodeError::Library { .. } => {
            "add the package that has it, on Debian and Ubuntu [base] packages = [\"libatomic1\"]; or resolve a lock of earlier again: fourply lock".into()
        }
        NodeError::Incomplete { .. } | NodeError::Tarball { .. } => "choose another version".into(),
        NodeError::Store(error) => Advice::Ask(error),
        NodeError::Blob(error) => Advice::Ask(error),
    }
}
