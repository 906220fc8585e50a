//! A client for registries: the OCI distribution protocol, with Docker's authentication.
//!
//! In: a [`Reference`], credentials files, an [`ImageTree`](crate::ImageTree) to push. Out: documents and blobs, or the
//! pushed image. This module must not know how an image is built, or who reads one.
//!
//! | module | what it holds |
//! |---|---|
//! | `settings` | the settings of the client |
//! | `client` | the whole client behind one type |
//! | `credentials` | Docker's and Podman's files and helpers → one credential for one repository |
//! | `challenge` | the authentication that a registry requires |
//! | `auth` | challenge and credential → the header, with a token if one is required |
//! | `http` | the HTTP clients: with proxies, and for loopback without |
//! | `transport` | one request: authorised, retried, bounded; its allowed targets |
//! | `body` | the body of a request, read from the file at each attempt |
//! | `answer` | the data read from a response |
//! | `pull` | manifests and blobs of an image |
//! | `image` | one image of one repository, read piece by piece |
//! | `push` | manifests and their blobs → repositories: missing blobs, then manifests, then tags |
//! | `companions` | cosign's tags for a manifest |
//! | `referrers` | manifests that name a manifest as their subject: the registry's list, or the fallback tag |
//! | `upload` | one blob → one repository |
//! | `error` | errors |
//!
//! oci-client provides its error envelope and its media types. Its transport is not used: it reads documents of any
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
