//! Who may not ask, and what is asked in vain.

use crate::common::headstart;
use crate::served::Lab;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tungstenite::Message;

#[test]
fn a_token_is_needed_for_everything_and_the_link_has_it() {
    let lab = Lab::start(&[]);
    for path in ["/", "/app/main.js", "/live", "/?token=", "/?token=0123456789abcdef0123456789abcdef", "/?a=b&token=x"]
    {
        let (status, said) = lab.get(path, &[]);
        assert_eq!(status, 403, "{path}");
        assert!(said.contains("open the link that headstart lab printed"), "{said}");
    }
    let (status, said) = lab.get(&format!("/?token={}", lab.token), &[]);
    assert_eq!(status, 303);
    let said = said.to_lowercase();
    assert!(said.contains(&format!("set-cookie: {}; httponly; samesite=strict; path=/\r\n", lab.cookie())), "{said}");
    assert!(said.contains("location: /\r\n"), "the token is not left in the address");
    let cookie = lab.cookie();
    assert_eq!(lab.get("/", &[("Cookie", &cookie)]).0, 200);
    // The token opens the page and nothing else.
    assert_eq!(lab.get(&format!("/app/main.js?token={}", lab.token), &[]).0, 403);
    assert_ne!(Lab::start(&[]).token, lab.token);
}

/// A name of somebody else's that means 127.0.0.1 by now.
#[test]
fn names_of_others_for_this_machine_are_refused() {
    let lab = Lab::start(&[]);
    let cookie = lab.cookie();
    let port = lab.port;
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        "127.0.0.1:1".to_owned(),
        String::new(),
    ] {
        for path in ["/", "/app/main.js", "/live"] {
            let (status, said) = lab.get(path, &[("Host", &host), ("Cookie", &cookie)]);
            assert!([400, 421].contains(&status), "{host}: {said}");
        }
    }
    assert_eq!(lab.get("/", &[("Host", &format!("localhost:{port}")), ("Cookie", &cookie)]).0, 200);
}

#[test]
fn pages_of_others_cannot_ask() {
    let lab = Lab::start(&[]);
    let (cookie, own) = (lab.cookie(), format!("http://{}", lab.host()));
    for origin in [
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        &format!("https://{}", lab.host()),
        &format!("http://localhost:{}", lab.port),
    ] {
        assert!(lab.tab_from(origin, &cookie).is_none(), "{origin}");
        assert_eq!(lab.get("/", &[("Origin", origin), ("Cookie", &cookie)]).0, 403, "{origin}");
    }
    assert!(lab.tab_from("", &cookie).is_none(), "a socket says from where it is opened");
    assert!(lab.tab_from(&own, "").is_none() && lab.tab_from(&own, "headstart-lab=x").is_none());
    assert!(lab.tab_from(&own, &cookie).is_some());
}

#[test]
fn no_script_stands_in_the_page_and_none_of_others_runs() {
    let lab = Lab::start(&[]);
    let (_, page) = lab.get("/", &[("Cookie", &lab.cookie())]);
    let head = page.split("\r\n\r\n").next().unwrap().to_lowercase();
    assert!(head.contains("content-security-policy: default-src 'none'; script-src 'self';"), "{head}");
    assert!(head.contains("frame-ancestors 'none'") && head.contains("x-content-type-options: nosniff"));
    let scripts = page.matches("<script").count();
    assert!(
        scripts > 0
            && scripts == page.matches("<script src=").count() + page.matches("<script type=\"module\" src=").count(),
        "{page}"
    );
    assert!(!page.contains(" onclick=") && !page.contains("javascript:"));
    // What is refused says so, too.
    let (_, refused) = lab.get("/nothing", &[("Cookie", &lab.cookie())]);
    assert!(refused.to_lowercase().contains("content-security-policy"));
}

#[test]
fn no_file_is_read_but_those_that_were_given() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["given.csv", "secret.csv"] {
        let rows: String = (0..20).map(|i| format!("{i},{},{}\n", i * 3 % 7, i % 2)).collect();
        std::fs::write(folder.path().join(name), format!("a,b,secret\n{rows}")).unwrap();
    }
    let lab = Lab::start_in(folder.path(), &["--data", "given.csv"]);
    let cookie = lab.cookie();
    for path in [
        "/app/../Cargo.toml",
        "/app/..%2f..%2fetc%2fpasswd",
        "/etc/passwd",
        "/app/%2e%2e/%2e%2e/secret.csv",
        "/secret.csv",
        "/app/secret.csv",
    ] {
        let (status, said) = lab.get(path, &[("Cookie", &cookie)]);
        assert!([400, 404].contains(&status), "{path}: {said}");
    }
    let mut tab = lab.tab();
    let mut refused = |flags: Value, why: &str| {
        for (what, asked) in [
            ("race", json!({ "do": "race", "flags": flags, "speed": 1, "playing": true })),
            ("ask", json!({ "do": "ask", "id": 1, "command": "compare", "flags": flags, "as": "html" })),
            ("ask", json!({ "do": "ask", "id": 1, "command": "train", "flags": flags, "as": "csv" })),
        ] {
            tab.say(&asked);
            let told = tab.hear();
            assert_eq!((&told["told"], &told["what"]), (&json!("error"), &json!(what)), "{flags}: {told}");
            let text = told["text"].as_str().unwrap();
            assert!(text.contains(why) && !text.contains("secret\""), "{text}");
        }
    };
    for data in ["secret.csv", "./given.csv", "../secret.csv", "/etc/passwd", "-", "given.csv,secret.csv"] {
        refused(json!({ "data": data }), "the lab shows built-in sets and what it was started with");
    }
    for flag in [
        "config",
        "test-data",
        "labels",
        "test-labels",
        "out",
        "save",
        "png",
        "html",
        "csv",
        "parquet",
        "label",
        "print-config",
        "threads",
        "help",
    ] {
        refused(json!({ "data": "given.csv", flag: "secret.csv" }), "has no such flag");
    }
    refused(json!({ "data": "given.csv", "init": "file:secret.csv" }), "no weights from files");
    refused(json!({ "data": "given.csv", "lr": "--config=secret.csv" }), "");
    refused(json!({ "data": "given.csv", "lr --config": "secret.csv" }), "has no such flag");
    for axis in ["init=file:secret.csv", "init=file:/etc/shadow", "init=file:nothere", "activation=file:secret.csv"] {
        let map = json!({ "data": "given.csv", "x": axis, "y": "lr=0.1,1", "steps": "5" });
        for asked in [
            json!({ "do": "map", "flags": map }),
            json!({ "do": "cell", "flags": map, "view": { "zoom": [0, 0], "at": [0, 0] }, "cell": 0 }),
            json!({ "do": "ask", "id": 1, "command": "map", "flags": map, "as": "html" }),
            json!({ "do": "line", "command": "map", "flags": map }),
        ] {
            let mut tab = lab.tab();
            tab.say(&asked);
            let told = tab.hear();
            assert_eq!(told["told"], "error");
            assert!(told["text"].as_str().unwrap().contains("is no axis of a map"), "{told}");
        }
    }
    // Commands that write, and words that are none.
    for command in ["init", "study", "audit", "lab", "replicate", "train --save x", "", "--help"] {
        let mut tab = lab.tab();
        tab.say(&json!({ "do": "ask", "id": 1, "command": command, "flags": {}, "as": "html" }));
        assert_eq!(tab.hear()["told"], "error", "{command}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

/// What is too large is answered at once, and not tried.
#[test]
fn what_is_too_large_is_answered() {
    let lab = Lab::start(&[]);
    let mut tab = lab.tab();
    let axes = |x: &str, y: &str| json!({ "data": "circles", "x": x, "y": y });
    for (asked, flags) in [
        ("race", json!({ "data": "circles", "layers": "2,31623,31623,1" })),
        ("race", json!({ "data": "circles", "layers": "2,4000000000,4000000000,1" })),
        ("race", json!({ "data": "circles", "layers": "2,100x99999,1" })),
        ("race", json!({ "data": "circles", "samples": "900000000,10" })),
        ("race", json!({ "data": "classification", "set-features": "1000000000" })),
        ("race", json!({ "data": "circles", "init": "he,he:2,he:3,he:4,he:5,he:6,he:7" })),
        ("ask", json!({ "data": "circles", "seeds": "1000000000" })),
        ("ask", json!({ "data": "circles", "layers": "2,31623,31623,1" })),
        ("map", axes("gain=0.1..1:100000", "lr=0.1..1:100000")),
        ("map", axes("gain=0.1..1:8", "width=1..1000000:8")),
        ("map", axes("gain=0.1..1:99999999999:3-99999999", "lr=0.1,1")),
    ] {
        let begin = Instant::now();
        tab.say(&match asked {
            "ask" => json!({ "do": "ask", "id": 1, "command": "compare", "flags": flags, "as": "html" }),
            "race" => json!({ "do": "race", "flags": flags, "speed": 1, "playing": true }),
            _ => json!({ "do": asked, "flags": flags }),
        });
        let told = tab.hear();
        assert_eq!((&told["told"], &told["what"]), (&json!("error"), &json!(asked)), "{flags}: {told}");
        assert!(begin.elapsed() < Duration::from_secs(2), "{flags}");
    }
    assert!(lab.memory().is_none_or(|bytes| bytes < 300_000_000));
}

#[test]
fn thousands_of_messages_without_meaning_do_no_harm() {
    let lab = Lab::start(&[]);
    let mut tab = lab.tab();
    let deep = "[".repeat(5000);
    let wild = [
        "",
        "{",
        "null",
        "[]",
        "{}",
        "\u{0}",
        &deep,
        r#"{"do":"race"}"#,
        r#"{"do":"race","flags":{"lr":1},"speed":"x","playing":1}"#,
        r#"{"do":"seen","n":-1}"#,
        r#"{"do":"step","steps":1e300}"#,
        r#"{"do":"stop","what":"all"}"#,
        r#"{"do":"nothing"}"#,
        r#"{"do":"map","flags":{},"view":{"zoom":[99999999999,0],"at":[0,0]}}"#,
        r#"{"do":"stop","what":"race"}"#,
        r#"{"do":"go","playing":true,"speed":-5}"#,
    ];
    let reader = std::thread::spawn({
        let stream = tab.socket.get_ref().try_clone().unwrap();
        move || {
            // Nothing is read, so that what is answered has to be thrown away.
            std::thread::sleep(Duration::from_millis(10));
            drop(stream);
        }
    });
    for i in 0..4000 {
        tab.socket.send(Message::text(wild[i % wild.len()])).unwrap();
    }
    reader.join().unwrap();
    tab.socket.send(Message::binary(vec![0_u8; 100])).unwrap();
    // It is still there, for this tab and for others.
    tab.say(&json!({ "do": "race", "flags": { "data": "circles", "steps": "20" }, "speed": null, "playing": true }));
    while !(tab.hear()["told"] == "race") {}
    assert_eq!(tab.last_frame()["step"], 20);
    let mut other = lab.tab();
    other.say(
        &json!({ "do": "race", "flags": { "data": "circles", "steps": "20" }, "speed": -1e300, "playing": false }),
    );
    assert_eq!(other.hear_of("frame")["step"], 0);
    // One that is far too long ends its tab and nothing else.
    let _ = other.socket.send(Message::text("x".repeat(1 << 20)));
    assert!((0..1000).any(|_| other.socket.read().is_err()));
    assert!(lab.memory().is_none_or(|bytes| bytes < 300_000_000));
    lab.tab();
}

/// However much is asked for, no more is at work than a tab has hands.
#[test]
fn what_is_asked_for_a_thousand_times_is_not_done_a_thousand_times() {
    let lab = Lab::start(&[]);
    let mut tab = lab.tab();
    let flags = json!({ "data": "circles", "layers": "_,200,200,_", "samples": "20000,10", "init": "orthogonal", "steps": "10000000" });
    for id in 0..700 {
        tab.say(&json!({ "do": "race", "flags": flags, "speed": null, "playing": true }));
        tab.say(&json!({ "do": "ask", "id": id, "command": "explain", "flags": flags, "as": "html" }));
    }
    std::thread::sleep(Duration::from_millis(300));
    assert!(lab.threads().is_none_or(|threads| threads < 60), "{:?}", lab.threads());
    drop(tab);
    let begin = Instant::now();
    while lab.threads().is_some_and(|threads| threads > 12) {
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?} threads", lab.threads());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(lab.memory().is_none_or(|bytes| bytes < 1_000_000_000));
}

#[test]
fn requests_without_meaning_do_no_harm() {
    let lab = Lab::start(&[]);
    for request in [
        &b""[..],
        b"\0\0\0\0",
        b"GET",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
        b"GET /%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
    ] {
        // It may say nothing at all; it goes on.
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", lab.port)).unwrap();
        let _ = std::io::Write::write_all(&mut stream, request);
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", "a".repeat(1 << 20), lab.host());
    lab.raw(long.as_bytes());
    assert_eq!(lab.get("/", &[("Cookie", &lab.cookie())]).0, 200);
}

#[test]
fn there_are_tabs_enough_and_not_too_many() {
    let lab = Lab::start(&[]);
    let own = format!("http://{}", lab.host());
    let mut tabs: Vec<_> = (0..32).map(|_| lab.tab_from(&own, &lab.cookie()).unwrap()).collect();
    assert!(lab.tab_from(&own, &lab.cookie()).is_none());
    // Ten of them share the cores.
    for tab in &mut tabs[..10] {
        tab.say(&json!({ "do": "race", "flags": { "data": "circles", "steps": "1000000000" }, "speed": null, "playing": true }));
    }
    for tab in &mut tabs[..10] {
        while tab.hear_of("frame")["step"] == 0 {}
    }
    tabs.clear();
    let begin = Instant::now();
    while lab.tab_from(&own, &lab.cookie()).is_none() {
        assert!(begin.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_makes_no_sense_is_said_before_a_page_is_opened() {
    for (arguments, why) in [
        ("lab --data nothing.csv", "nothing.csv"),
        ("lab --data /dev/null", "not a pipe"),
        ("lab --label kind", "--data FILE is needed"),
        ("lab --host example.com", "invalid"),
        ("lab --port 70000", "70000"),
    ] {
        let said = headstart(arguments);
        assert_eq!(said.code, 2, "{arguments}: {}", said.err);
        assert!(said.err.contains(why), "{}", said.err);
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let said = headstart(&format!("lab --no-browser --port {port}"));
    assert!(said.code == 2 && said.err.contains("--port 0 takes any that is free"), "{}", said.err);
}
