//! `-o type=oci,dest=DIR`: what comes in is the text of the option, what goes out is an [`OutputSpec`]. The form is that of
//! `docker buildx build --output`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;
use fourply_oci::sink::{DockerArchive, OciArchive, OciLayout, Sink, SinkError};

/// One place for the image, as `-o` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSpec {
    pub kind: OutputKind,
    /// Where; a relative path starts at the current folder.
    pub dest: PathBuf,
    /// The image's name there, instead of the tags.
    pub name: Option<String>,
}

/// The kinds of files that an image can be written to. Each value of `type=` is the variant's name in kebab case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputKind {
    /// `type=oci`: an OCI layout, a folder.
    Oci,
    /// `type=oci-archive`: an OCI layout in a tar.
    OciArchive,
    /// `type=docker-archive`: for `docker load` and `podman load`.
    DockerArchive,
}

/// Why a text is no [`OutputSpec`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; write it as {}, each with ,name=NAME if you like", OutputKind::forms(" or "))]
pub struct SpecError {
    reason: String,
}

/// The `dest` that is standard output.
const STDOUT: &str = "-";

impl OutputSpec {
    /// Whether it goes to standard output, which has no digest then.
    pub fn is_stdout(&self) -> bool {
        self.dest.as_os_str() == STDOUT
    }

    /// The sink for it.
    pub fn sink(&self) -> Box<dyn Sink> {
        match self.kind {
            OutputKind::Oci => Box::new(OciLayout::new(&self.dest)),
            OutputKind::OciArchive => Box::new(OciArchive::new(&self.dest)),
            OutputKind::DockerArchive => Box::new(DockerArchive::new(&self.dest)),
        }
    }

    /// Whether an image could be put there, to be told before one is built.
    ///
    /// # Errors
    /// Where something else is there already.
    pub fn check(&self) -> Result<(), SinkError> {
        self.sink().check()
    }

    /// This output with `value` for `field` in its place and its name.
    pub fn filled(&self, field: &str, value: &str) -> OutputSpec {
        // A path that is no UTF-8 has no field in it.
        let dest =
            self.dest.to_str().map_or_else(|| self.dest.clone(), |dest| dest.replace(field, value).into());
        OutputSpec { kind: self.kind, dest, name: self.name.as_ref().map(|name| name.replace(field, value)) }
    }

    /// The names for the image there: its own if it has one, else these.
    pub fn names(&self, tags: &[String]) -> Vec<String> {
        self.name.as_ref().map_or_else(|| tags.to_vec(), |name| vec![name.clone()])
    }
}

impl FromStr for OutputSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let wrong = |reason: String| SpecError { reason };
        let (mut kind, mut dest, mut name) = (None, None, None);
        for field in fields(text).map_err(|reason| wrong(reason.to_owned()))? {
            let (key, value) =
                field.split_once('=').ok_or_else(|| wrong(format!("{field:?} has no \"=\"")))?;
            let slot = match key.trim() {
                "type" => &mut kind,
                "dest" => &mut dest,
                "name" => &mut name,
                other => return Err(wrong(format!("{other:?} is no part of an output"))),
            };
            if value.is_empty() {
                return Err(wrong(format!("{key} is empty")));
            }
            if slot.replace(value.to_owned()).is_some() {
                return Err(wrong(format!("{key} is there twice")));
            }
        }
        let kind = kind.ok_or_else(|| wrong("the type is missing".to_owned()))?;
        let dest = dest.ok_or_else(|| wrong("dest is missing".to_owned()))?;
        let kind = OutputKind::from_str(&kind, false)
            .map_err(|_| wrong(format!("{kind:?} is no type of output")))?;
        if dest == STDOUT && kind == OutputKind::Oci {
            return Err(wrong("a folder cannot go to standard output: take an archive".to_owned()));
        }
        Ok(OutputSpec { kind, dest: PathBuf::from(dest), name })
    }
}

impl OutputKind {
    /// How every kind is written, such as `type=oci,dest=DIR`, for help and messages.
    pub fn forms(separator: &str) -> String {
        let forms = Self::value_variants().iter().filter_map(|kind| {
            let value = kind.to_possible_value()?;
            Some(format!("type={},dest={}", value.get_name(), kind.dest()))
        });
        forms.collect::<Vec<_>>().join(separator)
    }

    /// The value of `type=`.
    pub(crate) fn word(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// What `dest` names.
    fn dest(self) -> &'static str {
        match self {
            OutputKind::Oci => "DIR",
            OutputKind::OciArchive | OutputKind::DockerArchive => "FILE",
        }
    }
}

/// Splits at commas; a field in double quotes can contain some, as in CSV: `"dest=a,b",type=oci`.
pub(crate) fn fields(text: &str) -> Result<Vec<String>, &'static str> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => {
                if let Some(field) = fields.last_mut() {
                    field.push(letter);
                }
            }
        }
    }
    if quoted {
        return Err("a quotation mark is not closed");
    }
    Ok(fields)
}

#[cfg(test)]
mod tests;
