//! Which items of other files a file uses.
//!
//! In: a file's syntax and the crate's [`Names`]. Out: [`Use`]s. Paths count wherever they stand: in imports, types,
//! expressions, patterns, arguments of macros and attributes. A re-export (`pub use`) is no use by itself, and a module
//! is none: what counts is the item that is reached through it.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};

use super::names::{Names, Target, child, imports};
use super::sources::{Crate, ModulePath, SourceFile};
use super::tokens::{Kind, Token, flatten};

/// The items of other files that a file uses: indices of the files, and names of the items.
pub(super) type Uses = BTreeMap<usize, BTreeSet<String>>;

/// Files of methods in `impl` blocks: by the type's file and name, then by the method's name.
type Methods = BTreeMap<Target, BTreeMap<String, usize>>;

/// The uses of each file of a crate, in the order of its files.
pub(super) fn uses(krate: &Crate) -> Vec<Uses> {
    let names = Names::of(krate);
    let methods = methods(krate, &names);
    let of_file = |(index, file): (usize, &SourceFile)| {
        let Some(module) = &file.module else { return Uses::new() };
        let mut visitor = Visitor {
            names: &names,
            methods: &methods,
            file: index,
            module: module.clone(),
            local_imports: Vec::new(),
            bound: BTreeSet::new(),
            self_type: BTreeSet::new(),
            uses: Uses::new(),
        };
        visitor.visit_file(&file.syntax);
        visitor.uses
    };
    krate.files.iter().enumerate().map(of_file).collect()
}

fn methods(krate: &Crate, names: &Names) -> Methods {
    let mut methods = Methods::new();
    for (index, file) in krate.files.iter().enumerate() {
        let Some(module) = &file.module else { continue };
        for item in &file.syntax.items {
            let syn::Item::Impl(item) = item else { continue };
            for target in self_type(item, module, names) {
                let found = methods.entry(target).or_default();
                for item in &item.items {
                    if let syn::ImplItem::Fn(item) = item {
                        found.insert(item.sig.ident.to_string(), index);
                    }
                }
            }
        }
    }
    methods
}

/// The types that an inherent `impl` block is of; empty for an impl of a trait.
fn self_type(item: &syn::ItemImpl, module: &ModulePath, names: &Names) -> BTreeSet<Target> {
    match &*item.self_ty {
        syn::Type::Path(path) if item.trait_.is_none() => names.resolve(module, &segments(&path.path)),
        _ => BTreeSet::new(),
    }
}

fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

struct Visitor<'a> {
    names: &'a Names,
    methods: &'a Methods,
    file: usize,
    module: ModulePath,
    /// Names that `use` statements inside of functions bring in.
    local_imports: Vec<(String, Vec<String>)>,
    /// Variables of the function: a variable is not the function or constant of the same name.
    bound: BTreeSet<String>,
    self_type: BTreeSet<Target>,
    uses: Uses,
}

impl Visitor<'_> {
    fn add(&mut self, path: &[String]) {
        let path = self.through_local_imports(path);
        for target in self.names.resolve(&self.module, &path) {
            if let Target::Item { file, name } = target {
                self.add_item(file, name);
            }
        }
    }

    fn add_item(&mut self, file: usize, name: String) {
        if file != self.file {
            self.uses.entry(file).or_default().insert(name);
        }
    }

    fn through_local_imports(&self, path: &[String]) -> Vec<String> {
        let local = |head: &String| self.local_imports.iter().rev().find(|(name, _)| name == head);
        match path.split_first().and_then(|(head, rest)| Some((local(head)?, rest))) {
            Some(((_, import), rest)) => import.iter().chain(rest).cloned().collect(),
            None => path.to_vec(),
        }
    }

    fn add_method(&mut self, name: &str) {
        let of_type = |target: &Target| match target {
            Target::Item { name: of, .. } => {
                Some((*self.methods.get(target)?.get(name)?, format!("{of}::{name}")))
            }
            Target::Module(_) => None,
        };
        let found: Vec<_> = self.self_type.iter().filter_map(of_type).collect();
        found.into_iter().for_each(|(file, item)| self.add_item(file, item));
    }

    /// Arguments of macros are no syntax tree: every path in them counts, and single names where they are types, calls or
    /// constants.
    fn add_tokens(&mut self, tokens: &[Token]) {
        let mut at = 0;
        while at < tokens.len() {
            let (path, end) = path_at(tokens, at);
            let after_dot = at > 0 && (tokens[at - 1].is_mark('.') || tokens[at - 1].kind == Kind::Colons);
            let called = tokens.get(end).is_some_and(|token| token.is_mark('(') || token.is_mark('!'));
            match path.as_slice() {
                [] => {}
                [first, method] if first == "Self" => self.add_method(method),
                [name] if name == "self" => self.add_self_call(&tokens[end..]),
                [name] if !called && name.starts_with(char::is_lowercase) => {}
                _ if after_dot => {}
                _ => self.add(&path),
            }
            at = end.max(at + 1);
        }
    }

    fn add_self_call(&mut self, rest: &[Token]) {
        if let [dot, name, open, ..] = rest
            && dot.is_mark('.')
            && open.is_mark('(')
            && let Some(name) = name.ident()
        {
            self.add_method(name);
        }
    }

    /// Keeps the variables of functions apart.
    fn in_function(&mut self, inputs: impl Fn(&mut Bound), visit: impl FnOnce(&mut Self)) {
        let mut bound = Bound(self.bound.clone());
        inputs(&mut bound);
        let outer = std::mem::replace(&mut self.bound, bound.0);
        visit(self);
        self.bound = outer;
    }
}

/// The path that starts at a token, and the index behind it.
fn path_at(tokens: &[Token], start: usize) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    let mut at = start;
    while let Some(name) = tokens.get(at).and_then(Token::ident) {
        path.push(name.to_owned());
        at += 1;
        if tokens.get(at).is_none_or(|token| token.kind != Kind::Colons) {
            break;
        }
        at += 1;
    }
    (path, at)
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !matches!(item.vis, syn::Visibility::Inherited) || item.leading_colon.is_some() {
            return;
        }
        imports(&item.tree).iter().for_each(|import| self.add(&import.path));
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_some() {
            let inner = child(&self.module, &item.ident.to_string());
            let outer = std::mem::replace(&mut self.module, inner);
            visit::visit_item_mod(self, item);
            self.module = outer;
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let inherent = syn::ItemImpl { trait_: None, items: Vec::new(), ..item.clone() };
        self.self_type = self_type(&inherent, &self.module, self.names);
        visit::visit_item_impl(self, item);
        self.self_type.clear();
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let inputs = |bound: &mut Bound| bound.visit_item_fn(item);
        self.in_function(inputs, |this| visit::visit_item_fn(this, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let inputs = |bound: &mut Bound| bound.visit_impl_item_fn(item);
        self.in_function(inputs, |this| visit::visit_impl_item_fn(this, item));
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let outer = self.local_imports.len();
        for statement in &block.stmts {
            if let syn::Stmt::Item(syn::Item::Use(item)) = statement {
                let named =
                    imports(&item.tree).into_iter().filter_map(|import| Some((import.name?, import.path)));
                self.local_imports.extend(named);
            }
        }
        visit::visit_block(self, block);
        self.local_imports.truncate(outer);
    }

    fn visit_expr_path(&mut self, expression: &'ast syn::ExprPath) {
        let variable = expression.path.get_ident().is_some_and(|name| self.bound.contains(&name.to_string()));
        if !variable {
            visit::visit_expr_path(self, expression);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if matches!(&*call.receiver, syn::Expr::Path(receiver) if receiver.path.is_ident("self")) {
            self.add_method(&call.method.to_string());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let path = segments(path);
            match path.as_slice() {
                [first, method, ..] if first == "Self" => self.add_method(method),
                _ => self.add(&path),
            }
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.add_tokens(&flatten(call.tokens.clone()));
    }

    /// Arguments of attributes, also functions that they take as text: `#[serde(with = "crate::hex")]`.
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if ["doc", "derive", "cfg", "allow", "expect"].iter().any(|name| attribute.path().is_ident(name)) {
            return;
        }
        let syn::Meta::List(list) = &attribute.meta else { return };
        let tokens = flatten(list.tokens.clone());
        self.add_tokens(&tokens);
        if attribute.path().is_ident("serde") {
            for token in tokens {
                if let Kind::Text(text) = token.kind
                    && let Ok(path) = syn::parse_str::<syn::Path>(&text)
                {
                    self.add(&segments(&path));
                }
            }
        }
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

/// The names that patterns of a function bind.
struct Bound(BTreeSet<String>);

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        let name = pattern.ident.to_string();
        if name.starts_with(|first: char| first.is_lowercase() || first == '_') {
            self.0.insert(name);
        }
        visit::visit_pat_ident(self, pattern);
    }
}
