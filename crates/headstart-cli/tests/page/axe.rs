//! Whether everybody can use a page.

use crate::browser::Page;
use std::process::Command;

/// What finds whatever keeps people from using a page; none, and it is said, where it cannot be fetched.
pub fn axe() -> Option<String> {
    let test = std::env::current_exe().unwrap();
    // Of `target/debug/deps/page-...`.
    let folder = test.ancestors().nth(3).unwrap().join("axe");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/page/axe.sh");
    let fetched = Command::new("sh").arg(script).arg(&folder).output();
    let why = match fetched {
        Ok(fetched) if fetched.status.success() => return std::fs::read_to_string(folder.join("axe.min.js")).ok(),
        Ok(fetched) => String::from_utf8_lossy(&fetched.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    eprintln!("SKIPPED: axe-core cannot be fetched; that pages can be used by everybody is not tested:\n{why}");
    None
}

/// What keeps people from using a page that the script of [`axe`] is in.
pub fn violations(page: &mut Page<'_>) -> Vec<String> {
    page.texts(
        "axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => \
         nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 300)} ${failureSummary}`)))",
    )
}

/// What lies beyond the edges of the screen, but within what can be scrolled for itself.
pub const OFF_SCREEN: &str = "Array.from(document.querySelectorAll('body *')).filter((each) => { \
    const r = each.getBoundingClientRect(); \
    const isSeen = r.width > 1 && r.height > 1 && each.checkVisibility(); \
    return isSeen && (r.right > innerWidth + 1 || r.left < -1) && !each.closest('.scroll, pre, .unseen, .title-of-tab, defs, clipPath, svg'); \
    }).map((each) => each.outerHTML.slice(0, 200))";
