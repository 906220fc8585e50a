//! Layers of packages → images, or one more layer of a base. In: results of [`fourply_apk`] or [`fourply_deb`]. Out:
//! OCI layers and their entries in the image's history. Those two crates know no images, and none of their rules is
//! known here.

use fourply_platform::Platform;
use fourply_rootfs::packages::{PackageLayer, UnrunScripts};
use fourply_rootfs::{DEFAULT_PATH, Held, RootfsMetadata, Tools};
use serde_json::{Value, json};

use crate::base::config;
use crate::error::Result;
use crate::image::ResolvedImage;
use crate::layer::BaseLayer;
use crate::node::NodeLayer;
use crate::notice::Notice;
use crate::spec::AddedToBase;

/// A layer of packages on top of a base.
pub(crate) struct AddedLayer {
    pub layer: BaseLayer,
    /// The entry in the image's history.
    pub history: Value,
    /// Packages whose scripts were skipped although they may be needed.
    pub without_scripts: Vec<UnrunScripts>,
}

/// An image of Alpine packages only.
pub(crate) fn alpine_image(built: &fourply_apk::ApkBuild, platform: &Platform) -> Result<ResolvedImage> {
    let layers = vec![BaseLayer::of_gzip(&built.layer.layer)?];
    let mut config = config::fresh(platform, &layers, "");
    if let Some(fields) = config.as_object_mut() {
        let packages = alpine_history("alpine", &built.resolution, &built.layer);
        fields.insert("history".into(), json!([packages]));
    }
    Ok(ResolvedImage { name: None, digest: None, pin: None, layers, config })
}

/// Adds Alpine packages to a base with apk's database. `None` if the base has them all.
pub(crate) fn add_alpine(
    base: &RootfsMetadata,
    added: &AddedToBase,
    held: Held<'_, fourply_apk::ApkResolution>,
    tools: &Tools<'_>,
) -> Result<(Option<AddedLayer>, fourply_apk::ApkResolution)> {
    let fourply_apk::ApkBuild { resolution, layer } =
        fourply_apk::add(base, &added.packages, &added.sources, held, tools)?;
    if resolution.packages.is_empty() {
        return Ok((None, resolution));
    }
    let history = alpine_history("added", &resolution, &layer);
    Ok((Some(AddedLayer::new(layer, history)?), resolution))
}

/// An image of Debian packages, and npm's Node.js if configured. Its history lists the packages and the Node.js
/// version.
pub(crate) fn debian_image(
    resolution: &fourply_deb::DebResolution,
    layer: &PackageLayer,
    node: Option<&NodeLayer>,
    platform: &Platform,
) -> Result<ResolvedImage> {
    let built = [&layer.layer].into_iter().chain(node.map(|node| &node.layer));
    let layers = built.map(BaseLayer::of_gzip).collect::<Result<Vec<_>>>()?;
    let mut config = config::fresh(platform, &layers, "");
    let mut history = vec![debian_history(&format!("debian {}", resolution.suite), resolution, layer)];
    let mut env = vec![format!("PATH={DEFAULT_PATH}")];
    if let Some(node) = node {
        history.push(json!({ "created_by": format!("node {}", node.version) }));
        env.push(format!("NODE_VERSION={}", node.version));
    }
    if let Some(fields) = config.as_object_mut() {
        fields.insert("history".into(), Value::Array(history));
        fields.insert("config".into(), json!({ "Env": env }));
    }
    Ok(ResolvedImage { name: None, digest: None, pin: None, layers, config })
}

/// Adds Debian packages to a base with dpkg's database. `None` if the base has them all. Notices are added to
/// `notices`.
pub(crate) fn add_debian(
    base: &RootfsMetadata,
    added: &AddedToBase,
    held: Held<'_, fourply_deb::DebResolution>,
    notices: &mut Vec<Notice>,
    tools: &Tools<'_>,
) -> Result<(Option<AddedLayer>, fourply_deb::DebResolution)> {
    let fourply_deb::AddedDebs { resolution, layer, by_machine, no_shell } =
        fourply_deb::add(base, &added.packages, &added.debian, held, tools)?;
    notices.extend(by_machine.then(|| Notice::MachineSources { suite: resolution.suite.clone() }));
    notices.extend((!no_shell.is_empty()).then_some(Notice::NoShell { scripts: no_shell }));
    let Some(layer) = layer else { return Ok((None, resolution)) };
    let history = debian_history("added", &resolution, &layer);
    Ok((Some(AddedLayer::new(layer, history)?), resolution))
}

impl AddedLayer {
    fn new(built: PackageLayer, history: Value) -> Result<Self> {
        let PackageLayer { layer, without_scripts } = built;
        Ok(Self { layer: BaseLayer::of_gzip(&layer)?, history, without_scripts })
    }
}

fn alpine_history(what: &str, resolution: &fourply_apk::ApkResolution, built: &PackageLayer) -> Value {
    let listed = resolution.packages.iter().map(|pin| (pin.name.as_str(), pin.version.as_str()));
    history(what, listed, "scripts", &built.without_scripts)
}

fn debian_history(what: &str, resolution: &fourply_deb::DebResolution, built: &PackageLayer) -> Value {
    let listed = resolution.packages.iter().map(|pin| (pin.name.as_str(), pin.version.as_str()));
    history(what, listed, "maintainer scripts", &built.without_scripts)
}

/// The packages in a layer. `what` precedes them; `scripts` is the package manager's name for the skipped scripts.
fn history<'p>(
    what: &str,
    packages: impl Iterator<Item = (&'p str, &'p str)>,
    scripts: &str,
    without_scripts: &[UnrunScripts],
) -> Value {
    let listed: Vec<String> = packages.map(|(name, version)| format!("{name}={version}")).collect();
    let mut entry = json!({ "created_by": format!("{what}: {}", listed.join(" ")) });
    if let (false, Some(fields)) = (without_scripts.is_empty(), entry.as_object_mut()) {
        let names: Vec<&str> = without_scripts.iter().map(|unrun| unrun.package.as_str()).collect();
        let names = names.join(" ");
        fields.insert("comment".into(), json!(format!("{scripts} were not run: {names}")));
    }
    entry
}
