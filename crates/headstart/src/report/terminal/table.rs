//! Tables: columns side by side where there is room, one panel of columns below the other where there is not, and a line for each
//! cell where even one column has no room beside the names.

use super::lines::{least, name, paragraph, unglued, whole};
use super::spark::spark;
use super::{BOLD, PLAIN, Paper, QUIET, WRONG};
use crate::report::document::{Align, Cell, Column, Mark, Row, Table};
use crate::words::in_a_line;
use anstyle::Style;
use std::collections::HashSet;
use textwrap::core::display_width;

/// What stands before a row that is the best, or advised.
const MARK: &str = "* ";

/// Blanks between columns.
const GAP: usize = 2;

/// Columns that a text may have before it is broken any further.
const NAME: usize = 24;

/// Columns that are left of a name that is cut.
const CUT: usize = 16;

/// The lines of a table, with its caption and its notes.
pub fn set(table: &Table, paper: Paper) -> Vec<String> {
    let mut lines = paragraph(&table.caption, paper.of_paragraphs(), ["", ""]);
    if table.caption.is_empty() {
        lines.clear();
    }
    let is_marked = table.rows.iter().any(is_best);
    let before = if is_marked { MARK.len() } else { 0 };
    let columns: Vec<Set> = (0..table.columns.len()).map(|i| Set::new(table, i)).collect();
    let room = paper.columns() - before;
    match panels(&columns, keys(&columns), room).or_else(|| panels(&columns, 1, room)) {
        Some(panels) => {
            for (i, panel) in panels.iter().enumerate() {
                if i > 0 {
                    lines.push(String::new());
                }
                lines.extend(side_by_side(table, &columns, panel, (paper, is_marked)));
            }
        }
        None => lines.extend(one_by_one(table, &columns, (paper, is_marked))),
    }
    for note in &table.notes {
        lines.extend(paragraph(note, paper.of_paragraphs(), ["", ""]));
    }
    lines
}

fn is_best(row: &Row) -> bool {
    matches!(row.mark, Some(Mark::Best | Mark::Advised))
}

fn style(row: &Row) -> Style {
    match row.mark {
        Some(Mark::Best | Mark::Advised) => BOLD,
        Some(Mark::Failed) => WRONG,
        None => PLAIN,
    }
}

/// A column, ready to be set.
struct Set {
    title: String,
    align: Align,
    is_cut: bool,
    cells: Vec<String>,
    /// Columns that the widest cell takes, unbroken.
    widest: usize,
    /// Columns that it takes with names broken where they are long; numbers are not.
    broken: usize,
    /// Columns that its longest word takes.
    least: usize,
}

impl Set {
    fn new(table: &Table, i: usize) -> Self {
        let Column { title, align, is_cut } = &table.columns[i];
        let (title, align, is_cut) = (in_a_line(title), *align, *is_cut);
        let cells: Vec<&Cell> = table.rows.iter().filter_map(|row| row.cells.get(i)).collect();
        let cells = by_point(&cells, align == Align::Point);
        let widest = cells.iter().map(|cell| display_width(cell)).max().unwrap_or(0);
        let longest = cells.iter().map(|cell| least(cell)).max().unwrap_or(0);
        let [broken, least] = match align {
            Align::Left if is_cut => [widest.min(NAME), widest.min(CUT)],
            Align::Left => [longest.max(widest.min(NAME)), longest],
            Align::Right | Align::Point => [widest; 2],
        };
        Self { title, align, is_cut, cells, widest, broken, least }
    }

    /// How wide it is with a title that is broken at blanks, and with names that are unbroken, broken, or all in pieces.
    fn floors(&self) -> [usize; 3] {
        [self.widest, self.broken, self.least].map(|width| width.max(least(&self.title)))
    }

    fn natural(&self) -> usize {
        self.widest.max(display_width(&self.title))
    }
}

/// The texts of a column's cells. Where they are numbers that stand by their points, all are as wide as they have to be for that, and
/// intervals begin below one another.
fn by_point(cells: &[&Cell], is_by_point: bool) -> Vec<String> {
    let said = |cell: &Cell| {
        let bars = spark(&cell.trace);
        let blank = if bars.is_empty() || cell.text.is_empty() { "" } else { " " };
        format!("{}{blank}{bars}", in_a_line(&cell.text))
    };
    let numbers: Vec<String> = cells.iter().map(|cell| said(cell)).collect();
    let numbers = if is_by_point { aligned(&numbers) } else { numbers };
    let widest = numbers.iter().map(|number| display_width(number)).max().unwrap_or(0);
    let intervals: Vec<Option<String>> = cells
        .iter()
        .map(|cell| cell.interval.as_ref().map(|of| whole(&format!(" [{}]", in_a_line(&of.text)))))
        .collect();
    let longest = intervals.iter().flatten().map(|interval| display_width(interval)).max().unwrap_or(0);
    let set = |(number, interval): (String, Option<String>)| {
        let interval = interval.unwrap_or_default();
        if !is_by_point {
            return number + &interval;
        }
        let pad = " ".repeat(widest - display_width(&number));
        let after = " ".repeat(longest - display_width(&interval));
        number + &pad + &interval + &after
    };
    numbers.into_iter().zip(intervals).map(set).collect()
}

/// Numbers with blanks around them, so that their points stand below one another. What is no number ends where they end.
fn aligned(numbers: &[String]) -> Vec<String> {
    let split: Vec<Option<(usize, usize)>> = numbers.iter().map(|number| point(number)).collect();
    let before = split.iter().flatten().map(|(before, _)| *before).max().unwrap_or(0);
    let after = split.iter().flatten().map(|(_, after)| *after).max().unwrap_or(0);
    let one = |(number, split): (&String, &Option<(usize, usize)>)| match split {
        Some((mine, others)) => format!("{:a$}{number}{:b$}", "", "", a = before - mine, b = after - others),
        None => format!("{:pad$}{number}", "", pad = (before + after).saturating_sub(display_width(number))),
    };
    numbers.iter().zip(&split).map(one).collect()
}

/// Columns before a number's point, or its end if it has none, and from there on; none of what is no number.
fn point(text: &str) -> Option<(usize, usize)> {
    let digits = text.trim_start_matches(['~', '-', '+']);
    let whole = digits.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(digits.len());
    let before = text.len() - digits.len() + whole;
    (whole > 0).then(|| (before, display_width(&text[before..])))
}

/// The first columns by which each row is told from the others: they stand in every panel.
fn keys(columns: &[Set]) -> usize {
    let rows = columns.first().map_or(0, |column| column.cells.len());
    let is_told = |keys: usize| {
        let mut seen = HashSet::new();
        (0..rows).all(|row| seen.insert(columns[..keys].iter().map(|column| &column.cells[row]).collect::<Vec<_>>()))
    };
    (1..columns.len().min(4)).find(|&keys| is_told(keys)).unwrap_or(1)
}

/// Columns with their widths.
type Panel = Vec<(usize, usize)>;

/// Panels that have room, each with the columns that tell the rows; none where a column has no room beside those.
fn panels(columns: &[Set], keys: usize, room: usize) -> Option<Vec<Panel>> {
    let all: Vec<usize> = (0..columns.len()).collect();
    if let Some(panel) = widths(columns, &all, room) {
        return Some(vec![panel]);
    }
    let mut panels = Vec::new();
    let mut chosen: Vec<usize> = (0..keys).collect();
    for next in keys..columns.len() {
        chosen.push(next);
        if widths(columns, &chosen, room).is_none() {
            chosen.pop();
            panels.push(widths(columns, &chosen, room).filter(|panel| panel.len() > keys)?);
            chosen.truncate(keys);
            chosen.push(next);
        }
    }
    panels.push(widths(columns, &chosen, room)?);
    Some(panels)
}

/// How wide these columns are, if they have room: their titles are broken first, and then their names.
fn widths(columns: &[Set], chosen: &[usize], room: usize) -> Option<Panel> {
    let room = room.checked_sub(GAP * chosen.len().saturating_sub(1))?;
    let mut panel: Panel = chosen.iter().map(|&i| (i, columns[i].natural())).collect();
    for level in 0..3 {
        loop {
            let taken: usize = panel.iter().map(|(_, width)| width).sum();
            if taken <= room {
                return Some(panel);
            }
            // Whoever has the most to give gives it.
            let to_give = |(i, width): &(usize, usize)| width - columns[*i].floors()[level].min(*width);
            match panel.iter_mut().max_by_key(|column| to_give(column)).filter(|column| to_give(column) > 0) {
                Some((_, width)) => *width -= 1,
                None => break,
            }
        }
    }
    None
}

fn side_by_side(
    table: &Table,
    columns: &[Set],
    panel: &[(usize, usize)],
    (paper, is_marked): (Paper, bool),
) -> Vec<String> {
    let blank = if is_marked { "  " } else { "" };
    let mut lines = Vec::new();
    let titles: Vec<Vec<String>> = panel.iter().map(|&(i, width)| name(&columns[i].title, width)).collect();
    if panel.iter().any(|&(i, _)| !columns[i].title.is_empty()) {
        let height = titles.iter().map(Vec::len).max().unwrap_or(1);
        // Titles stand on their columns.
        let lowered = titles.into_iter().map(|title| {
            let above = height - title.len();
            std::iter::repeat_n(String::new(), above).chain(title).collect()
        });
        let titles: Vec<Vec<String>> = lowered.collect();
        lines.extend(
            row(&titles, columns, panel).iter().map(|line| paper.styled(QUIET, &end(&format!("{blank}{line}")))),
        );
    }
    for (at, of) in table.rows.iter().enumerate() {
        let cells: Vec<Vec<String>> = panel.iter().map(|&(i, width)| in_column(&columns[i], at, width)).collect();
        for (i, line) in row(&cells, columns, panel).iter().enumerate() {
            let mark = if is_marked && i == 0 && is_best(of) { MARK } else { blank };
            lines.push(paper.styled(style(of), &end(&format!("{mark}{line}"))));
        }
    }
    lines
}

fn end(line: &str) -> String {
    line.trim_end().to_owned()
}

fn in_column(column: &Set, row: usize, width: usize) -> Vec<String> {
    let cell = column.cells.get(row).map_or("", String::as_str);
    match column.align {
        _ if display_width(cell) <= width => vec![unglued(cell)],
        Align::Left if column.is_cut => vec![cut(cell, width)],
        Align::Left => name(cell, width),
        Align::Right | Align::Point => vec![unglued(cell)],
    }
}

/// The end of a name that has no room.
fn cut(name: &str, width: usize) -> String {
    let mut shown = name;
    while display_width(shown) + 1 > width {
        let mut rest = shown.chars();
        rest.next();
        shown = rest.as_str();
    }
    format!("~{shown}")
}

/// The lines of a row whose cells have lines.
fn row(cells: &[Vec<String>], columns: &[Set], panel: &[(usize, usize)]) -> Vec<String> {
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    let line = |at: usize| {
        let mut line = String::new();
        for (place, (lines, &(i, width))) in cells.iter().zip(panel).enumerate() {
            let text = lines.get(at).map_or("", String::as_str);
            let pad = " ".repeat(width.saturating_sub(display_width(text)));
            if place > 0 {
                line += &" ".repeat(GAP);
            }
            line.extend(if columns[i].align == Align::Left { [text, &pad] } else { [&pad, text] });
        }
        line
    };
    (0..height).map(line).collect()
}

/// Each row as its first cell and a line for each of the others, with its column's title.
fn one_by_one(table: &Table, columns: &[Set], (paper, is_marked): (Paper, bool)) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, of) in table.rows.iter().enumerate() {
        let mark = if is_best(of) { MARK } else { "" };
        let indent = if is_marked { "    " } else { "  " };
        for (i, column) in columns.iter().enumerate() {
            let cell = column.cells.get(at).map_or("", |cell| cell.trim());
            if i == 0 {
                let pieces = name(cell, paper.columns() - mark.len());
                lines.extend(pieces.iter().enumerate().map(|(j, piece)| {
                    let mark = if j == 0 { mark } else { "" };
                    paper.styled(style(of), &format!("{mark}{piece}"))
                }));
                continue;
            }
            if cell.is_empty() {
                continue;
            }
            let title = format!("{indent}{}: ", column.title);
            let is_whole = display_width(&title) + display_width(cell) <= paper.columns();
            let deep = format!("{indent}  ");
            let room = paper.columns() - deep.len();
            let pieces = if column.align == Align::Left { name(cell, room) } else { vec![unglued(cell)] };
            if is_whole {
                lines.push(format!("{}{}", paper.styled(QUIET, &title), paper.styled(style(of), &unglued(cell))));
            } else {
                lines.extend(
                    paragraph(&title, paper.columns(), ["", indent]).iter().map(|line| paper.styled(QUIET, line)),
                );
                lines.extend(pieces.iter().map(|piece| format!("{deep}{}", paper.styled(style(of), piece))));
            }
        }
    }
    lines
}
