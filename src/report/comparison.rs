//! What `fourply compare` prints. In: what was found. Out: text, or JSON.

use std::fmt::Write as _;

use fourply_compare::{Amount, Comparison, Summary};
use serde_json::{Value, json};

use super::bytes;
use super::comparison_notes::{kind, note};

/// How an image started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Started {
    /// `well`, `at fault` or `cannot be told`.
    pub outcome: &'static str,
    /// It ran, and listened on no port.
    pub silent: bool,
    pub why: String,
}

/// All that is told.
pub(crate) struct Compared<'a> {
    /// The team's image or Dockerfile, as the user wrote it.
    pub with: &'a str,
    pub service: &'a str,
    pub is_image: bool,
    pub found: &'a Comparison,
    pub theirs: Option<Started>,
    pub ours: Option<Started>,
    /// Lines of the configuration.
    pub lines: String,
    /// Their tables that the configuration has already.
    pub tables: Vec<String>,
}

/// The longest word of a table.
const LONGEST: usize = 60;

impl Compared<'_> {
    /// What is missing, in a few words.
    pub(crate) fn lacks(&self) -> Option<String> {
        let mut lacks = Vec::new();
        let lines = self.lines.lines().filter(|line| !line.is_empty() && !line.starts_with('[')).count();
        match lines {
            0 => {}
            1 => lacks.push("1 line of the configuration".to_owned()),
            count => lacks.push(format!("{count} lines of the configuration")),
        }
        let notes = self.found.notes.iter().filter(|note| note.is_lack()).count();
        match notes {
            0 => {}
            1 => lacks.push("1 thing that no line can give it".to_owned()),
            count => lacks.push(format!("{count} things that no line can give it")),
        }
        let fault = |started: &Option<Started>| started.as_ref().is_some_and(|one| one.outcome == "at fault");
        let well = |started: &Option<Started>| started.as_ref().is_none_or(|one| one.outcome != "at fault");
        if fault(&self.ours) && well(&self.theirs) {
            lacks.push("it does not live".to_owned());
        }
        (!lacks.is_empty()).then(|| lacks.join(", "))
    }

    /// # Errors
    /// None for what is compared here.
    pub(crate) fn json(&self) -> Result<String, std::io::Error> {
        let started = |started: &Option<Started>| match started {
            Some(Started { outcome, why, .. }) => json!({ "outcome": outcome, "why": why }),
            None => Value::Null,
        };
        let not_compared: &[&str] = if self.is_image { &[] } else { &["files", "size", "smoke"] };
        let object = json!({
            "service": self.service,
            "with": self.with,
            "complete": self.lacks().is_none(),
            "theirs": self.found.theirs,
            "ours": self.found.ours,
            "smoke": { "theirs": started(&self.theirs), "ours": started(&self.ours) },
            "files": self.found.files,
            "missing": self.found.missing,
            "lines": self.lines,
            "notes": self.found.notes.iter().map(|one| json!({ "lacks": one.is_lack(), "text": note(one), "data": one })).collect::<Vec<_>>(),
            "not-compared": not_compared,
        });
        serde_json::to_string_pretty(&object).map_err(std::io::Error::other)
    }
}

/// The text. Nothing of a foreign image may steer a terminal.
pub(crate) fn comparison(compared: &Compared<'_>) -> String {
    let mut text = String::new();
    summaries(compared, &mut text);
    files(compared, &mut text);
    if !compared.is_image {
        text.push_str(
            "\nnot compared, as nothing is built of a Dockerfile: files of the image, sizes, how it starts\n",
        );
    }
    let notes = &compared.found.notes;
    if !notes.is_empty() {
        text.push('\n');
    }
    for one in notes {
        let kind = if one.is_lack() { "missing" } else { "note" };
        let _ = writeln!(text, "{kind}: {}", note(one));
    }
    for (path, count) in changed_env(compared) {
        let _ = writeln!(text, "note: {path} is {count}");
    }
    match compared.lines.is_empty() {
        true if compared.lacks().is_none() => text.push_str("\nnothing is missing\n"),
        true => {}
        false => {
            text.push_str(&having(&compared.tables));
            let _ = write!(text, "\nmissing in fourply.toml:\n\n{}", compared.lines);
        }
    }
    let harmless = |letter: char| if letter.is_control() && letter != '\n' { ' ' } else { letter };
    text.chars().map(harmless).collect()
}

/// A table may stand in the file only once.
fn having(tables: &[String]) -> String {
    match tables {
        [] => String::new(),
        tables => format!(
            "\nfourply.toml has {} already: put the lines below the table that you have, each in the place of the same key\n",
            tables.join(" and ")
        ),
    }
}

/// Variables that both have, with other values.
fn changed_env(compared: &Compared<'_>) -> Vec<(String, String)> {
    let env = compared.found.missing.env.iter();
    env.filter_map(|(name, value)| {
        let ours = value.ours.as_ref()?;
        Some((name.clone(), format!("{:?} in the team's image, and {ours:?} in this one", value.theirs)))
    })
    .collect()
}

fn summaries(compared: &Compared<'_>, out: &mut String) {
    let (theirs, ours) = (&compared.found.theirs, &compared.found.ours);
    let _ = writeln!(out, "{:<11} {:<LONGEST$}  this one", "", "the team's");
    let mut row = |name: &str, of: &dyn Fn(&Summary) -> String| {
        let (one, other) = (short(&of(theirs)), short(&of(ours)));
        if !one.is_empty() || !other.is_empty() {
            let _ = writeln!(out, "{name:<11} {one:<LONGEST$}  {other}");
        }
    };
    row("base", &|side| side.base.clone());
    row("node", &|side| side.node.clone().unwrap_or_default());
    row("user", &|side| if side.user.is_empty() { "root".to_owned() } else { side.user.clone() });
    row("folder", &|side| side.folder.clone());
    row("command", &|side| side.command.join(" "));
    row("ports", &|side| side.ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", "));
    row("health", &|side| side.health.iter().skip(1).cloned().collect::<Vec<_>>().join(" "));
    row("files", &|side| side.unpacked.map(bytes).unwrap_or_default());
    row("compressed", &|side| side.compressed.map(bytes).unwrap_or_default());
    for (name, started) in [("the team's", &compared.theirs), ("this one", &compared.ours)] {
        if let Some(Started { outcome, why, .. }) = started {
            let _ = writeln!(out, "started, {name}: {outcome}: {why}");
        }
    }
}

fn short(text: &str) -> String {
    let text = text.replace('\n', " ");
    match text.chars().count() > LONGEST {
        true => text.chars().take(LONGEST - 1).chain(['…']).collect(),
        false => text,
    }
}

fn files(compared: &Compared<'_>, out: &mut String) {
    if compared.found.files.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "\n{:<34} {:>19} {:>19} {:>19} {:>19}",
        "files", "the team's", "this one", "only the team's", "only this one"
    );
    let cell = |amount: Amount| match amount.count {
        0 => "-".to_owned(),
        count => format!("{count} {:>9}", bytes(amount.bytes)),
    };
    for row in &compared.found.files {
        let _ = writeln!(
            out,
            "{:<34} {:>19} {:>19} {:>19} {:>19}",
            kind(row.kind),
            cell(row.theirs),
            cell(row.ours),
            cell(row.only_theirs),
            cell(row.only_ours)
        );
    }
}
