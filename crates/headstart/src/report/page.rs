//! Results as one HTML page that needs nothing else: it works offline.

mod code;
mod marks;
mod room;
pub(super) mod sheet;
mod table;

use super::Shown;
use super::document::Document;
use crate::error::Error;
use crate::io::write_whole;
use crate::run::Run;
use crate::words::printable;
use plotly::Plot;
use std::path::Path;

/// A document as a page.
pub fn html(document: &Document) -> String {
    sheet::of(document).into_string()
}

/// Writes a document as a page.
///
/// # Errors
/// If the file cannot be written.
pub fn save(path: &Path, document: &Document) -> Result<(), Error> {
    Ok(write_whole(path, html(document).as_bytes())?)
}

/// Writes a page with a summary, a table (both plain text), and the pictures of the runs.
///
/// # Errors
/// If the file cannot be written.
pub fn runs(path: &Path, title: &str, summary: &str, table: &str, runs: &[Run], shown: Shown) -> Result<(), Error> {
    write(path, title, summary, table, &super::picture("", "", runs, shown).in_page())
}

/// Writes a page with a title, two plain texts, and what is drawn below.
pub(super) fn write(path: &Path, title: &str, summary: &str, text: &str, body: &str) -> Result<(), Error> {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n\
         body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}\n\
         h1 {{ overflow-wrap: anywhere; }}\n\
         pre {{ overflow-x: auto; }}\n.narrow {{ display: none; }}\n</style>\n</head>\n<body>\n\
         <h1>{title}</h1>\n<pre>{}</pre>\n<pre>{}</pre>\n{body}</body>\n</html>\n",
        escape(summary),
        escape(text),
        title = escape(title),
    );
    Ok(write_whole(path, page.as_bytes())?)
}

/// The library that draws, as a script of the page's own.
pub(super) fn plotly_script() -> String {
    let sources = Plot::offline_js_sources();
    // The first script is plotly's; the second one sets formulas, and there are none.
    sources.split_inclusive("</script>").next().unwrap_or_default().to_owned()
}

/// Text as HTML; what plotly writes into its pictures is HTML, too.
pub(super) fn escape(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
