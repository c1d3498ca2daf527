//! The pages in a real browser: they draw, sort, copy, answer to pointer and keyboard, are read by everybody, say nothing on the
//! console and ask nothing of the network.

mod axe;
#[expect(dead_code, reason = "pages of a server need more of it")]
mod browser;
#[path = "../common/mod.rs"]
mod common;

use axe::{OFF_SCREEN, axe, violations};
use browser::{Browser, Page, chromium};
use common::{headstart, headstart_with};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// No page without three dimensions is larger.
const MOST_BYTES: u64 = 1_500_000;

/// The page that a command writes.
fn page_of(folder: &Path, command: &str) -> PathBuf {
    let name = command.split([' ', ':']).take(2).collect::<Vec<_>>().join("-");
    let file = folder.join(format!("{name}.html"));
    let said = headstart(&format!("{command} --html {}", file.display()));
    assert_eq!(said.code, 0, "{command}: {}", said.err);
    assert!(std::fs::metadata(&file).unwrap().len() < MOST_BYTES, "{command}");
    file
}

/// What holds for every page: on screens wide and narrow, light and dark, and on paper.
fn is_sound(page: &mut Page<'_>, axe: Option<&str>, name: &str) {
    if let Some(axe) = axe {
        page.ask(&format!("{axe}; true"));
    }
    for width in [1280, 390] {
        for scheme in ["light", "dark"] {
            page.show("", scheme, width);
            let wide = page.ask("document.documentElement.scrollWidth - innerWidth");
            assert!(wide.as_i64().unwrap() <= 0, "{name}, {width}, {scheme}: {wide} too wide");
            assert_eq!(page.texts(OFF_SCREEN), [""; 0], "{name}, {width}, {scheme}");
            if axe.is_some() {
                let found = violations(page);
                assert_eq!(found, [""; 0], "{name}, {width}, {scheme}");
            }
        }
    }
    // A page of A4 between its margins.
    page.show("print", "dark", 690);
    assert_eq!(page.ask("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)", "{name}");
    assert_eq!(page.texts(OFF_SCREEN), [""; 0], "{name}, printed");
    let hidden = "Array.from(document.querySelectorAll('details *, .snippets pre, tbody tr')).filter((each) => \
                  !each.closest('#cell, [id=\"traces\"], svg, button') && !each.checkVisibility()).map((each) => each.outerHTML.slice(0, 200))";
    page.ask("dispatchEvent(new Event('beforeprint'))");
    assert_eq!(page.texts(hidden), [""; 0], "{name}, printed");
    page.ask("dispatchEvent(new Event('afterprint'))");
    let buttons = "Array.from(document.querySelectorAll('.button, [role=tab]')).filter((each) => \
                   each.checkVisibility()).map((each) => each.outerHTML)";
    assert_eq!(page.texts(buttons), [""; 0], "{name}, printed");
    page.show("", "light", 1280);
    let complaints = page.complaints();
    assert!(complaints.is_empty(), "{name}: {complaints:#?}");
}

/// The cells of a column as they are sorted by, from the first shown row to the last.
fn column(page: &mut Page<'_>, title: &str) -> Vec<f64> {
    let script = format!(
        "(() => {{ const table = document.querySelector('table'); \
         const at = Array.from(table.querySelectorAll('thead th')).findIndex((each) => each.textContent.trim() === '{title}'); \
         return Array.from(table.tBodies[0].rows).map((row) => Number(row.cells[at].dataset.v ?? 'NaN')); }})()"
    );
    let told = page.ask(&script);
    told.as_array().unwrap().iter().filter_map(serde_json::Value::as_f64).collect()
}

/// A table is sorted up by a click, down by the keyboard, and then stands as it was.
fn sorts(page: &mut Page<'_>, title: &str) {
    let before = column(page, title);
    let head = format!(
        "Array.from(document.querySelectorAll('table thead th')).find((each) => each.textContent.trim() === '{title}')"
    );
    page.click_on(&format!("{head}.querySelector('button')"));
    page.until(&format!("{head}.ariaSort === 'ascending'"));
    let sorted = column(page, title);
    assert!(sorted.is_sorted() && sorted.len() == before.len() && sorted.len() > 1, "{sorted:?}");
    page.ask(&format!("{head}.querySelector('button').focus()"));
    page.press("Enter");
    page.until(&format!("{head}.ariaSort === 'descending'"));
    assert!(column(page, title).is_sorted_by(|a, b| a >= b));
    page.press("Enter");
    page.until(&format!("{head}.ariaSort === null"));
    assert_eq!(column(page, title), before);
}

/// What a button copies is what stands beside it; where there is no clipboard it is selected.
fn copies(page: &mut Page<'_>, within: &str) -> String {
    let code = page.ask(&format!("document.querySelector('{within} code').textContent"));
    page.click_on(&format!("document.querySelector('{within} .button')"));
    page.until(&format!("document.querySelector('{within} .button').textContent === 'Copied'"));
    page.until("document.getElementById('said').textContent.startsWith('Copied')");
    assert_eq!(page.ask("navigator.clipboard.readText()"), code);
    page.ask(
        "navigator.clipboard.writeText = () => Promise.reject(new Error('none')); getSelection().removeAllRanges()",
    );
    page.click_on(&format!("document.querySelector('{within} .button')"));
    page.until("getSelection().toString() !== ''");
    let selected = page.ask("getSelection().toString()").as_str().unwrap().to_owned();
    assert_eq!(selected.trim_end(), code.as_str().unwrap().trim_end());
    selected
}

/// Tabs are gone through by the arrow keys.
fn has_tabs(page: &mut Page<'_>) {
    let selected = "document.querySelector('[role=tab][aria-selected=true]').textContent";
    let shown = "Array.from(document.querySelectorAll('[role=tabpanel]')).filter((each) => each.checkVisibility())\
                 .map((each) => each.querySelector('h3').textContent)";
    page.ask("document.querySelector('[role=tab]').focus()");
    assert_eq!(page.texts(shown), [page.ask(selected).as_str().unwrap()]);
    let first = page.texts(shown);
    page.press("ArrowRight");
    let second = page.texts(shown);
    assert!(first != second && page.ask(selected) == *second[0], "{second:?}");
    page.press("ArrowLeft");
    assert_eq!(page.texts(shown), first);
    page.press("End");
    assert_eq!(page.texts(shown), ["candle"]);
    assert_eq!(page.ask("document.activeElement.textContent"), "candle");
}

#[test]
fn pages_are_read_sorted_and_copied() {
    let Some(chromium) = chromium() else { return };
    let axe = axe();
    let mut browser = Browser::start(&chromium);
    let folder = tempfile::tempdir().unwrap();
    let drawn = "Array.from(document.querySelectorAll('figure svg')).filter((each) => each.checkVisibility() && \
                 each.querySelectorAll('path').length > 2 && each.getBoundingClientRect().height > 100).length";
    for (command, pictures) in [
        ("compare --data circles --init he,zeros,normal:0.1 --steps 100 --seeds 3", 1),
        ("advise --data circles --layers 2,4,1 --lr 0.1 --steps 60 --budget 30000steps", 3),
        ("explain --data circles --init normal:0.01,he --lr 0.01 --steps 300 --verify", 1),
        ("probe --data circles --init normal:10,he --seeds 3", 1),
        ("theory --activation tanh --depth 20", 0),
        ("theory --activation relu/tanh --init he,glorot --layers 10,20,20,1", 0),
        ("train --data circles --init he --steps 20 --seeds 250", 1),
        ("replicate dls-thread", 1),
    ] {
        let file = page_of(folder.path(), command);
        let mut page = browser.open(&file);
        assert_eq!(page.ask(drawn), pictures, "{command}");
        is_sound(&mut page, axe.as_deref(), command);
        match command.split(' ').next() {
            Some("compare") => {
                sorts(&mut page, "test accuracy");
                let again = copies(&mut page, "footer");
                assert!(again.contains("headstart compare --data circles --init he,zeros,normal:0.1"), "{again}");
                assert!(page.ask("document.querySelectorAll('.bar path').length").as_u64() > Some(1));
            }
            Some("advise") => {
                has_tabs(&mut page);
                let code = copies(&mut page, ".snippets section:not([hidden])");
                assert!(!code.is_empty());
                assert_eq!(page.ask("document.querySelectorAll('tr.advised .mark').length"), 1);
            }
            Some("train") => {
                let shown = "Array.from(document.querySelectorAll('table')[0].tBodies[0].rows).filter((row) => row.checkVisibility()).length";
                assert_eq!(page.ask(shown), 200);
                sorts(&mut page, "loss");
                assert_eq!(page.ask(shown), 200);
                page.click_on("document.querySelector('.more')");
                assert_eq!(page.ask(shown), 250);
            }
            Some("explain") => {
                // What is read from a chart is next to the pointer, and by the keyboard goes from point to point.
                page.ask("Array.from(document.querySelectorAll('figure svg')).find((each) => each.checkVisibility()).focus()");
                page.press("ArrowRight");
                page.until("document.querySelector('.reading:not([hidden])')?.textContent.length > 3");
                page.press("ArrowRight");
                page.until("document.getElementById('said').textContent.length > 3");
            }
            _ => {}
        }
        let complaints = page.complaints();
        assert!(complaints.is_empty(), "{command}: {complaints:#?}");
    }
}

#[test]
fn names_of_others_are_text() {
    let Some(chromium) = chromium() else { return };
    let mut browser = Browser::start(&chromium);
    let folder = tempfile::tempdir().unwrap();
    let name = "<img src=x onerror=alert(1)>&amp;\"'</script><b>";
    let file = folder.path().join("<b>&\"'.csv");
    let rows = (0..40)
        .map(|i| format!("{i},{},\"{}\"\n", i % 7, if i % 2 == 0 { name.replace('"', "\"\"") } else { "no".into() }));
    std::fs::write(&file, format!("<i>a</i>,\"</title><b>\",kind\n{}", rows.collect::<String>())).unwrap();
    let data = file.display().to_string();
    for (i, line) in [
        "compare --init he,zeros --seeds 2 --steps 20",
        "train --seeds 2 --steps 20",
        "explain --init zeros --steps 20",
        "probe --init he --seeds 1",
        "map --x gain=1,2 --y lr=0.1,1 --steps 5",
    ]
    .into_iter()
    .enumerate()
    {
        let page_file = folder.path().join(format!("<b>{i}.html"));
        let page_path = page_file.display().to_string();
        let mut words: Vec<&str> = line.split(' ').collect();
        words.extend(["--data", &data, "--label", "kind", "--html", &page_path]);
        let said = headstart_with(&words);
        assert_eq!(said.code, 0, "{line}: {}", said.err);
        let mut page = browser.open(&page_file);
        assert_eq!(
            page.ask("document.querySelectorAll('b, i, img').length - document.querySelectorAll('.key i').length"),
            0,
            "{line}"
        );
        let again = page.ask("document.querySelector('footer code').textContent");
        // A quote within quotes, as a shell takes it.
        assert!(again.as_str().unwrap().contains("<b>&\"'\\''.csv'"), "{again}");
        assert_eq!(page.complaints(), [""; 0], "{line}");
    }
}

/// The middle of a cell of the map on the screen.
fn cell(page: &mut Page<'_>, [column, row]: [f64; 2], [columns, rows]: [f64; 2]) -> [f64; 2] {
    page.ask("document.getElementById('map').scrollIntoView({ block: 'center' })");
    let script = "(() => { const r = document.getElementById('cells').getBoundingClientRect(); \
                  return [r.left, r.top, r.width, r.height]; })()";
    let told = page.ask(script);
    let numbers: Vec<f64> = told.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    let [left, top, width, height] = numbers[..] else { panic!("{numbers:?}") };
    [left + (column + 0.5) / columns * width, top + (1.0 - (row + 0.5) / rows) * height]
}

#[test]
fn a_map_draws_tells_its_cells_and_shows_their_traces() {
    let Some(chromium) = chromium() else { return };
    let mut browser = Browser::start(&chromium);
    let folder = tempfile::tempdir().unwrap();
    let file = page_of(
        folder.path(),
        "map --data circles --layers 2,10,5,1 --samples 60,20 --steps 100 --seeds 2 --x gain=0.1..10:5 --y lr=0.01,0.1,1",
    );
    let mut page = browser.open(&file);
    is_sound(&mut page, axe().as_deref(), "map");
    // All cells have a colour, and not one.
    let colours = "(() => { const c = document.getElementById('cells'); \
                   const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; const seen = new Set(); \
                   for (let i = 0; i < d.length; i += 4) seen.add(d[i] + ',' + d[i + 1] + ',' + d[i + 2] + ',' + d[i + 3]); \
                   return seen.size; })()";
    assert!(page.ask(colours).as_u64() > Some(2));
    // Theory's line, twice: black beneath white.
    assert_eq!(
        page.ask(
            "document.querySelectorAll('#over .below').length === document.querySelectorAll('#over .above').length"
        ),
        true
    );
    assert!(page.ask("document.querySelectorAll('#over .above').length").as_u64() > Some(0));

    let at = cell(&mut page, [3.0, 1.0], [5.0, 3.0]);
    page.mouse("mouseMoved", at);
    page.until("document.getElementById('command').textContent.includes('--init he:3.162')");
    let (command, figures) = (page.text("command"), page.text("figures"));
    assert!(figures.contains("test accuracy") && figures.contains("runs\t2"), "{figures}");
    // The command that the page shows reruns the cell.
    let (_, arguments) = command.split_once("headstart ").unwrap();
    let runs = common::json(arguments);
    let accuracies: Vec<f64> =
        runs["runs"].as_array().unwrap().iter().map(|run| run["test"]["accuracy"].as_f64().unwrap()).collect();
    let told = format!("test accuracy\t{}", f64::midpoint(accuracies[0], accuracies[1]));
    assert!(figures.contains(&told), "{told} is not in {figures}");

    page.click(at);
    page.until("document.querySelectorAll('#traces path.line').length === 2");
    // Pinned: the pointer may move to the command.
    let other = cell(&mut page, [0.0, 0.0], [5.0, 3.0]);
    page.mouse("mouseMoved", other);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(page.text("command"), command);
    assert_eq!(copies(&mut page, "#rerun"), command);

    // By the keyboard, from cell to cell.
    page.ask("document.getElementById('map').focus()");
    page.press("ArrowLeft");
    page.until("document.getElementById('command').textContent.includes('--init he --') || !document.getElementById('command').textContent.includes('he:3.162')");

    // Closer: fewer cells are seen, and all of them again.
    assert_eq!(page.ask("document.getElementById('all').disabled"), true);
    let [from, to] = [cell(&mut page, [0.0, 0.0], [5.0, 3.0]), cell(&mut page, [3.0, 2.0], [5.0, 3.0])];
    page.mouse("mousePressed", from);
    page.call(
        "Input.dispatchMouseEvent",
        &serde_json::json!({ "type": "mouseMoved", "x": to[0], "y": to[1], "button": "left", "buttons": 1 }),
    );
    page.mouse("mouseReleased", to);
    page.until("document.getElementById('all').disabled === false");
    page.click_on("document.getElementById('all')");
    page.until("document.getElementById('all').disabled === true");

    let before = page.text("most");
    page.ask("(() => { const v = document.getElementById('value'); v.value = 'loss'; v.dispatchEvent(new Event('change')); })()");
    assert_ne!(page.text("most"), before);
    is_sound(&mut page, axe().as_deref(), "map with traces");
}

#[test]
fn a_store_is_drawn_as_a_page() {
    let Some(chromium) = chromium() else { return };
    let mut browser = Browser::start(&chromium);
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("study.db");
    let map = "map --data circles --samples 30,10 --steps 20 --x gain=1,2 --y lr=0.1,1 --traces";
    assert_eq!(headstart(&format!("{map} --out {}", store.display())).code, 0);
    let file = page_of(folder.path(), &format!("study draw {}", store.display()));
    let mut page = browser.open(&file);
    let at = cell(&mut page, [1.0, 1.0], [2.0, 2.0]);
    page.click(at);
    page.until("document.querySelectorAll('#traces path.line').length === 1");
    assert_eq!(page.complaints(), [""; 0]);
}
