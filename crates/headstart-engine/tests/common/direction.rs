//! Reads which modules of a crate import which, and holds that against an order.
//!
//! Of every file under `src` it takes the paths that begin with `crate`, `self` or `super`, in `use` lines and in the midst of code,
//! and leaves out comments, strings and what is compiled for tests alone.

use std::collections::BTreeSet;
use std::fs;
use std::iter;
use std::path::{Path, PathBuf};

/// A module's name, and what it is, in one line.
pub type Module = (&'static str, &'static str);

/// Fails if a module of a room imports one that does not stand below it, or the room's own root; and if the order has not every module
/// that there is.
///
/// `room` is a module whose children are looked at: none for the crate itself. `order` has them bottom first. The room's root
/// (`lib.rs`, `mod.rs`) may import all of them.
///
/// # Panics
/// With a line for each wrong import: file, line, and the two modules.
pub fn assert_one_way(src: &Path, room: &[&str], order: &[Module]) {
    let wrong = wrong(src, room, order);
    assert!(wrong.is_empty(), "imports against the order of modules:\n{}", wrong.join("\n"));
}

fn wrong(src: &Path, room: &[&str], order: &[Module]) -> Vec<String> {
    let files: Vec<File> = files_in(src).iter().map(|path| File::read(src, path)).collect();
    let of_tests: BTreeSet<&Vec<String>> = files.iter().flat_map(|file| &file.source.of_tests).collect();
    let is_for_tests = |module: &[String]| (1..=module.len()).any(|n| of_tests.contains(&module[..n].to_vec()));
    let place = |name: &str| order.iter().position(|(known, _)| *known == name);
    let of_room = |path: &[String]| path.len() > room.len() && path.iter().zip(room).all(|(a, b)| a == b);
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for file in files.iter().filter(|file| of_room(&file.module) && !is_for_tests(&file.module)) {
        let own = file.module[room.len()].as_str();
        seen.insert(own);
        let Some(height) = place(own) else {
            wrong.push(format!("{}: {own} is not in the order", file.path.display()));
            continue;
        };
        for Import { line, path } in &file.source.imports {
            let at = format!("{}:{line}", file.path.display());
            if !path.iter().zip(room).all(|(a, b)| a == b) || path.len() < room.len() {
                continue;
            }
            let root = if room.is_empty() { "the crate's root".to_owned() } else { room.join("::") };
            match path.get(room.len()) {
                Some(name) if name == own => {}
                Some(name) => match place(name) {
                    Some(other) if other < height => {}
                    Some(_) => wrong.push(format!("{at}: {own} imports {name}, which stands above it")),
                    None => wrong.push(format!("{at}: {own} imports {name} from {root}, and not from where it is")),
                },
                None => wrong.push(format!("{at}: {own} imports all of {root}")),
            }
        }
    }
    let gone = order.iter().filter(|(name, _)| !seen.contains(name));
    wrong.extend(gone.map(|(name, _)| format!("{name} is in the order, but there is no such module")));
    wrong
}

/// A file of the crate.
struct File {
    /// From `src` on.
    path: PathBuf,
    module: Vec<String>,
    source: Source,
}

impl File {
    fn read(src: &Path, path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let path = path.strip_prefix(src).expect("files are in src").to_owned();
        let mut module: Vec<String> =
            path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
        module.pop_if(|last| ["lib", "main", "mod"].contains(&last.as_str()));
        Self { source: Source::read(&text, &module), path, module }
    }
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    let of = |path: PathBuf| match () {
        () if path.is_dir() => files_in(&path),
        () if path.extension().is_some_and(|extension| extension == "rs") => vec![path],
        () => Vec::new(),
    };
    paths.into_iter().flat_map(of).collect()
}

/// A path that a module takes something from.
#[derive(Debug, PartialEq)]
pub struct Import {
    /// Where it stands, from 1 on.
    pub line: usize,
    /// From the crate's root on. What `*` stands for is not there.
    pub path: Vec<String>,
}

/// What a file says of other modules.
#[derive(Debug, Default)]
pub struct Source {
    /// What it imports.
    pub imports: Vec<Import>,
    /// Modules that it has for tests alone.
    pub of_tests: Vec<Vec<String>>,
}

impl Source {
    /// Reads a file that is this module.
    pub fn read(text: &str, module: &[String]) -> Self {
        let tokens = tokens(text);
        let word = |i: usize| tokens.get(i).map_or("", |token| token.text.as_str());
        let mut source = Self::default();
        // Modules that are written out here, and the braces around each.
        let mut inner: Vec<(String, usize)> = Vec::new();
        let (mut i, mut depth) = (0, 0);
        while i < tokens.len() {
            let here = || module.iter().chain(inner.iter().map(|(name, _)| name)).cloned().collect::<Vec<String>>();
            match word(i) {
                "#" if is_for_tests(&tokens, i) => {
                    let mut item = i;
                    while word(item) == "#" {
                        item = behind(&tokens, item + 1);
                    }
                    while !["{", ";", ""].contains(&word(item)) {
                        if word(item) == "mod" && word(item + 2) == ";" {
                            source.of_tests.push(here().into_iter().chain([word(item + 1).to_owned()]).collect());
                        }
                        item = behind(&tokens, item);
                    }
                    i = behind(&tokens, item);
                    continue;
                }
                "mod" if word(i + 2) == "{" => inner.push((word(i + 1).to_owned(), depth)),
                "{" => depth += 1,
                "}" => {
                    depth -= 1;
                    inner.pop_if(|(_, outside)| *outside == depth);
                }
                // Who may see something is no import.
                "pub" if word(i + 1) == "(" => {
                    i = behind(&tokens, i + 1);
                    continue;
                }
                "crate" | "self" | "super" if word(i + 1) == "::" && (i == 0 || word(i - 1) != "::") => {
                    i = source.follow(&tokens, i, here());
                    continue;
                }
                _ => {}
            }
            i += 1;
        }
        source
    }

    /// Takes note of a path, or of each in braces. `from` is what it stands behind. Returns where it ends.
    fn follow(&mut self, tokens: &[Token], mut i: usize, from: Vec<String>) -> usize {
        let word = |i: usize| tokens.get(i).map_or("", |token| token.text.as_str());
        let line = tokens[i].line;
        let mut path = from;
        loop {
            match word(i) {
                "crate" => path.clear(),
                "self" => {}
                "super" => {
                    path.pop();
                }
                "*" => {
                    i += 1;
                    break;
                }
                "{" => {
                    i += 1;
                    while !["}", ""].contains(&word(i)) {
                        i = if word(i) == "," { i + 1 } else { self.follow(tokens, i, path.clone()) };
                    }
                    return i + 1;
                }
                name => path.push(name.to_owned()),
            }
            i += 1;
            if word(i) != "::" {
                break;
            }
            // Behind a name `::<` begins types and not a part of the path.
            if word(i + 1) == "<" {
                break;
            }
            i += 1;
        }
        if word(i) == "as" {
            i += 2;
        }
        self.imports.push(Import { line, path });
        i
    }
}

/// Whether an attribute leaves what is behind it to tests.
fn is_for_tests(tokens: &[Token], at: usize) -> bool {
    let attribute: Vec<&str> = tokens[at..behind(tokens, at + 1)].iter().map(|token| token.text.as_str()).collect();
    attribute.get(2) == Some(&"cfg") && attribute.contains(&"test") && !attribute.contains(&"not")
}

/// The token behind the one at `open`, or behind what closes it.
fn behind(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "{" | "[" | "(" => depth += 1,
            "}" | "]" | ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return i + 1;
        }
    }
    tokens.len()
}

/// A word or a sign.
#[derive(Debug)]
struct Token {
    text: String,
    line: usize,
}

/// The words and signs of a program, without comments and what is in quotes.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let starts = |i: usize, with: &str| with.chars().enumerate().all(|(n, c)| chars.get(i + n) == Some(&c));
    let is_of_word = |i: usize| chars.get(i).is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let mut tokens = Vec::new();
    let (mut i, mut line) = (0, 1);
    while i < chars.len() {
        let begin = i;
        let mut is_token = false;
        if starts(i, "//") {
            i += chars[i..].iter().take_while(|c| **c != '\n').count();
        } else if starts(i, "/*") {
            let mut depth = 0;
            loop {
                let step = [("/*", 1), ("*/", -1)].into_iter().find(|(sign, _)| starts(i, sign));
                depth += step.map_or(0, |(_, step)| step);
                i += if step.is_some() { 2 } else { 1 };
                if depth == 0 || i >= chars.len() {
                    break;
                }
            }
        } else if let Some(end) = end_of_raw(&chars, i) {
            i = end;
        } else if chars[i] == '"' || chars[i] == '\'' && (starts(i + 1, "\\") || starts(i + 2, "'")) {
            i += 1;
            while i < chars.len() && chars[i] != chars[begin] {
                i += if chars[i] == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if is_of_word(i) {
            i += iter::successors(Some(i), |i| Some(i + 1)).take_while(|i| is_of_word(*i)).count();
            is_token = true;
        } else {
            i += if starts(i, "::") { 2 } else { 1 };
            is_token = !chars[begin].is_whitespace();
        }
        let end = i.min(chars.len());
        if is_token {
            tokens.push(Token { text: chars[begin..end].iter().collect(), line });
        }
        line += chars[begin..end].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

/// Where raw quotes end that begin here.
fn end_of_raw(chars: &[char], at: usize) -> Option<usize> {
    let prefix = chars[at..].iter().take_while(|c| ['b', 'c', 'r'].contains(c)).count();
    let is_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    if is_word || prefix == 0 || chars[at + prefix - 1] != 'r' {
        return None;
    }
    let hashes = chars[at + prefix..].iter().take_while(|c| **c == '#').count();
    let open = at + prefix + hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let closing: Vec<char> = iter::once('"').chain(iter::repeat_n('#', hashes)).collect();
    let length = chars[open + 1..].windows(closing.len()).position(|window| window == closing)?;
    Some(open + 1 + length + closing.len())
}
