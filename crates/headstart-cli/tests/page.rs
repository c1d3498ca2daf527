//! The pages in a real browser: they draw, answer to the pointer, say nothing on the console and ask nothing of the network.

mod common;

use common::headstart;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// A browser on this machine.
fn chromium() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect())?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = folders.iter().flat_map(|folder| names.map(|name| folder.join(name))).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: no chromium on the path; install it to test the pages");
    }
    found
}

/// A page in a browser that is told what to do by the `DevTools` protocol.
struct Page {
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    session: Value,
    calls: u64,
    /// What went wrong on the page, and what it asked of the network.
    complaints: Vec<String>,
    browser: Child,
    _profile: tempfile::TempDir,
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.browser.kill();
        let _ = self.browser.wait();
    }
}

impl Page {
    fn open(chromium: &Path, file: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Command::new(chromium)
            .args(["--headless", "--disable-gpu", "--remote-debugging-port=0", "--window-size=1280,1600"])
            // As root, which builds often are, there is no sandbox.
            .args(["--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update"])
            .args(["--disable-sync", "--disable-quic"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(browser.stderr.take().unwrap()).lines();
        let address =
            lines.find_map(|line| line.unwrap().strip_prefix("DevTools listening on ").map(str::to_owned)).unwrap();
        // What it says later is of no interest, but has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        let (socket, _) = tungstenite::connect(address).unwrap();
        let session = Value::Null;
        let mut page = Self { socket, session, calls: 0, complaints: Vec::new(), browser, _profile: profile };
        let target = page.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        page.session = page.call("Target.attachToTarget", &attach)["sessionId"].clone();
        for domain in ["Runtime", "Log", "Network", "Page"] {
            page.call(&format!("{domain}.enable"), &json!({}));
        }
        page.call("Page.navigate", &json!({ "url": format!("file://{}", file.display()) }));
        page.until("document.readyState === 'complete' && location.protocol === 'file:'");
        page
    }

    /// Calls a method and waits for its answer; what happens meanwhile is heard.
    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let mut call = json!({ "id": self.calls, "method": method, "params": parameters });
        if !self.session.is_null() {
            call["sessionId"] = self.session.clone();
        }
        self.socket.send(Message::text(call.to_string())).unwrap();
        loop {
            let Message::Text(text) = self.socket.read().unwrap() else { continue };
            let heard: Value = serde_json::from_str(&text).unwrap();
            if heard["id"] == self.calls {
                assert!(heard["error"].is_null(), "{method}: {heard}");
                return heard["result"].clone();
            }
            self.hear(&heard);
        }
    }

    fn hear(&mut self, event: &Value) {
        let about = &event["params"];
        let is_complaint = match event["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" | "Log.entryAdded" => true,
            "Runtime.consoleAPICalled" => ["error", "warning"].contains(&about["type"].as_str().unwrap_or_default()),
            "Network.requestWillBeSent" => {
                let url = about["request"]["url"].as_str().unwrap_or_default();
                !["file:", "data:", "blob:"].iter().any(|own| url.starts_with(own))
            }
            _ => false,
        };
        if is_complaint {
            self.complaints.push(event.to_string());
        }
    }

    fn ask(&mut self, script: &str) -> Value {
        self.call("Runtime.evaluate", &json!({ "expression": script, "returnByValue": true }))["result"]["value"]
            .clone()
    }

    fn text(&mut self, id: &str) -> String {
        self.ask(&format!("document.getElementById('{id}').innerText")).as_str().unwrap_or_default().to_owned()
    }

    fn mouse(&mut self, kind: &str, [x, y]: [f64; 2]) {
        let button = if kind == "mouseMoved" { "none" } else { "left" };
        let event = json!({ "type": kind, "x": x, "y": y, "button": button, "clickCount": 1 });
        self.call("Input.dispatchMouseEvent", &event);
    }

    fn click(&mut self, at: [f64; 2]) {
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            self.mouse(kind, at);
        }
    }

    /// Waits until a script says yes.
    fn until(&mut self, script: &str) {
        let begin = Instant::now();
        while self.ask(script) != Value::Bool(true) {
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "never true: {script}\n{}",
                self.ask("document.body.innerText")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The middle of a cell of the map on the screen.
    fn cell(&mut self, [column, row]: [f64; 2], [columns, rows]: [f64; 2]) -> [f64; 2] {
        let script = "(() => { const r = document.querySelector('#map .nsewdrag').getBoundingClientRect(); \
                      return `${r.left} ${r.top} ${r.width} ${r.height}`; })()";
        let told = self.ask(script);
        let numbers: Vec<f64> = told.as_str().unwrap().split(' ').map(|x| x.parse().unwrap()).collect();
        let [left, top, width, height] = numbers[..] else { panic!("{numbers:?}") };
        [left + (column + 0.5) / columns * width, top + (1.0 - (row + 0.5) / rows) * height]
    }
}

#[test]
fn a_map_draws_tells_its_cells_and_shows_their_traces() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("map.html");
    let said = headstart(&format!(
        "map --data circles --layers 2,10,5,1 --samples 60,20 --steps 100 --seeds 2 --x gain=0.1..10:5 --y lr=0.01,0.1,1 \
         --html {}",
        file.display()
    ));
    assert_eq!(said.code, 0, "{}", said.err);
    let mut page = Page::open(&chromium, &file);
    page.until("document.querySelectorAll('#map .heatmaplayer image').length === 1");
    // Theory's line, twice: black beneath white.
    page.until("document.querySelectorAll('#map .shapelayer path').length === 2");

    let cell = page.cell([3.0, 1.0], [5.0, 3.0]);
    page.mouse("mouseMoved", cell);
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

    page.click(cell);
    page.until("document.querySelectorAll('#traces .scatterlayer .trace').length === 2");
    // Pinned: the pointer may move to the command.
    let other = page.cell([0.0, 0.0], [5.0, 3.0]);
    page.mouse("mouseMoved", other);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(page.text("command"), command);

    page.ask("(() => { const v = document.getElementById('value'); v.value = 'loss'; v.dispatchEvent(new Event('change')); })()");
    page.until("document.querySelector('#map .colorbar')?.textContent.includes('training loss') === true");
    assert_eq!(page.complaints, [""; 0]);
}

#[test]
fn a_comparison_draws() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("compare.html");
    let said =
        headstart(&format!("compare --data circles --init he,zeros --steps 100 --seeds 3 --html {}", file.display()));
    assert_eq!(said.code, 0, "{}", said.err);
    let mut page = Page::open(&chromium, &file);
    page.until("document.querySelectorAll('.plot .scatterlayer .trace').length >= 4");
    assert_eq!(page.complaints, [""; 0]);
}
