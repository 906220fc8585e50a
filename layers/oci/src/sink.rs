//! Where an image goes: a layout, an archive, a registry, behind one trait.
//!
//! In: an [`ImageTree`](crate::ImageTree) and the names it is to have. Out: the image at its place, whole or not at all, and a [`SinkReport`]. A sink
//! must not know how the image was built.
//!
//! | module | what it holds |
//! |---|---|
//! | `place` | the trait, and what a sink did |
//! | `layout` | an OCI layout, a new one or one that has images already |
//! | `archive` | an OCI layout in one tar |
//! | `docker_archive` | what `docker load` and `podman load` read |
//! | `registry` | a push |
//! | `engine` | docker or podman of this machine |
//! | `index` | `index.json` of a layout |
//! | `file` | files that appear whole or not at all |
//! | `error` | what can go wrong |

pub(crate) mod archive;
mod docker_archive;
mod engine;
mod error;
pub(crate) mod file;
mod index;
pub(crate) mod layout;
mod place;
mod registry;

pub use archive::OciArchive;
pub use docker_archive::DockerArchive;
pub use engine::{Endpoint, Engine};
pub use error::SinkError;
pub use layout::OciLayout;
pub use place::{DEFAULT_NAME, Sink, SinkReport};
pub use registry::RegistrySink;
