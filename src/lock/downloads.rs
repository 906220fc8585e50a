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
        let download = Download { status, sha256, size, location, media_type, encoding };
        let known = all.entry(of.clone()).or_default().insert(url.to_string(), download);
        if known.is_some() {
            return Err(format!("the download of {url} for {of} is there twice"));
        }
    }
    Ok(all)
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
