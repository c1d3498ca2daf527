//! How the page is written: its lines and tables.

use crate::words::whole_words;

/// Columns of the text.
const COLUMNS: usize = 120;

/// A text in lines of a page's length.
pub fn paragraph(text: &str) -> String {
    textwrap::fill(text, whole_words(COLUMNS))
}

/// A table with a line below its head.
pub fn table(head: Vec<String>, rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = row(head.iter().map(|_| "---".to_owned()));
    let rows: Vec<String> = rows.into_iter().map(row).collect();
    format!("{}\n{line}\n{}", row(head), rows.join("\n"))
}

fn row(cells: impl IntoIterator<Item = String>) -> String {
    format!("| {} |", cells.into_iter().collect::<Vec<_>>().join(" | "))
}

pub fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_page_are_short_and_links_stay_whole() {
        let text = format!("{} [headstart advise](advise.md) end", "word ".repeat(23).trim_end());
        let lines = paragraph(&text);
        assert!(lines.lines().all(|line| line.chars().count() <= COLUMNS) && lines.contains("(advise.md)"), "{lines}");
    }
}
