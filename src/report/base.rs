//! What `fourply inspect --base` prints for people. In: a report. Out: text.

use std::fmt::{self, Write as _};

use super::bytes;
use super::inspection::plain;
use crate::base_report::{BaseReport, StatedPart};

/// The text of `fourply inspect --base`.
pub fn base_report(found: &BaseReport) -> String {
    let mut text = String::new();
    // A string takes everything.
    let _ = whole(found, &mut text);
    text
}

fn whole(found: &BaseReport, out: &mut String) -> fmt::Result {
    let BaseReport { base, digest, platform, system, libc, node, size, unpacked, layers, users, packages } =
        found;
    writeln!(out, "base       {}", plain(base))?;
    if let Some(digest) = digest {
        writeln!(out, "digest     {digest}")?;
    }
    writeln!(out, "platform   {platform}")?;
    if let Some(system) = system {
        writeln!(out, "system     {}", plain(system))?;
    }
    part("libc", libc.as_ref(), out)?;
    part("node", node.as_ref(), out)?;
    writeln!(out, "size       {}, unpacked {}", bytes(*size), bytes(*unpacked))?;
    writeln!(out, "\nlayers     {}", layers.len())?;
    for layer in layers {
        writeln!(out, "  {:>10}  {}  {}", bytes(layer.size), layer.digest, plain(&layer.created_by))?;
    }
    writeln!(out, "\nusers      {}", users.len())?;
    for user in users {
        let (name, home) = (plain(&user.name), plain(&user.home));
        writeln!(out, "  {name} {}:{} {home}  {}", user.uid, user.gid, plain(&user.from))?;
    }
    let sum = packages.iter().fold(0u64, |sum, one| sum.saturating_add(one.package.size));
    writeln!(out, "\npackages   {}, {}", packages.len(), bytes(sum))?;
    for one in packages {
        let (name, version) = (plain(&one.package.name), plain(&one.package.version));
        writeln!(out, "  {name} {version}  {}  {}", bytes(one.package.size), plain(&one.from))?;
    }
    Ok(())
}

fn part(name: &str, part: Option<&StatedPart>, out: &mut String) -> fmt::Result {
    match part {
        Some(part) => writeln!(out, "{name:<10} {}  {}", plain(&part.is), plain(&part.from)),
        None => writeln!(out, "{name:<10} none"),
    }
}
