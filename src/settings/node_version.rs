//! `NODE_VERSION` chooses the node of base and build together, as the build argument of that name does in Dockerfiles. In: `[base]`, `--base`, and
//! the argument. Out: both with the version in its place.

use super::Overrides;
use crate::Error;
use crate::config::{BaseSource, Config, DEFAULT_BASE};

/// The name of the variable.
const NAME: &str = "NODE_VERSION";
/// What stands for its value in `[base] image` and `--base`.
const PLACE: &str = "{NODE_VERSION}";

/// The configuration and the command line for the version that was chosen.
///
/// # Errors
/// A place without a version, a version without a place, one that no image or package has.
pub(super) fn chosen(config: &Config, over: &Overrides) -> Result<(Config, Overrides), Error> {
    let (mut config, mut over) = (config.clone(), over.clone());
    let given = over.build_args.get(NAME).cloned();
    let default = config.build.env.get(NAME).cloned();
    if let Some(version) = &given {
        check(version)?;
        // The base's node runs the build, too.
        config.build.node = None;
        config.services.values_mut().for_each(|own| own.build.node = None);
    }
    let image = if over.base.is_some() { &mut over.base } else { &mut config.base.image };
    match (image.as_mut().filter(|image| image.contains(PLACE)), given.as_ref().or(default.as_ref())) {
        (Some(image), Some(version)) => {
            check(version)?;
            *image = image.replace(PLACE, version);
            return Ok((config, over));
        }
        (Some(image), None) => {
            return Err(Error::user(
                format!("the base {image} needs a {NAME}"),
                format!(
                    "give --build-arg {NAME}=22, or a default in fourply.toml: [build] env = {{ {NAME} = \"22\" }}"
                ),
            ));
        }
        (None, _) => {}
    }
    let Some(version) = given else { return Ok((config, over)) };
    if let Some(debian) =
        config.base.debian.as_mut().filter(|debian| debian.node.is_some() && over.base.is_none())
    {
        debian.node = Some(version);
    } else if config.base.node.is_some() {
        config.base.node = Some(version);
    } else if over.base.is_none() && config.base.source() == BaseSource::Default {
        config.base.image = Some(DEFAULT_BASE.replace("22", &version));
    } else {
        return Err(Error::user(
            format!(
                "--build-arg {NAME}={version} chooses no base: neither {PLACE} nor a version of node is in [base]"
            ),
            format!("write the image as \"node:{PLACE}-alpine\", or set [base] node"),
        ));
    }
    Ok((config, over))
}

/// What can be part of a tag and of a version of npm's node.
fn check(version: &str) -> Result<(), Error> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
    match version.len() {
        1..=64 if version.chars().all(fits) && version.starts_with(|c: char| c.is_ascii_alphanumeric()) => {
            Ok(())
        }
        _ => Err(Error::user(
            format!("{NAME} is {version:?}, which is no version of node"),
            format!("give one such as --build-arg {NAME}=22 or 22.12.0"),
        )),
    }
}

#[cfg(test)]
mod tests;
