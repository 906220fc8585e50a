//! Images that are started to see whether they live. In: images that were built, or that are somewhere. Out: verdicts, told to the user; an error for one that is
//! not well.

use std::collections::BTreeMap;
use std::time::Duration;

use fourply_base::Base;
use fourply_rootfs::LayerDigests;
use fourply_smoke::{Note, Outcome, SmokeImage, SmokeOptions, Verdict, smoke};
use fourply_store::Store;

use crate::cli::hints::{self, Started};
use crate::context::Context;
use crate::delivery::{complete, image_tree};
use crate::pipeline::BuiltImage;
use crate::report::{Terminal, diagnosis, note, say};
use crate::settings::{ROOT_IN_IMAGE, Settings};
use crate::{Error, healing, interrupt, sandbox};

/// What is started, how, and what counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct SmokeTest {
    pub environment: BTreeMap<String, String>,
    pub network: bool,
    pub timeout: Option<Duration>,
    /// What cannot be told counts as a fault.
    pub healthy: bool,
    /// What cannot be told of an image that was built is an error, and no warning.
    pub told: bool,
}

/// Starts an image and tells of it. `name` is what messages call it, `service` its service.
///
/// # Errors
/// [`Error::Unwell`], and those of unpacking and starting it.
pub(crate) fn start(
    test: &SmokeTest,
    store: &Store,
    image: &SmokeImage,
    (name, service): (&str, Option<Started<'_>>),
    terminal: &Terminal,
) -> Result<String, Error> {
    let options =
        SmokeOptions { environment: test.environment.clone(), network: test.network, timeout: test.timeout };
    interrupt::begin_scripts();
    let judged = smoke(store, &sandbox::of_images(), image, &options, &interrupt::requested, &mut |_| ());
    interrupt::end_scripts();
    let verdict = judged?;
    tell(name, &verdict, terminal);
    judge(test, name, service, &verdict)
}

/// The end of the output of an image that is not well, and what may surprise.
fn tell(name: &str, verdict: &Verdict, terminal: &Terminal) {
    if verdict.outcome != Outcome::Well && !verdict.output.is_empty() {
        let lines = verdict.output.iter().map(|line| format!("  | {line}"));
        say(format_args!("{name}: the end of its output:\n{}", lines.collect::<Vec<_>>().join("\n")));
    }
    for about in &verdict.notes {
        let text = format!("{name}: {}", note(about));
        match about {
            // A cluster would find it dead, or well whatever it does.
            Note::LoopbackAlone { .. } | Note::NoPath => terminal.warn(&text),
            _ => terminal.note(&text),
        }
    }
}

fn judge(
    test: &SmokeTest,
    name: &str,
    service: Option<Started<'_>>,
    verdict: &Verdict,
) -> Result<String, Error> {
    let why = diagnosis(verdict);
    let message = match verdict.outcome {
        Outcome::Well => return Ok(why),
        Outcome::AtFault => format!("{name} does not live: {why}"),
        Outcome::Inconclusive => format!("it cannot be told whether {name} lives: {why}"),
    };
    let inconclusive = verdict.outcome == Outcome::Inconclusive && !test.healthy;
    Err(Error::Unwell { message, hint: hints::verdict(service, verdict, ROOT_IN_IMAGE), inconclusive })
}

/// Starts the images of a service that were built, one for each platform; those of other platforms are passed over, with a warning. What cannot be told is a
/// warning, too, unless only what is well counts, or only what is told.
///
/// # Errors
/// As [`start`], for images that are at fault.
pub(crate) fn built(
    test: &SmokeTest,
    context: &Context<'_>,
    settings: &Settings,
    built: &[&BuiltImage],
) -> Result<(), Error> {
    // What it reads here is nothing that the build needed.
    let store = healing::open(&settings.store.folder, &settings.store.parents)?;
    let service = settings.workspace.service.as_str();
    let started = of_service(settings);
    for one in built {
        if let Some(tree) = image_tree(&[*one])? {
            complete(context, &tree)?;
        }
        match start(test, &store, &of_build(one)?, (service, Some(started)), context.terminal) {
            Ok(why) => context.terminal.line(&format!("{service}: started: {why}")),
            Err(Error::Unwell { message, inconclusive: true, .. }) if !test.told => {
                context.terminal.warn(&message);
            }
            Err(Error::Unwell { message, hint, inconclusive: true }) => {
                return Err(Error::Unwell { message, hint: hints::not_told(&hint), inconclusive: true });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The service that hints speak of.
pub(crate) fn of_service(settings: &Settings) -> Started<'_> {
    Started {
        service: settings.workspace.service.as_str(),
        writable: &settings.container.writable,
        files: &settings.build.selection.files,
        root: &settings.workspace.root,
    }
}

/// An image that was built.
pub(crate) fn of_build(built: &BuiltImage) -> Result<SmokeImage, Error> {
    let digests = |layer: &fourply_oci::Layer| LayerDigests {
        digest: layer.blob.descriptor.digest,
        diff_id: layer.diff_id,
    };
    let config = serde_json::from_slice(&built.image.config_bytes).map_err(std::io::Error::other)?;
    Ok(SmokeImage { layers: built.image.layers.iter().map(digests).collect(), config })
}

/// An image that was read as a base is.
pub(crate) fn of_base(base: &Base) -> SmokeImage {
    let digests =
        |layer: &fourply_base::BaseLayer| LayerDigests { digest: layer.digest, diff_id: layer.diff_id };
    SmokeImage { layers: base.layers.iter().map(digests).collect(), config: base.raw_config.clone() }
}
