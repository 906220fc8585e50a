//! Texts of `fourply.toml` that are paths, globs, names or words of commands: what no such text can be. In: a key and its texts. Out: nothing, or
//! an error with table and key. No file is opened.

use globset::GlobBuilder;

use super::error::ConfigError;

/// The most bytes of a text, as for a path on Linux.
const LONGEST: usize = 4096;

/// What the texts of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts {
    /// Globs that stay in a package's folder: `dist`, `!dist/test`.
    Outputs,
    /// Globs that stay in the workspace's root.
    Inputs,
    /// Paths or globs, of the service or, with `/` in front, of the root.
    Files,
    /// Globs over `PACKAGE/PATH`.
    InPackages,
    /// Paths.
    Folders,
    /// Names.
    Names,
    /// A program and its arguments.
    Command,
}

/// Where texts stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    pub table: &'a str,
    pub key: &'static str,
    pub texts: Texts,
}

impl Key<'_> {
    /// Checks each of them.
    ///
    /// # Errors
    /// [`ConfigError::Text`].
    pub(super) fn check<'t>(self, texts: impl IntoIterator<Item = &'t String>) -> Result<(), ConfigError> {
        let (mut wanted, mut last) = (None, "");
        for (number, text) in texts.into_iter().enumerate() {
            if let Some(reason) = self.fault(number, text) {
                return Err(self.error(text, reason));
            }
            wanted = Some(wanted.unwrap_or(false) || !text.starts_with('!'));
            last = text;
        }
        match wanted {
            Some(false) if self.texts == Texts::Outputs => {
                Err(self.error(last, "all entries take away, and none names something".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn error(self, text: &str, reason: String) -> ConfigError {
        let text = if text.len() > LONGEST { String::new() } else { text.to_owned() };
        ConfigError::Text { table: self.table.to_owned(), key: self.key, text, reason }
    }

    fn fault(self, number: usize, text: &str) -> Option<String> {
        let words = |reason: &str| Some(reason.to_owned());
        let is_argument = self.texts == Texts::Command && number > 0;
        match text {
            "" if !is_argument => return words("a text must not be empty"),
            _ if text.contains('\0') => return words("no text has a NUL"),
            _ if text.len() > LONGEST && !is_argument => {
                return Some(format!("a text has {} bytes, at most {LONGEST} are possible", text.len()));
            }
            _ => {}
        }
        let body = text.strip_prefix('!').unwrap_or(text);
        let leaves = body.split('/').any(|part| part == "..");
        let whole = body.split('/').all(|part| part.is_empty() || part == ".");
        match self.texts {
            Texts::Names | Texts::Command => None,
            _ if leaves => words("it leaves its folder with \"..\""),
            Texts::Folders => None,
            Texts::Files if text.starts_with('!') => {
                words("nothing takes files away here: each entry names what goes along")
            }
            Texts::Files => self.glob(text),
            Texts::Inputs if body.is_empty() => words("\"!\" takes nothing away"),
            Texts::Outputs | Texts::Inputs if body.starts_with('/') => {
                words("it must be relative, without a \"/\" in front")
            }
            Texts::Outputs if whole => words("it names the whole folder: name what is in it"),
            Texts::InPackages if body.starts_with(['/', '.']) || is_package(body) => {
                words("it is no glob over PACKAGE/PATH, such as \"moment/src/**\" or \"moment/**\"")
            }
            Texts::Outputs | Texts::Inputs | Texts::InPackages => self.glob(body),
        }
    }

    fn glob(self, text: &str) -> Option<String> {
        let error = GlobBuilder::new(text).literal_separator(true).build().err()?;
        Some(format!("it is no glob: {}", error.kind()))
    }
}

/// Whether a text is the name of a package alone, which names no file of it.
fn is_package(text: &str) -> bool {
    let depth = if text.starts_with('@') { 1 } else { 0 };
    text.matches('/').count() <= depth && !text.contains(['*', '?', '[', '{'])
}

#[cfg(test)]
mod tests;
