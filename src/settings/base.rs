//! What `[base]` of `fourply.toml` and `--base` say of the base, with nothing left open.

use std::collections::BTreeSet;
use std::path::Path;

use fourply_apk::AlpineSpec;
use fourply_apk::ApkSources;
use fourply_base::{
    AddedToBase, BaseSpec, DebianBase, FolderSpec, ImageRef, Location, RootfsSpec, Setup, UserSpec,
};
use fourply_blob::{Codec, Digest, Reason};
use fourply_deb::DebianOptions;
use fourply_deb::DebianSpec;
use fourply_store::{InputKind, read_text};

use super::Overrides;
use super::container::DEFAULT_USER;
use crate::Error;
use crate::config::{AlpineConfig, BaseConfig, BaseSource, Config, DEFAULT_BASE, DebianConfig, FolderConfig};

/// What the image stands on.
pub(super) fn spec(
    root: &Path,
    config: &BaseConfig,
    named: Option<&str>,
    refresh: bool,
) -> Result<BaseSpec, Error> {
    if let Some(image) = named {
        return Ok(BaseSpec::Image(ImageRef::parse(image, root)?));
    }
    Ok(match config.source() {
        BaseSource::Default => BaseSpec::Image(ImageRef::parse(DEFAULT_BASE, root)?),
        BaseSource::Image(image) => BaseSpec::Image(ImageRef::parse(image, root)?),
        BaseSource::Rootfs(rootfs) => {
            let location = Location::parse(&rootfs.file, root)?;
            BaseSpec::Rootfs(RootfsSpec { location, sha256: sha256(&rootfs.sha256)? })
        }
        BaseSource::Debian(debian) => BaseSpec::Debian(debian_base(root, config, debian, refresh)?),
        BaseSource::Alpine(alpine) => BaseSpec::Alpine(alpine_spec(root, config, alpine, refresh)?),
    })
}

/// What is put on the base that `[base]` names; a base that the command line names gets it, too. Packages of a base that is
/// composed are composed with it.
pub(super) fn added(root: &Path, all: &Config, over: &Overrides, codec: Codec) -> Result<AddedToBase, Error> {
    let (config, refresh) = (&all.base, over.refresh_base);
    // A base composed of packages has those of `[base] packages` already, and one of Debian's packages the node, too.
    let source = if over.base.is_some() { BaseSource::Default } else { config.source() };
    let (packages, node) = match source {
        BaseSource::Default | BaseSource::Image(_) | BaseSource::Rootfs(_) => {
            (config.packages.clone(), config.node.clone())
        }
        BaseSource::Alpine(_) => (Vec::new(), config.node.clone()),
        BaseSource::Debian(_) => (Vec::new(), None),
    };
    Ok(AddedToBase {
        codec,
        packages,
        node,
        init: all.image.entrypoint.is_none().then(|| INIT.to_owned()),
        sources: ApkSources {
            upgrade: config.upgrade.unwrap_or(true),
            ..sources(root, &config.repositories, &config.keys, refresh)
        },
        debian: debian_options(root, config, &config.repositories, refresh),
        accept_scripts: config.accept_scripts.clone(),
        setup: Setup { image_users: image_users(all), ..setup(root, config)? },
    })
}

/// What starts services unless `entrypoint` says otherwise, by its package and program.
const INIT: &str = "tini";

/// What images' histories call the layer of accounts, folders and certificates. A change of it changes images.
const SETUP: &str = "accounts, folders and certificates of fourply.toml";

/// What the base is to have beside packages.
fn setup(root: &Path, config: &BaseConfig) -> Result<Setup, Error> {
    let folder = |folder: &FolderConfig| {
        let mode = folder.mode.as_deref().unwrap_or("0755");
        let mode = u32::from_str_radix(mode, 8).map_err(|_| {
            Error::user(format!("[base] folders: {mode:?} is no mode"), "write it in octal digits: \"0750\"")
        })?;
        Ok(FolderSpec { path: folder.path.clone(), owner: folder.owner.clone(), mode })
    };
    let certificate = |name: &String| -> Result<(String, String), Error> {
        let text = read_text(&root.join(name), InputKind::Credentials)
            .map_err(|error| Error::user(error, "name files that can be read in [base] certificates"))?;
        Ok((name.clone(), text))
    };
    Ok(Setup {
        groups: config.groups.iter().map(|group| group.parse()).collect::<Result<_, _>>()?,
        users: config.users.iter().map(|user| user.parse()).collect::<Result<_, _>>()?,
        folders: config.folders.iter().map(folder).collect::<Result<_, Error>>()?,
        certificates: config.certificates.iter().map(certificate).collect::<Result<_, _>>()?,
        image_users: Vec::new(),
        history: SETUP.to_owned(),
    })
}

/// The users of all images. What is wrong with one of them is said where its image is made.
fn image_users(config: &Config) -> Vec<UserSpec> {
    let own = config.services.values().filter_map(|service| service.user.as_deref());
    let all: BTreeSet<&str> = own.chain([config.image.user.as_deref().unwrap_or(DEFAULT_USER)]).collect();
    all.into_iter().filter_map(|user| user.parse().ok()).collect()
}

fn debian_options(root: &Path, config: &BaseConfig, repositories: &[String], refresh: bool) -> DebianOptions {
    DebianOptions {
        repositories: repositories.to_vec(),
        keys: config.keys.iter().map(|path| root.join(path)).collect(),
        upgrade: config.upgrade.unwrap_or(true),
        essential: config.essential,
        root: root.to_path_buf(),
        refresh,
        now: Some(crate::environment::now()),
        ..DebianOptions::default()
    }
}

fn sources(root: &Path, repositories: &[String], keys: &[String], refresh: bool) -> ApkSources {
    ApkSources {
        repositories: repositories.to_vec(),
        keys: keys.iter().map(|path| root.join(path)).collect(),
        root: root.to_path_buf(),
        refresh,
        ..ApkSources::default()
    }
}

fn mirror(what: &str, text: Option<&str>) -> Result<Option<url::Url>, Error> {
    text.map(str::parse).transpose().map_err(|error| {
        Error::user(
            Reason::because(format!("[base] {what} mirror is no URL"), error),
            "give an http, https or file URL",
        )
    })
}

fn alpine_spec(
    root: &Path,
    base: &BaseConfig,
    config: &AlpineConfig,
    refresh: bool,
) -> Result<AlpineSpec, Error> {
    let repositories = if config.repositories.is_empty() { &base.repositories } else { &config.repositories };
    let keys = if config.keys.is_empty() { &base.keys } else { &config.keys };
    Ok(AlpineSpec {
        release: config.release.clone(),
        packages: config.packages.iter().chain(&base.packages).cloned().collect(),
        mirror: mirror("alpine", config.mirror.as_deref())?,
        sources: sources(root, repositories, keys, refresh),
    })
}

fn debian_base(
    root: &Path,
    base: &BaseConfig,
    config: &DebianConfig,
    refresh: bool,
) -> Result<DebianBase, Error> {
    let repositories = if config.repositories.is_empty() { &base.repositories } else { &config.repositories };
    if config.mirror.is_some() && !repositories.is_empty() {
        return Err(Error::user(
            "[base] debian has a mirror and repositories",
            "leave one of them out: a mirror stands for its suite's main alone",
        ));
    }
    let packages = DebianSpec {
        suite: config.suite.clone(),
        mirror: mirror("debian", config.mirror.as_deref())?,
        packages: config.packages.iter().flatten().chain(&base.packages).cloned().collect(),
        keyring: config.keyring.as_ref().map(|path| root.join(path)),
        options: debian_options(root, base, repositories, refresh),
    };
    Ok(DebianBase { packages, node: config.node.clone().or_else(|| base.node.clone()) })
}

/// A SHA-256 as people write it: 64 hexadecimal digits, with or without `sha256:` before them.
fn sha256(text: &str) -> Result<Digest, Error> {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    format!("sha256:{}", hex.to_ascii_lowercase()).parse().map_err(|_| {
        Error::user(format!("{text:?} is no SHA-256"), "give 64 hexadecimal digits, as sha256sum prints them")
    })
}
