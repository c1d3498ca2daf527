//! A lab that runs, asked as a browser asks it, and as nobody should.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

/// A lab that runs until it is dropped.
pub struct Lab {
    process: Child,
    pub port: u16,
    pub token: String,
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Lab {
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_in(std::path::Path::new("."), arguments)
    }

    pub fn start_in(folder: &std::path::Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("headstart"));
        command.args(["lab", "--no-browser"]).args(arguments).current_dir(folder);
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let link = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("http://")).unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        let (address, token) = link.split_once("/?token=").unwrap();
        let port = address.rsplit(':').next().unwrap().parse().unwrap();
        Self { process, port, token: token.to_owned() }
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn cookie(&self) -> String {
        format!("headstart-lab-{}={}", self.port, self.token)
    }

    /// What the server says to a request, word by word.
    pub fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let _ = stream.write_all(request);
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    }

    /// The status and the whole answer to a request for a path with these headers.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
        let host = self.host();
        let own = [("Host", host.as_str())];
        let is_given = headers.iter().any(|(name, _)| *name == "Host");
        let all = own.iter().filter(|_| !is_given).chain(headers);
        let lines: String = all.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let said = self.raw(format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{lines}\r\n").as_bytes());
        let status = said.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        (status, said)
    }

    /// A tab that is let in; it has been told what there is.
    pub fn tab(&self) -> Tab {
        let origin = format!("http://{}", self.host());
        let mut tab = self.tab_from(&origin, &self.cookie()).expect("it may ask");
        assert_eq!(tab.hear()["told"], "hello");
        tab
    }

    /// A tab of a page from there, with this cookie.
    pub fn tab_from(&self, origin: &str, cookie: &str) -> Option<Tab> {
        let mut request = format!("ws://{}/live", self.host()).into_client_request().unwrap();
        for (name, value) in [("Origin", origin), ("Cookie", cookie)] {
            if !value.is_empty() {
                request.headers_mut().insert(name, value.parse().unwrap());
            }
        }
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        tungstenite::client(request, stream).ok().map(|(socket, _)| Tab { socket })
    }

    /// Seconds of work that the lab's process has done so far, where the system tells.
    pub fn worked(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        let ticks: f64 = fields[11].parse::<f64>().ok()? + fields[12].parse::<f64>().ok()?;
        Some(ticks / 100.0)
    }

    /// Threads that it has, where the system tells.
    pub fn threads(&self) -> Option<u64> {
        self.status("Threads")
    }

    /// A number of the process, where the system tells.
    fn status(&self, name: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }

    /// Bytes of memory that it has, where the system tells.
    pub fn memory(&self) -> Option<u64> {
        self.status("VmRSS").map(|kilobytes| kilobytes * 1024)
    }

    /// Whether it ends by itself when it is told to, within a while.
    #[cfg(unix)]
    pub fn ends(mut self) -> bool {
        let asked = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status();
        assert!(asked.unwrap().success());
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(5) {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code() == Some(0);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

/// A tab of a browser, without the browser.
pub struct Tab {
    pub socket: WebSocket<TcpStream>,
}

impl Tab {
    pub fn say(&mut self, asked: &Value) {
        self.socket.send(Message::text(asked.to_string())).unwrap();
    }

    pub fn hear(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.socket.read().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// The next thing of this kind that is told; frames on the way are said to have been seen.
    pub fn hear_of(&mut self, kind: &str) -> Value {
        loop {
            let told = self.hear();
            if told["told"] == "frame" {
                self.say(&json!({ "do": "seen", "n": told["n"] }));
            }
            if told["told"] == kind {
                return told;
            }
            assert_ne!(told["told"], "error", "{told}");
        }
    }

    /// The last frame of a race.
    pub fn last_frame(&mut self) -> Value {
        loop {
            let frame = self.hear_of("frame");
            if frame["over"] == true {
                return frame;
            }
        }
    }
}
