//! What every way to a base works with: the machine that it is for, and where packages and layers rest and come from.

use fourply_store::{Fetcher, Progress, Store};

use crate::platform::Platform;

/// What every way to a base works with.
pub(crate) struct Tools<'t> {
    pub platform: &'t Platform,
    pub store: &'t Store,
    pub fetcher: &'t Fetcher,
    pub progress: &'t dyn Progress,
}
