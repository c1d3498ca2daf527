//! Paragraphs, names and code in lines.

use crate::words::{printable, whole_words};
use textwrap::core::display_width;

/// Stands for a blank that no line ends at, while a paragraph is broken.
const GLUE: char = '\u{e000}';

/// A paragraph in lines of so many columns, that begins with one indent and goes on with another. It is broken at blanks, but not
/// within an interval, nor between a number and its interval.
pub fn paragraph(text: &str, columns: usize, [first, others]: [&str; 2]) -> Vec<String> {
    let options = whole_words(columns).initial_indent(first).subsequent_indent(others);
    let glued = glued(&printable(text));
    let lines = textwrap::wrap(&glued, options);
    lines.into_iter().map(|line| unglued(&line).trim_end().to_owned()).collect()
}

/// A text whose intervals have no blanks to be broken at.
fn glued(text: &str) -> String {
    let mut glued = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let (before, after) = rest.split_at(at);
        let end = after.find(']').map(|end| end + 1).filter(|&end| is_interval(&after[1..end - 1]));
        let (interval, others) = after.split_at(end.unwrap_or(1));
        let is_of_number =
            before.ends_with(' ') && before.trim_end().ends_with(|c: char| c.is_ascii_digit() || c == '%');
        match before.strip_suffix(' ') {
            Some(number) if end.is_some() && is_of_number => {
                glued += number;
                glued.push(GLUE);
            }
            _ => glued += before,
        }
        if end.is_some() {
            glued += &interval.replace(' ', &GLUE.to_string());
        } else {
            glued += interval;
        }
        rest = others;
    }
    glued + rest
}

/// Whether two numbers with a comma between them stand there.
fn is_interval(text: &str) -> bool {
    let is_number = |text: &str| {
        let text = text.trim().trim_end_matches('%');
        text.ends_with("infinite") || text.parse::<f64>().is_ok()
    };
    text.split_once(", ").is_some_and(|(low, high)| is_number(low) && is_number(high))
}

/// A name in lines of so many columns: it is broken at blanks and after slashes, and nowhere else.
pub fn name(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for piece in pieces(text) {
        let (width, whole) = (display_width(piece.trim_end()), display_width(piece));
        if length > 0 && length + width > columns {
            lines.push(String::new());
            length = 0;
        }
        if let Some(line) = lines.last_mut() {
            *line += piece;
        }
        length += whole;
    }
    lines.into_iter().map(|line| unglued(line.trim_end())).collect()
}

/// A text that stays in one line wherever it has blanks.
pub fn whole(text: &str) -> String {
    text.replace(' ', &GLUE.to_string())
}

/// The same as it is read.
pub fn unglued(text: &str) -> String {
    text.replace(GLUE, " ")
}

/// What of a name stays together.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive([' ', '/'])
}

/// Columns that the widest piece of a name takes.
pub fn least(text: &str) -> usize {
    pieces(text).map(|piece| display_width(piece.trim_end())).max().unwrap_or(0)
}

/// A line of code in lines of so many columns, where it can be broken without becoming other code: at blanks between brackets, as
/// far outside as there is one, and in no text. Where it cannot, it stays whole.
pub fn broken_code(line: &str, columns: usize) -> Vec<String> {
    if line.trim_start().starts_with("headstart ") {
        return broken_command(line, columns);
    }
    let indent = " ".repeat(line.len() - line.trim_start().len() + 4);
    let (mut lines, mut rest, mut open) = (Vec::new(), line.to_owned(), 0);
    while display_width(&rest) > columns {
        let fits = |(at, _): &(usize, usize)| display_width(&rest[..*at]) <= columns;
        let all = breaks(&rest, open);
        // The outermost of those that fit, and the last of these; or the first of all.
        let best = all.iter().filter(|place| fits(place)).min_by_key(|(at, depth)| (*depth, usize::MAX - at));
        let Some(&(at, depth)) = best.or(all.first()) else { break };
        open = depth;
        let after = format!("{indent}{}", rest[at..].trim_start());
        rest.truncate(at);
        lines.push(std::mem::replace(&mut rest, after));
    }
    lines.push(rest);
    lines
}

/// A command line, that goes on before a flag.
fn broken_command(line: &str, columns: usize) -> Vec<String> {
    let indent = " ".repeat(line.len() - line.trim_start().len() + 2);
    let mut lines: Vec<String> = Vec::new();
    for piece in line.split(" --") {
        let is_begun = lines.last().is_some_and(|line| display_width(line) + 3 + display_width(piece) + 2 > columns);
        match lines.last_mut() {
            Some(last) if is_begun => {
                *last += " \\";
                lines.push(format!("{indent}--{piece}"));
            }
            Some(last) => last.extend([" --", piece]),
            None => lines.push(piece.to_owned()),
        }
    }
    lines
}

/// Blanks at which a line of code that begins in so many brackets can be broken, each with the brackets that it stands in.
fn breaks(line: &str, mut depth: usize) -> Vec<(usize, usize)> {
    let (mut quote, mut found) = (None, Vec::new());
    let begin = line.len() - line.trim_start().len();
    for (at, c) in line.char_indices().skip_while(|(at, _)| *at < begin) {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            // Until the end of the line.
            (None, '#') => break,
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ' ') if depth > 0 => found.push((at, depth)),
            _ => {}
        }
    }
    found
}
