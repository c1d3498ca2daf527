//! Results as one HTML page that needs nothing else: it works offline.

mod code;
mod marks;
mod room;
pub(super) mod sheet;
mod table;

pub(super) use room::Room;
pub use sheet::{FONT, SCRIPT, STYLE};

use super::document::Document;
use crate::error::Error;
use crate::io::write_whole;
use std::path::Path;

/// A document as a page.
pub fn html(document: &Document) -> String {
    sheet::of(document).into_string()
}

/// A document as a part of a page that has [`STYLE`] and [`SCRIPT`]: the answer, what it is about, and what there is to show for it.
pub fn part(document: &Document) -> String {
    sheet::part(document).into_string()
}

/// Writes a document as a page.
///
/// # Errors
/// If the file cannot be written.
pub fn save(path: &Path, document: &Document) -> Result<(), Error> {
    Ok(write_whole(path, html(document).as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::{Block, Column, Finding, Snippet, Table};

    fn document() -> Document {
        let finding = Finding {
            number: 1,
            name: "vanishing signal, layer 3".to_owned(),
            sentence: "It shrinks.".to_owned(),
            figures: vec![("signal".to_owned(), "1e-4".to_owned())],
            advice: "Start from he.".to_owned(),
        };
        let snippet = |framework: &str| Snippet { framework: framework.to_owned(), code: "a < b".to_owned() };
        let table = Table::new(vec![Column::left("init")], [vec!["<script>alert(1)</script>".into()]]);
        Document {
            title: "</title><b>circles</b>\u{202e}".to_owned(),
            about: vec!["300 samples".to_owned()],
            answer: "Start from he. Others are worse.".to_owned(),
            blocks: vec![
                Block::Finding(finding),
                Block::said("predicted", "at step 10"),
                Block::said("measured", "at step 11"),
                Block::Heading("in code".to_owned()),
                Block::Code(vec![snippet("PyTorch"), snippet("Keras")]),
                Block::Details { summary: "all that was tried".to_owned(), blocks: vec![Block::Table(table)] },
            ],
            command: "headstart advise --data '<i>'".to_owned(),
        }
    }

    #[test]
    fn a_page_says_all_that_the_document_says() {
        let page = html(&document());
        for said in [
            "<p class=\"answer\">Start from he.</p><p class=\"lead\">Others are worse.</p>",
            "<li>300 samples</li>",
            "vanishing signal, layer 3",
            "<dt>signal</dt><dd>1e-4</dd>",
            "<strong>Do</strong> Start from he.",
            "<h2>In code</h2>",
            "<h3>Keras</h3>",
            "a &lt; b",
            "<summary>All that was tried</summary>",
            "'&lt;i&gt;'",
        ] {
            assert!(page.contains(said), "{said} is not in {page}");
        }
        assert_eq!(page.matches("<dl class=\"said\">").count(), 1);
    }

    #[test]
    fn what_others_named_is_no_markup_and_nothing_is_asked_of_the_network() {
        let page = html(&document());
        assert!(page.contains("<title>&lt;/title&gt;&lt;b&gt;circles&lt;/b&gt;\\u{202e}</title>"), "{page}");
        assert!(!page.contains("<b>") && !page.contains("<script>alert") && !page.contains('\u{202e}'));
        assert!(!page.contains("src=") && !page.contains("@import") && !page.contains("url("));
        assert!(page.len() < 60_000, "{}", page.len());
    }

    #[test]
    fn a_page_is_the_same_twice() {
        assert_eq!(html(&document()), html(&document()));
    }
}
