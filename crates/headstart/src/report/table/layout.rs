//! Paragraphs and tables, as wide as a terminal.

use crate::words::{in_a_line, whole_words};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};

/// Columns of a terminal that everything fits into.
pub const WIDTH: u16 = 80;

/// A paragraph for people, broken into lines; flags, schemes and files' names stay whole, however long they are.
pub fn wrapped(text: &str) -> String {
    textwrap::fill(text, whole_words(usize::from(WIDTH))) + "\n"
}

/// A table whose first `left` columns are aligned to the left and the others to the right.
pub fn table<S: AsRef<str>>(header: &[S], rows: impl Iterator<Item = Vec<String>>, left: usize) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(header.iter().map(|title| in_a_line(title.as_ref())));
    // A cell is one line, whatever name is in it; an initialization with a scheme for each layer goes on after one of them.
    let cell = |(i, cell): (usize, &String)| if i == 0 { after_slashes(&in_a_line(cell)) } else { in_a_line(cell) };
    let rows: Vec<Vec<String>> = rows.map(|row| row.iter().enumerate().map(cell).collect()).collect();
    let pieces = rows.iter().filter_map(|row| row.first()).flat_map(|name| name.split('\n'));
    let longest = pieces.map(|piece| piece.chars().count()).max().unwrap_or(0).min(NAME) as u16;
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        if column.index == 0 {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(longest)));
        }
        if column.index >= left {
            column.set_cell_alignment(CellAlignment::Right);
        }
        column.set_padding((if column.index == 0 { 0 } else { 2 }, 0));
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}

/// Characters of a name that are never cut.
const NAME: usize = 24;

/// Text in lines that break after slashes, where it is long.
fn after_slashes(text: &str) -> String {
    let mut lines = String::new();
    let mut long = 0;
    for piece in text.split_inclusive('/') {
        let length = piece.chars().count();
        if long > 0 && long + length > NAME {
            lines.push('\n');
            long = 0;
        }
        lines += piece;
        long += length;
    }
    lines
}
