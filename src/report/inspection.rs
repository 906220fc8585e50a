//! What `fourply inspect` prints for people. In: what was found. Out: text. The JSON form is the library's.

use std::fmt::{self, Write as _};

use fourply_oci::bundle::BundleInspection;
use fourply_oci::transfer::inspect::{ImageInspection, Inspection};
use serde_json::Value;

use super::bytes;

/// The text of `fourply inspect`.
pub fn inspection(found: &Inspection) -> String {
    let mut text = String::new();
    // A string takes everything.
    let _ = whole(found, &mut text);
    text
}

/// The text of `fourply inspect BUNDLE`.
pub fn bundle_inspection(found: &BundleInspection) -> String {
    let mut text = String::new();
    // A string takes everything.
    let _ = whole_bundle(found, &mut text);
    text
}

fn whole_bundle(found: &BundleInspection, out: &mut String) -> fmt::Result {
    writeln!(out, "bundle     {}", found.name)?;
    for image in &found.images {
        writeln!(out, "\n{}", plain(&image.name))?;
        writeln!(out, "  digest    {}", image.digest)?;
        let absent = match image.absent_size {
            0 => String::new(),
            size => format!("; {} are left out, which the other side has", bytes(size)),
        };
        writeln!(out, "  size      {}{absent}", bytes(image.size))?;
        if !image.platforms.is_empty() {
            writeln!(out, "  platforms {}", image.platforms.join(", "))?;
        }
        for referrer in &image.referrers {
            writeln!(out, "  referrer  {referrer}")?;
        }
        for tag in &image.companions {
            writeln!(out, "  tag       {tag}")?;
        }
    }
    if found.has_store {
        writeln!(
            out,
            "\na store for builds without a network: fourply store pull oci-archive:{}",
            found.name
        )?;
    }
    for blob in &found.absent {
        writeln!(
            out,
            "\nleft out   {}  {}  is in {}",
            blob.digest,
            bytes(blob.size),
            plain(&blob.repository)
        )?;
    }
    for one in &found.deltas {
        writeln!(
            out,
            "\ndelta      {}  {} in place of {}",
            one.digest,
            bytes(one.delta.size),
            bytes(one.size)
        )?;
        for source in &one.from {
            writeln!(out, "  from      {} of {}", source.digest, plain(&source.image))?;
        }
    }
    if !found.encoders.is_empty() {
        let encoders = found.encoders.iter().map(|encoder| plain(&encoder.to_string())).collect::<Vec<_>>();
        writeln!(out, "\nencoders   {}", encoders.join(", "))?;
    }
    Ok(())
}

fn whole(found: &Inspection, out: &mut String) -> fmt::Result {
    writeln!(out, "name       {}", found.name)?;
    writeln!(out, "digest     {}", found.root.digest)?;
    writeln!(out, "type       {}", found.root.media_type)?;
    writeln!(out, "size       {}", bytes(found.total_size))?;
    found.images.iter().try_for_each(|one| image(one, out))?;
    for referrer in &found.referrers {
        let kind = referrer.artifact_type.as_deref().unwrap_or(&referrer.descriptor.media_type);
        writeln!(out, "\nreferrer   {}  {kind}", referrer.descriptor.digest)?;
    }
    Ok(())
}

fn image(one: &ImageInspection, out: &mut String) -> fmt::Result {
    writeln!(out, "\n{}  {}  {}", one.platform, one.digest, bytes(one.size))?;
    if let Some(created) = &one.created {
        writeln!(out, "  created     {created}")?;
    }
    for key in ["User", "WorkingDir", "Entrypoint", "Cmd", "Env", "ExposedPorts", "Healthcheck", "Labels"] {
        match one.config.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => writeln!(out, "  {key:<11} {}", plain(text))?,
            Some(Value::Array(all)) if key == "Env" => {
                for one in all.iter().filter_map(Value::as_str) {
                    writeln!(out, "  {key:<11} {}", plain(one))?;
                }
            }
            Some(other) => writeln!(out, "  {key:<11} {other}")?,
        }
    }
    for layer in &one.layers {
        let made = [layer.created_by.as_deref(), layer.comment.as_deref()];
        let made: Vec<&str> = made.into_iter().flatten().collect();
        let size = bytes(layer.descriptor.size);
        writeln!(out, "  layer {size:>10}  {}  {}", layer.descriptor.digest, plain(&made.join(": ")))?;
    }
    Ok(())
}

/// On one line, without what could steer a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(160).collect()
}
