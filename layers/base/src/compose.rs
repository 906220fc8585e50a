//! What was asked for → the base. The one entry point; each way is a module of its own.

use fourply_store::{Fetcher, Progress, Store};

use crate::apk;
use crate::base::Base;
use crate::debian;
use crate::error::Result;
use crate::image::{self, Registry};
use crate::platform::Platform;
use crate::rootfs;
use crate::spec::BaseSpec;

/// Makes the base for `platform`. When it returns, all its layers lie in the store, verified; those of a registry's
/// image that was read before need not.
///
/// `registry` opens the images of [`crate::ImageRef::Registry`]; it is not called for others.
///
/// # Errors
/// Anything from a name that does not exist to a flipped bit; see [`crate::BaseError`].
pub fn compose(
    spec: &BaseSpec,
    platform: &Platform,
    store: &Store,
    fetcher: &Fetcher,
    registry: &Registry<'_>,
    progress: &dyn Progress,
) -> Result<Base> {
    match spec {
        BaseSpec::Image(image) => {
            let taken = image::take(image, platform, store, registry, progress)?;
            Base::assemble(store, taken, platform, &image.to_string())
        }
        BaseSpec::Rootfs(rootfs) => {
            let taken = rootfs::take(rootfs, platform, store, fetcher, progress)?;
            Base::assemble(store, taken, platform, &rootfs.location.to_string())
        }
        BaseSpec::Debian(debian) => {
            let taken = debian::take(debian, platform, store, fetcher, progress)?;
            Base::assemble(store, taken, platform, "the base of Debian packages")
        }
        BaseSpec::Alpine(alpine) => {
            let (taken, _) = apk::take(alpine, platform, store, fetcher, progress)?;
            Base::assemble(store, taken, platform, "the base of Alpine packages")
        }
    }
}
