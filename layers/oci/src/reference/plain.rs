//! Names of the usual form, `registry.example:5000/a/b:tag`, without a regular expression. Compiling oci-spec's
//! expression takes longer than a whole build with nothing to do. Any other form is left to oci-spec.

/// The reference, if the text has the form.
pub(super) fn plain(text: &str) -> Option<oci_client::Reference> {
    let (registry, rest) = text.split_once('/')?;
    let (repository, tag) = rest.rsplit_once(':')?;
    let is_registry = registry.contains(['.', ':']) && is_registry(registry);
    let docker = registry.ends_with("docker.io");
    // The grammar's limit for registry and repository together.
    let fits = registry.len() + repository.len() < 255;
    let plain = is_registry && !docker && fits && repository.split('/').all(is_name) && is_tag(tag);
    plain.then(|| oci_client::Reference::with_tag(registry.to_owned(), repository.to_owned(), tag.to_owned()))
}

fn is_registry(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    host.split('.').all(is_name)
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Lower-case letters and digits, separated by single dots and dashes.
fn is_name(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.split(['.', '-']).all(word)
}

fn is_tag(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(letter)
        && text.bytes().all(|byte| letter(byte) || matches!(byte, b'.' | b'-'))
}

#[cfg(test)]
mod tests;
