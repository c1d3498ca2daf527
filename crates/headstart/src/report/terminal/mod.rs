//! Documents in lines: of a terminal, of a pipe, and of a text in Python.
//!
//! Every line is as long as the paper at most, but for a word that is longer by itself: numbers, names and code are never cut, and
//! an interval stands in one line with its number. The title and the command are not set: whoever reads has just typed them.
//!
//! With colour, and only then, each of these means one thing:
//!
//! | | |
//! | --- | --- |
//! | bold | the answer, headings, and the row that is advised or known to be the best, which has a `* ` before it in any case |
//! | red | what went wrong: runs that diverged, figures that are not what was predicted or published |
//! | cyan | code |
//! | dim | what is there to be looked up: what was done, titles of columns, names of figures |

mod letters;
mod lines;
mod spark;
mod table;
#[cfg(test)]
mod tests;

pub use spark::spark;

use super::document::{Block, Document, Finding, Snippet};
use crate::words::in_a_line;
use anstyle::{AnsiColor, Style};
use lines::{broken_code, paragraph};
use std::ops::RangeInclusive;
use textwrap::core::display_width;

/// What a document is set on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paper {
    columns: usize,
    is_coloured: bool,
    /// Whether what is too long for a line goes on in the next one, in the middle of a word.
    is_terminal: bool,
}

impl Paper {
    /// Columns where nobody knows how many there are: of a pipe, of a file, of a text in Python.
    pub const USUAL: usize = 80;

    /// Lines shorter than this tear tables apart, and longer ones are not read with ease.
    const COLUMNS: RangeInclusive<usize> = 60..=120;

    const PARAGRAPH: usize = 100;

    /// No terminal, and no colours.
    pub const fn plain() -> Self {
        Self { columns: Self::USUAL, is_coloured: false, is_terminal: false }
    }

    /// A terminal with so many columns, of which those are used that serve reading; without colours.
    pub fn terminal(columns: usize) -> Self {
        Self {
            columns: columns.clamp(*Self::COLUMNS.start(), *Self::COLUMNS.end()),
            is_terminal: true,
            ..Self::plain()
        }
    }

    /// The same, with colours or without.
    #[must_use]
    pub fn coloured(self, is_coloured: bool) -> Self {
        Self { is_coloured, ..self }
    }

    /// The most characters of a line.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The most characters of a line of a paragraph: tables use all the room that there is, but the eye loses longer lines.
    fn of_paragraphs(self) -> usize {
        self.columns.min(Self::PARAGRAPH)
    }

    /// Lines in a style, each by itself, so that what stops reading in the middle leaves no colour behind.
    fn styled(self, style: Style, text: &str) -> String {
        let is_plain = !self.is_coloured || text.is_empty() || style == Style::new();
        if is_plain { text.to_owned() } else { format!("{style}{text}{style:#}") }
    }
}

const PLAIN: Style = Style::new();
/// The answer, headings, the best.
const BOLD: Style = Style::new().bold();
/// What went wrong.
const WRONG: Style = AnsiColor::Red.on_default();
/// Code.
const CODE: Style = AnsiColor::Cyan.on_default();
/// What is there to be looked up.
const QUIET: Style = Style::new().dimmed();

/// What a document says, in lines that end with a line end.
pub fn text(document: &Document, paper: &Paper) -> String {
    let mut page = Page { paper: *paper, lines: Vec::new(), last: Last::Nothing, hidden: Vec::new() };
    for line in document.about.iter().filter(|line| !line.trim().is_empty()) {
        // A note is for those who read the figures, and no less loud than they are.
        let style = if line.starts_with("note: ") { PLAIN } else { QUIET };
        page.paragraph(line, style);
    }
    if !document.answer.trim().is_empty() {
        page.begin(Last::Answer);
        page.paragraph(&document.answer, BOLD);
    }
    page.blocks(&document.blocks);
    page.more();
    page.lines.iter().map(|line| line.clone() + "\n").collect()
}

/// Parts of a document as plain lines of 80 columns.
pub fn plain(blocks: Vec<Block>) -> String {
    text(&Document { blocks, ..Document::default() }, &Paper::plain())
}

/// A paragraph in plain lines; flags, schemes, intervals and names of files stay whole, however long they are.
pub fn wrapped(text: &str, columns: usize) -> String {
    paragraph(text, columns, ["", ""]).join("\n") + "\n"
}

/// What was set last: it decides whether a line is left out before what comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Answer,
    Heading,
    Text,
    Said,
    Table,
    Finding,
    Other,
}

struct Page<'a> {
    paper: Paper,
    lines: Vec<String>,
    last: Last,
    /// What there is to see that is not shown.
    hidden: Vec<&'a str>,
}

impl<'a> Page<'a> {
    /// Leaves a line out, but at the beginning, and between what belongs together.
    fn begin(&mut self, next: Last) {
        let belongs = match self.last {
            Last::Heading => next != Last::Finding,
            Last::Answer => next == Last::Text,
            // A text leads to the table that it is about.
            Last::Text => matches!(next, Last::Text | Last::Table),
            Last::Said => next == Last::Said,
            Last::Nothing | Last::Table | Last::Finding | Last::Other => false,
        };
        if !belongs && self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
        self.last = next;
    }

    fn set(&mut self, lines: impl IntoIterator<Item = String>, style: Style) {
        let paper = self.paper;
        self.lines.extend(lines.into_iter().map(|line| paper.styled(style, &line)));
    }

    fn paragraph(&mut self, text: &str, style: Style) {
        let lines = paragraph(text, self.paper.of_paragraphs(), ["", ""]);
        self.set(with_refusal(self.paper, lines, style), PLAIN);
    }

    fn blocks(&mut self, blocks: &'a [Block]) {
        let mut rest = blocks;
        while let Some((block, others)) = rest.split_first() {
            rest = others;
            match block {
                Block::Heading(text) | Block::Text(text) if text.trim().is_empty() => {}
                Block::Heading(text) => {
                    self.begin(Last::Heading);
                    self.paragraph(text, BOLD);
                }
                Block::Text(text) => {
                    self.begin(Last::Text);
                    self.paragraph(text, PLAIN);
                }
                Block::Said { .. } => {
                    let is_said = |block: &&Block| matches!(block, Block::Said { .. });
                    let of = 1 + others.iter().take_while(is_said).count();
                    let said = |block: &'a Block| match block {
                        Block::Said { head, text } => Some((head.as_str(), text.as_str())),
                        _ => None,
                    };
                    let first = blocks.len() - others.len() - 1;
                    let group: Vec<_> = blocks[first..first + of].iter().filter_map(said).collect();
                    self.said(&group);
                    rest = &blocks[first + of..];
                }
                Block::Finding(finding) => self.finding(finding),
                Block::Table(table) => {
                    self.begin(Last::Table);
                    self.lines.extend(table::set(table, self.paper));
                }
                Block::Letters(letters) => {
                    self.begin(Last::Other);
                    self.lines.extend(letters::set(letters, self.paper));
                }
                Block::Code(snippets) => self.code(snippets),
                Block::Details { summary, .. } => self.hidden.push(summary),
                Block::Picture(_) => {}
            }
        }
    }

    /// What there is to say of one thing after the other, behind their names, which are as wide as the longest.
    fn said(&mut self, said: &[(&str, &str)]) {
        self.begin(Last::Said);
        let said: Vec<(String, &str)> = said.iter().map(|(head, text)| (in_a_line(head), *text)).collect();
        let width = said.iter().map(|(head, _)| display_width(head)).max().unwrap_or(0) + 2;
        let indent = " ".repeat(width);
        for (head, text) in &said {
            let style = if head == "wrong" { WRONG } else { QUIET };
            let lines = paragraph(text, self.paper.of_paragraphs().saturating_sub(width), ["", ""]);
            for (i, line) in with_refusal(self.paper, lines, PLAIN).into_iter().enumerate() {
                let pad = " ".repeat(width - display_width(head));
                self.lines.push(match i {
                    0 if line.is_empty() => self.paper.styled(style, head),
                    0 => format!("{}{pad}{line}", self.paper.styled(style, head)),
                    _ => format!("{indent}{line}"),
                });
            }
        }
    }

    fn finding(&mut self, finding: &Finding) {
        self.begin(Last::Finding);
        let Finding { number, name, sentence, figures, advice } = finding;
        self.paragraph(&format!("{number}. {name}"), BOLD);
        let columns = self.paper.of_paragraphs();
        let figures: Vec<String> = figures.iter().map(|(name, figure)| format!("{name} {figure}")).collect();
        let parts = [("", sentence, PLAIN), ("figures: ", &figures.join(", "), QUIET), ("do: ", advice, PLAIN)];
        for (head, text, style) in parts.into_iter().filter(|(_, text, _)| !text.is_empty()) {
            let [first, others] = [format!("   {head}"), " ".repeat(3 + head.len())];
            self.set(paragraph(text, columns, [&first, &others]), style);
        }
    }

    /// Code, below the name of its framework if it has one.
    fn code(&mut self, snippets: &[Snippet]) {
        self.begin(Last::Other);
        for snippet in snippets {
            let indent = if snippet.framework.is_empty() { "" } else { "  " };
            if !snippet.framework.is_empty() {
                self.paragraph(&snippet.framework, PLAIN);
            }
            let room = if self.paper.is_terminal { self.paper.columns - indent.len() } else { usize::MAX };
            let lines = snippet.code.lines().flat_map(|line| broken_code(&in_a_line(line), room));
            let lines: Vec<String> = lines.map(|line| format!("{indent}{line}").trim_end().to_owned()).collect();
            self.set(lines, CODE);
        }
    }

    /// Says what else there is to see.
    fn more(&mut self) {
        for summary in std::mem::take(&mut self.hidden) {
            self.begin(Last::Text);
            self.paragraph(&format!("--verbose shows {summary}"), QUIET);
        }
    }
}

/// Lines of a paragraph in a style, and red from a `NOT` on: the one word that is in capitals says that something is not what it
/// should be.
fn with_refusal(paper: Paper, lines: Vec<String>, style: Style) -> Vec<String> {
    let mut is_refused = false;
    let mut one = |line: String| {
        let at = if is_refused { Some(0) } else { line.find("NOT ") };
        is_refused = at.is_some();
        let (before, after) = line.split_at(at.unwrap_or(line.len()));
        // Blanks have no colour.
        let text = after.trim_start();
        let indent = &after[..after.len() - text.len()];
        format!("{}{indent}{}", paper.styled(style, before), paper.styled(WRONG, text))
    };
    lines.into_iter().map(&mut one).collect()
}
