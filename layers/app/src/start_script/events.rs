//! Scripts as package managers run them: the `pre` script first. In: the scripts of package.json, and the runner. Out:
//! texts with both. A `post` script, after a service's end, runs in no image.

use std::collections::BTreeMap;

use fourply_pnpm::script_events;

use super::command::Command;
use super::scripts::Scripts;
use super::shell::{Commands, behind};
use super::steps::{Step, step};

/// The scripts with their `pre` scripts. `pre_post` is pnpm's `enablePrePostScripts`.
pub(super) fn scripts(texts: BTreeMap<String, String>, pre_post: bool) -> Scripts {
    let plain = Scripts { texts, ..Scripts::default() };
    let by_npm = with_events(&plain, &|_, _| true);
    let by_pnpm = with_events(&plain, &|name, event| {
        script_events(&plain.texts, name, pre_post).iter().any(|runs| runs == event)
    });
    Scripts { by_npm, by_pnpm, ..plain }
}

/// The scripts with a preceding script; `runs` decides for a name and the event.
fn with_events(scripts: &Scripts, runs: &dyn Fn(&str, &str) -> bool) -> BTreeMap<String, String> {
    let joined = |(name, text): (&String, &String)| {
        let event = format!("pre{name}");
        let before = scripts.texts.get(&event).filter(|before| !before.trim().is_empty())?;
        runs(name, &event).then(|| (name.clone(), join(scripts, before, text)))
    };
    scripts.texts.iter().filter_map(joined).collect()
}

fn join(scripts: &Scripts, before: &str, text: &str) -> String {
    let commands = Commands::of(before);
    let steps: Vec<Option<Step>> =
        commands.all.iter().map(|words| step(scripts, &Command::of(scripts, behind(words)))).collect();
    let is_place = |step: &Option<Step>| matches!(step, Some(Step::Folder(_) | Step::Exports(_)));
    if steps.iter().any(is_place) {
        // Neither a working directory nor a variable outlives its script.
        return match steps.iter().all(Option::is_some) {
            true => text.to_owned(),
            false => format!("({before}) && {}", grouped(text)),
        };
    }
    format!("{} && {}", before.trim().trim_end_matches(';'), grouped(text))
}

/// Text that runs as a whole or not at all.
fn grouped(text: &str) -> String {
    let is_one = !text.replace("&&", "").contains(['&', ';', '|', '\n']);
    if is_one { text.to_owned() } else { format!("{{ {}; }}", text.trim().trim_end_matches(';')) }
}
