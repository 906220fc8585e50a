//! Which scripts `pnpm run NAME` runs. In: the scripts of a package.json, a name. Out: names, in their order.

use std::collections::BTreeMap;

/// The scripts that run for `name`. With `pre_post` (`enablePrePostScripts`), also its `pre` and `post` scripts, except
/// one that the script's own text mentions.
///
/// Source: pnpm/pnpm@702ad5f860 exec/plugin-commands-script-runners/src/run.ts, runScript.
pub fn script_events(scripts: &BTreeMap<String, String>, name: &str, pre_post: bool) -> Vec<String> {
    let Some(text) = scripts.get(name) else { return Vec::new() };
    let beside = |event: String| {
        let runs =
            pre_post && !text.contains(&event) && scripts.get(&event).is_some_and(|text| !text.is_empty());
        runs.then_some(event)
    };
    let (before, after) = (beside(format!("pre{name}")), beside(format!("post{name}")));
    before.into_iter().chain([name.to_owned()]).chain(after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pre_and_post_run_where_they_are_switched_on_and_not_called_by_the_script() {
        let scripts = [
            ("prestart", "a"),
            ("start", "b"),
            ("poststart", "c"),
            ("prebuild", "d"),
            ("build", "pnpm prebuild && e"),
        ];
        let scripts: BTreeMap<String, String> =
            scripts.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        let events = |name: &str, pre_post| script_events(&scripts, name, pre_post).join(" ");
        assert_eq!(events("start", true), "prestart start poststart");
        assert_eq!(events("start", false), "start");
        assert_eq!(events("build", true), "build");
        assert_eq!(events("test", true), "");
    }
}
