//! Images and registries: the crate says the remedy itself, as data.

use fourply_oci::registry::RegistryError;
use fourply_oci::sink::SinkError;
use fourply_oci::transfer::TransferError;
use fourply_oci::{OciError, Remedy};

use super::advice::Advice;

pub(super) fn advice(error: &OciError) -> Advice<'_> {
    match error {
        OciError::Registry(error) => registry(error),
        OciError::Sink(SinkError::Registry(error))
        | OciError::Transfer(
            TransferError::Registry(error) | TransferError::Sink(SinkError::Registry(error)),
        ) => registry(error),
        other => other.remedy().map_or(Advice::Nothing, words),
    }
}

/// A registry's error, which the base may wrap, too.
pub(super) fn registry(error: &RegistryError) -> Advice<'_> {
    match error {
        RegistryError::Store(error) => Advice::Ask(error),
        other => other.remedy().map_or(Advice::Nothing, words),
    }
}

pub(super) fn words(remedy: Remedy) -> Advice<'static> {
    let text = match remedy {
        Remedy::SmallerBase => "take a base with fewer layers",
        Remedy::OtherBase => "take another base, or rebuild this one",
        Remedy::DistinctPlatforms => "name each platform once",
        Remedy::BuildAgain => "build again: something removed it from the store meanwhile",
        Remedy::LogInAgain { registry } => {
            return format!("log in again: docker login {registry}").into();
        }
        Remedy::LogIn { registry } => {
            return format!(
                "log in with an account that may do that: docker login {registry}, or podman login {registry}"
            )
            .into();
        }
        Remedy::EarlierBundle => {
            "publish the bundle first that this one was made --since, or make one without --since"
        }
        Remedy::OldImage => "publish that image there first, or bundle without --delta; nothing was sent",
        Remedy::SameEncoders { writer } => {
            return format!(
                "publish with {writer}, which wrote the bundle, or bundle without --delta; nothing was sent"
            )
            .into();
        }
        Remedy::GoOnline => "build once without --offline, so that the store has it",
        Remedy::CheckName => {
            "check the name and the tag; some registries want the repository to be made first"
        }
        Remedy::SlowDown => "the registry limits requests: log in, or try again later",
        Remedy::DockerMediaTypes => {
            "some registries take docker's media types alone: try --media-types docker, which changes the manifest's digest"
        }
        Remedy::SmallerChunks => {
            "something before the registry limits the size of a request: raise that limit, or try a smaller --chunk"
        }
        Remedy::CheckConnection => {
            "check the registry's name and port, and HTTPS_PROXY where it is set; --insecure allows plain HTTP"
        }
        Remedy::OtherPath { expected } => {
            return format!("name a place that does not exist yet, or {expected}").into();
        }
        Remedy::RemoveFile => "remove that file and build again",
        Remedy::FreeSpace => "free some space; what was half written is removed already",
        Remedy::OnePlatform => "write type=oci-archive, or name one --platform",
        Remedy::StartEngine => {
            "start docker, or podman with systemctl --user start podman.socket; or write -o type=docker-archive,dest=FILE in place of --load"
        }
        Remedy::JoinEngine => {
            "your user may not use this socket: name one that it may in DOCKER_HOST or CONTAINER_HOST, or become a member of the socket's group"
        }
        Remedy::CopyAgain => {
            "copy or download it again, or write it again where it was made; nothing was sent"
        }
        Remedy::ChooseImage => {
            "name one of them: oci:DIR:NAME, oci-archive:FILE:NAME, or either with @DIGEST"
        }
        Remedy::AllPlatforms => "leave --platform out to have all of it",
    };
    text.into()
}
