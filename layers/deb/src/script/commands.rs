//! The effects of a maintainer script. In: its commands, the tree that it would see, and the accounts. Out: the
//! accounts with the additions, and the folders, owners and modes that it sets; `None` if it reaches an unknown
//! command. Nothing runs.

use std::collections::BTreeMap;

use super::system::{Outcome, System};
use super::{Node, Piece, Word, glob};
use crate::version;

mod conditions;
mod expand;
mod paths;

use expand::Words;
use paths::Paths;

/// The most commands that are followed.
const MAX_STEPS: usize = 10_000;

/// Follows a script with these arguments: the action, and the previously installed version, empty if there was none.
/// `None` if it is not understood.
pub(crate) fn follow(
    nodes: &[Node],
    arguments: &[String],
    system: &dyn System,
    start: Outcome,
) -> Option<Outcome> {
    let mut run = Run {
        system,
        outcome: start,
        variables: BTreeMap::new(),
        functions: BTreeMap::new(),
        arguments: arguments.to_vec(),
        steps: 0,
        depth: 0,
        checked: 0,
        stops_at_errors: false,
        folder: None,
        flow: Flow::On,
    };
    run.list(nodes)?;
    matches!(run.flow, Flow::On | Flow::Exit(true)).then_some(run.outcome)
}

/// Whether the script continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    /// Continue with the next round of the loop, or leave it.
    Continue,
    Break,
    /// Leave the function with this status.
    Return(bool),
    Exit(bool),
}

/// The state while a script is followed.
struct Run<'r> {
    system: &'r dyn System,
    outcome: Outcome,
    variables: BTreeMap<String, String>,
    functions: BTreeMap<&'r str, &'r Node>,
    arguments: Vec<String>,
    steps: usize,
    depth: usize,
    /// The number of open conditions: `set -e` does not apply in them.
    checked: usize,
    stops_at_errors: bool,
    /// The current folder, once it was changed.
    folder: Option<String>,
    flow: Flow,
}

impl<'r> Run<'r> {
    /// The status of the last command; `None` if a command is not known.
    fn list(&mut self, nodes: &'r [Node]) -> Option<bool> {
        let mut status = true;
        for node in nodes {
            status = self.node(node)?;
            let is_command = matches!(node, Node::Command { .. });
            if !status && is_command && self.stops_at_errors && self.checked == 0 && self.flow == Flow::On {
                return None;
            }
            match self.flow {
                Flow::On => {}
                Flow::Return(status) | Flow::Exit(status) => return Some(status),
                Flow::Continue | Flow::Break => return Some(true),
            }
        }
        Some(status)
    }

    fn node(&mut self, node: &'r Node) -> Option<bool> {
        self.steps += 1;
        self.depth += 1;
        if self.steps > MAX_STEPS || self.depth > super::MAX_DEPTH {
            return None;
        }
        let status = match node {
            Node::Command { assignments, words } => self.command(assignments, words)?,
            Node::Not(inner) => !self.condition(std::slice::from_ref(inner))?,
            Node::And(left, right) => {
                let left = self.condition(std::slice::from_ref(left))?;
                if left && self.flow == Flow::On { self.node(right)? } else { left }
            }
            Node::Or(left, right) => {
                let left = self.condition(std::slice::from_ref(left))?;
                if !left && self.flow == Flow::On { self.node(right)? } else { left }
            }
            Node::If { branches, otherwise } => self.branches(branches, otherwise)?,
            Node::Case { word, arms } => self.case(word, arms)?,
            Node::For { name, words, body } => self.each(name, words, body)?,
            Node::Function { name, body } => {
                self.functions.insert(name, body);
                true
            }
            Node::Group(nodes) => self.list(nodes)?,
            Node::Unknown => return None,
        };
        self.depth -= 1;
        Some(status)
    }

    fn condition(&mut self, nodes: &'r [impl AsRef<Node>]) -> Option<bool> {
        self.checked += 1;
        let mut status = true;
        for node in nodes {
            status = self.node(node.as_ref())?;
            if self.flow != Flow::On {
                break;
            }
        }
        self.checked -= 1;
        Some(status)
    }

    fn branches(&mut self, branches: &'r [(Vec<Node>, Vec<Node>)], otherwise: &'r [Node]) -> Option<bool> {
        for (condition, then) in branches {
            let is_true = self.condition(condition)?;
            if self.flow != Flow::On {
                return Some(is_true);
            }
            if is_true {
                return self.list(then);
            }
        }
        self.list(otherwise)
    }

    fn case(&mut self, word: &Word, arms: &'r [(Vec<Word>, Vec<Node>)]) -> Option<bool> {
        let value = self.expand().text(word)?;
        for (patterns, then) in arms {
            for pattern in patterns {
                if matches(pattern, &value)? {
                    return self.list(then);
                }
            }
        }
        Some(true)
    }

    fn each(&mut self, name: &str, words: &[Word], body: &'r [Node]) -> Option<bool> {
        let mut status = true;
        for value in self.expand().listed(words)? {
            self.variables.insert(name.to_owned(), value);
            status = self.list(body)?;
            match std::mem::replace(&mut self.flow, Flow::On) {
                Flow::On | Flow::Continue => {}
                Flow::Break => break,
                flow => {
                    self.flow = flow;
                    break;
                }
            }
        }
        Some(status)
    }

    fn command(&mut self, assignments: &[(String, Word)], words: &[Word]) -> Option<bool> {
        let words = self.expand().words(words)?;
        let Some((name, rest)) = words.split_first() else {
            for (name, value) in assignments {
                let value = self.expand().text(value)?;
                self.variables.insert(name.clone(), value);
            }
            return Some(true);
        };
        if let Some(body) = self.functions.get(name.as_str()).copied() {
            return self.call(body, rest);
        }
        self.builtin(name, rest)
    }

    fn call(&mut self, body: &'r Node, arguments: &[String]) -> Option<bool> {
        let before = std::mem::replace(&mut self.arguments, arguments.to_vec());
        let status = self.node(body)?;
        self.arguments = before;
        Some(match self.flow {
            // There is no loop around it.
            Flow::Continue | Flow::Break => return None,
            Flow::Return(status) => {
                self.flow = Flow::On;
                status
            }
            _ => status,
        })
    }

    fn builtin(&mut self, name: &str, words: &[String]) -> Option<bool> {
        let word = |at: usize| words.get(at).map(String::as_str).unwrap_or_default();
        let adduser = self.system.rules("adduser").filter(|_| self.has_program("adduser"));
        let accounts = &mut self.outcome.accounts;
        match name {
            ":" | "true" | "echo" | "printf" | "umask" => Some(true),
            "false" => Some(false),
            "set" => {
                for word in words.iter().filter(|word| word.contains('e')) {
                    self.stops_at_errors =
                        word.starts_with('-') || self.stops_at_errors && !word.starts_with('+');
                }
                Some(true)
            }
            "local" | "export" => {
                let assigned = words.iter().filter_map(|word| word.split_once('='));
                self.variables.extend(assigned.map(|(name, value)| (name.to_owned(), value.to_owned())));
                Some(true)
            }
            "cd" if words.len() == 1 && word(0).starts_with('/') => {
                let is_folder = self.system.is_folder(word(0)) == Some(true);
                self.folder = is_folder.then(|| word(0).to_owned()).or(self.folder.take());
                Some(is_folder)
            }
            "continue" if words.is_empty() => {
                self.flow = Flow::Continue;
                Some(true)
            }
            "break" if words.is_empty() => {
                self.flow = Flow::Break;
                Some(true)
            }
            "shift" if words.is_empty() && !self.arguments.is_empty() => {
                self.arguments.remove(0);
                Some(true)
            }
            "exit" => {
                self.flow = Flow::Exit(matches!(word(0), "" | "0"));
                Some(true)
            }
            "return" => {
                self.flow = Flow::Return(matches!(word(0), "" | "0"));
                Some(matches!(word(0), "" | "0"))
            }
            "[" => conditions::test(
                self.system,
                &self.outcome,
                words.split_last().filter(|(last, _)| *last == "]")?.1,
            ),
            "test" => conditions::test(self.system, &self.outcome, words),
            "getent" => match word(0) {
                "passwd" => Some(accounts.uid(word(1)).is_some()),
                "group" => Some(accounts.gid(word(1)).is_some()),
                _ => None,
            },
            "id" => words.last().map(|name| accounts.uid(name).is_some()),
            "command" if word(0) == "-v" => Some(self.has_program(word(1))),
            "which" if words.len() == 1 => Some(self.has_program(word(0))),
            "adduser" => {
                let home = accounts.adduser(words, adduser?)?;
                home.map_or(Some(true), |home| self.paths().make_home(&home))
            }
            "addgroup" => adduser.and_then(|_| accounts.addgroup(words)).map(|()| true),
            "dpkg" if word(0) == "--compare-versions" && words.len() == 4 => {
                version::compares(word(1), word(2), word(3))
            }
            "useradd" | "groupadd" | "usermod"
                if !self.has_program(name) || self.system.rules("passwd").is_none() =>
            {
                None
            }
            "useradd" => self.outcome.accounts.useradd(words),
            "groupadd" => self.outcome.accounts.groupadd(words),
            "usermod" => self.outcome.accounts.usermod(words),
            "systemd-sysusers" if !self.has_program(name) || words.is_empty() => None,
            "systemd-sysusers" => {
                let rules = self.system.rules(name)?;
                let texts: Option<Vec<String>> =
                    words.iter().map(|name| self.system.sysusers(name)).collect();
                self.outcome.accounts.sysusers(&texts?, rules).map(|()| true)
            }
            "dpkg-statoverride" => self.paths().overrides(words),
            // Before the first installation there is nothing to move or remove.
            "dpkg-maintscript-helper" if words.last().is_some_and(String::is_empty) => Some(true),
            // Built from the script's text elsewhere, wherever the call is.
            "update-alternatives" if words.iter().any(|word| word == "--install") => Some(true),
            _ if self.is_for_services(name) => {
                Some(!matches!((name, word(0)), ("deb-systemd-helper", "debian-installed")))
            }
            _ => self.paths().on_paths(name, words),
        }
    }

    fn expand(&self) -> Words<'_> {
        Words {
            system: self.system,
            variables: &self.variables,
            functions: &self.functions,
            arguments: &self.arguments,
            touched: &self.outcome.touched,
            folder: self.folder.as_deref(),
        }
    }

    fn paths(&mut self) -> Paths<'_> {
        Paths { system: self.system, outcome: &mut self.outcome }
    }

    fn has_program(&self, name: &str) -> bool {
        expand::program(self.system, name).is_some()
    }

    /// Commands that start services: images do not need them, unless they have an init that does this.
    fn is_for_services(&self, name: &str) -> bool {
        let known = ["deb-systemd-helper", "deb-systemd-invoke", "systemctl", "update-rc.d", "invoke-rc.d"];
        let inits = ["/lib/systemd/systemd", "/sbin/init"];
        known.contains(&name) && !inits.iter().any(|init| self.system.is_executable(init))
    }
}

/// Whether a pattern of `case` matches; `None` for an unsupported pattern.
fn matches(pattern: &Word, value: &str) -> Option<bool> {
    match pattern.as_slice() {
        [Piece::Text(text, false)] if text == "*" => Some(true),
        [Piece::Text(text, false)] if text.contains(['*', '?', '[']) => match text.strip_suffix('*') {
            Some(start) if !start.contains(['*', '?', '[']) => Some(value.starts_with(start)),
            _ => glob::fits(text, value),
        },
        [Piece::Text(text, _)] | [Piece::Text(_, true), Piece::Text(text, true)] => Some(text == value),
        [] => Some(value.is_empty()),
        _ => None,
    }
}

impl AsRef<Node> for Node {
    fn as_ref(&self) -> &Node {
        self
    }
}
