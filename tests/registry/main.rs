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

mod away;
mod bundle;
mod copy;
mod delta;
mod kill;
mod second;
mod token;

use fourply_testing::client::{Client, image, own_layer, pull, raw, skopeo};
use fourply_testing::program;
use fourply_testing::proxy::{Action, Proxy};
use fourply_testing::registry::Registry;
use fourply_testing::sample::Sample;
