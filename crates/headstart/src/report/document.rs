//! What a command says, before it is set: [`super::terminal`] and [`super::page`] make lines and a page of the same document.

use super::terminal::{self, Paper};
use crate::plot::Picture;

/// What a command says.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// What it is about: `Where to start: circles`.
    pub title: String,
    /// What was done, in lines: the data, the network, the training.
    pub about: Vec<String>,
    /// The answer, in a sentence or two; empty where tables are the answer.
    pub answer: String,
    /// Why, the evidence and all else, in this order.
    pub blocks: Vec<Block>,
    /// The command line that does the same again; empty where there is none.
    pub command: String,
}

/// Longer tables than this come below the picture of what they say.
const SHORT: usize = 12;

impl Document {
    /// The same with a picture: below its table, if it has a single short one, or before all else.
    #[must_use]
    pub fn with(mut self, picture: Picture) -> Self {
        let mut tables = self.blocks.iter().enumerate().filter_map(|(at, block)| match block {
            Block::Table(table) => Some((at + 1, table.rows.len())),
            _ => None,
        });
        let at = match (tables.next(), tables.next()) {
            (Some((below, rows)), None) if rows <= SHORT => below,
            _ => 0,
        };
        self.blocks.insert(at, Block::Picture(Box::new(picture)));
        self
    }
}

/// A part of a document.
#[derive(Clone, Debug)]
pub enum Block {
    /// A heading of what comes below.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A word or two, and what there is to say of it: `predicted`, and a sentence.
    Said {
        /// What it is.
        head: String,
        /// The sentence.
        text: String,
    },
    /// A cause that was named.
    Finding(Finding),
    /// A table.
    Table(Table),
    /// A picture; lines of letters have none.
    Picture(Box<Picture>),
    /// A picture in letters, for a terminal; a page has a real one in its place.
    Letters(Letters),
    /// The same in code, in several frameworks.
    Code(Vec<Snippet>),
    /// What is shown on request: by a click on a page, and by `--verbose` in a terminal.
    Details {
        /// What there is to see.
        summary: String,
        /// What is seen then.
        blocks: Vec<Block>,
    },
}

/// A cause that was named.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its number in the list, from 1 on.
    pub number: usize,
    /// Its name, with the place: `plateau`, `vanishing signal, layer 3`.
    pub name: String,
    /// What it is and does.
    pub sentence: String,
    /// Its figures, each with its name.
    pub figures: Vec<(String, String)>,
    /// What to do; empty where there is nothing to do.
    pub advice: String,
}

/// Code in one framework.
#[derive(Clone, Debug)]
pub struct Snippet {
    /// The framework's name; empty of code that stands alone and says itself what it is.
    pub framework: String,
    /// The code, in lines.
    pub code: String,
}

/// A table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What it is of; may be empty.
    pub caption: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each as long as there are columns.
    pub rows: Vec<Row>,
    /// What there is to say of single cells or rows, below it, a line each.
    pub notes: Vec<String>,
}

/// A picture in letters: every cell of it, of which a terminal shows as many as it has room for.
#[derive(Clone, Debug, Default)]
pub struct Letters {
    /// The names of the axes: of what grows to the right, and of what grows upwards.
    pub axes: [String; 2],
    /// The numbers along them, at each column and at each line.
    pub numbers: [Vec<String>; 2],
    /// A letter for each cell, line by line from the lowest one on.
    pub lines: Vec<Vec<char>>,
    /// What the letters mean.
    pub key: String,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its title.
    pub title: String,
    /// How its cells stand below one another.
    pub align: Align,
    /// Whether names lose their beginnings where there is no room for them: their ends tell them apart.
    pub is_cut: bool,
}

/// How the cells of a column stand below one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Names: by their beginnings.
    Left,
    /// Numbers: by their ends.
    Right,
    /// Numbers with more or fewer digits: by their points.
    Point,
}

/// A row of a table.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Its cells.
    pub cells: Vec<Cell>,
    /// What it is among the others, if it is anything.
    pub mark: Option<Mark>,
}

/// What a row is among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The best of them, and known to be.
    Best,
    /// The one that is advised.
    Advised,
    /// One that went wrong.
    Failed,
}

/// A cell of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// What stands there.
    pub text: String,
    /// The number that it is sorted by; text sorts by itself.
    pub value: Option<f64>,
    /// The interval around the number: it stands behind it, is never broken from it, and is drawn on a page.
    pub interval: Option<Interval>,
    /// Numbers in a row, drawn as a line of bars or a small curve.
    pub trace: Vec<f64>,
}

/// An interval around a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// Its ends.
    pub ends: [f64; 2],
    /// Its ends as they stand there, without the brackets: `0.81, 0.86`.
    pub text: String,
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A number as it stands there.
    pub fn number(text: impl Into<String>, value: f64) -> Self {
        Self { text: text.into(), value: Some(value), ..Self::default() }
    }
}

/// In plain lines of 80 columns.
impl std::fmt::Display for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&terminal::text(self, &Paper::plain()))
    }
}

impl Table {
    /// Rows of cells that are nothing special among one another.
    pub fn new(columns: Vec<Column>, rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        Self { columns, rows: rows.into_iter().map(Row::from).collect(), ..Self::default() }
    }
}

impl From<Vec<Cell>> for Row {
    fn from(cells: Vec<Cell>) -> Self {
        Self { cells, mark: None }
    }
}

impl Block {
    /// What it is, and the sentence.
    pub fn said(head: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Said { head: head.into(), text: text.into() }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl Column {
    /// A column of names.
    pub fn left(title: impl Into<String>) -> Self {
        Self::new(title, Align::Left)
    }

    /// A column of long names whose ends tell them apart, as those of weights.
    pub fn ends(title: impl Into<String>) -> Self {
        Self { is_cut: true, ..Self::left(title) }
    }

    /// A column of numbers that stand by their ends.
    pub fn right(title: impl Into<String>) -> Self {
        Self::new(title, Align::Right)
    }

    /// A column of numbers that stand by their points.
    pub fn point(title: impl Into<String>) -> Self {
        Self::new(title, Align::Point)
    }

    fn new(title: impl Into<String>, align: Align) -> Self {
        Self { title: title.into(), align, is_cut: false }
    }
}
