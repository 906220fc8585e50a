//! What real pnpm of many versions makes of the made-up workspaces, so that a machine finds the versions between which a layout changed.
//!
//! `pnpm_versions OUT VERSION…` installs each workspace with each version and writes OUT/WORKSPACE.trees, which lists what changed from one version to the
//! next; what is there already is kept, so versions can be added. `--texts` writes the scripts of commands as well, `--once` asks each version once, and
//! `--only=WORKSPACE` leaves the others out.
//! tests/pnpm-versions has what `run` there recorded.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use fourply_testing::real_pnpm;
use fourply_testing::recorded::{Recorded, VARIANTS, Variant};

/// How often a version that may hoist one way or the other is asked.
const RUNS: usize = 3;

fn main() {
    let mut words = std::env::args().skip(1);
    let out = words.next().expect("the folder for the results");
    let (options, versions): (Vec<String>, Vec<String>) = words.partition(|word| word.starts_with("--"));
    let given = |name: &str| options.iter().any(|option| option == name);
    let (texts, once) = (given("--texts"), given("--once"));
    let only = options.iter().find_map(|option| option.strip_prefix("--only="));
    let out = Path::new(&out);
    fs::create_dir_all(out).expect("the folder can be made");
    for variant in VARIANTS.iter().filter(|variant| only.is_none_or(|name| name == variant.name)) {
        let file = out.join(format!("{}.trees", variant.name));
        let mut recorded = Recorded::read(&file);
        for version in &versions {
            if recorded.versions().any(|known| known == version) {
                continue;
            }
            let runs = if once || !variant.varies(version) { 1 } else { RUNS };
            match rows(variant, version, runs, texts.then_some(out)) {
                Ok(rows) => recorded.insert(version, rows),
                Err(said) => eprintln!("{} {version}: {said}", variant.name),
            }
            fs::write(&file, recorded.text()).expect("the results can be written");
            println!("{} {version}", variant.name);
        }
    }
    for version in &versions {
        let _ = fs::remove_dir_all(real_pnpm::store(version.as_str()));
    }
}

/// The rows that all runs have in common: pnpm itself is not of one mind about the others.
fn rows(
    variant: &Variant,
    version: &str,
    runs: usize,
    texts: Option<&Path>,
) -> Result<BTreeSet<String>, String> {
    let mut common: Option<BTreeSet<String>> = None;
    for _ in 0..runs {
        let root = fourply_testing::program::target_tmp().join("versions").join(variant.name);
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).map_err(|error| error.to_string())?;
        let rows = variant.install(version, &root)?;
        if let Some(out) = texts {
            copy_texts(&root, &out.join(format!("{}-{version}", variant.name)));
        }
        common = Some(match common {
            Some(before) => before.intersection(&rows).cloned().collect(),
            None => rows,
        });
    }
    Ok(common.unwrap_or_default())
}

/// Copies the scripts of commands.
fn copy_texts(root: &Path, to: &Path) {
    for (path, row) in real_pnpm::rows_at(root, Some("/app")) {
        if path.contains("/.bin/") && row.starts_with('f') {
            let file = to.join(path.replace('/', "!"));
            fs::create_dir_all(to).expect("the folder can be made");
            fs::copy(root.join(&path), file).expect("the script can be copied");
        }
    }
}
