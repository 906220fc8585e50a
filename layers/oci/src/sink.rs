//! The targets of an image behind one trait: a layout, an archive, a registry.
//!
//! In: an [`ImageTree`](crate::ImageTree) and its names. Out: the image at the target, complete or absent, and a
//! [`SinkReport`]. A sink must not know how the image was built.
//!
//! | module | what it holds |
//! |---|---|
//! | `place` | the trait and its report |
//! | `layout` | an OCI layout, new or with images already |
//! | `archive` | an OCI layout in one tar |
//! | `docker_archive` | an archive for `docker load` and `podman load` |
//! | `registry` | a push |
//! | `engine` | Docker or Podman on this host |
//! | `index` | `index.json` of a layout |
//! | `file` | atomic files |
//! | `error` | errors |

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
