//! `fourply config`: what `fourply.toml` may say.

use clap::Args;

use super::print::print;
use crate::Error;
use crate::config::schema;

/// The arguments of `fourply config`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fourply config --schema > fourply.schema.json     and `#:schema ./fourply.schema.json` as the first line of fourply.toml")]
pub struct ConfigArgs {
    /// Print the JSON schema of fourply.toml, by which editors complete and check it
    #[arg(long, required = true)]
    pub schema: bool,
}

/// Runs the command.
///
/// # Errors
/// Where nobody takes the text.
pub(super) fn run(_: &ConfigArgs) -> Result<(), Error> {
    print(&format!("{}\n", serde_json::to_string_pretty(&schema()).map_err(std::io::Error::from)?))
}
