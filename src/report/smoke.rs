//! The judgement of an image that was started, in words. In: a verdict. Out: one line, and the notes beside it.

use std::time::Duration;

use fourply_smoke::{Asked, CheckEnd, Clue, Denial, Note, Reason, Unstartable, Verdict};

use super::bytes;

/// One line that says why.
pub(crate) fn diagnosis(verdict: &Verdict) -> String {
    match &verdict.reason {
        Reason::Healthy { took, asked: Some(Asked { path, status: Some(404) }) } => {
            format!("it answers after {} (GET {path} 404)", seconds(*took))
        }
        Reason::Healthy { took, asked: Some(Asked { path, status: Some(status) }) } => {
            format!("the health check passed after {} (GET {path} {status})", seconds(*took))
        }
        Reason::Healthy { took, .. } => format!("the health check passed after {}", seconds(*took)),
        Reason::Alive { took } => format!("it still ran after {}; it has no health check", seconds(*took)),
        Reason::Done { took } => format!("it ended with exit code 0 after {}", seconds(*took)),
        Reason::Unstartable(why) => unstartable(why),
        Reason::Said(clue) => said(clue),
        Reason::Crash { ended, line: Some(line) } => format!("it {ended} before any connection: {line}"),
        Reason::Crash { ended, line: None } => format!("it {ended} before any connection"),
        Reason::Defect { ended, line } => format!("it {ended}: {line}"),
        Reason::Unanswered { ended, .. } => format!("it {ended} after something outside did not answer it"),
        Reason::EndedEarly { took } => {
            format!("it ended with exit code 0 after {}, and served nothing", seconds(*took))
        }
        Reason::Silent { took } => format!("it listened on no port after {}", seconds(*took)),
        Reason::Waits { took, .. } => {
            format!("it listened on no port after {}: something outside did not answer it", seconds(*took))
        }
        Reason::OtherPort { ports, named } => {
            format!("it listens on {}, not on {}, which the image names", numbers(ports), numbers(named))
        }
        Reason::Loopback { ports } => {
            format!(
                "it listens on a loopback address alone (127.0.0.1 or ::1, {}), so nothing outside of its container reaches it",
                numbers(ports)
            )
        }
        Reason::Unwell { ports, last, asked } => {
            format!("the health check failed{}{}", test(last.as_ref(), asked.as_ref()), listens(ports))
        }
        Reason::UnwellAlone { ports, last, asked } => format!(
            "the health check failed{}{}, and something outside did not answer it",
            test(last.as_ref(), asked.as_ref()),
            listens(ports)
        ),
        Reason::TooMuchMemory { bytes: count } => format!("it took more than {} of memory", bytes(*count)),
        Reason::TooManyProcesses { count } => format!("it started more than {count} processes"),
        Reason::NoUser { name } => format!("the image has no user or group {name:?}"),
        Reason::Platform { platform } => {
            format!("it is for {platform}, whose programs do not run on this machine")
        }
        Reason::NoNamespaces { lacks } => format!(
            "only what can be told without a start was looked at, and is well: this machine makes no sandbox ({})",
            lacks.join("; ")
        ),
    }
}

fn unstartable(why: &Unstartable) -> String {
    match why {
        Unstartable::Nothing => {
            "it names no program: there is neither an entry point nor a command".to_owned()
        }
        Unstartable::Missing { program } => format!("the program {program} is not in the image"),
        Unstartable::NotExecutable { program } => format!("the image's user may not execute {program}"),
        Unstartable::Loader { program, loader } => {
            format!("{program} needs the loader {loader}, which is not in the image")
        }
        Unstartable::Interpreter { program, interpreter } => {
            format!("the first line of {program} asks for {interpreter:?}, which is not in the image")
        }
        Unstartable::Architecture { program, architecture } => {
            format!("{program} is for {architecture}, and the image is not")
        }
        Unstartable::Format { program } => {
            format!(
                "{program} is no program for Linux, and no script with an interpreter in its first line (exec format error)"
            )
        }
        Unstartable::Other { program, error } => format!("{program} cannot be started: {error}"),
        Unstartable::Place { path } => {
            format!("a link or a file lies at {path}, where every container engine mounts a file system")
        }
        Unstartable::Folder { folder, error } => {
            format!("the working directory {folder} cannot be entered: {error}")
        }
    }
}

/// What a line of the output says.
fn said(clue: &Clue) -> String {
    match clue {
        Clue::Module { name } => format!("the module {name} is not in the image"),
        Clue::Command { name } => format!("the program {name} is not in the image"),
        Clue::Library { name } => {
            format!("the library {name} cannot be loaded: it, or one that it needs, is not in the image")
        }
        Clue::Native { line } => format!("machine code does not fit the image: {line}"),
        Clue::Denied { denial: Denial::ReadOnly, path: Some(path), .. } => {
            format!("it writes to {path}, which is read-only")
        }
        Clue::Denied { denial: Denial::Permission, path: Some(path), .. } => {
            format!("the image's user may not use {path}")
        }
        Clue::Denied { denial: Denial::NoFolder, path: Some(path), .. } => {
            format!("it writes to {path}, whose folder is not in the image")
        }
        Clue::Denied { denial: Denial::NoFolder, line, .. } => {
            format!("it writes to a folder that is not in the image: {line}")
        }
        Clue::Denied { line, .. } => format!("something is refused to the image's user: {line}"),
        Clue::Unbuilt { package: Some(package), .. } => {
            format!("the machine code of {package} is not in the image")
        }
        Clue::Unbuilt { line, .. } => format!("machine code of a package is not in the image: {line}"),
        Clue::File { path, .. } => format!("the file {path} is not in the image"),
        Clue::Connection { line } => format!("something outside did not answer it: {line}"),
        Clue::Variable { name: Some(name), .. } => format!("the variable {name} is not set"),
        Clue::Variable { name: None, line } => format!("a variable is not set: {line}"),
        Clue::Bound { line } => format!("the sandbox gives it no more: {line}"),
    }
}

fn test(last: Option<&(CheckEnd, String)>, asked: Option<&Asked>) -> String {
    let Some((end, output)) = last else { return " (it never ended)".to_owned() };
    let end = match end {
        CheckEnd::Status(status) => format!("exit code {status}"),
        CheckEnd::Signal(signal) => format!("signal {signal}"),
        CheckEnd::TimedOut => "no answer in its time".to_owned(),
        CheckEnd::NotStarted(error) => format!("it cannot be started: {error}"),
    };
    let said = output.lines().next_back().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
    let parts: Vec<String> = said.into_iter().chain(asked.map(answer)).collect();
    if parts.is_empty() { format!(" ({end})") } else { format!(" ({end}: {})", parts.join("; ")) }
}

fn answer(Asked { path, status }: &Asked) -> String {
    match status {
        Some(status) => format!("GET {path} answered {status}"),
        None => format!("GET {path} got no answer of HTTP"),
    }
}

fn listens(ports: &[u16]) -> String {
    if ports.is_empty() { String::new() } else { format!("; it listens on {}", numbers(ports)) }
}

fn numbers(ports: &[u16]) -> String {
    let all: Vec<String> = ports.iter().map(u16::to_string).collect();
    format!("{} {}", if all.len() == 1 { "port" } else { "the ports" }, all.join(", "))
}

/// A note, as a sentence.
pub(crate) fn note(note: &Note) -> String {
    match note {
        Note::IgnoredStop { grace } => {
            format!(
                "it still ran {} after it was asked to end (SIGTERM): engines end it by force",
                seconds(*grace)
            )
        }
        Note::NoHandler => {
            "it has no handler for SIGTERM: as process 1 of a container it does not end when it is asked to, \
                            unless an entry point such as tini starts it"
                .to_owned()
        }
        Note::Left { count: 1 } => "1 process outlived it, and was ended".to_owned(),
        Note::Left { count } => format!("{count} processes outlived it, and were ended"),
        Note::LoopbackAlone { ports } => format!(
            "it listens on a loopback address alone (127.0.0.1 or ::1, {}), so nothing outside of its container reaches it: let it listen on 0.0.0.0",
            numbers(ports)
        ),
        Note::NoPath => "none of the paths that its health check asks for is there, so it tells only that something answers: name a path in health".to_owned(),
        Note::Survived(clue) => format!("it goes on, but {}", said(clue)),
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
