//! A browser that is told what to do by the `DevTools` protocol.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// A browser on this machine.
pub fn chromium() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect())?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = folders.iter().flat_map(|folder| names.map(|name| folder.join(name))).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: no chromium on the path; install it to test the pages");
    }
    found
}

/// A browser, for all pages: it takes longer to start than to look at a page.
pub struct Browser {
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    calls: u64,
    /// What went wrong on the page that is open, and what it asked of the network.
    complaints: Vec<String>,
    /// What a page may ask: what its addresses begin with.
    own: Vec<String>,
    process: Child,
    _profile: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Browser {
    pub fn start(chromium: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut process = Command::new(chromium)
            .args(["--headless", "--disable-gpu", "--remote-debugging-port=0", "--window-size=1280,1600"])
            // As root, which builds often are, there is no sandbox.
            .args(["--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update"])
            .args(["--disable-sync", "--disable-quic"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address =
            lines.find_map(|line| line.unwrap().strip_prefix("DevTools listening on ").map(str::to_owned)).unwrap();
        // What it says later is of no interest, but has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        let (socket, _) = tungstenite::connect(address).unwrap();
        let mut browser =
            Self { socket, calls: 0, complaints: Vec::new(), own: Vec::new(), process, _profile: profile };
        let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        browser.call(&Value::Null, "Browser.grantPermissions", &permissions);
        browser
    }

    /// Opens a file as a page.
    pub fn open(&mut self, file: &Path) -> Page<'_> {
        self.complaints.clear();
        self.own = ["file:", "data:", "blob:"].map(str::to_owned).into();
        let path = file.display().to_string().replace('%', "%25").replace('#', "%23").replace('?', "%3F");
        let mut page = self.tab();
        page.call("Page.navigate", &json!({ "url": format!("file://{path}") }));
        page.until("document.readyState === 'complete' && location.protocol === 'file:'");
        page
    }

    /// Opens a page of a server, which may ask that one and nobody else. What went wrong on pages before is still known.
    pub fn open_at(&mut self, server: &str, path: &str) -> Page<'_> {
        self.own = vec![format!("http://{server}/"), format!("ws://{server}/"), "data:".to_owned(), "blob:".to_owned()];
        let mut page = self.tab();
        page.call("Page.navigate", &json!({ "url": format!("http://{server}{path}") }));
        page.until("document.readyState === 'complete' && location.protocol === 'http:'");
        page
    }

    fn tab(&mut self) -> Page<'_> {
        let target =
            self.call(&Value::Null, "Target.createTarget", &json!({ "url": "about:blank" }))["targetId"].clone();
        let attach = json!({ "targetId": target, "flatten": true });
        let session = self.call(&Value::Null, "Target.attachToTarget", &attach)["sessionId"].clone();
        let mut page = Page { browser: self, session, target };
        for domain in ["Runtime", "Log", "Network", "Page"] {
            page.call(&format!("{domain}.enable"), &json!({}));
        }
        page.call("Emulation.setFocusEmulationEnabled", &json!({ "enabled": true }));
        page
    }

    /// Calls a method and waits for its answer; what happens meanwhile is heard.
    fn call(&mut self, session: &Value, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let mut call = json!({ "id": self.calls, "method": method, "params": parameters });
        if !session.is_null() {
            call["sessionId"] = session.clone();
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
            "Runtime.exceptionThrown" | "Log.entryAdded" | "Runtime.consoleAPICalled" => true,
            "Network.webSocketCreated" => {
                let url = about["url"].as_str().unwrap_or_default();
                !self.own.iter().any(|own| url.starts_with(own))
            }
            "Network.requestWillBeSent" => {
                let url = about["request"]["url"].as_str().unwrap_or_default();
                !self.own.iter().any(|own| url.starts_with(own))
            }
            _ => false,
        };
        if is_complaint {
            self.complaints.push(event.to_string());
        }
    }
}

/// A page in a browser.
pub struct Page<'b> {
    browser: &'b mut Browser,
    session: Value,
    target: Value,
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.browser.call(&Value::Null, "Target.closeTarget", &json!({ "targetId": self.target }));
        }
    }
}

impl Page<'_> {
    pub fn call(&mut self, method: &str, parameters: &Value) -> Value {
        let session = self.session.clone();
        self.browser.call(&session, method, parameters)
    }

    /// What a script comes to, or what it promises.
    pub fn ask(&mut self, script: &str) -> Value {
        let asked = json!({ "expression": script, "returnByValue": true, "awaitPromise": true });
        let told = self.call("Runtime.evaluate", &asked);
        assert!(told["exceptionDetails"].is_null(), "{script:.200}: {told}");
        told["result"]["value"].clone()
    }

    pub fn text(&mut self, id: &str) -> String {
        self.ask(&format!("document.getElementById('{id}').innerText")).as_str().unwrap_or_default().to_owned()
    }

    /// Texts, as a script finds them.
    pub fn texts(&mut self, script: &str) -> Vec<String> {
        let told = self.ask(script);
        let texts = told.as_array().unwrap_or_else(|| panic!("{script}: {told}"));
        texts.iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The screen, and whether it is light or dark, or paper.
    pub fn show(&mut self, media: &str, scheme: &str, width: u32) {
        let scheme = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", &json!({ "media": media, "features": scheme }));
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size);
        self.ask("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))");
    }

    pub fn mouse(&mut self, kind: &str, [x, y]: [f64; 2]) {
        let button = if kind == "mouseMoved" { "none" } else { "left" };
        let event = json!({ "type": kind, "x": x, "y": y, "button": button, "clickCount": 1 });
        self.call("Input.dispatchMouseEvent", &event);
    }

    pub fn click(&mut self, at: [f64; 2]) {
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            self.mouse(kind, at);
        }
    }

    /// Clicks the middle of what a script finds.
    pub fn click_on(&mut self, script: &str) {
        let place = self.ask(&format!(
            "(() => {{ const found = {script}; found.scrollIntoView({{ block: 'center' }}); \
             const r = found.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2]; }})()"
        ));
        let at = [place[0].as_f64().unwrap(), place[1].as_f64().unwrap()];
        self.click(at);
    }

    /// Presses a key and lets it go.
    pub fn press(&mut self, key: &str) {
        let code = match key {
            "Enter" => 13,
            "End" => 35,
            "Tab" => 9,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => 0,
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            if kind == "keyDown" {
                match key {
                    "Enter" => event["text"] = "\r".into(),
                    key if key.chars().count() == 1 => event["text"] = key.into(),
                    _ => {}
                }
            }
            self.call("Input.dispatchKeyEvent", &event);
        }
    }

    /// Waits until a script says yes.
    pub fn until(&mut self, script: &str) {
        let begin = Instant::now();
        while self.ask(script) != Value::Bool(true) {
            assert!(
                begin.elapsed() < Duration::from_secs(50),
                "never true: {script}\n{}",
                self.ask("document.body.innerText")
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What went wrong so far.
    pub fn complaints(&mut self) -> &[String] {
        self.ask("true");
        &self.browser.complaints
    }
}
