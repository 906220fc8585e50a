//! Extension headers before a header: GNU's long names and PAX records.

use std::collections::BTreeMap;

use tar::EntryType;

/// The values from the extension headers of one entry.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    pub path: Option<String>,
    pub target: Option<String>,
    pub size: Option<u64>,
    pub uid: Option<u64>,
    pub gid: Option<u64>,
    pub mtime: Option<i64>,
    pub xattrs: BTreeMap<String, Vec<u8>>,
    pub user: Option<String>,
    pub group: Option<String>,
    /// apk's `APK-TOOLS.checksum.SHA1`.
    pub sha1: Option<String>,
}

impl Extensions {
    /// Adds one header; a PAX record overrides a GNU header.
    pub(super) fn add(&mut self, kind: EntryType, bytes: &[u8]) -> Result<(), String> {
        let until_nul = || {
            String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
        };
        match kind {
            EntryType::GNULongName => self.path = Some(until_nul()),
            EntryType::GNULongLink => self.target = Some(until_nul()),
            _ => return self.pax(bytes),
        }
        Ok(())
    }

    fn pax(&mut self, mut rest: &[u8]) -> Result<(), String> {
        while !rest.is_empty() {
            let (record, after) = split_record(rest).ok_or("a malformed PAX header")?;
            self.record(record.0, record.1)?;
            rest = after;
        }
        Ok(())
    }

    fn record(&mut self, key: &str, value: &[u8]) -> Result<(), String> {
        let text = || std::str::from_utf8(value).map_err(|_| format!("the PAX record {key:?} is not UTF-8"));
        let number =
            || text()?.parse().map(Some).map_err(|_| format!("the PAX record {key:?} is not a number"));
        let name = || String::from_utf8_lossy(value).into_owned();
        match key {
            "path" | "GNU.sparse.name" => self.path = Some(name()),
            "linkpath" => self.target = Some(name()),
            "size" => self.size = number()?,
            "uname" => self.user = Some(name()),
            "gname" => self.group = Some(name()),
            "APK-TOOLS.checksum.SHA1" => self.sha1 = Some(name()),
            "uid" => self.uid = number()?,
            "gid" => self.gid = number()?,
            "mtime" => {
                self.mtime = Some(whole_seconds(text()?).ok_or("the PAX record \"mtime\" is not a time")?)
            }
            _ => {
                if let Some(attribute) = key.strip_prefix("SCHILY.xattr.") {
                    self.xattrs.insert(attribute.to_owned(), value.to_vec());
                }
            }
        }
        Ok(())
    }
}

/// Seconds with a fraction, rounded down to whole ones (towards the past, as `floor`).
fn whole_seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds: i64 = whole.parse().ok()?;
    let below = whole.starts_with('-') && fraction.bytes().any(|byte| byte != b'0');
    seconds.checked_sub(i64::from(below))
}

type PaxRecord<'b> = (&'b str, &'b [u8]);

/// Splits off `27 path=…\n`; the number is the length of the whole record.
fn split_record(bytes: &[u8]) -> Option<(PaxRecord<'_>, &[u8])> {
    let blank = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(bytes.get(..blank)?).ok()?.parse().ok()?;
    let record = bytes.get(blank + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    let key = std::str::from_utf8(record.get(..equals)?).ok()?;
    Some(((key, record.get(equals + 1..)?), bytes.get(length..)?))
}
