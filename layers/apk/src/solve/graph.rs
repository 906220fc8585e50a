//! Names and their packages. In: candidates. Out: numbers instead of names, and each relation in both directions.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::problem::ApkCandidate;
use crate::dependency::ApkDependency;

pub(super) type Name = usize;
pub(super) type Package = usize;

/// A package that may stand for a name, with its version under this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Provider<'g> {
    pub package: Package,
    /// `None`: without a version.
    pub version: Option<&'g str>,
}

/// A dependency on a numbered name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need<'g> {
    pub name: Name,
    pub dependency: &'g ApkDependency,
}

#[derive(Debug)]
pub(super) struct Graph<'g> {
    pub names: Vec<&'g str>,
    pub candidates: &'g [ApkCandidate],
    numbers: HashMap<&'g str, Name>,
    /// For each name.
    pub providers: Vec<Vec<Provider<'g>>>,
    /// For each name, the names of the packages that depend on it.
    pub dependents: Vec<Vec<Name>>,
    /// For each name, the names of the packages whose `install_if` contains it, with all names that they provide: a
    /// package that stands for such a name is installed at once, too.
    pub triggered: Vec<Vec<Name>>,
    /// For each candidate: its own name, its needs, the names that it provides, its triggers.
    pub own: Vec<Name>,
    pub needs: Vec<Vec<Need<'g>>>,
    pub provides: Vec<Vec<(Name, Option<&'g str>)>>,
    pub install_if: Vec<Vec<Need<'g>>>,
    /// For each name, how late it is decided: 0 if it is the own name of all its providers, 1 of some, 2 of none.
    pub lateness: Vec<u8>,
}

impl<'g> Graph<'g> {
    pub(super) fn new(candidates: &'g [ApkCandidate]) -> Self {
        let mut graph = Self {
            names: Vec::new(),
            candidates,
            numbers: HashMap::new(),
            providers: Vec::new(),
            dependents: Vec::new(),
            triggered: Vec::new(),
            own: Vec::new(),
            needs: Vec::new(),
            provides: Vec::new(),
            install_if: Vec::new(),
            lateness: Vec::new(),
        };
        for (number, candidate) in candidates.iter().enumerate() {
            graph.add(number, candidate);
        }
        graph.link();
        graph
    }

    /// The number of a name that is in the graph.
    pub(super) fn find(&self, name: &str) -> Option<Name> {
        self.numbers.get(name).copied()
    }

    /// A dependency with its name's number; `None` if no package mentions the name.
    pub(super) fn need<'w>(&self, dependency: &'w ApkDependency) -> Option<Need<'w>> {
        Some(Need { name: self.find(&dependency.name)?, dependency })
    }

    fn number(&mut self, name: &'g str) -> Name {
        *self.numbers.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.providers.push(Vec::new());
            self.names.len() - 1
        })
    }

    fn add(&mut self, number: Package, candidate: &'g ApkCandidate) {
        let record = &candidate.record;
        let own = self.number(&record.name);
        self.own.push(own);
        self.providers[own].push(Provider { package: number, version: Some(&record.version) });
        let mut provides = Vec::new();
        for provided in &record.provides {
            let name = self.number(&provided.name);
            let version = provided.provided();
            self.providers[name].push(Provider { package: number, version });
            provides.push((name, version));
        }
        self.provides.push(provides);
        let mut needs = |dependencies: &'g [ApkDependency]| -> Vec<Need<'g>> {
            dependencies
                .iter()
                .map(|dependency| Need { name: self.number(&dependency.name), dependency })
                .collect()
        };
        let (depends, install_if) = (needs(&record.depends), needs(&record.install_if));
        self.needs.push(depends);
        self.install_if.push(install_if);
    }

    /// Adds the reverse of each relation. The names of a package are its own and all that it provides.
    fn link(&mut self) {
        let mut dependents = vec![Vec::new(); self.names.len()];
        let mut triggered = vec![Vec::new(); self.names.len()];
        for number in 0..self.candidates.len() {
            let own = self.own[number];
            let all = || std::iter::once(own).chain(self.provides[number].iter().map(|(name, _)| *name));
            for need in &self.needs[number] {
                dependents[need.name].extend(all());
            }
            for need in &self.install_if[number] {
                triggered[need.name].extend(all());
            }
        }
        for list in dependents.iter_mut().chain(&mut triggered) {
            list.sort_unstable_by_key(|name| (bucket(self.names[*name]), Reverse(*name)));
            list.dedup();
        }
        (self.dependents, self.triggered) = (dependents, triggered);
        self.lateness = (0..self.names.len()).map(|name| self.lateness_of(name)).collect();
    }

    fn lateness_of(&self, name: Name) -> u8 {
        let providers = &self.providers[name];
        match providers.iter().filter(|provider| self.own[provider.package] != name).count() {
            0 => 0,
            virtuals if virtuals < providers.len() => 1,
            _ => 2,
        }
    }
}

/// The position of a name in apk's hash table, whose order apk follows: MurmurHash3 (x86, 32 bits) with apk's seed, and
/// apk's table size. Of two names at one position, the later one comes first.
fn bucket(name: &str) -> u32 {
    const SEED: u32 = 5381;
    const PLACES: u32 = 20_000;
    let (blocks, rest) = name.as_bytes().as_chunks::<4>();
    let mixed = |block: u32| block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let mut hash = SEED;
    for block in blocks {
        hash = (hash ^ mixed(u32::from_le_bytes(*block))).rotate_left(13).wrapping_mul(5);
        hash = hash.wrapping_add(0xe654_6b64);
    }
    let tail = rest.iter().rev().fold(0, |tail: u32, byte| (tail << 8) | u32::from(*byte));
    hash ^= mixed(tail) ^ u32::try_from(name.len()).unwrap_or(u32::MAX);
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    (hash ^ (hash >> 16)) % PLACES
}
