//! What to say of files that two runs of the same scripts made differently. In: causes. Out: words, and what to do.

use std::collections::BTreeSet;

use fourply_scripts::twice::Cause;

/// What differs, for one file.
pub fn words(causes: &[Cause]) -> String {
    causes.iter().map(|cause| name(*cause)).collect::<Vec<_>>().join(", ")
}

fn name(cause: Cause) -> &'static str {
    match cause {
        Cause::OnlyOnce => "only one of the runs made it",
        Cause::Mode => "executable in one of the runs",
        Cause::Folder => "the path of the build folder",
        Cause::BuildId => "Next.js' build id",
        Cause::NextKeys => "keys of Next.js (preview mode, server actions)",
        Cause::Renamed => "its own name",
        Cause::Name => "names of files that differ",
        Cause::Order => "the same parts in another order",
        Cause::GzipTime => "the time in a gzip header",
        Cause::ArchiveTime => "times of files in an archive",
        Cause::Date => "a date or time",
        Cause::Epoch => "the time as a number",
        Cause::Id => "a random name or key",
        Cause::Number => "a number, such as a duration, a counter or a process id",
        Cause::Unknown => "the cause is not one of the usual ones",
    }
}

/// What to do about them, one line for each.
pub fn hint(causes: &BTreeSet<Cause>) -> String {
    let mut lines: Vec<&str> = causes.iter().filter_map(|cause| remedy(*cause)).collect();
    lines.dedup();
    if lines.is_empty() {
        lines.push("what a script writes must depend on nothing but its sources and its environment");
    }
    lines.join("\n      ")
}

fn remedy(cause: Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::BuildId => {
            "Next.js makes a new build id each time: set generateBuildId in next.config, such as generateBuildId: () => process.env.BUILD_ID ?? \"build\", and BUILD_ID in [build] env"
        }
        Cause::NextKeys => {
            "--build-arg NEXT_SERVER_ACTIONS_ENCRYPTION_KEY is the key of server actions; Next.js keeps those of the preview mode in .next/cache/.previewinfo, which a prebuild script may write from the hash of a secret: docs/services.md"
        }
        Cause::Order => "sort what is written: folders are read, and parallel work ends, in any order",
        Cause::GzipTime => "leave the time out of gzip files: gzip -n",
        Cause::ArchiveTime => {
            "give files in archives a fixed time: tar --mtime=@$SOURCE_DATE_EPOCH, touch before zip -X"
        }
        Cause::Date | Cause::Epoch => {
            "take the time from the variable SOURCE_DATE_EPOCH, which every script has, not from the clock"
        }
        Cause::Id => {
            "make names from contents, and keys from the configuration: set them in [build] env, or where the service runs"
        }
        Cause::Number => "leave durations, counters and process ids out of what the image holds",
        Cause::OnlyOnce | Cause::Mode | Cause::Folder | Cause::Renamed | Cause::Name | Cause::Unknown => {
            return None;
        }
    })
}
