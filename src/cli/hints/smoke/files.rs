//! A file that a program did not find. In: its path in the image, the service, its sources. Out: the line that brings it, or why none does.

use std::path::Path;

use fourply_app::IncludedFiles;

/// A service whose image was started.
#[derive(Debug, Clone, Copy)]
pub struct Started<'a> {
    /// Its folder.
    pub service: &'a str,
    /// The folders that are writable by its configuration.
    pub writable: &'a [String],
    /// What its configuration takes from the sources.
    pub files: &'a [IncludedFiles],
    /// The workspace's folder.
    pub root: &'a Path,
}

/// A path that was not found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Missing<'a> {
    /// Absolute, without `.` and `..`.
    pub path: &'a str,
    /// It is known to be read; else it may be one that is to be written.
    pub read: bool,
    pub root_in_image: &'a str,
}

/// What to do about it. `writable` is the line for what is written, `table` that of the service.
pub(super) fn bring(
    started: Option<Started<'_>>,
    table: &str,
    missing: Missing<'_>,
    writable: Option<String>,
) -> String {
    let Missing { path, read, root_in_image } = missing;
    let written = writable.filter(|_| !read).map(|line| format!("; if the program writes it: {line}"));
    let written = written.unwrap_or_default();
    let inside = path.strip_prefix(root_in_image).and_then(|rest| rest.strip_prefix('/'));
    let Some(inside) = inside else {
        return format!(
            "a file outside of {root_in_image} comes from [base] or from a volume, never by files of {table}{written}"
        );
    };
    if inside.contains("node_modules/")
        && [".d.ts", ".d.mts", ".d.cts", ".map"].iter().any(|end| inside.ends_with(end))
    {
        let after = inside.rsplit("node_modules/").next().unwrap_or(inside);
        let parts = if after.starts_with('@') { 2 } else { 1 };
        let name = after.split('/').take(parts).collect::<Vec<_>>().join("/");
        return format!(
            "images leave types and source maps of packages out: keep them, [prune] keep = [\"{name}/**\"]"
        );
    }
    if inside.contains("node_modules/") {
        return "its package has to be among \"dependencies\", and no glob of [prune] drop may take the file"
            .to_owned();
    }
    let Some(started) = started else {
        return format!("let output or files of {table} bring the file{written}");
    };
    match started.root.join(inside).exists() {
        true => format!("take it from the sources: {}{written}", line(started, table, inside)),
        false => {
            format!(
                "it is not in the sources ({inside}): let the build write it into output of {table}, or do without it{written}"
            )
        }
    }
}

/// The whole value of the key with one entry more.
fn line(started: Started<'_>, table: &str, inside: &str) -> String {
    let new = entry(started, inside);
    let others = started.files.iter().filter(|files| files.to.is_some() || files.from != new).map(written);
    let all: Vec<String> = others.chain([format!("{new:?}")]).collect();
    format!("{table} files = [{}]", all.join(", "))
}

fn written(files: &IncludedFiles) -> String {
    match &files.to {
        Some(to) => format!("{{ from = {:?}, to = {to:?} }}", files.from),
        None => format!("{:?}", files.from),
    }
}

/// The folder around a file, as the key takes it; the file itself where that folder holds sources or packages.
fn entry(started: Started<'_>, inside: &str) -> String {
    let (slash, rest) = match inside.strip_prefix(started.service).and_then(|rest| rest.strip_prefix('/')) {
        Some(rest) => ("", rest),
        None if started.service == "." => ("", inside),
        None => ("/", inside),
    };
    let around = rest.split_once('/').map(|(first, _)| first).filter(|first| *first != "src");
    let holds = |first: &&str| slash.is_empty() || !has_packages(&started.root.join(first));
    format!("{slash}{}", around.filter(holds).unwrap_or(rest))
}

fn has_packages(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| path.join("package.json").is_file())
}
