//! Talking to registries: the OCI distribution protocol, with docker's ways of logging in.
//!
//! In: a [`Reference`], credentials files, an [`ImageTree`](crate::ImageTree) to push. Out: documents and blobs; or the image at its place. It must not know
//! how an image is built, nor who reads one.
//!
//! | module | what it holds |
//! |---|---|
//! | `settings` | how registries are spoken to |
//! | `client` | all of it behind one type |
//! | `credentials` | docker's and podman's files and helpers → one credential for one repository |
//! | `challenge` | what a registry wants before it answers |
//! | `auth` | challenge and credential → the header, with a token where one is asked for |
//! | `http` | the clients: with proxies, and for this machine without |
//! | `transport` | one request: authorised, retried, bounded; where it may go |
//! | `body` | what a request carries, sent from the file at each attempt |
//! | `answer` | what is read from a response |
//! | `pull` | manifests and blobs of an image |
//! | `image` | one image of one repository, for whoever reads it piece by piece |
//! | `push` | manifests and their blobs → repositories: what is missing, then the manifests, then the tags |
//! | `companions` | the tags of cosign's that speak of a manifest |
//! | `referrers` | what names a manifest as its subject: the registry's list, or the tag in its place |
//! | `upload` | one blob → one repository |
//! | `error` | what can go wrong |
//!
//! oci-client lends its error envelope and its media types. Its transport is not used: it reads documents of any
//! size into memory, never renews a token, keeps one credential for a whole registry and retries nothing.

mod answer;
mod auth;
mod body;
mod challenge;
mod client;
mod companions;
mod credentials;
mod error;
mod flights;
#[doc(hidden)]
pub mod fuzz;
mod http;
mod image;
mod pull;
mod push;
mod referrers;
mod settings;
mod transport;
mod upload;

pub use client::Registries;
pub use credentials::{Credential, Credentials};
pub use error::{ApiError, RegistryError};
pub use http::{HttpClients, http_clients};
pub use image::RegistryImage;
pub use push::PushReport;
pub use settings::RegistrySettings;
