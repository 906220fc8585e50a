//! Both images → what the new one lacks. This is the entry point of the crate.

use std::collections::BTreeSet;

use fourply_dockerfile::DockerImage;
use fourply_rootfs::{RootfsMetadata, TreeKind};

use crate::command::{Words, has_init, runs_typescript, same, script};
use crate::copied;
use crate::files::{self, Kinds};
use crate::folders::Folders;
use crate::health::{self, OurHealth};
use crate::known::{Known, below};
use crate::model::{Comparison, Note, Summary};
use crate::outside;
use crate::place::Place;
use crate::side::{RunConfig, Side, Theirs, account, history};
use crate::system::{self, Uses};
use crate::values;

/// The inputs of a comparison.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub known: &'a Known,
    pub theirs: Theirs<'a>,
    pub ours: Side<'a>,
    /// The health check in the new image's configuration.
    pub health: Option<OurHealth>,
    /// Whether the configuration sets its port, or that it has none.
    pub names_port: bool,
    /// Whether the configuration sets its command.
    pub names_cmd: bool,
    /// Certificate files that its base is configured to trust, relative to the workspace's root.
    pub certificates: BTreeSet<String>,
}

/// Compares them.
pub fn compare(request: &Request<'_>) -> Comparison {
    let ours = RunConfig::of_image(request.ours.config);
    let theirs = match &request.theirs {
        Theirs::Image(side) => RunConfig::of_image(side.config),
        Theirs::Dockerfile(image) => RunConfig::of_dockerfile(image),
    };
    let comparing = Comparing { request, theirs, ours, place: None, found: Comparison::default() };
    comparing.run()
}

struct Comparing<'a> {
    request: &'a Request<'a>,
    theirs: RunConfig,
    ours: RunConfig,
    place: Option<Place>,
    found: Comparison,
}

impl<'a> Comparing<'a> {
    fn run(mut self) -> Comparison {
        self.place = self.find_place();
        if self.place.is_none() {
            self.found.notes.push(Note::NoPlace { folder: self.theirs.folder.clone() });
        }
        self.summaries();
        self.command();
        self.files();
        let notes = &mut self.found.notes;
        self.found.missing.env = values::variables(&self.theirs, &self.ours, notes);
        self.found.missing.port = values::port(&self.theirs, &self.ours, notes);
        if !self.request.names_port && values::has_no_port(&self.theirs, &self.ours) {
            notes.push(Note::NoPort);
        }
        notes.extend(values::stop_signal(&self.theirs, &self.ours));
        self.found.missing.labels = values::labels(&self.theirs, &self.ours);
        self.outside();
        self.health();
        self.user();
        self.packages();
        self.found
    }

    fn find_place(&self) -> Option<Place> {
        let known = self.request.known;
        match &self.request.theirs {
            Theirs::Image(side) => {
                let entries = &side.rootfs.entries;
                let has = |path: &str| entries.contains_key(path);
                Place::find(known, &self.theirs.folder, &has, entries.keys().map(String::as_str))
            }
            Theirs::Dockerfile(image) => {
                let targets: Vec<&str> = image.copies.iter().map(|one| one.to.trim_matches('/')).collect();
                // The whole workspace goes there, or the whole service.
                let whole = |path: &str| {
                    let of_root =
                        |root: &str| format!("{root}/{}", known.service).trim_start_matches('/').to_owned();
                    let copied = image.copies.iter().any(|one| {
                        one.source.as_deref() == Some("") && of_root(one.to.trim_matches('/')) == path
                    });
                    copied || targets.iter().any(|target| below(target, path))
                };
                Place::find(known, &self.theirs.folder, &whole, targets.iter().copied())
            }
        }
    }

    fn summaries(&mut self) {
        let ours = &self.request.ours;
        self.found.ours = Summary { base: base(ours.rootfs), ..summary(&self.ours, Some(ours)) };
        self.found.theirs = match &self.request.theirs {
            Theirs::Image(side) => Summary { base: base(side.rootfs), ..summary(&self.theirs, Some(side)) },
            Theirs::Dockerfile(image) => Summary { base: image.base.clone(), ..summary(&self.theirs, None) },
        };
        let major = |version: &Option<String>| version.as_ref()?.split('.').next().map(str::to_owned);
        let (one, other) = (&self.found.theirs.node, &self.found.ours.node);
        if let (Some(theirs), Some(own)) = (one, other)
            && major(one) != major(other)
        {
            self.found.notes.push(Note::Node { theirs: theirs.clone(), ours: own.clone() });
        }
        if let Theirs::Dockerfile(image) = &self.request.theirs {
            if !image.defaults.is_empty() {
                self.found.notes.push(Note::Defaults { arguments: image.defaults.clone() });
            }
            // PATH is the base's, which is unknown here.
            let names: BTreeSet<String> =
                image.unknown.iter().filter(|name| *name != "PATH").cloned().collect();
            if !names.is_empty() {
                self.found.notes.push(Note::NoValue { names });
            }
        }
    }

    fn words(&self) -> Words<'_> {
        Words { known: self.request.known, place: self.place.as_ref(), folder: &self.theirs.folder }
    }

    /// The command of the team's image, if it starts something else that the new image also has.
    fn command(&mut self) {
        let known = self.request.known;
        let place = Place::find(known, &self.ours.folder, &|_| false, std::iter::empty());
        let own = Words { known, place: place.as_ref(), folder: &self.ours.folder };
        let ours = own.plain(&self.ours.command());
        let theirs = self.words().plain(&self.theirs.command());
        let by_script = self.words().run_start_script(&self.theirs.command()) && !self.request.names_cmd;
        if theirs.is_empty() || same(&theirs, &ours) || by_script {
            return;
        }
        let program = theirs.first().cloned().unwrap_or_default();
        let script = script(&theirs).cloned();
        let wanted = if program == "node" { script } else { Some(program.clone()) };
        match wanted.filter(|file| !self.we_have(file)) {
            Some(program) => self.found.notes.push(Note::OtherProgram { command: theirs, program }),
            None => self.found.missing.cmd = Some(theirs),
        }
    }

    /// Whether the new image has a program, or a file of the service.
    fn we_have(&self, program: &str) -> bool {
        let (known, rootfs) = (self.request.known, self.request.ours.rootfs);
        let inside = known.in_service(program.trim_start_matches("./"));
        let path = self.ours.env.get("PATH").map_or(fourply_rootfs::DEFAULT_PATH, String::as_str);
        let absolute = format!("{}/{inside}", known.root_in_image);
        let standalone = format!("{}/{}/{inside}", known.root_in_image, known.in_service(".next/standalone"));
        known.sources.contains(&inside)
            || rootfs.lookup(&standalone).is_some()
            || ["", ".js", "/index.js"].iter().any(|end| rootfs.lookup(&format!("{absolute}{end}")).is_some())
            || (!program.contains('/') && !program.contains('.') && rootfs.which(program, path).is_some())
            || (program.starts_with('/') && rootfs.is_executable(program))
    }

    fn files(&mut self) {
        let known = self.request.known;
        let kinds = self.kinds();
        let place = self.place.clone();
        let ours = self.request.ours.rootfs;
        let folders = Folders {
            known,
            kinds: &kinds,
            place: place.as_ref(),
            ours,
            our_user: account(&self.ours.user, ours).map_or(0, |(uid, _)| uid),
        };
        let our_place = Place::find(known, &self.ours.folder, &|_| false, std::iter::empty());
        let own = kinds.list(&self.request.ours, our_place.as_ref());
        let written = |path: &str| folders.is_written(path);
        let mut foreign = Vec::new();
        let (mut theirs, writable) = match &self.request.theirs {
            Theirs::Image(side) => {
                let files = kinds.list(side, place.as_ref());
                let user = account(&self.theirs.user, side.rootfs).unwrap_or_default();
                self.owns_all(side.rootfs, user.0);
                (files, folders.of_image(side.rootfs, (user.0, &user.1), &self.theirs.volumes))
            }
            Theirs::Dockerfile(image) => {
                let files =
                    copied::files(image, &kinds, place.as_ref(), ours, (&mut self.found.notes, &mut foreign));
                (files, folders.of_dockerfile(image))
            }
        };
        let found = files::compare(known, &mut theirs, &own, &written);
        if let Theirs::Image(_) = self.request.theirs {
            self.found.files = found.rows;
        }
        self.found.missing.files = found.missing.into_iter().chain(foreign).collect();
        self.found.notes.extend(found.notes);
        self.found.missing.writable = writable;
    }

    fn kinds(&self) -> Kinds<'a> {
        let known = self.request.known;
        let place = Place::find(known, &self.ours.folder, &|_| false, std::iter::empty());
        let own = Words { known, place: place.as_ref(), folder: &self.ours.folder };
        let plain = [self.words().plain(&self.theirs.command()), own.plain(&self.ours.command())];
        // A shell script is one word.
        let runs = |words: &Vec<String>| {
            runs_typescript(
                &words.iter().flat_map(|word| word.split_whitespace()).map(str::to_owned).collect::<Vec<_>>(),
            )
        };
        Kinds { known, compiled: !plain.iter().any(runs), named: self.named() }
    }

    /// Files that a Dockerfile copies to places outside the workspace.
    fn outside(&mut self) {
        let (Theirs::Dockerfile(image), Some(place)) = (&self.request.theirs, &self.place) else { return };
        let found = outside::files(image, &self.kinds(), place, &self.request.certificates);
        // The base passes the certificates to node with the same variable.
        let env = &mut self.found.missing.env;
        env.retain(|name, value| name != outside::NODES || !found.trusted.contains(&value.theirs));
        self.found.missing.certificates = found.certificates;
        self.found.notes.extend(found.notes);
    }

    /// Files that the command and the health check name, as workspace paths.
    fn named(&self) -> BTreeSet<String> {
        let words = self.words();
        let test = self.theirs.health.iter().flat_map(|check| check.test.iter().skip(1));
        let test = test.flat_map(|text| text.split_whitespace()).map(str::to_owned);
        let command = self.theirs.command();
        let shell = command.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned);
        let named = test.chain(shell).filter(|word| word.contains('.') && !word.contains("://"));
        named.filter_map(|word| words.in_workspace(&word)).collect()
    }

    fn owns_all(&mut self, rootfs: &RootfsMetadata, uid: u32) {
        let Some(place) = &self.place else { return };
        let entry = rootfs.entries.get(place.service());
        if uid != 0 && entry.is_some_and(|entry| entry.uid == uid && entry.mode & 0o200 != 0) {
            self.found.notes.push(Note::OwnsAll { folder: format!("/{}", place.service()) });
        }
    }

    fn health(&mut self) {
        let check = self.theirs.health.as_ref();
        let words = self.words();
        match health::missing(check, self.request.health.as_ref(), &|test| words.plain(test)) {
            Ok(missing) => self.found.missing.health = missing,
            Err(note) => self.found.notes.push(note),
        }
    }

    fn user(&mut self) {
        let ours = self.request.ours.rootfs;
        let our_uid = account(&self.ours.user, ours).map_or(0, |(uid, _)| uid);
        let text = self.theirs.user.clone();
        let name = text.split(':').next().unwrap_or_default();
        let uid = match &self.request.theirs {
            Theirs::Image(side) => account(&text, side.rootfs).map(|(uid, _)| uid),
            Theirs::Dockerfile(image) => number(image, name, ours),
        };
        match uid {
            Some(0) => self.found.notes.push(Note::Root),
            Some(uid) => self.found.missing.user = values::user((name, uid), our_uid, ours),
            None => self.found.notes.push(Note::UnknownUser { name: name.to_owned() }),
        }
    }

    fn packages(&mut self) {
        let ours = self.request.ours.rootfs;
        let (manager, asked) = match &self.request.theirs {
            Theirs::Image(side) => system::asked(side.rootfs, &history(side.config)),
            Theirs::Dockerfile(image) => match image.ran.packages.iter().next() {
                Some((manager, packages)) => (Some(*manager), packages.clone()),
                None => (None, BTreeSet::new()),
            },
        };
        let test =
            self.theirs.health.iter().flat_map(|check| check.test.clone()).collect::<Vec<_>>().join(" ");
        let uses = Uses {
            their_health: &test,
            we_check: self.request.health.is_some(),
            we_have_init: has_init(&self.ours.command()),
        };
        let missing = system::missing(manager, &asked, ours, &uses, &mut self.found.notes);
        self.found.missing.packages = missing;
    }
}

/// The number of a Dockerfile's user: from the Dockerfile, the new image, or node's images.
fn number(image: &DockerImage, name: &str, ours: &RootfsMetadata) -> Option<u32> {
    if name.is_empty() || name == "root" {
        return Some(0);
    }
    if let Ok(number) = name.parse() {
        return Some(number);
    }
    let added = image.ran.accounts.iter().find(|account| account.name == name);
    let of_node = || (name == "node" && image.base.contains("node")).then_some(1000);
    match added {
        Some(added) => added.uid,
        None => of_node().or_else(|| account(name, ours).map(|(uid, _)| uid)),
    }
}

/// The distribution's name and version.
fn base(rootfs: &RootfsMetadata) -> String {
    let field = |name: &str| rootfs.os_release.get(name).cloned();
    let name = field("NAME").or_else(|| field("ID")).unwrap_or_default();
    match field("VERSION_ID") {
        Some(version) => format!("{name} {version}"),
        None => name,
    }
}

fn summary(config: &RunConfig, side: Option<&Side<'_>>) -> Summary {
    let size = |rootfs: &RootfsMetadata| {
        let sizes = rootfs.entries.values().map(|entry| match entry.kind {
            TreeKind::File(bytes) => bytes,
            _ => 0,
        });
        sizes.fold(0u64, u64::saturating_add)
    };
    Summary {
        base: String::new(),
        node: side.and_then(|side| side.rootfs.node.clone()),
        user: config.user.clone(),
        folder: config.folder.clone(),
        command: config.command(),
        ports: config.ports.clone(),
        health: config.health.iter().flat_map(|check| check.test.clone()).collect(),
        unpacked: side.map(|side| size(side.rootfs)),
        compressed: side.map(|side| side.compressed),
    }
}
