//! What `[base]` asks for, as `fourply.lock` remembers it. In: the configuration. Out: words by key, sorted.

use std::collections::BTreeMap;

use fourply_base::node::is_exact;

use crate::config::{BaseConfig, Config};

/// Keys of `[base]`, each with its words.
pub type Asked = BTreeMap<String, Vec<String>>;

/// The key of the words for the node that scripts run on, as far as they leave a version open.
pub(crate) const BUILD_NODE: &str = "build node";

/// The keys of what was asked for that say where packages come from.
pub(super) const REPOSITORIES: [&str; 3] = ["repositories", "alpine from", "debian from"];

/// What decides the packages and images of a base, in words. The fields that are ignored here decide nothing of these: keys, what
/// happens to scripts, and what is read from the file again at every build.
pub(crate) fn asked(config: &Config) -> Asked {
    // Every field stands here, so that a new one does not compile until it is listed.
    let BaseConfig {
        image,
        rootfs,
        debian,
        alpine,
        packages,
        node,
        repositories,
        keys: _,
        accept_scripts: _,
        upgrade,
        essential,
        groups: _,
        users: _,
        folders: _,
        certificates: _,
    } = &config.base;
    let mut asked = Asked::new();
    let mut put = |key: &str, words: Vec<String>| {
        let mut words = words;
        words.sort();
        words.dedup();
        if !words.is_empty() {
            asked.insert(key.to_owned(), words);
        }
    };
    put("image", image.iter().cloned().collect());
    put("rootfs", rootfs.iter().map(|rootfs| rootfs.sha256.clone()).collect());
    put("packages", packages.clone());
    put("node", node.iter().cloned().collect());
    put("upgrade", upgrade.iter().map(ToString::to_string).collect());
    put("essential", essential.iter().map(ToString::to_string).collect());
    let [of_base, of_alpine, of_debian] = REPOSITORIES;
    put(of_base, repositories.clone());
    let services = config.services.values().map(|own| &own.build.node);
    let nodes = services.chain([&config.build.node]).flatten().filter(|word| !is_exact(word));
    put(BUILD_NODE, nodes.cloned().collect());
    put("toolchain", config.build.toolchain.clone().unwrap_or_default());
    if let Some(alpine) = alpine {
        put("alpine", alpine.release.iter().chain(&alpine.packages).cloned().collect());
        put(of_alpine, alpine.mirror.iter().chain(&alpine.repositories).cloned().collect());
    }
    if let Some(debian) = debian {
        put("debian", debian.suite.iter().chain(debian.packages.iter().flatten()).cloned().collect());
        put(of_debian, debian.mirror.iter().chain(&debian.repositories).cloned().collect());
        put("debian node", debian.node.iter().cloned().collect());
    }
    asked
}
