//! What the user sees: errors with their causes, progress on a terminal, and the summary of a build.

use std::error::Error as StdError;
use std::fmt::Write;

mod base;
mod comparison;
mod comparison_notes;
mod console;
mod cut;
mod groups;
mod harmless;
mod inspection;
mod masked;
mod missing_lines;
mod peers;
mod progress;
mod scripts;
mod shown;
mod sizes;
mod smoke;
mod streams;

pub use base::base_report;
pub(crate) use comparison::{Compared, Started, comparison};
use console::without_codes;
pub use console::{Console, Runner};
use cut::{MOST, cut_to};
pub use inspection::{bundle_inspection, inspection};
pub(crate) use masked::masked;
pub(crate) use missing_lines::{Configured, missing_lines, tables_there};
pub use progress::{Terminal, tell_left};
pub use scripts::TerminalReporter;
use shown::without_shown;
pub(crate) use sizes::{size_line, size_table, spare_line};
pub(crate) use smoke::{diagnosis, note};
pub use streams::say_text;
pub(crate) use streams::{print_file, print_text, say};

/// `error:`, one `caused by:` for each cause, and a `hint:` where there is one. Errors quote what came from outside, so nothing that could steer a
/// terminal is left in, and the whole has no more than 4 kB.
pub fn render_error(error: &dyn StdError, hint: Option<String>) -> String {
    let mut seen = error.to_string();
    let mut text = format!("error: {}\n", without_shown(&seen));
    let mut cause = error.source();
    while let Some(next) = cause {
        let message = next.to_string();
        if !seen.contains(&message) {
            let _ = writeln!(text, "caused by: {}", without_shown(message.trim_end()));
            seen = message;
        }
        cause = next.source();
    }
    let hint = hint.map(|hint| format!("hint: {}\n", cut_to(&hint, MOST / 4))).unwrap_or_default();
    let text = cut_to(text.trim_end(), MOST - hint.len() - 1) + "\n" + hint.as_str();
    let text = without_codes(&text, false);
    let harmless = |letter: char| if letter.is_control() && letter != '\n' { ' ' } else { letter };
    text.chars().map(harmless).collect()
}

/// A number of bytes as people write it: `1.2 MB`.
pub fn bytes(count: u64) -> String {
    let (unit, name) = match count {
        0..1_000 => return format!("{count} B"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    format!("{}.{} {name}", count / unit, count % unit * 10 / unit)
}

#[cfg(test)]
mod tests;
