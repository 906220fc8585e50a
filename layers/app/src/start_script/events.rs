//! Scripts as package managers run them: `pre` of the name before the script. In: the scripts of package.json. Out: scripts that do both. What follows
//! a service's end (`post`) runs in no image.

use std::collections::BTreeMap;

use super::command::Command;
use super::shell::{Commands, behind};
use super::steps::{Step, step};

/// Each script with the one before it.
pub(super) fn with_events(scripts: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let joined = |name: &String, text: &String| match scripts.get(&format!("pre{name}")) {
        Some(before) if !before.trim().is_empty() => join(scripts, before, text),
        _ => text.clone(),
    };
    scripts.iter().map(|(name, text)| (name.clone(), joined(name, text))).collect()
}

fn join(scripts: &BTreeMap<String, String>, before: &str, text: &str) -> String {
    let commands = Commands::of(before);
    let steps: Vec<Option<Step>> =
        commands.all.iter().map(|words| step(scripts, &Command::of(scripts, behind(words)))).collect();
    let is_place = |step: &Option<Step>| matches!(step, Some(Step::Folder(_) | Step::Exports(_)));
    if steps.iter().any(is_place) {
        // Neither a folder nor a variable outlives its script.
        return match steps.iter().all(Option::is_some) {
            true => text.to_owned(),
            false => format!("({before}) && {}", grouped(text)),
        };
    }
    format!("{} && {}", before.trim().trim_end_matches(';'), grouped(text))
}

/// A text that runs as a whole or not at all.
fn grouped(text: &str) -> String {
    let is_one = !text.replace("&&", "").contains(['&', ';', '|', '\n']);
    if is_one { text.to_owned() } else { format!("{{ {}; }}", text.trim().trim_end_matches(';')) }
}
