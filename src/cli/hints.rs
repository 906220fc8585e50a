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

#[cfg(test)]
mod tests;
