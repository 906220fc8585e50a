//! Frameworks whose output is not in a compiler's usual location. In: a service's package.json, its configuration
//! files, the build script. Out: the output's location and how it is started, or nothing. Nothing runs here.
//!
//! A framework is recognised by the command in the build script, the package with that command, and the configuration
//! that determines the form of the output. A service whose start script starts something else has its own server, and
//! is not recognised.
//!
//! | framework | the build script calls | its output | started by |
//! |---|---|---|---|
//! | Next.js, standalone | `next build`, with `output: "standalone"` | `.next/standalone`, static files and `public` next to `server.js` | `server.js` |
//! | Next.js | `next build` | `.next`, `public` | `next start` |
//! | Nuxt, Nitro, SolidStart, TanStack Start with Nitro | `nuxt build`, `nitro build`, `vinxi build`, `vite build` | `.output` | `.output/server/index.mjs` |
//! | SvelteKit, adapter-node | `vite build` | `build` | `build/index.js` |
//! | Astro, node adapter | `astro build` | `dist` | `dist/server/entry.mjs` |
//! | React Router, Remix | `react-router build`, `remix vite:build` | `build` | the package's `serve` |

mod config;
mod elsewhere;
mod known;
mod seen;

use std::collections::BTreeMap;
use std::path::Path;

use fourply_pnpm::{ImporterId, Workspace};
use fourply_scripts::files::folder_of;

use crate::start_script::ScriptReading;
pub use seen::Framework;
use seen::Seen;

/// The framework that `script` builds a service with. `values` are variables for the start script: see
/// [`ScriptReading`].
pub fn framework(
    workspace: &Workspace,
    service: &ImporterId,
    script: &str,
    values: &BTreeMap<String, String>,
) -> Option<Framework> {
    let folder = folder_of(&workspace.root, service);
    let seen = look_at(workspace, service, &folder, script, values)?;
    known::ALL.iter().find_map(|recognise| recognise(&seen))
}

/// The framework that `script` builds a service with, if its configuration makes no server in the usual location; and
/// the configuration key and file that determine this.
pub fn framework_elsewhere(
    workspace: &Workspace,
    service: &ImporterId,
    script: &str,
) -> Option<(&'static str, String)> {
    let folder = folder_of(&workspace.root, service);
    let values = BTreeMap::new();
    elsewhere::elsewhere(&look_at(workspace, service, &folder, script, &values)?)
}

fn look_at<'a>(
    workspace: &'a Workspace,
    service: &'a ImporterId,
    folder: &'a Path,
    script: &str,
    values: &'a BTreeMap<String, String>,
) -> Option<Seen<'a>> {
    let manifest = workspace.manifests.get(service)?;
    let build = manifest.scripts.get(script)?;
    let reading = ScriptReading { pre_post: workspace.settings.pre_post_scripts, values };
    Some(Seen { service, manifest, folder, build, reading })
}

#[cfg(test)]
mod tests;
