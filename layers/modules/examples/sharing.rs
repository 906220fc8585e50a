//! How much of a workspace's node_modules is stored once: `sharing ROOT STORE [GLOB…]`. Fetches the packages of all
//! services. Prints, for several budgets, the bytes in all images and those that a registry keeps, uncompressed and
//! unpruned; for comparison, also the result of a split by real sizes.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

use fourply_modules::{PackageOrigin, origins};
use fourply_platform::Libc;
use fourply_pnpm::{
    DepPath, ImporterId, Include, ServiceUses, SharedLayer, Target, Workspace, closure, services, split, uses,
};
use fourply_store::{FetchSettings, Fetcher, NoProgress, Store};

type Sizes = BTreeMap<DepPath, u64>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let root = PathBuf::from(arguments.next().ok_or("sharing ROOT STORE [GLOB…]")?);
    let store = Store::open(&PathBuf::from(arguments.next().ok_or("sharing ROOT STORE [GLOB…]")?))?;
    let globs: Vec<String> = arguments.collect();
    let workspace = Workspace::read(&root, None)?;
    let services = services(&workspace, (!globs.is_empty()).then_some(globs.as_slice()))?;
    let node = Some("22.18.0".parse()?);
    let target = Target { os: "linux".to_owned(), cpu: "x64".to_owned(), libc: Libc::Glibc, node };
    let uses = uses(&workspace, &services, &target)?;
    let (sizes, left_out) = sizes(&workspace, &services, &target, &store)?;
    let weighed = weighed(&uses, &sizes);
    let all: u64 = uses.values().flat_map(BTreeMap::keys).filter_map(|package| sizes.get(package)).sum();
    println!("{} services, {} packages, {left_out} left out", services.len(), sizes.len());
    println!("{:>6} {:>10} {:>10} {:>9} {:>13}", "layers", "in images", "kept", "saved", "by real sizes");
    for budget in [1, 2, 3, 5, 10, 100] {
        let by = |uses: &ServiceUses| kept(&split(uses, budget), &weighed);
        let (kept, ideal) = (by(&uses), by(&weighed));
        let saved = |kept: u64| 100.0 * (all - kept) as f64 / all as f64;
        println!(
            "{budget:>6} {:>8} M {:>8} M {:>7.1} % {:>11.1} %",
            all >> 20,
            kept >> 20,
            saved(kept),
            saved(ideal)
        );
    }
    Ok(())
}

/// The size of every package, and how many have a source that is not supported here.
fn sizes(
    workspace: &Workspace,
    services: &[ImporterId],
    target: &Target,
    store: &Store,
) -> Result<(Sizes, usize), Box<dyn Error>> {
    let fetcher = Fetcher::new(store.clone(), FetchSettings::default()).with_default_registry(registry);
    let closure = closure(workspace, services, Include::Production, target)?;
    let all = origins(workspace, &closure, &BTreeMap::new())?;
    let tarballs = all.iter().filter_map(|(path, origin)| match origin {
        PackageOrigin::Tarball(request) => Some((path.clone(), request.clone())),
        _ => None,
    });
    let (paths, wanted): (Vec<_>, Vec<_>) = tarballs.unzip();
    let left_out = all.len() - paths.len();
    let packs = fetcher.packages(&wanted, &NoProgress)?;
    let size = |(path, pack)| Ok((path, store.open_pack(&pack)?.total_size()));
    let sizes = paths.into_iter().zip(packs).map(size).collect::<Result<Sizes, Box<dyn Error>>>()?;
    Ok((sizes, left_out))
}

/// The same uses, weighted by real sizes.
fn weighed(uses: &ServiceUses, sizes: &Sizes) -> ServiceUses {
    let weigh = |packages: &BTreeMap<DepPath, u64>| {
        packages.keys().map(|path| (path.clone(), sizes.get(path).copied().unwrap_or(0))).collect()
    };
    uses.iter().map(|(service, packages)| (service.clone(), weigh(packages))).collect()
}

/// The bytes of all distinct layers: the shared ones, and the rest of each service.
fn kept(layers: &[SharedLayer], uses: &ServiceUses) -> u64 {
    let sum =
        |packages: &mut dyn Iterator<Item = (&DepPath, &u64)>| packages.map(|(_, size)| size).sum::<u64>();
    let all: BTreeMap<&DepPath, &u64> = uses.values().flatten().collect();
    let shared: u64 =
        layers.iter().flat_map(|layer| &layer.packages).filter_map(|path| all.get(path)).copied().sum();
    let own = uses.iter().map(|(service, packages)| {
        let elsewhere: BTreeSet<&DepPath> = layers
            .iter()
            .filter(|layer| layer.users.contains(service))
            .flat_map(|layer| &layer.packages)
            .collect();
        sum(&mut packages.iter().filter(|(path, _)| !elsewhere.contains(path)))
    });
    shared + own.sum::<u64>()
}

fn registry() -> Option<String> {
    let output = Command::new("npm").args(["config", "get", "registry"]).output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
