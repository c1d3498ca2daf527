//! The page in a real browser.

use crate::axe::{OFF_SCREEN, axe, violations};
use crate::browser::{Browser, Page, chromium};
use crate::common::json;
use crate::served::Lab;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const SIX: &str = "data=circles&layers=2,10,5,1&lr=0.01&steps=15000&rng=numpy&seed=3&init=normal:10,normal:0.1,normal:0.01,he,glorot,lecun";

/// The page, let in by its link, at this state.
fn open<'b>(browser: &'b mut Browser, lab: &Lab, state: &str) -> Page<'b> {
    let mut page = browser.open_at(&lab.host(), &format!("/?token={}{state}", lab.token));
    page.until("document.getElementById('version').textContent !== ''");
    // The token is gone from the address, and the state is not.
    assert_eq!(page.ask("location.search"), "");
    page
}

/// What holds at every moment of every view: on screens wide and narrow, light and dark.
fn is_sound(page: &mut Page<'_>, axe: Option<&str>, name: &str) {
    if let Some(axe) = axe {
        page.ask(&format!("{axe}; true"));
    }
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")] {
        page.show("", scheme, width);
        let wide = page.ask("document.documentElement.scrollWidth - innerWidth");
        assert!(wide.as_i64().unwrap() <= 0, "{name}, {width}, {scheme}: {wide} too wide");
        assert_eq!(page.texts(OFF_SCREEN), [""; 0], "{name}, {width}, {scheme}");
        if axe.is_some() {
            assert_eq!(violations(page), [""; 0], "{name}, {width}, {scheme}");
        }
    }
    page.show("", "light", 1280);
    let complaints = page.complaints();
    assert!(complaints.is_empty(), "{name}: {complaints:#?}");
}

/// What is seen, as a picture of the docs: see docs/pictures.sh.
fn draw(page: &mut Page<'_>, name: &str) {
    page.ask("document.activeElement?.blur(); scrollTo(0, 0)");
    let size = page.ask("[innerWidth, document.getElementById('cards').getBoundingClientRect().bottom + 24]");
    let clip = serde_json::json!({ "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1 });
    let asked = serde_json::json!({ "format": "png", "clip": clip, "captureBeyondViewport": true });
    let shot = page.call("Page.captureScreenshot", &asked);
    let bytes = STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pictures/");
    std::fs::write(format!("{folder}{name}"), bytes).unwrap();
}

/// The figures of all cards, a text for each.
fn cards(page: &mut Page<'_>) -> Vec<String> {
    page.texts(
        "Array.from(document.querySelectorAll('.card')).map((card) => card.querySelector('h3').textContent + ' ' + \
         Array.from(card.querySelectorAll('dl.figures-of dd')).map((each) => each.textContent).join(' '))",
    )
}

/// Waits until a race is at its end.
fn to_the_end(page: &mut Page<'_>) {
    page.until("/finished|the end|over|done/.test(document.getElementById('race-status').textContent)");
}

/// What `train` says of the same, in the order of the cards.
fn trained(page: &mut Page<'_>) -> Vec<String> {
    let command = page.text("race-command");
    let runs = json(command.trim().strip_prefix("headstart ").unwrap());
    let one = |run: &serde_json::Value| {
        let share = |set: &str| format!("{:.4}", run[set]["accuracy"].as_f64().unwrap());
        (run["init"].as_str().unwrap().to_owned(), share("train"), share("test"))
    };
    runs["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(one)
        .map(|(init, train, test)| format!("{init} {train} {test}"))
        .collect()
}

/// Cards without the loss, which is written to fewer digits.
fn without_loss(cards: &[String]) -> Vec<String> {
    let one = |card: &String| {
        let words: Vec<&str> = card.split(' ').collect();
        format!("{} {} {}", words[0], words[words.len() - 2], words[words.len() - 1])
    };
    cards.iter().map(one).collect()
}

#[test]
fn six_starts_race_to_the_figures_of_train() {
    let Some(chromium) = chromium() else { return };
    let lab = Lab::start(&[]);
    let axe = axe();
    let mut browser = Browser::start(&chromium);
    let link;
    {
        let mut page = open(&mut browser, &lab, &format!("#race?{SIX}&speed=max"));
        to_the_end(&mut page);
        let found = cards(&mut page);
        assert_eq!(found.len(), 6);
        assert_eq!(without_loss(&found), trained(&mut page));
        // Every picture has several colours.
        let drawn = "Array.from(document.querySelectorAll('.card canvas.boundary, .card canvas.network, #losses')).map((c) => { \
                     const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; const seen = new Set(); \
                     for (let i = 0; i < d.length; i += 4) seen.add(d[i] + ',' + d[i + 1] + ',' + d[i + 2]); return seen.size; })";
        let colours = page.ask(drawn);
        assert!(colours.as_array().unwrap().iter().all(|n| n.as_u64() > Some(2)), "{colours}");
        page.until("document.querySelectorAll('.card ul.of-start, .card .finding').length >= 6");
        is_sound(&mut page, axe.as_deref(), "race");
        if std::env::var_os("HEADSTART_DRAW").is_some() {
            // Some hundred trainings more.
            std::thread::sleep(std::time::Duration::from_secs(40));
            page.until("Array.from(document.querySelectorAll('.strip')).every((each) => each.ariaLabel.includes('along the slider'))");
            draw(&mut page, "lab-race.png");
        }

        // The slider of the fourth start, by the keyboard: the race begins anew from there, and is in the link.
        page.ask("document.getElementById('start-3-slider').focus()");
        for _ in 0..3 {
            page.press("ArrowLeft");
        }
        page.until("/init=[^&]*he:0\\.9/.test(location.hash)");
        page.until("document.querySelectorAll('.card h3')[3].textContent.startsWith('he:0.9')");
        to_the_end(&mut page);
        assert_eq!(without_loss(&cards(&mut page)), trained(&mut page));

        // Back to where it was.
        page.ask("history.back()");
        page.until("document.querySelectorAll('.card h3')[3].textContent === 'he'");
        to_the_end(&mut page);
        assert_eq!(cards(&mut page), found);
        link = page.ask("location.hash").as_str().unwrap().to_owned();
        assert_eq!(page.complaints(), [""; 0]);
    }
    // A link brings another tab to the same.
    let mut page = browser.open_at(&lab.host(), &format!("/{link}"));
    page.until("document.querySelectorAll('.card').length === 6");
    to_the_end(&mut page);
    assert_eq!(without_loss(&cards(&mut page)), trained(&mut page));
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn a_race_is_stepped_raced_over_seeds_and_taken_away() {
    let Some(chromium) = chromium() else { return };
    let lab = Lab::start(&[]);
    let mut browser = Browser::start(&chromium);
    let mut page = open(&mut browser, &lab, "#race?data=moons&steps=200&lr=0.1&init=he,normal:0.1&speed=10");
    page.until("document.querySelectorAll('.card').length === 2");
    page.click_on("document.getElementById('play')");
    page.until("document.getElementById('play').textContent === 'Play'");
    let step = "Number(/[0-9,]+/.exec(document.getElementById('race-status').textContent)[0].replace(/,/g, ''))";
    page.until("document.getElementById('race-status').textContent.includes('paused')");
    // The last frame from before the pause may be on its way.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let at = page.ask(step).as_u64().unwrap();
    page.click_on("document.getElementById('one-step')");
    page.until(&format!("{step} === {}", at + 1));
    // Many seeds, and the verdict, as compare has them.
    page.click_on("document.getElementById('compare')");
    page.until("document.querySelector('#compare-work table') !== null");
    assert!(page.ask("document.querySelector('#compare-work').innerText").as_str().unwrap().contains("100"));
    let first = "document.querySelector('#compare-work thead button')";
    page.click_on(first);
    page.until("document.querySelector('#compare-work [aria-sort]') !== null");
    // What is downloaded is what the command writes.
    page.ask(
        "globalThis.taken = []; const make = URL.createObjectURL; \
         URL.createObjectURL = (blob) => { taken.push(blob); return make.call(URL, blob); }",
    );
    for (i, name) in ["PNG", "SVG", "CSV", "HTML page"].into_iter().enumerate() {
        page.click_on(&format!(
            "Array.from(document.querySelectorAll('#race-exports button')).find((each) => each.textContent === '{name}')"
        ));
        page.until(&format!("taken.length === {}", i + 1));
    }
    let begins = page.ask("Promise.all(taken.map(async (blob) => (await blob.slice(0, 9).text())))");
    let begins: Vec<&str> = begins.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    assert!(
        begins[0].contains("PNG") && begins[1].starts_with("<svg") && begins[2].starts_with("init,seed"),
        "{begins:?}"
    );
    assert!(begins[3].starts_with("<!DOCTYPE"), "{begins:?}");
    // What makes no sense is said beside it.
    page.ask("location.hash = '#race?data=circles&lr=abc&init=he'");
    page.until("!document.getElementById('race-error').hidden || !document.getElementById('task-error').hidden");
    assert_eq!(page.complaints(), [""; 0]);
}

/// A map is zoomed into a million times, and the cell there is the one of `train`.
#[test]
fn a_map_is_zoomed_into_and_its_cells_are_those_of_train() {
    let Some(chromium) = chromium() else { return };
    let lab = Lab::start(&[]);
    let mut browser = Browser::start(&chromium);
    let mut page = open(
        &mut browser,
        &lab,
        "#map?data=circles&samples=60,40&steps=50&layers=2,10,5,1&x=gain=0.01..30:log:9&y=lr=0.001..1:log:7",
    );
    let whole = "/63 of 63|63 cells/.test(document.getElementById('map-status').textContent)";
    page.until(whole);
    is_sound(&mut page, axe().as_deref(), "map");
    page.ask("document.getElementById('picture').focus()");
    page.press("ArrowRight");
    for zoom in 1..=20 {
        page.press("+");
        page.until(&format!("new URLSearchParams(location.hash.split('?')[1]).get('zoom')?.startsWith('{zoom},')"));
    }
    page.until(whole);
    page.ask("document.getElementById('picture').focus()");
    page.press("ArrowRight");
    page.until("!document.getElementById('cell-code').hidden");
    // The state may still be that of the view before.
    page.until("!/none yet|not run yet/.test(document.getElementById('cell-figures').textContent)");
    let command = page.text("cell-command");
    let run = json(command.trim().strip_prefix("headstart ").unwrap());
    let accuracy = run["runs"][0]["test"]["accuracy"].as_f64().unwrap();
    let figures = page.text("cell-figures");
    assert!(figures.contains(&format!("test accuracy\t{accuracy}")), "{accuracy}: {figures}");
    // And its race.
    page.ask("document.getElementById('picture').focus()");
    page.press("Enter");
    page.until("location.hash.startsWith('#race')");
    page.until("document.querySelectorAll('.card').length === 1");
    to_the_end(&mut page);
    assert!(cards(&mut page)[0].ends_with(&format!("{accuracy:.4}")));
    page.ask("history.back()");
    page.until("location.hash.startsWith('#map')");
    page.until(whole);
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn advice_is_found_and_the_story_told_by_the_keyboard_alone() {
    let Some(chromium) = chromium() else { return };
    let lab = Lab::start(&[]);
    let axe = axe();
    let mut browser = Browser::start(&chromium);
    let mut page = open(&mut browser, &lab, "#story");
    let focused = "(document.activeElement?.textContent ?? '').trim()";
    let to = |page: &mut Page<'_>, name: &str| {
        for _ in 0..80 {
            if page.ask(focused).as_str().unwrap().starts_with(name) {
                return page.press("Enter");
            }
            page.press("Tab");
        }
        panic!("{name} is not reached: {}", page.ask("document.body.innerText"));
    };
    for step in 1..=6 {
        page.until(&format!("document.getElementById('story-count').textContent.includes('{step} of 6')"));
        page.until("document.getElementById('story-title').textContent.length >= 3");
        if step < 6 {
            to(&mut page, "Next");
        }
    }
    is_sound(&mut page, axe.as_deref(), "story");
    page.ask("location.hash = '#advise?data=circles&layers=2,4,1&lr=0.1&steps=60&budget=30ksteps'; scrollTo(0, 0)");
    page.until("document.querySelector('#advise-form button') !== null && !document.getElementById('advise').hidden");
    page.ask("document.querySelector('#advise-form button').focus()");
    page.press("Enter");
    page.until("document.querySelector('#advise-work table') !== null");
    page.until("document.querySelector('#advise-work .answer') !== null");
    is_sound(&mut page, axe.as_deref(), "advise");
}

/// A script that stands in a name of somebody's file is text.
#[test]
fn names_of_others_are_text() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let name = "<img src=x onerror=alert(1)>";
    let rows: String = (0..60).map(|i| format!("{},{},{}\n", i % 7, i % 5, ["no", name][i % 2])).collect();
    std::fs::write(folder.path().join("<b>.csv"), format!("<i>a</i>,b,kind\n{rows}")).unwrap();
    let lab = Lab::start_in(folder.path(), &["--data", "<b>.csv", "--label", "kind"]);
    let mut browser = Browser::start(&chromium);
    let mut page = open(&mut browser, &lab, "#race?data=%3Cb%3E.csv&steps=100&init=he,normal:0.1&speed=max");
    to_the_end(&mut page);
    page.click_on("document.getElementById('compare')");
    page.until("document.querySelector('#compare-work table') !== null");
    let foreign = "Array.from(document.querySelectorAll('main b, main i, main img')).filter((each) => \
                   each.tagName === 'IMG' || /^a$|csv/.test(each.textContent)).length";
    assert_eq!(page.ask(foreign), 0);
    assert!(page.text("race-command").contains("'<b>.csv'"));
    assert_eq!(page.complaints(), [""; 0]);
}
