//! An archive's InRelease. In: the clear-signed file, the keys that may sign it, a time. Out: the digests of the
//! indexes, from the signed text only. Nothing is fetched here.

use std::collections::BTreeMap;

use fourply_blob::Digest;

use crate::control::{Paragraph, Paragraphs};
use crate::error::{DebianError, Result};
use crate::keyring::DebKeyring;

/// The content of an InRelease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Release {
    /// Whether indexes can be requested by their digests.
    pub by_hash: bool,
    /// The size in bytes and the SHA-256 of every file, by its path relative to the InRelease.
    pub files: BTreeMap<String, (u64, Digest)>,
    /// The architectures of its packages, without `all`, which is for each of them.
    pub architectures: Vec<String>,
}

/// The time of verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// This time, in seconds since 1970.
    Now(i64),
    /// The release's own date: nothing expires that was valid when it was created.
    OwnDate,
}

/// Verifies and reads the InRelease of `suite`.
///
/// # Errors
/// If no trusted key signed it, it has expired, or it is another suite's: an old or other signed release must not be
/// accepted as this one.
pub(crate) fn read(
    url: &str,
    bytes: &[u8],
    suite: &str,
    keyring: &DebKeyring,
    clock: Clock,
) -> Result<Release> {
    let when = |text: &str| match clock {
        Clock::Now(now) => Ok(now),
        Clock::OwnDate => date(url, &paragraph(url, text)?, "Date"),
    };
    let text = keyring.verify(bytes, when)?.map_err(|reason| DebianError::Signature {
        url: url.into(),
        reason,
        keyring: keyring.name.clone(),
    })?;
    let release = paragraph(url, &text)?;
    let names = ["Suite", "Codename"].map(|field| release.get(field));
    let plain = suite.split('/').next().unwrap_or(suite);
    if !names.contains(&Some(suite)) && !names.contains(&Some(plain)) {
        let names = names.into_iter().flatten().collect::<Vec<_>>().join(", ");
        return Err(DebianError::document(url, format!("it is the release of {names}, not of {suite}")));
    }
    if let (Clock::Now(now), Some(until)) = (clock, release.get("Valid-Until"))
        && date(url, &release, "Valid-Until")? < now
    {
        return Err(DebianError::Expired { url: url.into(), until: until.into() });
    }
    Ok(Release {
        by_hash: release.get("Acquire-By-Hash") == Some("yes"),
        files: files(url, &release)?,
        architectures: release
            .words("Architectures")
            .filter(|name| *name != "all")
            .map(str::to_owned)
            .collect(),
    })
}

fn paragraph(url: &str, text: &str) -> Result<Paragraph> {
    let paragraph = Paragraphs::new(text.as_bytes()).next();
    paragraph
        .map_err(|error| DebianError::document(url, error))?
        .ok_or_else(|| DebianError::document(url, "it is empty"))
}

/// The list of ` digest size path`.
fn files(url: &str, release: &Paragraph) -> Result<BTreeMap<String, (u64, Digest)>> {
    let list = release.get("SHA256").ok_or_else(|| DebianError::document(url, "it has no SHA256 field"))?;
    let mut files = BTreeMap::new();
    for line in list.lines().filter(|line| !line.trim().is_empty()) {
        let wrong =
            || DebianError::document(url, format!("SHA256: {line:?} is not a digest, a size and a path"));
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [digest, size, path] = words.as_slice() else { return Err(wrong()) };
        let digest = format!("sha256:{digest}").parse().map_err(|_| wrong())?;
        files.insert((*path).to_owned(), (size.parse().map_err(|_| wrong())?, digest));
    }
    Ok(files)
}

fn date(url: &str, release: &Paragraph, field: &str) -> Result<i64> {
    let text = release.get(field).ok_or_else(|| DebianError::document(url, format!("it has no {field}")))?;
    seconds(text).ok_or_else(|| DebianError::document(url, format!("{field}: {text:?} is no date")))
}

/// `Sat, 11 Jul 2026 10:16:37 UTC`, always in UTC (<https://wiki.debian.org/DebianRepository/Format>), in seconds since 1970.
fn seconds(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, time, "UTC" | "GMT" | "Z" | "+0000"] = words.as_slice() else { return None };
    let month = i64::try_from(MONTHS.iter().position(|known| known == month)?).ok()? + 1;
    let (day, year) = (day.parse::<i64>().ok()?, year.parse::<i64>().ok()?);
    let time: Vec<i64> = time.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = time.as_slice() else { return None };
    let fits = (1..=31).contains(&day) && (1970..=9999).contains(&year);
    let fits = fits && (0..24).contains(hours) && (0..60).contains(minutes) && (0..=60).contains(seconds);
    fits.then(|| days(year, month, day) * 86400 + hours * 3600 + minutes * 60 + seconds)
}

/// Days from 1970-01-01, in the Gregorian calendar. Years begin in March here, so that a leap day is the last day of a
/// year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let month = (month + 9) % 12;
    let before = 365 * year + year / 4 - year / 100 + year / 400;
    before + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests;
