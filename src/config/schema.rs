//! The schema of `fourply.toml`, for editors. In: the types that read it, so that both say the same. Out: JSON.
//!
//! It says what is a value of its form. What two keys mean together is said where the file is read.

use serde_json::Value;

use super::Config;

/// JSON Schema, draft 2020-12.
pub(crate) fn schema() -> Value {
    let mut value = schemars::schema_for!(Config).to_value();
    value["title"] = "fourply.toml".into();
    value
}

#[cfg(test)]
mod tests;
