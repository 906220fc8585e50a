//! The differences between the results of two runs. In: both runs, and the store with their results. Out: the files
//! that differ, with the causes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use fourply_store::{Pack, PackEntry, PackKind, Store};

use super::cause::{Known, Swap};
use super::{Cause, ComparedRun, Made, MadeIn};
use crate::{Result, ScriptsError};

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub place: MadeIn,
    /// A folder of the workspace, or a package by its key in the lockfile.
    pub who: String,
    /// Its path, relative to the base of [`MadeIn`].
    pub path: String,
    pub causes: Vec<Cause>,
}

/// Two runs.
#[derive(Debug)]
pub struct Comparison<'a> {
    pub store: &'a Store,
    /// The folders of the scripts.
    pub folders: [&'a Path; 2],
    /// The time of the runs, in seconds since 1970.
    pub window: RangeInclusive<i64>,
}

impl Comparison<'_> {
    /// The files that differ, those of services first.
    ///
    /// # Errors
    /// A result is no longer in the store.
    pub fn differences(&self, first: &ComparedRun, second: &ComparedRun) -> Result<Vec<Difference>> {
        let mut found: BTreeMap<(MadeIn, String, String), Vec<Cause>> = BTreeMap::new();
        for (one, other) in pairs(first.noted(), &second.noted()) {
            if one.pack != other.pack {
                self.packs(&one, &other, &mut |path, causes| {
                    found.entry((one.place, one.who.clone(), path)).or_insert(causes);
                })?;
            }
        }
        let all =
            found.into_iter().map(|((place, who, path), causes)| Difference { place, who, path, causes });
        Ok(all.collect())
    }

    fn packs(&self, one: &Made, other: &Made, tell: &mut dyn FnMut(String, Vec<Cause>)) -> Result<()> {
        let packs = [self.store.open_pack(&one.pack)?, self.store.open_pack(&other.pack)?];
        let mut known = Known { swaps: self.swaps(one, other, &packs)?, window: self.window.clone() };
        let names = packs.each_ref().map(|pack| pack.entries().iter().map(|entry| &*entry.path).collect());
        let renamed = renamed(&known, &names);
        let texts =
            renamed.iter().map(|(one, other)| [one, other].map(|path| file_name(path).as_bytes().to_vec()));
        let swaps = texts.filter(|[one, other]| one != other).map(|texts| Swap { texts, cause: Cause::Name });
        known.swaps.extend(swaps);
        let matched: BTreeSet<&str> = renamed.values().copied().collect();
        for entry in packs[0].entries() {
            let path = renamed.get(&*entry.path).copied().unwrap_or(&entry.path);
            let causes = match packs[1].find(path) {
                None => vec![Cause::OnlyOnce],
                Some(found) => differ(&known, [(&packs[0], entry), (&packs[1], found)])?,
            };
            // The placeholder becomes the run's folder again before the image's content is taken.
            let causes = match one.stand_in {
                Some(_) if causes == [Cause::Folder] => Vec::new(),
                _ => causes,
            };
            if !causes.is_empty() || path != entry.path {
                let name = (path != entry.path).then_some(Cause::Renamed);
                let mut causes: Vec<Cause> = name.into_iter().chain(causes).collect();
                causes.dedup();
                tell(entry.path.clone(), causes);
            }
        }
        let only = packs[1].entries().iter().filter(|entry| packs[0].find(&entry.path).is_none());
        only.filter(|entry| !matched.contains(&*entry.path))
            .for_each(|entry| tell(entry.path.clone(), vec![Cause::OnlyOnce]));
        Ok(())
    }

    /// The values known to differ: the folders, and the build ids of Next.js.
    fn swaps(&self, one: &Made, other: &Made, packs: &[Arc<Pack>; 2]) -> Result<Vec<Swap>> {
        let folders = self.folders.map(|folder| folder.as_os_str().as_encoded_bytes().to_vec());
        let mut swaps = vec![Swap { texts: folders, cause: Cause::Folder }];
        if let (Some(one), Some(other)) = (&one.stand_in, &other.stand_in) {
            swaps.push(Swap { texts: [one.clone(), other.clone()], cause: Cause::Folder });
        }
        for entry in packs[0].entries().iter().filter(|entry| file_name(&entry.path) == "BUILD_ID") {
            let Some(found) = packs[1].find(&entry.path) else { continue };
            let texts = [content(&packs[0], entry)?.to_vec(), content(&packs[1], found)?.to_vec()];
            if texts[0] != texts[1] && texts.iter().all(|text| (4..=64).contains(&text.len())) {
                swaps.push(Swap { texts, cause: Cause::BuildId });
            }
        }
        Ok(swaps)
    }
}

/// Results of the same scripts: those with the same inputs; otherwise, because an earlier result already differed, in
/// their order.
fn pairs(first: Vec<Made>, second: &[Made]) -> Vec<(Made, Made)> {
    let mut taken = BTreeSet::new();
    let mut find = |one: &Made, exact: bool| {
        let same = |other: &Made| {
            other.place == one.place && other.who == one.who && (!exact || other.key == one.key)
        };
        let found = second.iter().enumerate().find(|(number, other)| !taken.contains(number) && same(other));
        found.map(|(number, other)| {
            taken.insert(number);
            other.clone()
        })
    };
    let exact: Vec<_> = first.into_iter().map(|one| (find(&one, true), one)).collect();
    let all = exact.into_iter().filter_map(|(other, one)| Some((other.or_else(|| find(&one, false))?, one)));
    all.map(|(other, one)| (one, other)).collect()
}

/// Files of only one run that have a counterpart with a similar name in the other.
fn renamed<'p>(known: &Known, names: &[BTreeSet<&'p str>; 2]) -> BTreeMap<&'p str, &'p str> {
    let only = |run: usize| {
        let mut found: BTreeMap<Vec<u8>, Vec<&'p str>> = BTreeMap::new();
        for path in names[run].difference(&names[1 - run]) {
            found.entry(known.name(run, path)).or_default().push(path);
        }
        found
    };
    let (mine, theirs) = (only(0), only(1));
    let pair =
        |(name, paths): (&Vec<u8>, &Vec<&'p str>)| match (paths.as_slice(), theirs.get(name)?.as_slice()) {
            ([one], [other]) => Some((*one, *other)),
            _ => None,
        };
    mine.iter().filter_map(pair).collect()
}

/// Why two entries differ; `None` if they are equal.
fn differ(known: &Known, entries: [(&Pack, &PackEntry); 2]) -> Result<Vec<Cause>> {
    let [(one, first), (other, second)] = entries;
    let mut causes = match (&first.kind, &second.kind) {
        (PackKind::File { executable: one }, PackKind::File { executable: other }) => {
            if one == other {
                Vec::new()
            } else {
                vec![Cause::Mode]
            }
        }
        (PackKind::Symlink { .. }, PackKind::Symlink { .. }) => Vec::new(),
        _ => return Ok(vec![Cause::Unknown]),
    };
    let (one, other) = (content(one, first)?, content(other, second)?);
    if one != other {
        causes.extend(match file_name(&first.path) {
            "BUILD_ID" => vec![Cause::BuildId],
            name => known.causes(&one, &other).into_iter().map(|cause| of_next(name, cause)).collect(),
        });
    }
    Ok(causes)
}

/// Which keys random values in files of Next.js are.
fn of_next(name: &str, cause: Cause) -> Cause {
    let keys = matches!(
        name,
        "prerender-manifest.json" | "server-reference-manifest.json" | "server-reference-manifest.js"
    );
    if keys && cause == Cause::Id { Cause::NextKeys } else { cause }
}

/// The bytes of a file, or the target of a link.
fn content<'p>(pack: &'p Pack, entry: &'p PackEntry) -> Result<Cow<'p, [u8]>> {
    match &entry.kind {
        PackKind::Symlink { target } => Ok(Cow::Borrowed(target.as_bytes())),
        PackKind::File { .. } => {
            let failed = |source| ScriptsError::at(format!("cannot read {}", entry.path), source);
            pack.bytes(entry).map_err(failed)
        }
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
