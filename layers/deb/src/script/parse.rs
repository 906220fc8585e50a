//! The grammar of the shell, as far as maintainer scripts use it. In: tokens. Out: commands.

use super::{MAX_DEPTH, Node, Piece, Token, Word, plain, tokens};

/// The commands of a script; `None` if it cannot be parsed.
pub(crate) fn parse(text: &str) -> Option<Vec<Node>> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, depth: 0 };
    let nodes = parser.list(&[])?;
    parser.tokens.is_empty().then_some(nodes)
}

struct Parser<'t> {
    tokens: &'t [Token],
    depth: usize,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<&Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn skip_lines(&mut self) {
        while self.tokens.first() == Some(&Token::Newline) {
            self.next();
        }
    }

    /// Whether the next token is this word, or this operator.
    fn is(&self, text: &str) -> bool {
        match self.tokens.first() {
            Some(Token::Word(word)) => plain(word) == Some(text),
            Some(Token::Operator(operator)) => *operator == text,
            _ => false,
        }
    }

    fn take(&mut self, text: &str) -> bool {
        let is = self.is(text);
        if is {
            self.next();
        }
        is
    }

    fn expect(&mut self, text: &str) -> Option<()> {
        self.skip_lines();
        self.take(text).then_some(())
    }

    /// Commands up to one of these words, which is not consumed.
    fn list(&mut self, ends: &[&str]) -> Option<Vec<Node>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut nodes = Vec::new();
        loop {
            while self.take(";") || self.tokens.first() == Some(&Token::Newline) {
                self.skip_lines();
            }
            if self.tokens.is_empty() || ends.iter().any(|end| self.is(end)) {
                self.depth -= 1;
                return Some(nodes);
            }
            nodes.push(self.and_or()?);
        }
    }

    fn and_or(&mut self) -> Option<Node> {
        let mut node = self.pipeline()?;
        loop {
            let and = self.is("&&");
            if !and && !self.is("||") {
                return Some(node);
            }
            self.next();
            self.skip_lines();
            let (left, right) = (Box::new(node), Box::new(self.pipeline()?));
            node = if and { Node::And(left, right) } else { Node::Or(left, right) };
        }
    }

    fn pipeline(&mut self) -> Option<Node> {
        if self.take("!") {
            self.depth += 1;
            let node = (self.depth <= MAX_DEPTH).then(|| self.pipeline()).flatten()?;
            self.depth -= 1;
            return Some(Node::Not(Box::new(node)));
        }
        let mut node = self.command()?;
        while self.take("|") {
            self.skip_lines();
            self.command()?;
            node = Node::Unknown;
        }
        Some(node)
    }

    fn command(&mut self) -> Option<Node> {
        let node = match self.tokens {
            [Token::Word(word), Token::Operator("("), Token::Operator(")"), ..] => {
                let name = plain(word)?.to_owned();
                (0..3).for_each(|_| drop(self.next().cloned()));
                self.skip_lines();
                let body = Box::new(self.list_or_group()?);
                return Some(Node::Function { name, body });
            }
            [Token::Word(word), ..] => match plain(word) {
                Some("if") => self.branches()?,
                Some("case") => self.case()?,
                Some("for") => self.each()?,
                Some("while" | "until") => {
                    self.next();
                    self.list(&["do"])?;
                    self.body()?;
                    Node::Unknown
                }
                Some("{") => self.list_or_group()?,
                _ => return self.simple(),
            },
            [Token::Operator("("), ..] => {
                self.next();
                self.list(&[")"])?;
                self.expect(")")?;
                Node::Unknown
            }
            _ => return self.simple(),
        };
        Some(if self.redirections() { node } else { Node::Unknown })
    }

    fn list_or_group(&mut self) -> Option<Node> {
        self.expect("{")?;
        let nodes = self.list(&["}"])?;
        self.expect("}")?;
        Some(Node::Group(nodes))
    }

    /// Skips redirections. Returns whether all of them have no effect.
    fn redirections(&mut self) -> bool {
        let mut all = true;
        while let Some(Token::Redirection(nowhere)) = self.tokens.first() {
            all &= *nowhere;
            self.next();
        }
        all
    }

    fn branches(&mut self) -> Option<Node> {
        let (mut branches, mut otherwise) = (Vec::new(), Vec::new());
        self.next();
        loop {
            let condition = self.list(&["then"])?;
            self.expect("then")?;
            branches.push((condition, self.list(&["elif", "else", "fi"])?));
            if self.take("elif") {
                continue;
            }
            if self.take("else") {
                otherwise = self.list(&["fi"])?;
            }
            self.expect("fi")?;
            return Some(Node::If { branches, otherwise });
        }
    }

    fn word(&mut self) -> Option<Word> {
        match self.next()? {
            Token::Word(word) => Some(word.clone()),
            _ => None,
        }
    }

    fn case(&mut self) -> Option<Node> {
        self.next();
        let word = self.word()?;
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_lines();
            if self.take("esac") {
                return Some(Node::Case { word, arms });
            }
            self.take("(");
            let mut patterns = vec![self.word()?];
            while self.take("|") {
                patterns.push(self.word()?);
            }
            self.expect(")")?;
            arms.push((patterns, self.list(&[";;", "esac"])?));
            self.take(";;");
        }
    }

    fn each(&mut self) -> Option<Node> {
        self.next();
        let name = plain(&self.word()?)?.to_owned();
        let mut words = Vec::new();
        self.expect("in")?;
        while let Some(Token::Word(word)) = self.tokens.first() {
            words.push(word.clone());
            self.next();
        }
        self.take(";");
        Some(Node::For { name, words, body: self.body()? })
    }

    fn body(&mut self) -> Option<Vec<Node>> {
        self.expect("do")?;
        let body = self.list(&["done"])?;
        self.expect("done")?;
        Some(body)
    }

    fn simple(&mut self) -> Option<Node> {
        let (mut assignments, mut words, mut known) = (Vec::new(), Vec::new(), true);
        loop {
            known &= self.redirections();
            let Some(Token::Word(word)) = self.tokens.first() else { break };
            let word = word.clone();
            self.next();
            match assignment(&word).filter(|_| words.is_empty()) {
                Some(assignment) => assignments.push(assignment),
                None => words.push(word),
            }
        }
        match (known, assignments.is_empty() && words.is_empty()) {
            (_, true) => None,
            (true, _) => Some(Node::Command { assignments, words }),
            (false, _) => Some(Node::Unknown),
        }
    }
}

/// `NAME=VALUE`.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let (Piece::Text(first, false), rest) = word.split_first()? else { return None };
    let (name, value) = first.split_once('=')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let mut pieces = vec![Piece::Text(value.to_owned(), false)];
    pieces.extend_from_slice(rest);
    is_name.then(|| (name.to_owned(), pieces))
}
