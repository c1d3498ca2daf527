//! Races, maps and commands, as a tab is told of them.

use crate::common::headstart;
use crate::served::Lab;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn thread() -> Value {
    json!({ "data": "circles", "layers": "2,10,5,1", "lr": "0.01", "steps": "3000", "rng": "numpy", "seed": "3",
        "init": "normal:10,normal:0.1,normal:0.01,he,glorot,lecun" })
}

/// The figures of a race are those of `train`, to the last digit shown, by the command that the page shows.
#[test]
fn a_race_ends_where_train_ends() {
    let lab = Lab::start(&[]);
    let mut tab = lab.tab();
    for (speed, begins_paused) in [(Value::Null, false), (json!(1_000_000.0), true)] {
        tab.say(&json!({ "do": "race", "flags": thread(), "speed": speed, "playing": !begins_paused }));
        let race = tab.hear_of("race");
        assert_eq!((&race["steps"], &race["widths"]), (&json!(3000), &json!([2, 10, 5, 1])));
        if begins_paused {
            // Step by step, stopped, and on.
            assert_eq!(tab.hear_of("frame")["step"], 0);
            tab.say(&json!({ "do": "step", "steps": 7 }));
            while tab.hear_of("frame")["step"] != 7 {}
            tab.say(&json!({ "do": "go", "playing": true, "speed": null }));
        }
        let last = tab.last_frame();
        let command = race["command"].as_str().unwrap().strip_prefix("headstart ").unwrap().to_owned();
        let said = headstart(&format!("{command} --format json"));
        let said: Value = serde_json::from_str(&said.out).unwrap();
        for (start, run) in last["starts"].as_array().unwrap().iter().zip(said["runs"].as_array().unwrap()) {
            assert_eq!(start["status"], run["status"]);
            for set in ["train", "test"] {
                let accuracy = run[set]["accuracy"].as_f64().unwrap();
                assert_eq!(start["figures"][set], format!("{accuracy:.4}"), "{run}");
            }
        }
        assert_eq!(last["starts"].as_array().unwrap().len(), 6);
    }
}

#[test]
fn losses_are_told_once_each_and_findings_as_explain_has_them() {
    let lab = Lab::start(&[]);
    let mut tab = lab.tab();
    let mut flags = thread();
    flags["init"] = "normal:0.01".into();
    tab.say(&json!({ "do": "race", "flags": flags, "speed": 3000, "playing": true }));
    let (mut steps, mut finding, mut frames) = (Vec::new(), Value::Null, 0);
    loop {
        let told = tab.hear();
        match told["told"].as_str().unwrap() {
            "frame" => {
                tab.say(&json!({ "do": "seen", "n": told["n"] }));
                frames += 1;
                let trace = told["starts"][0]["trace"].as_array().unwrap();
                steps.extend(trace.iter().map(|record| record[0].as_u64().unwrap()));
                if told["over"] == true {
                    break;
                }
            }
            "finding" => finding = told,
            _ => {}
        }
    }
    assert!(frames > 5, "{frames}");
    assert_eq!(steps, (0..3000).step_by(5).collect::<Vec<u64>>());
    if finding.is_null() {
        finding = tab.hear_of("finding");
    }
    let said = headstart(
        "explain --data circles --layers 2,10,5,1 --lr 0.01 --steps 3000 --rng numpy --seed 3 --init normal:0.01 --format json",
    );
    let said: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(finding["sentence"], said["findings"][0]["sentence"]);
    assert_eq!(finding["band"]["step"], said["prediction"]["step"]);
}

/// Down to a cell a millionth of the map's in size, each is the one that `map` has.
#[test]
fn cells_of_a_zoomed_map_are_those_of_map() {
    let lab = Lab::start(&[]);
    let mut tab = lab.tab();
    let flags = json!({ "data": "circles", "samples": "60,40", "steps": "50", "x": "gain=0.01..30:log:6", "y": "lr=0.001..1:log:5" });
    let folder = tempfile::tempdir().unwrap();
    for view in [json!({ "zoom": [0, 0], "at": [0, 0] }), json!({ "zoom": [20, 20], "at": [3_000_001, 4_000_007] })] {
        tab.say(&json!({ "do": "map", "flags": flags, "view": view }));
        let mut map = tab.hear_of("map");
        while map["over"] != true {
            map = tab.hear_of("map");
        }
        assert_eq!((&map["view"], &map["done"]), (&view, &json!(30)));
        let page = folder.path().join("map.html");
        let command = map["command"].as_str().unwrap().strip_prefix("headstart ").unwrap();
        assert_eq!(headstart(&format!("{command} --html {}", page.display())).code, 0);
        let page = std::fs::read_to_string(page).unwrap();
        let data = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(map["map"]["figures"], data["figures"]);
        assert_eq!(map["map"]["x"]["values"], data["x"]["values"]);
        // A click opens the race of a cell.
        tab.say(&json!({ "do": "cell", "flags": flags, "view": view, "cell": 13 }));
        let of_cell = tab.hear_of("cell")["flags"].clone();
        tab.say(&json!({ "do": "race", "flags": of_cell, "speed": null, "playing": true }));
        let last = tab.last_frame();
        let bytes = STANDARD.decode(data["figures"]["test-accuracy"].as_str().unwrap()).unwrap();
        let accuracy = f32::from_le_bytes(bytes[13 * 4..14 * 4].try_into().unwrap());
        assert_eq!(last["starts"][0]["figures"]["test"], format!("{accuracy:.4}"));
    }
}

#[test]
fn commands_answer_with_what_they_say_and_the_files_that_they_write() {
    let lab = Lab::start(&[]);
    let mut tab = lab.tab();
    let flags = json!({ "data": "circles", "init": "he,normal:0.1", "seeds": "4", "steps": "50", "x": "gain=1,2", "y": "lr=0.1,0.2" });
    let mut ask = |command: &str, form: &str| {
        tab.say(&json!({ "do": "ask", "id": 5, "command": command, "flags": flags, "as": form }));
        let answer = tab.hear_of("answer");
        assert_eq!((&answer["id"], &answer["as"]), (&json!(5), &json!(form)));
        answer
    };
    let html = ask("compare", "html");
    assert!(html["html"].as_str().unwrap().contains("<table"), "{html}");
    assert_eq!(html["command"], "headstart compare --data circles --init he,normal:0.1 --seeds 4 --steps 50");
    for (command, form, begin) in [
        ("compare", "png", &b"\x89PNG"[..]),
        ("train", "svg", b"<svg"),
        ("compare", "csv", b"init,seed"),
        ("compare", "page", b"<!DOCTYPE html>"),
    ] {
        let file = ask(command, form);
        let bytes = STANDARD.decode(file["base64"].as_str().unwrap()).unwrap();
        assert!(bytes.starts_with(begin), "{form}: {:?}", String::from_utf8_lossy(&bytes[..40]));
        let names = String::from_utf8_lossy(&bytes).contains("/tmp/");
        assert!(form == "png" || !names, "{form} names a place of this machine");
    }
}

#[test]
fn a_file_is_played_with_under_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..60)
        .map(|i| format!("{},{},{},{}\n", i % 7, i % 5, i % 11, ["no", "yes"][usize::from(i % 7 > 3)]))
        .collect();
    std::fs::write(folder.path().join("my data.csv"), format!("a,b,c,kind\n{rows}")).unwrap();
    let lab = Lab::start_in(folder.path(), &["--data", "my data.csv", "--label", "kind"]);
    let mut tab = lab.tab();
    let flags = json!({ "data": "my data.csv", "steps": "300", "optimizer": "adam" });
    tab.say(&json!({ "do": "race", "flags": flags, "speed": null, "playing": true }));
    let race = tab.hear_of("race");
    let command = race["command"].as_str().unwrap();
    assert!(command.starts_with("headstart train --data 'my data.csv' --label kind"), "{command}");
    assert!(race["plane"]["note"].as_str().unwrap().contains("principal components"));
    assert_eq!(tab.last_frame()["starts"][0]["status"], "finished");
}

/// Of a page that goes away, nothing works on a second later.
#[test]
fn a_closed_tab_stops_its_work() {
    let lab = Lab::start(&[]);
    let mut flags = thread();
    flags["steps"] = "1000000000".into();
    let mut map = flags.clone();
    map["init"] = "he".into();
    map["x"] = "gain=0.01..30:log:64".into();
    map["y"] = "lr=0.001..1:log:64".into();
    let mut tab = lab.tab();
    tab.say(&json!({ "do": "race", "flags": flags, "speed": null, "playing": true }));
    tab.say(&json!({ "do": "map", "flags": map }));
    tab.say(&json!({ "do": "ask", "id": 1, "command": "compare", "flags": flags, "as": "html" }));
    while tab.hear_of("frame")["step"] == 0 {}
    drop(tab);
    std::thread::sleep(Duration::from_secs(1));
    let Some(before) = lab.worked() else { return };
    std::thread::sleep(Duration::from_secs(1));
    let after = lab.worked().unwrap();
    assert!(after - before < 0.1, "it works on: {} s in a second", after - before);
}

/// Who reads slowly gets fewer frames, and they do not pile up.
#[test]
fn a_slow_reader_gets_fewer_frames() {
    let lab = Lab::start(&[]);
    let mut tab = lab.tab();
    let mut flags = thread();
    flags["steps"] = "1000000000".into();
    tab.say(&json!({ "do": "race", "flags": flags, "speed": null, "playing": true }));
    tab.hear_of("frame");
    std::thread::sleep(Duration::from_secs(2));
    // One frame at the most was on its way.
    let begin = Instant::now();
    let first = tab.hear_of("frame");
    let second = tab.hear_of("frame");
    assert_eq!(second["n"].as_u64().unwrap(), first["n"].as_u64().unwrap() + 1);
    assert!(second["step"].as_u64() > first["step"].as_u64());
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[test]
fn it_ends_when_it_is_told_to_though_tabs_are_open() {
    let lab = Lab::start(&[]);
    let mut tab = lab.tab();
    tab.say(&json!({ "do": "race", "flags": thread(), "speed": 100, "playing": true }));
    tab.hear_of("frame");
    assert!(lab.ends());
}
