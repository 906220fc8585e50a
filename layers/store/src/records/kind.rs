//! The kinds of records, all in one list, so that no two share a name and whoever opens a store's folder finds here what lies in it. The
//! list holds names alone: what a record means is known by the stage that declares it.

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
    /// What a folder of the store held when it was made.
    FolderStamps = "folder-stamps",
    /// What is wrong with an image.
    Findings = "findings",
    /// The file of an apk, by its identity in the index.
    ApkFile = "apk-file",
    /// The layer that apks were laid out as.
    ApkLayer = "apk-layer",
    /// The apks that names resolve to.
    ApkResolution = "apk-resolution",
    /// The digest that a base image's tag led to.
    BaseDigest = "base-digest",
    /// The packages of npm's in the layers of an image.
    LayerManifests = "layer-manifests",
    /// The media types of a base image's layers.
    BaseLayerTypes = "base-layer-types",
    /// What the native modules of a package are for.
    Binaries = "binaries",
    /// The commands that a package offers.
    Bins = "bins",
    /// The links that debs would register.
    DebAlternatives = "deb-alternatives",
    /// The layer that debs were laid out as.
    DebLayer = "deb-layer",
    /// The essential debs that scripts of debs call.
    DebShellNeeds = "deb-shell-needs",
    /// The debs that names resolve to.
    DebResolution = "deb-resolution",
    /// The compressed blob of a docker archive's layer.
    DockerLayer = "docker-layer",
    /// The install scripts of a package.
    InstallScripts = "install-scripts",
    /// What the layers of node_modules hold.
    Inventory = "inventory",
    /// A layer, by its fragments.
    Layer = "layer",
    /// The pieces that a layer was assembled from.
    LayerParts = "layer-parts",
    /// The layer with npm's node.
    NodeLayer = "node-layer",
    /// The file of a tarball with npm's node.
    NodeTarball = "node-tarball",
    /// What packages of npm's in a package archive say of themselves.
    Manifests = "manifests",
    /// The version of npm's node that a range resolves to.
    NodeVersion = "node-version",
    /// A workspace package whose isolated build does not work.
    NotIsolated = "not-isolated",
    /// What a user was told, and is not told again.
    Noted = "noted",
    /// What a registry of npm says of one version of a package.
    NpmVersion = "npm-version",
    /// The outputs of a build.
    Outputs = "outputs",
    /// The files of a package that an image leaves out.
    Prune = "prune",
    /// How a git repository becomes a package.
    Recipes = "recipes",
    /// The layer of a root file system's archive.
    RootfsLayer = "rootfs-layer",
    /// What the layers of a base hold.
    RootfsMetadata = "rootfs-metadata",
    /// The entries in one layer of a cache artifact.
    Shard = "shard",
    /// The layers of one stage, by its inputs.
    StageLayers = "stage-layers",
    /// The programs that compiled the packages of a layer.
    Toolchain = "toolchain",
    /// What the programs of a toolchain print as their versions.
    ToolchainVersions = "toolchain-versions",
    /// What of the store a workspace used.
    UsedBy = "used-by",
    /// What a layer holds whose files lie unpacked in the store.
    UnpackedLayer = "unpacked-layer",
    /// What the packages of an image weigh.
    Weights = "weights",
}

impl RecordKind {
    /// The name in keys: that of the folder.
    pub const fn name(self) -> &'static str {
        self.folder()
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.folder())
    }
}
