//! The kinds of records in one list, so that no two share a name and a reader of a store's folder finds its contents
//! here. The list has names only: the stage that declares a record knows its meaning.

use std::fmt;

macro_rules! kinds {
    ($($(#[$meta:meta])* $kind:ident = $folder:literal),* $(,)?) => {
        /// A kind of record: a folder below `records/`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RecordKind {
            $($(#[$meta])* $kind),*
        }

        impl RecordKind {
            /// All kinds, in the order of this list.
            pub const ALL: &'static [RecordKind] = &[$(RecordKind::$kind),*];

            /// The folder below `records/`: lower-case letters and `-`.
            pub const fn folder(self) -> &'static str {
                match self {
                    $(RecordKind::$kind => $folder),*
                }
            }
        }
    };
}

kinds! {
    /// The content of a folder of the store when it was created.
    FolderStamps = "folder-stamps",
    /// Problems of an image.
    Findings = "findings",
    /// The file of an apk, by its identity in the index.
    ApkFile = "apk-file",
    /// The layer of a set of apks.
    ApkLayer = "apk-layer",
    /// The apks that names resolve to.
    ApkResolution = "apk-resolution",
    /// The digest of a base image's tag.
    BaseDigest = "base-digest",
    /// The npm packages in the layers of an image.
    LayerManifests = "layer-manifests",
    /// The media types of a base image's layers.
    BaseLayerTypes = "base-layer-types",
    /// The platforms of a package's native modules.
    Binaries = "binaries",
    /// The commands that a package offers.
    Bins = "bins",
    /// The links that debs would register.
    DebAlternatives = "deb-alternatives",
    /// The layer of a set of debs.
    DebLayer = "deb-layer",
    /// The essential debs that scripts of debs call.
    DebShellNeeds = "deb-shell-needs",
    /// The debs that names resolve to.
    DebResolution = "deb-resolution",
    /// The compressed blob of a Docker archive's layer.
    DockerLayer = "docker-layer",
    /// The install scripts of a package.
    InstallScripts = "install-scripts",
    /// The contents of the layers of node_modules.
    Inventory = "inventory",
    /// A layer, by its fragments.
    Layer = "layer",
    /// The pieces of a layer.
    LayerParts = "layer-parts",
    /// The layer with npm's Node.js.
    NodeLayer = "node-layer",
    /// The file of a tarball with npm's Node.js.
    NodeTarball = "node-tarball",
    /// The manifests of npm packages in a package archive.
    Manifests = "manifests",
    /// The version of npm's Node.js that a range resolves to.
    NodeVersion = "node-version",
    /// A workspace package whose isolated build fails.
    NotIsolated = "not-isolated",
    /// A notice that is shown only once.
    Noted = "noted",
    /// An npm registry's data about one version of a package.
    NpmVersion = "npm-version",
    /// The outputs of a build.
    Outputs = "outputs",
    /// The files of a package that an image leaves out.
    Prune = "prune",
    /// How a git repository becomes a package.
    Recipes = "recipes",
    /// The layer of a root file system's archive.
    RootfsLayer = "rootfs-layer",
    /// The rootfs metadata of a base's layers.
    RootfsMetadata = "rootfs-metadata",
    /// The entries in one layer of a cache artifact.
    Shard = "shard",
    /// The layers of one stage, by its inputs.
    StageLayers = "stage-layers",
    /// The programs that compiled the packages of a layer.
    Toolchain = "toolchain",
    /// The versions that the programs of a toolchain print.
    ToolchainVersions = "toolchain-versions",
    /// The store entries that a workspace used.
    UsedBy = "used-by",
    /// The entries of a layer whose files are unpacked in the store.
    UnpackedLayer = "unpacked-layer",
    /// The sizes of the packages in an image.
    Weights = "weights",
}

impl RecordKind {
    /// The name in keys: the same as the folder.
    pub const fn name(self) -> &'static str {
        self.folder()
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.folder())
    }
}
