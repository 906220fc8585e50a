//! Commands that move images, as a user runs them, against Debian's docker-registry and a second one; and what only the program does with the
//! library. What the library does by itself is tested in layers/oci.
#![allow(clippy::unwrap_used)]

use std::process::Command;
use std::time::Duration;

use fourply_blob::{Codec, Digest};
use fourply_oci::Reference;
use fourply_oci::image::{Image, ImageSettings};
use fourply_oci::registry::Credentials;
use fourply_store::NoProgress;
use serde_json::{Value, json};

#[path = "registry/away.rs"]
mod away;
#[path = "registry/bundle.rs"]
mod bundle;
#[path = "support/client.rs"]
mod client;
#[path = "registry/copy.rs"]
mod copy;
#[path = "registry/kill.rs"]
mod kill;
#[path = "support/program.rs"]
mod program;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/registry.rs"]
mod registry;
#[path = "support/sample.rs"]
mod sample;
#[path = "registry/second.rs"]
mod second;
#[path = "registry/token.rs"]
mod token;

use client::{Client, image, ply, pull, raw, skopeo};
use proxy::{Action, Proxy};
use registry::Registry;
use sample::Sample;
