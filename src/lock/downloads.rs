//! `[[download]]` of `fourply.lock`: what scripts downloaded. In: lines of the file. Out: answers by owner and URL; and the other way round.

use fourply_blob::Digest;
use fourply_scripts::DownloadLines;
use fourply_store::Download;
use serde::{Deserialize, Serialize};
use url::Url;

/// One answer of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedDownload {
    /// Whose scripts asked: `puppeteer@22.1.0`, `services/web`.
    of: String,
    url: Url,
    /// 200 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    size: u64,
    sha256: Digest,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encoding: Option<String>,
}

/// The answers of these lines.
///
/// # Errors
/// What is wrong with a line.
pub(super) fn read(lines: &[LockedDownload]) -> Result<DownloadLines, String> {
    let mut all = DownloadLines::new();
    for line in lines.iter().cloned() {
        let LockedDownload { of, url, status, location, size, sha256, media_type, encoding } = line;
        let status = status.unwrap_or(200);
        if !matches!(url.scheme(), "http" | "https") || !(200..600).contains(&status) {
            return Err(format!("the download of {url} is none of HTTP"));
        }
        if (size == 0) != (sha256 == Digest::of(b"")) {
            return Err(format!("the download of {url} has {size} bytes, which have another SHA-256"));
        }
        let download = Download { status, sha256, size, location, media_type, encoding };
        let known = all.entry(of.clone()).or_default().insert(url.to_string(), download);
        if known.is_some() {
            return Err(format!("the download of {url} for {of} is there twice"));
        }
    }
    Ok(all)
}

/// What can be read of a text that is no lock as a whole, after a merge for example: the downloads whose lines are whole, and how many are
/// not. Where two lines have different answers of one URL, neither counts.
pub(super) fn salvaged(text: &str) -> (DownloadLines, usize) {
    #[derive(Deserialize)]
    struct One {
        download: [LockedDownload; 1],
    }
    let plain: Vec<&str> = text.lines().filter(|line| !is_mark(line)).collect();
    let plain = plain.join("\n");
    let (mut all, mut lost, mut disputed) = (DownloadLines::new(), 0, Vec::new());
    for part in plain.split(HEAD).skip(1) {
        let part = part.split("\n[").next().unwrap_or_default();
        let read = toml::from_str::<One>(&format!("{HEAD}{part}")).ok();
        let Some(lines) = read.and_then(|One { download }| read_all(&download)) else {
            lost += 1;
            continue;
        };
        for (of, url, download) in lines {
            let known = all.entry(of.clone()).or_default().insert(url.clone(), download.clone());
            if known.is_some_and(|known| known != download) {
                disputed.push((of, url));
            }
        }
    }
    for (of, url) in disputed {
        lost += all.get_mut(&of).and_then(|of| of.remove(&url)).map_or(0, |_| 1);
    }
    all.retain(|_, of| !of.is_empty());
    (all, lost)
}

/// What begins a download.
const HEAD: &str = "[[download]]";

/// Whether git wrote a line, to show what it could not merge.
fn is_mark(line: &str) -> bool {
    ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark))
}

fn read_all(lines: &[LockedDownload]) -> Option<Vec<(String, String, Download)>> {
    let read = read(lines).ok()?;
    Some(
        read.into_iter()
            .flat_map(|(of, all)| all.into_iter().map(move |(url, it)| (of.clone(), url, it)))
            .collect(),
    )
}

/// The lines of these answers, sorted.
///
/// # Errors
/// A URL that is none.
pub(super) fn lines(all: &DownloadLines) -> Result<Vec<LockedDownload>, url::ParseError> {
    let each =
        all.iter().flat_map(|(of, answers)| answers.iter().map(move |(url, answer)| (of, url, answer)));
    let line = |(of, url, answer): (&String, &String, &Download)| {
        let Download { status, sha256, size, location, media_type, encoding } = answer.clone();
        let status = (status != 200).then_some(status);
        let (of, url) = (of.clone(), url.parse()?);
        Ok(LockedDownload { of, url, status, location, size, sha256, media_type, encoding })
    };
    each.map(line).collect()
}
