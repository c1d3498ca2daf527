//! A picture in letters, in as many as there is room for.

use super::lines::paragraph;
use super::{BOLD, PLAIN, Paper, QUIET};
use crate::report::document::Letters;
use std::fmt::Write;

/// Letters across and lines, where there is room for them.
const ACROSS: usize = 64;
const LINES: usize = 24;

/// Every so many lines one has its number, and every so many letters one.
const EACH_LINE: usize = 4;
const EACH_LETTER: usize = 12;

/// The lines of the picture, the axes with numbers, and the key.
pub fn set(letters: &Letters, paper: Paper) -> Vec<String> {
    let Letters { axes: [x, y], numbers: [along, up], lines: cells, key } = letters;
    let margin = up.iter().map(|number| number.chars().count()).max().unwrap_or(0);
    let room = paper.columns().saturating_sub(margin + 3).max(1);
    let across = cells.first().map_or(0, Vec::len).min(room.min(ACROSS));
    let lines = cells.len().min(LINES);
    // The cell in the middle of each letter.
    let middle = |i: usize, of: usize, count: usize| (2 * i + 1) * count / (2 * of);
    let mut set = vec![paper.styled(BOLD, y)];
    for line in (0..lines).rev() {
        let row = middle(line, lines, cells.len());
        // The outer lines have theirs, too.
        let is_named = line % EACH_LINE == 0 || line == lines - 1 && line % EACH_LINE > 1;
        let name = if is_named { up[row].as_str() } else { "" };
        let shown: String = (0..across).map(|i| cells[row][middle(i, across, cells[row].len())]).collect();
        set.push(format!("{}|{shown}|", paper.styled(QUIET, &format!("{name:>margin$} "))));
    }
    let mut names = String::new();
    for i in (0..across).step_by(EACH_LETTER) {
        let name = &along[middle(i, across, along.len())];
        if i + name.chars().count() > room {
            break;
        }
        let _ = write!(names, "{:gap$}{name}", "", gap = i.saturating_sub(names.len()));
    }
    let names = format!("{:margin$}  {names}", "");
    if names.chars().count() + 2 + x.chars().count() <= paper.columns() {
        set.push(format!("{}  {}", paper.styled(QUIET, &names), paper.styled(BOLD, x)));
    } else {
        set.push(paper.styled(QUIET, &names));
        set.push(format!("{:margin$}  {}", "", paper.styled(BOLD, x)));
    }
    set.extend(paragraph(key, paper.columns(), ["", ""]).iter().map(|line| paper.styled(PLAIN, line)));
    set
}
