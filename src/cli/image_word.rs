//! A word that should name an image, looked at before anything is asked for it. In: the word, the current folder. Out: nothing, or what to write in its place.

use std::path::Path;

use fourply_base::ImageRef;

use super::workspace::choose;
use crate::Error;

/// Refuses what is a file, a folder, or a layout under the wrong kind's name. Services pass.
///
/// # Errors
/// See above.
pub(super) fn check(word: &str) -> Result<(), Error> {
    in_a_file(word, Path::new(word))?;
    match ImageRef::parse(word, Path::new("")) {
        Ok(ImageRef::Layout(image)) => layout(word, &image.path),
        Ok(ImageRef::OciArchive(image) | ImageRef::DockerArchive(image)) if image.path.is_dir() => {
            let path = image.path.display();
            Err(Error::usage(
                format!("{word} is wrong: {path} is a folder, and no archive"),
                format!("write oci:{path} for an OCI layout in a folder"),
            ))
        }
        _ => Ok(()),
    }
}

/// As [`check`], where no service may stand.
///
/// # Errors
/// Those of [`check`], and a service, a path to nothing.
pub(super) fn check_no_service(word: &str) -> Result<(), Error> {
    check(word)?;
    let is_path = ["./", "../", "/"].iter().any(|begin| word.starts_with(begin));
    if is_path && !Path::new(word).exists() {
        return Err(Error::usage(
            format!("there is no file and no folder {word}"),
            "write oci:DIR for a layout in a folder, or oci-archive:FILE",
        ));
    }
    let plain = !word.contains([':', '@', '.']);
    if plain && choose(&[word.to_owned()], None).is_ok() {
        return Err(Error::usage(
            format!("{word} is a service of the workspace, and not the name of an image"),
            format!(
                "write its image first, and name that: fourply build {word} -o type=oci,dest=out, then oci:out; or REGISTRY/NAME:TAG"
            ),
        ));
    }
    Ok(())
}

fn layout(word: &str, path: &Path) -> Result<(), Error> {
    let shown = path.display();
    if path.is_file() {
        return Err(Error::usage(
            format!("{word} is wrong: {shown} is a file, and oci: names a folder"),
            format!("write oci-archive:{shown}, or docker-archive:{shown} for what docker save wrote"),
        ));
    }
    if !path.exists() {
        return Err(Error::usage(
            format!("{word} is wrong: there is no folder {shown}"),
            format!("check the path; fourply build SERVICE -o type=oci,dest={shown} writes an image there"),
        ));
    }
    Ok(())
}

/// A file or a folder that holds an image: the kind of it has to be said.
fn in_a_file(word: &str, path: &Path) -> Result<(), Error> {
    let wrong = |what: &str, hint: String| Err(Error::usage(format!("{word} is {what}"), hint));
    if path.is_file() && !word.contains(':') {
        return wrong(
            "a file, and not the name of an image",
            format!(
                "write docker-archive:{word} for what docker save wrote, or oci-archive:{word} for an OCI archive"
            ),
        );
    }
    if path.join("oci-layout").is_file() {
        return wrong("an OCI layout, and not the name of an image", format!("write oci:{word}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
