//! How what is locked of a base differs from what was. In: both. Out: what still holds; changes, in words.

use std::collections::BTreeMap;

use super::Locked;
use super::asked::{Asked, BUILD_NODE};

impl Locked {
    /// What of it still holds where something else is asked for: the image and the node, where the same ones are asked for;
    /// packages, as far as they fit.
    pub(crate) fn kept(&self, before: &Asked, now: &Asked) -> Locked {
        let same = |keys: &[&str]| keys.iter().all(|key| before.get(*key) == now.get(*key));
        let Locked { image, manifest, node, .. } = self.clone();
        let (image, manifest) = if same(&["image"]) { (image, manifest) } else { (None, None) };
        let node = node.filter(|_| same(&["node", "debian node"]));
        let words = now.get(BUILD_NODE);
        let is_asked = |word: &String| words.is_some_and(|words| words.contains(word));
        let build_node = self.build_node.clone().into_iter().filter(|(word, _)| is_asked(word)).collect();
        Locked { image, manifest, node, build_node, ..self.clone() }
    }

    /// How this differs from what was locked before, in words: `jq 1.7.1-r0 added`.
    pub(crate) fn changes(&self, before: &Locked) -> Vec<String> {
        let mut changes = Vec::new();
        if before.manifest != self.manifest && before.manifest.is_some() {
            changes.extend(self.manifest.map(|digest| format!("the image is {digest}")));
        }
        let (one, other) = (before.versions(), self.versions());
        for (name, version) in &other {
            match one.get(name) {
                None => changes.push(format!("{name} {version} added")),
                Some(known) if known != version => changes.push(format!("{name} {known} → {version}")),
                Some(_) => {}
            }
        }
        for (word, version) in &self.build_node {
            if before.build_node.get(word) != Some(version) {
                changes.push(format!("the node {word} of [build] is {version}"));
            }
        }
        changes.extend(
            one.keys().filter(|name| !other.contains_key(*name)).map(|name| format!("{name} removed")),
        );
        changes
    }

    /// Packages of the base and of its toolchain, and node, each with its version.
    fn versions(&self) -> BTreeMap<&str, &str> {
        let apk = self.apk.iter().map(|(name, apk)| (name.as_str(), apk.version.as_str()));
        let deb = self.deb.iter().map(|(name, deb)| (name.as_str(), deb.version.as_str()));
        let node = self.node.iter().map(|node| ("node", node.version.as_str()));
        let toolchain = self.toolchain.iter().flat_map(|toolchain| toolchain.versions());
        toolchain.chain(apk).chain(deb).chain(node).collect()
    }

    /// Whether it has packages, be they asked for or not.
    pub(crate) fn has_packages(&self) -> bool {
        !self.apk.is_empty() || !self.deb.is_empty()
    }

    /// The nodes of `[build]` that another lock has and no build resolved now, for words that are still asked for.
    pub(crate) fn with_build_nodes_of(mut self, before: &Locked, asked: &Asked) -> Locked {
        for word in asked.get(BUILD_NODE).into_iter().flatten() {
            if let Some(version) = before.build_node.get(word) {
                self.build_node.entry(word.clone()).or_insert_with(|| version.clone());
            }
        }
        self
    }
}
