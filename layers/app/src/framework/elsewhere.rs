//! Frameworks without a server in their default location. In: the data of a service. Out: the framework, and the key
//! and file that determine this. Used for an error only; a service that starts anyway is not affected.

use super::config::ConfigText;
use super::known::NODE_PRESETS;
use super::seen::Seen;

/// A framework's name, and the setting that determines its output location.
pub(super) fn elsewhere(seen: &Seen<'_>) -> Option<(&'static str, String)> {
    [next, nitro, svelte, astro].iter().find_map(|look| look(seen))
}

fn next(seen: &Seen<'_>) -> Option<(&'static str, String)> {
    let config = ConfigText::read(seen.folder, "next").filter(|_| seen.builds_with(&["next build"]))?;
    let key = match () {
        () if config.says("output", "export") => "`output: \"export\"`, which makes no server,",
        () if config.mentions("distDir") => "`distDir`",
        () => return None,
    };
    Some(("Next.js", format!("{key} in {}", config.name)))
}

fn nitro(seen: &Seen<'_>) -> Option<(&'static str, String)> {
    if seen.builds_with(&["nuxt generate", "nuxi generate"]) {
        return Some((
            "Nuxt",
            "`nuxt generate` in package.json, which makes no server: `nuxt build` does".to_owned(),
        ));
    }
    let nuxt = seen.builds_with(&["nuxt build", "nuxi build"]);
    if !nuxt && !seen.builds_with(&["nitro build", "nitropack build", "vite build", "vinxi build"]) {
        return None;
    }
    let mut configs =
        ["nuxt", "nitro", "vite", "app"].into_iter().filter_map(|name| ConfigText::read(seen.folder, name));
    let (file, preset) = configs
        .find_map(|config| Some((config.value("preset")?, config.name)))
        .map(|(preset, file)| (file, preset))?;
    let other = !NODE_PRESETS.contains(&preset.as_str());
    let name = if nuxt { "Nuxt" } else { "Nitro" };
    other.then(|| {
        (name, format!("`preset: \"{preset}\"` of Nitro in {file}: node_server makes a server for node"))
    })
}

fn svelte(seen: &Seen<'_>) -> Option<(&'static str, String)> {
    let config = ConfigText::read(seen.folder, "svelte").filter(|_| seen.builds_with(&["vite build"]))?;
    let other = config.mentions("adapter") && !config.mentions("@sveltejs/adapter-node");
    other.then(|| {
        ("SvelteKit", format!("`adapter` in {}: @sveltejs/adapter-node makes a server", config.name))
    })
}

fn astro(seen: &Seen<'_>) -> Option<(&'static str, String)> {
    let config = ConfigText::read(seen.folder, "astro").filter(|_| seen.builds_with(&["astro build"]))?;
    let key = if config.mentions("outDir") { "`outDir` and `adapter`" } else { "`adapter`" };
    Some((
        "Astro",
        format!("{key} in {}: @astrojs/node with mode: \"standalone\" makes a server", config.name),
    ))
}
