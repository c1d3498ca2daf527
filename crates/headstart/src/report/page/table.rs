//! Tables: numbers by their points, intervals and traces drawn beside them.

use super::marks::{self, Scale};
use super::room::Room;
use super::sheet::safe;
use crate::report::document::{Align, Cell, Mark, Row, Table};
use crate::words::{count, many};
use maud::{Markup, PreEscaped, html};

/// So many rows are seen at first; a button shows the others.
const AT_FIRST: usize = 200;

/// Longer names than this are broken into lines.
const LONG: usize = 24;

/// A column as it is set: what its cells have in common.
struct Layout {
    align: Align,
    /// The characters behind the points, at most.
    behind: usize,
    /// The longest interval, and the scale of all of them; None where there are none.
    intervals: Option<(usize, Scale)>,
}

/// A table; its caption is the heading above it where it has none of its own.
pub fn table(table: &Table, heading: &str, room: &Room) -> Markup {
    let layouts: Vec<Layout> = (0..table.columns.len()).map(|column| layout(table, column)).collect();
    let mut rows = String::new();
    let mut shown = 0;
    for row in &table.rows {
        let set = set(row, &layouts, shown >= AT_FIRST).into_string();
        if !room.takes(set.len(), shown) {
            break;
        }
        rows += &set;
        shown += 1;
    }
    let (own, left_out) = (!table.caption.is_empty(), table.rows.len() - shown);
    let caption = if own { &table.caption } else { heading };
    let label = if caption.is_empty() { "table" } else { caption };
    html! {
        div.table {
            div.scroll tabindex="0" role="group" aria-label=(safe(label)) {
                table {
                    @if !caption.is_empty() {
                        caption.unseen[!own] { (safe(caption)) }
                    }
                    thead { tr {
                        @for (column, layout) in table.columns.iter().zip(&layouts) {
                            th.num[layout.align != Align::Left].spans[layout.intervals.is_some()] scope="col" {
                                @if column.title.is_empty() { span.unseen { "row" } } @else { (safe(&column.title)) }
                            }
                        }
                    } }
                    tbody { (PreEscaped(rows)) }
                }
            }
            @for note in &table.notes { p.note { (safe(note)) } }
            @if left_out > 0 {
                p.note {
                    (many(left_out as u64, "more row")) " of " (count(table.rows.len() as u64))
                    " would make the page too large; the files that a command writes have all of them."
                }
            }
        }
    }
}

fn layout(table: &Table, column: usize) -> Layout {
    let cells = || table.rows.iter().filter_map(|row| row.cells.get(column));
    let align = table.columns[column].align;
    let behind = match align {
        Align::Point => cells().map(|cell| width(parts(&cell.text).1)).max().unwrap_or(0),
        Align::Left | Align::Right => 0,
    };
    let longest = cells().filter_map(|cell| cell.interval.as_ref()).map(|interval| interval.text.chars().count()).max();
    let numbers = cells().flat_map(|cell| {
        let ends = cell.interval.iter().flat_map(|interval| interval.ends);
        ends.chain(cell.value).filter(|x| x.is_finite())
    });
    Layout { align, behind, intervals: longest.map(|longest| (longest, Scale::of(numbers))) }
}

fn set(row: &Row, layouts: &[Layout], is_more: bool) -> Markup {
    let (class, word) = match row.mark {
        Some(Mark::Best) => (Some("best"), "best"),
        Some(Mark::Advised) => (Some("advised"), "advised"),
        Some(Mark::Failed) => (Some("failed"), "failed"),
        None => (None, ""),
    };
    let mut cells = row.cells.iter().zip(layouts);
    html! {
        tr class=[class] data-more[is_more] {
            @if let Some((cell, layout)) = cells.next() {
                th.num[layout.align != Align::Left].long[cell.text.chars().count() > LONG] scope="row" data-v=[value(cell)] {
                    (content(cell, layout))
                    @if !word.is_empty() { " " span.mark { (word) } }
                }
            }
            @for (cell, layout) in cells {
                td.num[layout.align != Align::Left] data-v=[value(cell)] { (content(cell, layout)) }
            }
        }
    }
}

/// What a cell is sorted by, if that is a number.
fn value(cell: &Cell) -> Option<f64> {
    cell.value.filter(|value| !value.is_nan())
}

fn content(cell: &Cell, layout: &Layout) -> Markup {
    let text = safe(&cell.text);
    html! {
        @if layout.align == Align::Point && layout.behind > 0 && text.contains(|c: char| c.is_ascii_digit()) {
            @let (before, behind) = parts(&text);
            (before) span.{ "f" (layout.behind.min(16)) } { (behind) }
        } @else {
            (text)
        }
        @if let Some((longest, scale)) = &layout.intervals {
            @let told = cell.interval.as_ref();
            " " span.interval style={ "width:" (longest + 1) "ch" } {
                @if let Some(interval) = told { "[" (safe(&interval.text)) "]" }
            }
            (marks::interval(told.map(|interval| interval.ends), cell.value, scale))
        }
        @if !cell.trace.is_empty() {
            (marks::trace(&cell.trace))
        }
    }
}

/// What stands before the point of a number, and the rest from it on.
fn parts(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_digit() || "+-~,\u{2212}".contains(c))).unwrap_or(text.len());
    let is_number = text.contains(|c: char| c.is_ascii_digit()) && end > 0;
    if is_number { text.split_at(end) } else { (text, "") }
}

/// How wide it is, in digits and at most.
fn width(behind: &str) -> usize {
    behind.chars().map(|c| if c == '%' { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::{Column, Interval};

    #[test]
    fn numbers_are_parted_at_their_points() {
        assert_eq!(parts("0.831"), ("0", ".831"));
        assert_eq!(parts("~49"), ("~49", ""));
        assert_eq!(parts("24%"), ("24", "%"));
        assert_eq!(parts("1.00e-9"), ("1", ".00e-9"));
        assert_eq!((parts("-"), parts("out"), parts("")), (("-", ""), ("out", ""), ("", "")));
    }

    fn of(rows: Vec<Row>) -> Table {
        let columns = vec![Column::left("init <b>"), Column::point("accuracy")];
        Table { columns, rows, ..Table::default() }
    }

    fn row(name: &str, value: f64) -> Row {
        Row { cells: vec![name.into(), Cell::number(format!("{value:.3}"), value)], mark: None }
    }

    #[test]
    fn a_row_says_what_it_is_in_a_word() {
        let interval = Some(Interval { ends: [0.7, 0.9], text: "0.7, 0.9".to_owned() });
        let best = Row {
            cells: vec!["<script>".into(), Cell { interval, ..Cell::number("0.8", 0.8) }],
            mark: Some(Mark::Advised),
        };
        let html = table(&of(vec![best, row("he", 0.5)]), "starts", &Room::default()).into_string();
        assert!(html.contains("<caption class=\"unseen\">starts</caption>"), "{html}");
        assert!(html.contains("init &lt;b&gt;") && html.contains("&lt;script&gt;"), "{html}");
        assert!(html.contains("<span class=\"mark\">advised</span>"), "{html}");
        assert!(html.contains("0<span class=\"f4\">.8</span>") && html.contains("[0.7, 0.9]"), "{html}");
        assert_eq!(html.matches("class=\"bar\"").count(), 2, "{html}");
    }

    #[test]
    fn many_rows_are_seen_on_request_and_too_many_are_left_out() {
        let many = |n: usize| of((0..n).map(|i| row("he", i as f64)).collect());
        let html = table(&many(201), "", &Room::default()).into_string();
        assert_eq!(html.matches("data-more").count(), 1);
        assert!(!html.contains("too large"));
        let html = table(&many(100_000), "", &Room::default()).into_string();
        assert!(html.len() < 1_000_000 && html.contains("more rows of 100,000 would"), "{}", html.len());
    }
}
