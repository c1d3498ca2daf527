//! The files of the page, in the program.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use headstart::report::page;
use std::borrow::Cow;

/// A file and what it is.
pub struct File {
    kind: &'static str,
    bytes: Cow<'static, [u8]>,
}

impl IntoResponse for File {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, self.kind)], self.bytes).into_response()
    }
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const FONT: &str = "font/woff2";

/// The page itself. Its modules are asked for at once, and not one after the other as they import each other.
pub fn page() -> File {
    let modules = OWN.iter().filter(|(name, _)| kind(name) == SCRIPT);
    let links: String =
        modules.map(|(name, _)| format!("<link rel=\"modulepreload\" href=\"/app/{name}\">\n")).collect();
    let page = include_str!("../page/index.html").replacen("</head>", &(links + "</head>"), 1);
    File { kind: HTML, bytes: page.into_bytes().into() }
}

macro_rules! scripts {
    ($($name:literal),* $(,)?) => {
        /// The page's modules and its own styles.
        const OWN: &[(&str, &[u8])] = &[$(($name, include_bytes!(concat!("../page/", $name)))),*];
    };
}

scripts![
    "advise.js",
    "ask.js",
    "bars.js",
    "boundary.js",
    "card.js",
    "cells.js",
    "controls.js",
    "dom.js",
    "exports.js",
    "lab.css",
    "layers.js",
    "lines.js",
    "link.js",
    "main.js",
    "map.js",
    "messages.js",
    "network.js",
    "over.js",
    "race.js",
    "scale.js",
    "sheet.js",
    "story.js",
    "strip.js",
    "theme.js",
    "window.js",
    "wire.js",
    "work.js"
];

/// A file of the page, by its name.
pub fn file(name: &str) -> Option<File> {
    let file = |kind, bytes: Cow<'static, [u8]>| Some(File { kind, bytes });
    match name {
        // What static pages have is in the live one, too.
        "page.css" => file(CSS, (page::STYLE.to_owned() + &faces()).into_bytes().into()),
        "page.js" => file(SCRIPT, page::SCRIPT.as_bytes().into()),
        name => {
            if let Some((_, bytes)) = page::FONT.iter().find(|(weight, _)| name == font(*weight)) {
                return file(FONT, (*bytes).into());
            }
            let (name, bytes) = OWN.iter().find(|(own, _)| *own == name)?;
            file(kind(name), (*bytes).into())
        }
    }
}

/// What browsers call an own file.
fn kind(name: &str) -> &'static str {
    let is_style = std::path::Path::new(name).extension().is_some_and(|ending| ending == "css");
    if is_style { CSS } else { SCRIPT }
}

fn font(weight: u16) -> String {
    format!("inter-{weight}.woff2")
}

/// The font of pictures.
fn faces() -> String {
    let face = |(weight, _): (u16, &[u8])| {
        format!(
            "@font-face{{font-family:Pictures;font-weight:{weight};src:url(/app/{}) format(\"woff2\")}}\n",
            font(weight)
        )
    };
    page::FONT.map(face).concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_page_is_in_the_program() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/page")).unwrap();
        let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        for name in names.filter(|name| name != "index.html" && name != "deno.json") {
            assert!(file(&name).is_some(), "{name} is not served");
        }
        for none in ["../Cargo.toml", "", "..", "index.html", "deno.json", "/etc/passwd"] {
            assert!(file(none).is_none(), "{none}");
        }
    }
}
