//! Changes → files. It knows only the given files.
//!
//! The rules are those of patch-package, which pnpm uses: a hunk matches if each of its lines equals the file's, except
//! for trailing blanks; if it does not match at its position, up to 20 lines before or after. All positions refer to
//! the unpatched file.

use std::collections::BTreeMap;

use super::file::PatchFile;
use super::parse::{Change, Hunk, PartKind};

/// How many lines a hunk may be from its stated position.
const FUZZ: usize = 20;

/// Applies `changes` in order. A change that does not match is an error, and then `files` is unusable.
pub(super) fn apply(changes: &[Change], files: &mut BTreeMap<String, PatchFile>) -> Result<(), String> {
    changes.iter().try_for_each(|change| apply_one(change, files))
}

fn apply_one(change: &Change, files: &mut BTreeMap<String, PatchFile>) -> Result<(), String> {
    match change {
        Change::Create { path, executable, content } => {
            let file = PatchFile::Regular { executable: *executable, bytes: content.clone().into_bytes() };
            put(files, path, file)
        }
        Change::Delete { path } => take(files, path).map(drop),
        Change::Rename { from, to } => {
            let file = take(files, from)?;
            put(files, to, file)
        }
        Change::Mode { path, executable } => {
            let PatchFile::Regular { executable: mode, .. } = find(files, path)? else {
                return Err(format!("{path} is a symbolic link"));
            };
            *mode = *executable;
            Ok(())
        }
        Change::Edit { path, hunks } => {
            let PatchFile::Regular { bytes, .. } = find(files, path)? else {
                return Err(format!("{path} is a symbolic link"));
            };
            let text = std::str::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8 text"))?;
            let edited = edit(text, hunks).map_err(|reason| format!("{path}: {reason}"))?;
            *bytes = edited.into_bytes();
            Ok(())
        }
    }
}

fn put(files: &mut BTreeMap<String, PatchFile>, path: &str, file: PatchFile) -> Result<(), String> {
    if files.contains_key(path) {
        return Err(format!("{path} already exists"));
    }
    files.insert(path.to_owned(), file);
    Ok(())
}

fn take(files: &mut BTreeMap<String, PatchFile>, path: &str) -> Result<PatchFile, String> {
    files.remove(path).ok_or_else(|| format!("{path} does not exist"))
}

fn find<'a>(files: &'a mut BTreeMap<String, PatchFile>, path: &str) -> Result<&'a mut PatchFile, String> {
    files.get_mut(path).ok_or_else(|| format!("{path} does not exist"))
}

fn edit(text: &str, hunks: &[Hunk]) -> Result<String, String> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let mut places = Vec::with_capacity(hunks.len());
    for hunk in hunks {
        let place =
            place(&lines, hunk).ok_or_else(|| format!("the hunk for line {} does not match", hunk.start))?;
        places.push((place, hunk));
    }
    // Lines added by earlier hunks, minus lines removed.
    let mut shift = 0_isize;
    for (place, hunk) in places {
        shift = edit_one(&mut lines, place, hunk, shift)?;
    }
    Ok(lines.join("\n"))
}

/// The position at which a hunk matches the unpatched file, from 0.
fn place(lines: &[&str], hunk: &Hunk) -> Option<usize> {
    let wanted = hunk.start - 1;
    let offsets = (1..=FUZZ).flat_map(|offset| [wanted.checked_sub(offset), wanted.checked_add(offset)]);
    std::iter::once(Some(wanted)).chain(offsets).flatten().find(|at| fits(lines, hunk, *at))
}

fn fits(lines: &[&str], hunk: &Hunk, at: usize) -> bool {
    let Some(covered) = at.checked_add(hunk.length).and_then(|end| lines.get(at..end)) else { return false };
    let expected =
        hunk.parts.iter().filter(|part| part.kind != PartKind::Insertion).flat_map(|part| &part.lines);
    covered.iter().zip(expected).all(|(line, expected)| line.trim_end() == expected.trim_end())
}

fn edit_one<'a>(
    lines: &mut Vec<&'a str>,
    place: usize,
    hunk: &'a Hunk,
    mut shift: isize,
) -> Result<isize, String> {
    let mut at = place;
    for part in &hunk.parts {
        let overlap = || format!("the hunk for line {} overlaps another", hunk.start);
        let here = at.checked_add_signed(shift).filter(|here| *here <= lines.len()).ok_or_else(overlap)?;
        let count = part.lines.len();
        match part.kind {
            PartKind::Context => at += count,
            PartKind::Deletion => {
                let end = here.checked_add(count).filter(|end| *end <= lines.len()).ok_or_else(overlap)?;
                lines.drain(here..end);
                if part.no_newline {
                    lines.push("");
                }
                at += count;
                shift -= count.cast_signed();
            }
            PartKind::Insertion => {
                lines.splice(here..here, part.lines.iter().map(String::as_str));
                if part.no_newline {
                    lines.pop();
                }
                shift += count.cast_signed();
            }
        }
    }
    Ok(shift)
}
