//! The shell scripts in `.bin`, byte for byte as pnpm writes them. In: rules, the paths of the script and its target,
//! and the program that runs the target. Out: text. Pure.
//!
//! The long heads are pnpm's own text (MIT). They are kept as files, because their bytes are the contract.

use super::commands::Target;
use super::runtime::Runtime;
use crate::layout::paths::relative;
use crate::rules::{
    BareExec, BareStart, CommandSwitch, PathQuotes, ShimBody, ShimHead, ShimNodePath, ShimRules, ShimTrailer,
};

const CYGWIN: &str = "#!/bin/sh
basedir=$(dirname \"$(echo \"$0\" | sed -e 's,\\\\,/,g')\")

case `uname` in
    *CYGWIN*) basedir=`cygpath -w \"$basedir\"`;;
esac

";
const CYGWIN_OR_MSYS: &str = "#!/bin/sh
basedir=$(dirname \"$(echo \"$0\" | sed -e 's,\\\\,/,g')\")

case `uname` in
    *CYGWIN*|*MINGW*|*MSYS*)
        if command -v cygpath > /dev/null 2>&1; then
            basedir=`cygpath -w \"$basedir\"`
        fi
    ;;
esac

";
/// The script's folder with links resolved. Later heads compute it at different positions.
macro_rules! absolute_folder {
    () => {
        "basedir_abs=$(CDPATH= cd -P -- \"$basedir\" && pwd -P) || exit $?\n"
    };
}

/// The head that cleans PATH, with its middle part and its last part.
macro_rules! cleaned_path {
    ($middle:expr, $end:expr) => {
        concat!(
            include_str!("shim/cleaned-path-begin.sh"),
            $middle,
            include_str!("shim/cleaned-path-end.sh"),
            $end
        )
    };
}

const WINDOWS_OR_WSL: &str = include_str!("shim/windows-or-wsl.sh");
const WINDOWS_OR_WSL_THROUGH_LINKS: &str = include_str!("shim/windows-or-wsl-through-links.sh");
const DEFAULT_PATH_BY_ECHO: &str = include_str!("shim/default-path-by-echo.sh");
const DEFAULT_PATH_BARE: &str = include_str!("shim/default-path-bare.sh");
const DEFAULT_PATH: &str = include_str!("shim/default-path.sh");
const DEFAULT_PATH_ABSOLUTE: &str = concat!(include_str!("shim/default-path.sh"), absolute_folder!());
const CLEANED_PATH: &str = cleaned_path!("", "");
const CLEANED_PATH_ABSOLUTE: &str =
    cleaned_path!(concat!(absolute_folder!(), "basedir=\"$basedir_abs\"\n"), "");
const CLEANED_PATH_ABSOLUTE_LAST: &str = cleaned_path!("", absolute_folder!());
const FOLLOWS_LINKS: &str = include_str!("shim/follows-links.sh");
const FOLLOWS_LINKS_CHEAPLY: &str = include_str!("shim/follows-links-cheaply.sh");

/// One script. Paths are relative to the workspace's root.
#[derive(Debug, Clone)]
pub(crate) struct Shim<'a> {
    pub(crate) rules: &'a ShimRules,
    /// The workspace's root in the image, absolute, without a trailing `/` (except for `/` itself).
    pub(crate) root: &'a str,
    /// The `.bin` directory of the script.
    pub(crate) directory: &'a str,
    /// The file to run, by the path that pnpm takes to it. It may lead through a link.
    pub(crate) path: &'a str,
    pub(crate) target: Target,
    /// How to run it.
    pub(crate) runtime: &'a Runtime,
    /// The folders of NODE_PATH: absolute or relative to the root, depending on the rules.
    pub(crate) node_path: &'a [String],
}

impl Shim<'_> {
    pub(crate) fn text(&self) -> String {
        let head = head(self.rules.head).to_owned();
        match self.rules.body {
            ShimBody::TwoBranches { bare_start, switch, trailer } => {
                let text = head + &self.export_node_path(ShimNodePath::AbsoluteInDoubleQuotes);
                let text = text + &self.two_branches(bare_start, switch);
                if trailer { text + &self.trailer(ShimTrailer::AbsoluteTarget) } else { text }
            }
            ShimBody::WindowsBranches {
                quotes,
                msys_branch,
                bare_exec,
                switch,
                node_path,
                marks_missing_target,
                trailer,
            } => {
                let mut text = head;
                text += &self.export_node_path(node_path);
                let path = relative(self.directory, self.path);
                text += &self.windows_branches(&Quoted { quotes, msys_branch, path }, bare_exec, switch);
                if marks_missing_target && self.target == Target::Missing {
                    text += "# cmd-shim-missing-target\n";
                }
                text + &self.trailer(trailer)
            }
        }
    }

    fn two_branches(&self, bare_start: BareStart, switch: CommandSwitch) -> String {
        let target = format!("\"$basedir/{}\"", relative(self.directory, self.path));
        let Some(program) = &self.runtime.program else {
            return match bare_start {
                BareStart::Called => format!("{target}   \"$@\"\nexit $?\n"),
                BareStart::Exec => format!("exec {target}   \"$@\"\nexit $?\n"),
            };
        };
        let arguments = match switch {
            CommandSwitch::Doubled => doubled_switch(program, &self.runtime.arguments),
            _ => self.runtime.arguments.clone(),
        };
        let (beside, plain) = (format!("\"$basedir/{program}\""), program.replace('\\', "/"));
        format!(
            "if [ -x {beside} ]; then\n  exec {beside} {arguments} {target} \"$@\"\nelse\n  exec {plain} {arguments} {target} \"$@\"\nfi\n"
        )
    }

    fn windows_branches(&self, target: &Quoted, bare_exec: BareExec, switch: CommandSwitch) -> String {
        match (&self.runtime.program, bare_exec) {
            (Some(program), _) => run_by(program, &self.runtime.arguments, target, switch),
            (None, BareExec::ThreeBlanks) => format!("exec {}   \"$@\"\nexit $?\n", target.unix()),
            (None, BareExec::TwoBlanks) => format!("exec {}  \"$@\"\nexit $?\n", target.unix()),
        }
    }

    fn export_node_path(&self, rule: ShimNodePath) -> String {
        if self.node_path.is_empty() {
            return String::new();
        }
        let in_double_quotes = |path: &str| export(&format!("\"{path}\""), &format!("\"{path}:$NODE_PATH\""));
        let after = |path: &str| export(path, &format!("{path}:\"$NODE_PATH\""));
        let each = |write: &dyn Fn(&str) -> String| {
            let all = self.node_path.iter().map(|path| write(&relative(self.directory, path)));
            all.collect::<Vec<_>>().join(":")
        };
        match rule {
            ShimNodePath::AbsoluteInDoubleQuotes => in_double_quotes(&self.node_path.join(":")),
            ShimNodePath::Absolute => after(&single_quoted(&self.node_path.join(":"))),
            ShimNodePath::RelativeInDoubleQuotes => {
                in_double_quotes(&each(&|path| format!("$basedir_abs/{path}")))
            }
            ShimNodePath::RelativeToScript => {
                after(&each(&|path| format!("\"$basedir_abs\"/{}", single_quoted(path))))
            }
        }
    }

    /// The last line. A later install recognises the script by it.
    fn trailer(&self, rule: ShimTrailer) -> String {
        let target = match rule {
            ShimTrailer::AbsoluteTarget => absolute(self.root, self.path),
            ShimTrailer::RelativeTarget => relative(self.directory, self.path),
        };
        format!("# cmd-shim-target={target}\n")
    }
}

/// `path` below `root`.
pub(crate) fn absolute(root: &str, path: &str) -> String {
    format!("{}/{path}", root.trim_end_matches('/'))
}

fn export(alone: &str, before: &str) -> String {
    format!(
        "if [ -z \"$NODE_PATH\" ]; then\n  export NODE_PATH={alone}\nelse\n  export NODE_PATH={before}\nfi\n"
    )
}

fn head(head: ShimHead) -> &'static str {
    match head {
        ShimHead::Cygwin => CYGWIN,
        ShimHead::CygwinOrMsys => CYGWIN_OR_MSYS,
        ShimHead::WindowsOrWsl => WINDOWS_OR_WSL,
        ShimHead::WindowsOrWslThroughLinks => WINDOWS_OR_WSL_THROUGH_LINKS,
        ShimHead::DefaultPathByEcho => DEFAULT_PATH_BY_ECHO,
        ShimHead::DefaultPathBare => DEFAULT_PATH_BARE,
        ShimHead::DefaultPath => DEFAULT_PATH,
        ShimHead::DefaultPathAbsolute => DEFAULT_PATH_ABSOLUTE,
        ShimHead::CleanedPath => CLEANED_PATH,
        ShimHead::CleanedPathAbsoluteLast => CLEANED_PATH_ABSOLUTE_LAST,
        ShimHead::CleanedPathAbsolute => CLEANED_PATH_ABSOLUTE,
        ShimHead::FollowsLinks => FOLLOWS_LINKS,
        ShimHead::FollowsLinksCheaply => FOLLOWS_LINKS_CHEAPLY,
    }
}

/// The target of a script, relative to the script's folder.
struct Quoted {
    quotes: PathQuotes,
    msys_branch: bool,
    path: String,
}

impl Quoted {
    /// For programs of Unix.
    fn unix(&self) -> String {
        match self.quotes {
            PathQuotes::Double => format!("\"$basedir/{}\"", self.path),
            PathQuotes::DoubleAbsolute => format!("\"$basedir_abs/{}\"", self.path),
            PathQuotes::SingleAbsolute => format!("\"$basedir_abs\"/{}", single_quoted(&self.path)),
        }
    }

    /// For programs of Windows.
    fn windows(&self) -> String {
        match self.quotes {
            PathQuotes::Double | PathQuotes::DoubleAbsolute => format!("\"$basedir_win/{}\"", self.path),
            PathQuotes::SingleAbsolute => format!("\"$basedir_win\"/{}", single_quoted(&self.path)),
        }
    }
}

/// The end of [`ShimBody::WindowsBranches`] for a target that a program runs.
fn run_by(program: &str, arguments: &str, target: &Quoted, switch: CommandSwitch) -> String {
    let program = program.replace('\\', "/");
    match switch {
        CommandSwitch::Excluded => {
            let (exclusion, arguments) = command_switch(&program, arguments);
            exclusion + &branches(&program, &arguments, target)
        }
        CommandSwitch::DoubledForMsys { spaced } if doubled_switch(&program, arguments) != arguments => {
            let indented = |arguments: &str| indent(&branches(&program, arguments, target));
            let doubled = indented(&doubled_switch(&program, arguments));
            let line = if spaced { "\n" } else { "" };
            format!("if [ -n \"$msys\" ]; then\n{doubled}{line}else\n{}{line}fi\n", indented(arguments))
        }
        CommandSwitch::AsItIs | CommandSwitch::Doubled | CommandSwitch::DoubledForMsys { .. } => {
            branches(&program, arguments, target)
        }
    }
}

/// Runs the program next to the script or the one in PATH, including Windows programs.
fn branches(program: &str, arguments: &str, target: &Quoted) -> String {
    let (unix, windows) = (target.unix(), target.windows());
    if program.to_lowercase().ends_with(".exe") {
        return format!(
            "if [ -x \"$basedir/{program}\" ]; then\n  exec \"$basedir/{program}\" {arguments} {windows} \"$@\"\nelse\n  exec {program} {arguments} {windows} \"$@\"\nfi\n"
        );
    }
    let msys = (
        format!("elif [ -n \"$msys\" ] && command -v {program} >/dev/null 2>&1; then"),
        program.to_owned(),
        &windows,
    );
    let first = [
        (
            format!("if [ -n \"$exe\" ] && [ -x \"$basedir/{program}.exe\" ]; then"),
            format!("\"$basedir/{program}.exe\""),
            &windows,
        ),
        (format!("elif [ -x \"$basedir/{program}\" ]; then"), format!("\"$basedir/{program}\""), &unix),
    ];
    let last = [
        (format!("elif command -v {program} >/dev/null 2>&1; then"), program.to_owned(), &unix),
        (
            format!("elif [ -n \"$exe\" ] && command -v {program}.exe >/dev/null 2>&1; then"),
            format!("{program}.exe"),
            &windows,
        ),
        ("else".to_owned(), program.to_owned(), &unix),
    ];
    let lines = first.into_iter().chain(target.msys_branch.then_some(msys)).chain(last);
    let lines = lines
        .map(|(test, program, target)| format!("{test}\n  exec {program} {arguments} {target} \"$@\"\n"));
    format!("{}fi\n", lines.collect::<String>())
}

fn indent(block: &str) -> String {
    let lines =
        block.split('\n').map(|line| if line.is_empty() { String::new() } else { format!("  {line}") });
    lines.collect::<Vec<_>>().join("\n")
}

fn is_switch(word: &str) -> bool {
    word.eq_ignore_ascii_case("/c") || word.eq_ignore_ascii_case("/k")
}

/// `//C` for `/C`, where `cmd` runs the target.
fn doubled_switch(program: &str, arguments: &str) -> String {
    if !matches!(program, "cmd" | "cmd.exe") {
        return arguments.to_owned();
    }
    let word = |word: &str| if is_switch(word) { format!("/{word}") } else { word.to_owned() };
    arguments.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// The prefix of a run of Windows' `cmd` that keeps MSYS from treating its `/C` as a path; and the arguments.
fn command_switch(program: &str, arguments: &str) -> (String, String) {
    let found = arguments
        .split_whitespace()
        .find(|word| is_switch(word))
        .filter(|_| matches!(program, "cmd" | "cmd.exe"));
    let Some(switch) = found else { return (String::new(), arguments.to_owned()) };
    let upper = switch.to_uppercase();
    let exclusion = format!(
        "if [ -n \"$msys\" ]; then\n  export MSYS2_ARG_CONV_EXCL=\"{upper}${{MSYS2_ARG_CONV_EXCL:+;$MSYS2_ARG_CONV_EXCL}}\"\nfi\n"
    );
    (exclusion, arguments.replacen(switch, &upper, 1))
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests;
