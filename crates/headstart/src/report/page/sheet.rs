//! A document as a page: what stands where.

use super::room::Room;
use super::{code, table};
use crate::plot::Picture;
use crate::report::document::{Block, Document, Finding};
use crate::words::printable;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use headstart_engine::init::Initialization;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::borrow::Cow;

/// What all pages look like.
pub const STYLE: &str = include_str!("page.css");
/// What pages do when somebody clicks: nothing of what they say is lost without it.
pub const SCRIPT: &str = include_str!("page.js");
/// Nothing is asked of anybody, whatever is written in a page.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; font-src data:";

/// The font that pictures are laid out with, by weight: in a wider one their texts would not have the room that was made for them.
pub const FONT: [(u16, &[u8]); 2] = [
    (400, include_bytes!("../../plot/fonts/Inter-Regular.woff2")),
    (600, include_bytes!("../../plot/fonts/Inter-SemiBold.woff2")),
];

/// Text that is on its way into a page, without what could turn its direction; what is markup is escaped as it is written.
pub fn safe(text: &str) -> Cow<'_, str> {
    printable(text)
}

/// A page: of a title, what stands in it, and the styles and the script that only it has.
pub fn page(title: &str, body: &Markup, style: &str, script: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (safe(title)) }
                // Without one of its own a browser asks a server for one.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) (PreEscaped(style)) }
            }
            body {
                (body)
                script { (PreEscaped(SCRIPT)) (PreEscaped(script)) }
            }
        }
    }
}

/// A document as a page.
pub fn of(document: &Document) -> Markup {
    let body = html! {
        (head(document))
        main { (blocks(&document.blocks, &Room::default())) }
        (foot(&document.command))
    };
    let style = if has_pictures(&document.blocks) { font() } else { String::new() };
    page(&document.title, &body, &style, "")
}

/// A document as a part of a page.
pub fn part(document: &Document) -> Markup {
    html! {
        header { (answer(document)) }
        (blocks(&document.blocks, &Room::default()))
    }
}

fn has_pictures(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match block {
        Block::Picture(_) => true,
        Block::Details { blocks, .. } => has_pictures(blocks),
        _ => false,
    })
}

fn font() -> String {
    let face = |(weight, file): (u16, &[u8])| {
        let file = STANDARD.encode(file);
        format!("@font-face{{font-family:Pictures;font-weight:{weight};src:url(data:font/woff2;base64,{file})}}\n")
    };
    FONT.map(face).concat()
}

/// What it is about, and the answer, below a title.
pub fn head(document: &Document) -> Markup {
    html! {
        header {
            h1 { (safe(&document.title)) }
            (answer(document))
        }
    }
}

/// The answer, and what it is about.
fn answer(document: &Document) -> Markup {
    html! {
            @for (i, line) in document.answer.lines().filter(|line| !line.trim().is_empty()).enumerate() {
                @let (first, rest) = first_sentence(line);
                p.answer.then[i > 0] { (prose(&titled(first))) }
                @if !rest.is_empty() {
                    p.lead { (prose(rest)) }
                }
            }
            @if !document.about.is_empty() {
                ul.about {
                    @for line in &document.about { li { (safe(line)) } }
                }
            }
    }
}

/// How the page is made again, and by what.
pub fn foot(command: &str) -> Markup {
    html! {
        footer {
            @if !command.is_empty() {
                h2 { "The same again" }
                div.code data-copy="the command" { pre tabindex="0" { code {
                    // A line is broken between words, and not at their hyphens.
                    @for (i, word) in command.split(' ').enumerate() { @if i > 0 { " " } span.word { (safe(word)) } }
                } } }
            }
            p { "Made by headstart " (env!("CARGO_PKG_VERSION")) ". The page is whole in this one file and asks nothing of the network." }
        }
    }
}

/// The first sentence, and what follows it: an answer of many sentences is not all in large letters.
fn first_sentence(text: &str) -> (&str, &str) {
    let ends = text.match_indices(". ").map(|(at, _)| at + 1);
    let mut begins_anew = ends.filter(|at| text[*at..].trim_start().starts_with(char::is_uppercase));
    match begins_anew.next() {
        Some(at) => (&text[..at], text[at..].trim_start()),
        None => (text, ""),
    }
}

/// A heading or an answer as a page has it: in a terminal it begins small, as do names of schemes, which stay as they are.
fn titled(text: &str) -> String {
    let text = safe(text.trim_end_matches(':'));
    let first = text.split(' ').next().unwrap_or_default();
    let is_word = first.len() < text.len() && first.chars().all(|c| c.is_ascii_lowercase());
    match text.chars().next() {
        Some(letter) if is_word && first.parse::<Initialization>().is_err() => {
            letter.to_uppercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.into_owned(),
    }
}

/// Text of sentences; no line ends within a flag.
fn prose(text: &str) -> Markup {
    let text = safe(text);
    let is_flag = |word: &str| word.len() > 2 && word.starts_with("--");
    html! {
        @for (i, word) in text.split(' ').enumerate() {
            @if i > 0 { " " }
            @if is_flag(word) { span.flag { (word) } } @else { (word) }
        }
    }
}

/// Blocks below one another; those of a kind that stand together are set together.
pub fn blocks(blocks: &[Block], room: &Room) -> Markup {
    let is_alike = |a: &Block, b: &Block| {
        matches!(
            (a, b),
            (Block::Said { .. }, Block::Said { .. })
                | (Block::Finding(_), Block::Finding(_))
                | (Block::Picture(_), Block::Picture(_))
        )
    };
    let mut heading = "";
    html! {
        @for group in blocks.chunk_by(is_alike) {
            @match &group[0] {
                Block::Said { .. } => dl.said {
                    @for block in group {
                        @if let Block::Said { head, text } = block { div { dt { (safe(head)) } dd { (prose(text)) } } }
                    }
                },
                Block::Finding(_) => div.findings {
                    @for block in group { @if let Block::Finding(found) = block { (finding(found)) } }
                },
                Block::Picture(_) => div.figures {
                    @for block in group { @if let Block::Picture(picture) = block { (figure(picture)) } }
                },
                block => (one(block, heading, room)),
            }
            @let () = heading = if let Some(Block::Heading(text)) = group.last() { text } else { "" };
        }
    }
}

/// A block that stands alone, below this heading if one is right above it.
fn one(block: &Block, heading: &str, room: &Room) -> Markup {
    html! {
        @match block {
            Block::Heading(text) => h2 { (titled(text)) },
            Block::Text(text) => p { (prose(text)) },
            Block::Table(of) => (table::table(of, heading, room)),
            Block::Code(snippets) => (code::snippets(snippets, heading)),
            Block::Details { summary, blocks: inner } => details {
                summary { (titled(summary)) }
                div.inside { (blocks(inner, room)) }
            },
            Block::Said { .. } | Block::Finding(_) | Block::Picture(_) | Block::Letters(_) => {},
        }
    }
}

fn finding(finding: &Finding) -> Markup {
    html! {
        article.finding {
            h3 { span.number { (finding.number) } " " (safe(&finding.name)) }
            p { (prose(&finding.sentence)) }
            @if !finding.figures.is_empty() {
                dl.figures-of {
                    @for (name, figure) in &finding.figures { div { dt { (safe(name)) } dd { (safe(figure)) } } }
                }
            }
            @if !finding.advice.is_empty() {
                p.advice { strong { "Do" } " " (prose(&finding.advice)) }
            }
        }
    }
}

fn figure(picture: &Picture) -> Markup {
    html! { figure { (PreEscaped(picture.in_page())) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_begin_large_and_schemes_stay_as_they_are() {
        assert_eq!((titled("in code"), titled("through 20 layers:")), ("In code".into(), "Through 20 layers".into()));
        assert_eq!(titled("he leaves its start"), "he leaves its start");
        assert_eq!(
            prose("a larger --budget tells").into_string(),
            "a larger <span class=\"flag\">--budget</span> tells"
        );
        assert_eq!(
            (titled("normal:0.01, seed 1"), titled("he"), titled("")),
            ("normal:0.01, seed 1".into(), "he".into(), String::new())
        );
    }

    #[test]
    fn the_first_sentence_is_the_answer() {
        assert_eq!(first_sentence("Start from he:2. Others are worse."), ("Start from he:2.", "Others are worse."));
        assert_eq!(first_sentence("it is 0.5. or so"), ("it is 0.5. or so", ""));
        assert_eq!(first_sentence(""), ("", ""));
    }
}
