//! Code of several frameworks: below one another, of which the page's script makes tabs.

use super::sheet::safe;
use crate::report::document::Snippet;
use maud::{Markup, html};

/// The snippets, each with the name of its framework.
pub fn snippets(snippets: &[Snippet], heading: &str) -> Markup {
    let label = if heading.is_empty() { "code" } else { heading };
    html! {
        div.snippets data-label=(safe(label)) {
            @for snippet in snippets {
                section {
                    h3 { (safe(&snippet.framework)) }
                    div.code data-copy="the code" { pre tabindex="0" { code { (safe(&snippet.code)) } } }
                }
            }
        }
    }
}
