//! Frameworks whose output does not lie where a compiler leaves it. In: a service's package.json, its configuration files, the build script.
//! Out: where the output lies and how it is started, or nothing. Nothing runs here.
//!
//! A framework is recognised by what builds the service: the command in its build script, the package that has it, and the configuration that
//! decides the form of the output. A service whose start script starts something else has a server of its own, and is none of these.
//!
//! | framework | the build script calls | its output | started by |
//! |---|---|---|---|
//! | Next.js, standalone | `next build`, with `output: "standalone"` | `.next/standalone`, static files and `public` beside `server.js` | `server.js` |
//! | Next.js | `next build` | `.next`, `public` | `next start` |
//! | Nuxt, Nitro, SolidStart, TanStack Start with Nitro | `nuxt build`, `nitro build`, `vinxi build`, `vite build` | `.output` | `.output/server/index.mjs` |
//! | SvelteKit, adapter-node | `vite build` | `build` | `build/index.js` |
//! | Astro, node adapter | `astro build` | `dist` | `dist/server/entry.mjs` |
//! | React Router, Remix | `react-router build`, `remix vite:build` | `build` | the package's `serve` |

mod config;
mod known;
mod seen;

use std::collections::BTreeMap;

use fourply_pnpm::{ImporterId, Workspace};
use fourply_scripts::files::folder_of;

use crate::start_script::ScriptReading;
pub use seen::Framework;
use seen::Seen;

/// The framework that `script` builds a service with. `values` stand for variables of the start script: see [`ScriptReading`].
pub fn framework(
    workspace: &Workspace,
    service: &ImporterId,
    script: &str,
    values: &BTreeMap<String, String>,
) -> Option<Framework> {
    let manifest = workspace.manifests.get(service)?;
    let folder = folder_of(&workspace.root, service);
    let build = manifest.scripts.get(script)?;
    let reading = ScriptReading { pre_post: workspace.settings.pre_post_scripts, values };
    let seen = Seen { service, manifest, folder: &folder, build, reading };
    known::ALL.iter().find_map(|recognise| recognise(&seen))
}

#[cfg(test)]
mod tests;
