//! The known frameworks: how each is recognised and what it builds. Sources: the deployment pages of each framework's
//! documentation.

use super::config::ConfigText;
use super::seen::{Framework, Seen};
use crate::included::IncludedFiles;

/// In the order in which they are tried.
pub(super) const ALL: [fn(&Seen<'_>) -> Option<Framework>; 6] = [next, nuxt, nitro, svelte, astro, router];

/// Nitro's presets that build a Node.js server.
pub(super) const NODE_PRESETS: [&str; 4] = ["node", "node-server", "node_server", "node-cluster"];

/// Most servers listen only on loopback by default.
const HOST: (&str, &str) = ("HOST", "0.0.0.0");

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// nextjs.org/docs/app/api-reference/config/next-config-js/output
fn next(seen: &Seen<'_>) -> Option<Framework> {
    let starts = ["next start", ".next/standalone/server.js", "node server.js"];
    if !seen.depends_on(&["next"]) || !seen.builds_with(&["next build"]) {
        return None;
    }
    let config = ConfigText::read(seen.folder, "next");
    let says = |key: &str, value: &str| config.as_ref().is_some_and(|config| config.says(key, value));
    let moved = config.as_ref().is_some_and(|config| config.mentions("distDir"));
    let exported = says("output", "export");
    let standalone = says("output", "standalone");
    let own_server = !standalone && !seen.starts_with(&starts);
    if moved || exported || own_server {
        return None;
    }
    let file = config.map_or_else(|| "package.json".to_owned(), |config| config.name);
    let public = seen.has("public").then_some("public");
    let decided_by = match standalone {
        true => format!("`output` and `outputFileTracingRoot` in {file}"),
        false => "`output` and `distDir` in next.config".to_owned(),
    };
    if !standalone {
        let mut cmd = words(&["node", "node_modules/next/dist/bin/next", "start"]);
        cmd.extend(without_port(seen.start_options("next start")));
        return Some(Framework {
            name: "Next.js",
            because: "next build in package.json".to_owned(),
            decided_by,
            outputs: [".next", "!.next/cache", "!.next/trace"]
                .into_iter()
                .chain(public)
                .map(str::to_owned)
                .collect(),
            files: configuration(seen, &file),
            cmd,
            env: Vec::new(),
            beside: seen.beside(),
            modules: true,
        });
    }
    let server = match seen.service.is_root() {
        true => ".next/standalone".to_owned(),
        false => format!(".next/standalone/{}", seen.service),
    };
    let beside = |from: &str| IncludedFiles { from: from.to_owned(), to: Some(format!("{server}/{from}")) };
    Some(Framework {
        name: "Next.js, standalone",
        because: format!("output: \"standalone\" in {file}"),
        decided_by,
        outputs: words(&[".next/standalone"]),
        files: [".next/static"].into_iter().chain(public).map(beside).collect(),
        cmd: vec!["node".to_owned(), format!("{server}/server.js")],
        env: vec![("HOSTNAME", "0.0.0.0")],
        beside: seen.beside(),
        modules: false,
    })
}

/// Options without those for the port: the server also reads `PORT`, which can be changed at the start of the image.
fn without_port(options: Vec<String>) -> Vec<String> {
    let mut options = options.into_iter();
    let mut kept = Vec::new();
    while let Some(option) = options.next() {
        match option.as_str() {
            "-p" | "--port" => drop(options.next()),
            option if option.starts_with("-p") || option.starts_with("--port=") => {}
            _ => kept.push(option),
        }
    }
    kept
}

/// A configuration file that the server reads at its start.
fn configuration(seen: &Seen<'_>, name: &str) -> Vec<IncludedFiles> {
    let there = name != "package.json" && seen.has(name);
    there.then(|| IncludedFiles { from: name.to_owned(), to: None }).into_iter().collect()
}

/// nuxt.com/docs/getting-started/deployment
fn nuxt(seen: &Seen<'_>) -> Option<Framework> {
    let builds =
        seen.depends_on(&["nuxt", "nuxt-nightly"]) && seen.builds_with(&["nuxt build", "nuxi build"]);
    let starts =
        ["node .output/server/index.mjs", "nuxt start", "nuxt preview", "nuxi preview", "nuxi start"];
    (builds && seen.starts_with(&starts)).then(|| output(seen, "Nuxt", "nuxt build in package.json"))?
}

/// nitro.build/deploy/runtimes/node, tanstack.com/start/latest/docs/framework/react/guide/hosting
fn nitro(seen: &Seen<'_>) -> Option<Framework> {
    let nitro =
        ["nitro", "nitropack", "nitro-nightly", "nitropack-nightly", "@tanstack/nitro-v2-vite-plugin"];
    let depends = seen.depends_on(&nitro);
    let starts = seen.starts_with(&["node .output/server/index.mjs", "vinxi start"]);
    match () {
        () if !starts => None,
        () if depends && seen.builds_with(&["nitro build", "nitropack build"]) => {
            output(seen, "Nitro", "nitro build in package.json")
        }
        () if seen.depends_on(&["vinxi"]) && seen.builds_with(&["vinxi build"]) => {
            output(seen, "Nitro by Vinxi", "vinxi build in package.json")
        }
        () if depends && seen.builds_with(&["vite build"]) => {
            let config = ConfigText::read(seen.folder, "vite")?;
            let because = format!("nitro in {}", config.name);
            config.mentions("nitro").then(|| output(seen, "Nitro by Vite", &because))?
        }
        () => None,
    }
}

/// The output of Nitro's preset for Node.js: a server with its own packages. Other presets build something else.
fn output(seen: &Seen<'_>, name: &'static str, because: &str) -> Option<Framework> {
    let names = ["nuxt", "nitro", "vite", "app"];
    let configs: Vec<ConfigText> =
        names.into_iter().filter_map(|name| ConfigText::read(seen.folder, name)).collect();
    let preset = configs.iter().filter_map(|config| config.value("preset"));
    if preset.into_iter().any(|preset| !NODE_PRESETS.contains(&preset.as_str())) {
        return None;
    }
    let file = configs.first().map_or("nitro.config", |config| config.name.as_str());
    Some(Framework {
        name,
        because: because.to_owned(),
        decided_by: format!("`preset` and `output` of Nitro in {file}, or by NITRO_PRESET"),
        outputs: words(&[".output"]),
        files: Vec::new(),
        cmd: words(&["node", ".output/server/index.mjs"]),
        env: Vec::new(),
        beside: seen.beside(),
        modules: false,
    })
}

/// svelte.dev/docs/kit/adapter-node
fn svelte(seen: &Seen<'_>) -> Option<Framework> {
    let starts = ["node build", "node build/index.js", "node ./build"];
    if !seen.depends_on(&["@sveltejs/adapter-node"])
        || !seen.builds_with(&["vite build"])
        || !seen.starts_with(&starts)
    {
        return None;
    }
    let config = ConfigText::read(seen.folder, "svelte").or_else(|| ConfigText::read(seen.folder, "vite"))?;
    let out = config.value("out").unwrap_or_else(|| "build".to_owned());
    Some(Framework {
        name: "SvelteKit, adapter-node",
        because: format!("@sveltejs/adapter-node in package.json and {}", config.name),
        decided_by: format!("`out` of the adapter in {}", config.name),
        cmd: vec!["node".to_owned(), format!("{out}/index.js")],
        outputs: vec![out],
        files: Vec::new(),
        env: Vec::new(),
        beside: seen.beside(),
        modules: true,
    })
}

/// docs.astro.build/en/guides/integrations-guide/node
fn astro(seen: &Seen<'_>) -> Option<Framework> {
    let starts = ["node dist/server/entry.mjs", "node ./dist/server/entry.mjs", "astro preview"];
    if !seen.depends_on(&["@astrojs/node"])
        || !seen.builds_with(&["astro build"])
        || !seen.starts_with(&starts)
    {
        return None;
    }
    let config = ConfigText::read(seen.folder, "astro")?;
    config.says("mode", "standalone").then(|| Framework {
        name: "Astro, node adapter",
        because: format!("mode: \"standalone\" in {}", config.name),
        decided_by: format!("`outDir` in {}", config.name),
        outputs: words(&["dist"]),
        files: Vec::new(),
        cmd: words(&["node", "dist/server/entry.mjs"]),
        env: vec![HOST],
        beside: seen.beside(),
        modules: true,
    })
}

/// reactrouter.com/start/framework/deploying, remix.run/docs/guides/deployment
fn router(seen: &Seen<'_>) -> Option<Framework> {
    let kinds = [
        ("React Router", "@react-router/serve", "react-router build", "react-router-serve", "dist/cli.js"),
        ("Remix", "@remix-run/serve", "remix vite:build", "remix-serve", "dist/cli.js"),
    ];
    let (name, package, builds, serve, program) =
        kinds.into_iter().find(|(_, package, builds, serve, _)| {
            seen.depends_on(&[package]) && seen.builds_with(&[builds]) && seen.starts_with(&[serve])
        })?;
    let server = match seen.start_options(serve).into_iter().next() {
        Some(server) => server.trim_start_matches("./").to_owned(),
        None => "build/server/index.js".to_owned(),
    };
    Some(Framework {
        name,
        because: format!("{builds} in package.json"),
        decided_by: "`buildDirectory` in react-router.config, or of the plugin in vite.config".to_owned(),
        outputs: vec![server.split('/').next().unwrap_or("build").to_owned()],
        files: Vec::new(),
        cmd: vec!["node".to_owned(), format!("node_modules/{package}/{program}"), server],
        env: Vec::new(),
        beside: seen.beside(),
        modules: true,
    })
}
