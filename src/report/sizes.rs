//! What weighs in an image, as a short table. In: a built image. Out: text.

use std::fmt::Write;

use fourply_blob::counted;
use fourply_modules::{PackageWeight, Weights};

use super::bytes;
use crate::pipeline::BuiltImage;

/// Packages that a production image may do without are named from this many bytes on.
const WORTH_NAMING: u64 = 1_000_000;
/// How many of them a line names.
const NAMED: usize = 6;
/// The most letters of the way to a package.
const WAY: usize = 72;

/// The table of one image: base, packages, outputs, and what may go; at most twelve lines.
pub(crate) fn size_table(built: &BuiltImage) -> String {
    let sizes = Sizes::of(built);
    let Weights { packages, top, .. } = &built.weights;
    let mut text = String::new();
    // A string takes everything.
    let _ = writeln!(text, "{:12} {:>10} {:>10}", "", "compressed", "unpacked");
    let mut row = |name: &str, (compressed, files): (u64, u64), note: &str| {
        let line = format!("{name:12} {:>10} {:>10}  {note}", bytes(compressed), bytes(files));
        let _ = writeln!(text, "{}", line.trim_end());
    };
    row("base", sizes.base, "");
    match packages {
        0 => row("node_modules", sizes.modules, "no packages"),
        packages => {
            row("node_modules", sizes.modules, &format!("{}, the largest:", counted(*packages, "package")))
        }
    }
    for package in top {
        let _ = writeln!(text, "{:12} {:>10} {:>10}  {}", "", "", bytes(package.size), way(package));
    }
    let mut row = |name: &str, (compressed, files): (u64, u64)| {
        let _ = writeln!(text, "{name:12} {:>10} {:>10}", bytes(compressed), bytes(files));
    };
    row("dist", sizes.dist);
    row("image", sizes.image());
    if let Some(advice) = spare(&built.weights.spare) {
        let _ = writeln!(text, "{advice}");
    }
    text
}

/// The same on one line, for a list of services.
pub(crate) fn size_line(service: &str, built: &BuiltImage) -> String {
    let (compressed, files) = Sizes::of(built).image();
    let largest = built.weights.top.iter().take(3);
    let largest: Vec<String> =
        largest.map(|package| format!("{} {}", package.name, bytes(package.size))).collect();
    let line = format!("{:>10} {:>10}  {service}", bytes(compressed), bytes(files));
    if largest.is_empty() { line } else { format!("{line}: {}", largest.join(", ")) }
}

/// What may go of several images.
pub(crate) fn spare_line(images: &[&BuiltImage]) -> Option<String> {
    spare(images.iter().flat_map(|built| &built.weights.spare))
}

/// Compressed bytes, and bytes of files.
struct Sizes {
    base: (u64, u64),
    modules: (u64, u64),
    dist: (u64, u64),
}

impl Sizes {
    fn of(built: &BuiltImage) -> Sizes {
        let of_stage = |stage: &str| -> u64 {
            built.layers.iter().filter(|layer| layer.stage == stage).map(|layer| layer.blob.size).sum()
        };
        let own: u64 = built.layers.iter().map(|layer| layer.blob.size).sum();
        let (modules, dist) = (of_stage("modules"), of_stage("dist"));
        // The layer with the user counts as the base's.
        let base = built.image.size().saturating_sub(own) + (own - modules - dist);
        Sizes {
            base: (base, built.base_size),
            modules: (modules, built.weights.total),
            dist: (dist, built.outputs_size),
        }
    }

    fn image(&self) -> (u64, u64) {
        let all = [self.base, self.modules, self.dist];
        (all.iter().map(|(compressed, _)| compressed).sum(), all.iter().map(|(_, files)| files).sum())
    }
}

/// `services/auth › typeorm › ts-node`, its middle left out where it is long.
fn way(package: &PackageWeight) -> String {
    let whole = package.way.join(" › ");
    match package.way.as_slice() {
        [first, second, _, .., last] if whole.chars().count() > WAY => {
            format!("{first} › {second} › … › {last}")
        }
        [] => package.name.clone(),
        _ => whole,
    }
}

/// What only optional peers lead to, with the line that leaves it out; nothing where it is little.
fn spare<'w>(spare: impl IntoIterator<Item = &'w PackageWeight>) -> Option<String> {
    let mut named: Vec<&PackageWeight> = Vec::new();
    for package in spare.into_iter().filter(|package| package.size >= WORTH_NAMING) {
        if !named.iter().any(|other| other.name == package.name) {
            named.push(package);
        }
    }
    named.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.name.cmp(&b.name)));
    named.truncate(NAMED);
    let first = named.first()?;
    let names: Vec<&str> = named.iter().map(|package| package.name.as_str()).collect();
    let globs: Vec<String> = names.iter().map(|name| format!("\"{name}/**\"")).collect();
    let size: u64 = named.iter().map(|package| package.size).sum();
    Some(format!(
        "hint: only optional peers bring {} ({}), as {}: if nothing loads them, leave them out: [prune] drop = [{}]",
        names.join(", "),
        bytes(size),
        way(first),
        globs.join(", ")
    ))
}

#[cfg(test)]
mod tests;
