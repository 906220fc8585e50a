//! What the libraries advise, in the words of this program: its commands, its flags, its files.

use fourply_oci::Remedy;

/// The hint for an error of images and registries.
pub fn images(remedy: Remedy) -> String {
    let text = match remedy {
        Remedy::SmallerBase => "take a base with fewer layers",
        Remedy::OtherBase => "take another base, or rebuild this one",
        Remedy::DistinctPlatforms => "name each platform once",
        Remedy::BuildAgain => "build again: something removed it from the store meanwhile",
        Remedy::LogInAgain { registry } => return format!("log in again: docker login {registry}"),
        Remedy::LogIn { registry } => {
            return format!(
                "log in with an account that may do that: docker login {registry}, or podman login {registry}"
            );
        }
        Remedy::EarlierBundle => {
            "publish the bundle first that this one was made --since, or make one without --since"
        }
        Remedy::GoOnline => "build once without --offline, so that the store has it",
        Remedy::CheckName => {
            "check the name and the tag; some registries want the repository to be made first"
        }
        Remedy::SlowDown => "the registry limits requests: log in, or try again later",
        Remedy::SmallerChunks => {
            "something before the registry limits the size of a request: raise that limit, or try a smaller --chunk"
        }
        Remedy::CheckConnection => {
            "check the registry's name and port, and HTTPS_PROXY where it is set; --insecure allows plain HTTP"
        }
        Remedy::OtherPath { expected } => {
            return format!("name a place that does not exist yet, or {expected}");
        }
        Remedy::RemoveFile => "remove that file and build again",
        Remedy::FreeSpace => "free some space; what was half written is removed already",
        Remedy::OnePlatform => "write type=oci-archive, or name one --platform",
        Remedy::ChooseImage => {
            "name one of them: oci:DIR:NAME, oci-archive:FILE:NAME, or either with @DIGEST"
        }
        Remedy::AllPlatforms => "leave --platform out to have all of it",
        Remedy::Store(text) => return text,
    };
    text.to_owned()
}

/// The hint for an error of the workspace.
pub fn pnpm(remedy: fourply_pnpm::Remedy) -> String {
    match remedy {
        fourply_pnpm::Remedy::NameServices => {
            "name the folders of services in fourply.toml: [workspace] services = [\"services/*\"]".to_owned()
        }
    }
}

/// The hint for an error of packages.
pub fn modules(remedy: fourply_modules::Remedy) -> String {
    match remedy {
        fourply_modules::Remedy::Pnpm(remedy) => pnpm(remedy),
        fourply_modules::Remedy::PinTarball { package, found: Some(found) } => format!(
            "if the tarball that is there now is what you want, pin it in fourply.toml: [packages.integrity] {package:?} = {found:?}"
        ),
        fourply_modules::Remedy::PinTarball { package, found: None } => {
            format!("pin the tarball in fourply.toml: [packages.integrity] {package:?} = \"sha512-…\"")
        }
    }
}

/// The hint for an error of the build step.
pub fn app(remedy: fourply_app::Remedy) -> String {
    match remedy {
        fourply_app::Remedy::Modules(remedy) => modules(remedy),
        fourply_app::Remedy::NameMovedEntry { service, path } => format!(
            "the outputs have {path}, where a compiler puts it that reads sources of other folders as well (TypeScript's rootDir): if it is the one, \
             name it in fourply.toml, [services.{}] cmd = [\"node\", {path:?}]",
            toml_key(service.as_str())
        ),
    }
}

/// The last folder of a service, as a key of fourply.toml.
fn toml_key(service: &str) -> String {
    let name = service.rsplit('/').next().unwrap_or(service);
    let bare = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if bare { name.to_owned() } else { format!("{name:?}") }
}

#[cfg(test)]
mod tests;
