//! Builds the base from its specification. In: a spec. Out: a base. This is the only entry point; each kind of base is
//! a module, and so is each addition.

use std::collections::BTreeSet;
use std::sync::Arc;

use fourply_blob::{Fragment, write_layer};
use fourply_platform::{Libc, Platform};
use fourply_rootfs::packages::UnrunScripts;
use fourply_rootfs::{Held, Tools};
use fourply_store::{Fetcher, Progress, Store};

use crate::added::{Pins, on_top};
use crate::base::{Base, config};
use crate::error::{BaseError, Result};
use crate::image::{self, Registry, ResolvedImage};
use crate::init;
use crate::layer::BaseLayer;
use crate::node::{self, NodeError};
use crate::notice::Notice;
use crate::packages;
use crate::refusal::Refusal;
use crate::rootfs;
use crate::setup::{self, Setup};
use crate::spec::{AddedToBase, BaseSpec, DebianBase};

/// Builds the base for `platform`. On return, all of its layers are in the store and verified; those of a registry's
/// image that was read before may be missing.
///
/// `registry` opens images of kind [`crate::ImageRef::Registry`]; it is not called for others.
///
/// # Errors
/// All errors from a missing name to a flipped bit; see [`crate::BaseError`].
pub fn compose(
    spec: &BaseSpec,
    platform: &Platform,
    store: &Store,
    fetcher: &Fetcher,
    registry: &Registry<'_>,
    progress: &dyn Progress,
) -> Result<Base> {
    let base = compose_with(
        spec,
        &AddedToBase::default(),
        Held::Nothing,
        platform,
        store,
        fetcher,
        registry,
        progress,
    )?;
    Ok(base.0)
}

/// [`compose`] with additions, using the resolution in `held` as far as it goes. Returns also the new resolution.
///
/// # Errors
/// Those of [`compose`].
#[expect(clippy::too_many_arguments, reason = "what a base is made of, and what it is made with")]
pub fn compose_with(
    spec: &BaseSpec,
    added: &AddedToBase,
    held: Held<'_, Pins>,
    platform: &Platform,
    store: &Store,
    fetcher: &Fetcher,
    registry: &Registry<'_>,
    progress: &dyn Progress,
) -> Result<(Base, Pins)> {
    let tools = Tools { platform, store, fetcher, progress, codec: added.codec };
    let mut pins = Pins::default();
    let mut left_out = Vec::new();
    let mut no_shell = Vec::new();
    let mut no_init = None;
    let (image, shown) = match spec {
        BaseSpec::Image(image) => {
            (image::load(image, platform, store, registry, progress)?, image.to_string())
        }
        BaseSpec::Rootfs(rootfs) => {
            (rootfs::build(rootfs, platform, store, fetcher, progress)?, rootfs.location.to_string())
        }
        BaseSpec::Debian(debian) => {
            let image = debian_image(debian, held, &mut pins, &mut left_out, &mut no_shell, &tools)?;
            (image, "the base of Debian packages".to_owned())
        }
        BaseSpec::Alpine(alpine) => {
            let (built, notice) = init::alpine(alpine, added, held, &tools)?;
            no_init = notice;
            let image = packages::alpine_image(&built, platform)?;
            pins.apk = Some(built.resolution);
            left_out.extend(built.layer.without_scripts);
            (image, "the base of Alpine packages".to_owned())
        }
    };
    let mut base = Base::assemble(store, image, platform, &shown)?;
    base.notices.extend(no_init);
    let scripts;
    (base, scripts) = init::with_packages_and_init(base, added, held, &mut pins, &tools, &shown)?;
    left_out.extend(scripts);
    if let Some(wanted) = &added.node {
        base = with_node(base, wanted, added.sources.refresh, held, &mut pins, &tools, &shown)?;
    }
    if !added.setup.is_empty() {
        base = with_setup(base, &added.setup, &tools, &shown)?;
    }
    let triggers = config::on_build(&base.raw_config);
    base.notices.extend((!triggers.is_empty()).then_some(Notice::OnBuild { triggers }));
    if let Some(locked) = held.whole().and_then(|pins| pins.debian.as_ref()) {
        agree(spec, &base, &locked.suite)?;
    }
    if let Some(node) = &pins.node
        && let Some(library) = node::libraries::lacking(&node.version, &base.rootfs)
    {
        let version = node.version.clone();
        return Err(NodeError::Library { version, library: library.to_owned() }.into());
    }
    no_shell.retain(|_| !base.rootfs.is_executable("/bin/sh"));
    base.notices.extend((!no_shell.is_empty()).then_some(Notice::NoShell { scripts: no_shell }));
    base.notices.extend(scripts_notice(left_out, added.accept_scripts.as_deref())?);
    Ok((base, pins))
}

/// Debian packages, and npm's Node.js if configured.
fn debian_image(
    spec: &DebianBase,
    held: Held<'_, Pins>,
    pins: &mut Pins,
    left_out: &mut Vec<UnrunScripts>,
    no_shell: &mut Vec<String>,
    tools: &Tools<'_>,
) -> Result<ResolvedImage> {
    let held_node = held.any().and_then(|pins| pins.node.as_ref());
    let refresh = spec.packages.options.refresh;
    let resolve = |version: &String| node::resolve(version, refresh, held_node, tools);
    let found = spec.node.as_ref().map(resolve).transpose()?;
    let mut packages = spec.packages.clone();
    let library = found.as_ref().and_then(|found| node::libraries::package(&found.version));
    packages.packages.extend(library.map(str::to_owned));
    let built = fourply_deb::build(&packages, held.part(|pins| pins.debian.as_ref()), tools)?;
    let node = found.as_ref().map(|found| node::layer(tools, found)).transpose()?;
    let image = packages::debian_image(&built.resolution, &built.layer, node.as_ref(), tools.platform)?;
    left_out.extend(built.layer.without_scripts);
    *no_shell = built.no_shell;
    (pins.debian, pins.node) = (Some(built.resolution), found);
    Ok(image)
}

/// Names that Debian moves to another suite every two years.
const MOVING: [&str; 6] = ["stable", "oldstable", "oldoldstable", "testing", "unstable", "sid"];

/// Whether a locked suite is the configured one, and the one that the base reports.
fn agree(spec: &BaseSpec, base: &Base, locked: &str) -> Result<()> {
    let differs = |by, found: &str| BaseError::Locked {
        what: "suite",
        locked: locked.to_owned(),
        by,
        found: found.to_owned(),
    };
    if let BaseSpec::Debian(DebianBase { packages, .. }) = spec
        && let Some(asked) = packages.suite.as_ref().filter(|asked| *asked != locked)
    {
        return Err(differs("asked for is", asked));
    }
    match base.rootfs.os_release.get("VERSION_CODENAME") {
        Some(is) if is != locked && !MOVING.contains(&locked) => Err(differs("the base is", is)),
        _ => Ok(()),
    }
}

/// The notice about packages whose scripts were skipped: none if they are accepted, an error if others are not.
fn scripts_notice(left_out: Vec<UnrunScripts>, accepted: Option<&[String]>) -> Result<Option<Notice>> {
    let known = |unrun: &UnrunScripts| accepted.is_some_and(|accepted| accepted.contains(&unrun.package));
    let packages: BTreeSet<UnrunScripts> = left_out.into_iter().filter(|unrun| !known(unrun)).collect();
    let packages: Vec<UnrunScripts> = packages.into_iter().collect();
    match (packages.is_empty(), accepted) {
        (true, _) => Ok(None),
        (false, None) => Ok(Some(Notice::Scripts { packages })),
        (false, Some(accepted)) => Err(BaseError::Scripts { packages, accepted: accepted.to_vec() }),
    }
}

/// Adds npm's Node.js, which needs glibc.
fn with_node(
    base: Base,
    wanted: &str,
    refresh: bool,
    held: Held<'_, Pins>,
    pins: &mut Pins,
    tools: &Tools<'_>,
    shown: &str,
) -> Result<Base> {
    if base.rootfs.libc != Some(Libc::Glibc) {
        return Err(BaseError::Refused { image: shown.to_owned(), reason: Refusal::NoGlibc });
    }
    let found = node::resolve(wanted, refresh, held.any().and_then(|pins| pins.node.as_ref()), tools)?;
    let made = node::layer(tools, &found)?;
    let layer = BaseLayer::of_gzip(&made.layer)?;
    let env = vec![format!("NODE_VERSION={}", made.version)];
    let history = serde_json::json!({ "created_by": format!("node {}", made.version) });
    pins.node = Some(found);
    on_top(base, layer, history, env, tools, shown)
}

/// Adds groups, users, folders, certificates, and Node.js's variable for the certificates' path.
fn with_setup(base: Base, setup: &Setup, tools: &Tools<'_>, shown: &str) -> Result<Base> {
    let fragment = setup.entries(&base.rootfs)?;
    if fragment.entries.is_empty() {
        return Ok(base);
    }
    let fragments: [Arc<dyn Fragment>; 1] = [Arc::new(fragment)];
    let mut blob = tools.store.layer_writer()?;
    let layer = write_layer(&fragments, tools.codec, &tools.store.fragments(), &mut blob)?;
    blob.commit(&layer)?;
    let env = match setup.certificates.is_empty() {
        true => Vec::new(),
        false => vec![format!("NODE_EXTRA_CA_CERTS=/{}", setup::ADDED)],
    };
    let history = serde_json::json!({ "created_by": setup.history });
    on_top(base, BaseLayer::of_gzip(&layer)?, history, env, tools, shown)
}
