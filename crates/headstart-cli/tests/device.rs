//! `--device`: who may say it, what it comes to, and what is refused before anything is trained.

mod common;

use common::headstart;

const SMALL: &str = "--data circles --samples 20,4 --layers 2,3,1 --steps 2";

/// Ends with the code, and says all of this.
fn fails(code: i32, line: &str, says: &[&str]) {
    let said = headstart(line);
    assert_eq!((said.code, said.out.as_str()), (code, ""), "{line}: {}", said.err);
    assert!(says.iter().all(|text| said.err.contains(text)), "{line}: {}", said.err);
}

#[test]
fn a_gpu_computes_in_float32_and_in_nothing_else() {
    for command in ["compare", "sweep --axis gain=1,2 --out never.db", "map --x gain=1,2 --y lr=0.1,1"] {
        let line = format!("{command} {SMALL} --device gpu --precision f64");
        fails(2, &line, &["a GPU computes in float32", "leave out the precision", "--device cpu"]);
    }
    fails(2, &format!("compare {SMALL} --device tpu"), &["cpu, gpu, auto"]);
}

#[test]
fn auto_is_the_processor_where_float64_is_asked_for_and_says_so() {
    let auto = headstart(&format!("compare {SMALL} --seeds 2 --device auto --precision f64 --format json"));
    let cpu = headstart(&format!("compare {SMALL} --seeds 2 --format json"));
    assert_eq!((auto.code, cpu.code), (0, 0), "{}", auto.err);
    assert!(auto.err.contains("--device auto is the processor: --precision f64 is asked for"), "{}", auto.err);
    let figures = |out: &str| {
        let mut document: serde_json::Value = serde_json::from_str(out).unwrap();
        document["runs"].as_array_mut().unwrap().iter_mut().for_each(|run| run["seconds"] = 0.into());
        document
    };
    assert_eq!(figures(&auto.out), figures(&cpu.out));
    assert!(figures(&cpu.out).get("device").is_none());
}

#[test]
fn a_file_that_is_printed_says_it_and_leaves_open_what_is_open() {
    let printed = |flags: &str| {
        let said = headstart(&format!("compare {SMALL} --seeds 2 {flags} --print-config"));
        assert_eq!(said.code, 0, "{}", said.err);
        let lines = said.out.lines().filter(|line| line.starts_with("precision") || line.starts_with("device"));
        lines.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(printed(""), "precision = \"f64\"");
    assert_eq!(printed("--device gpu"), "precision = \"f32\", device = \"gpu\"");
    assert_eq!(printed("--device auto"), "device = \"auto\"");
}

#[test]
fn commands_without_it_work_on_the_processor_whatever_a_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("task.toml");
    std::fs::write(&path, "[data]\ndata = \"circles\"\nsamples = [20, 4]\n[training]\nsteps = 2\ndevice = \"gpu\"\n")
        .unwrap();
    for command in ["train", "probe", "explain"] {
        let said = headstart(&format!("{command} --config {}", path.display()));
        assert_eq!(said.code, 0, "{command}: {}", said.err);
        assert!(!said.out.contains("Trained on"), "{command}: {}", said.out);
    }
    fails(2, &format!("train {SMALL} --device gpu"), &["compare, map, sweep, replicate and advise", "--device gpu"]);
}

#[test]
fn who_is_no_device_says_how_to_have_one() {
    // Of a program that is built without GPUs; another one has one or says why not, and is no wrong usage.
    let said = headstart(&format!("compare {SMALL} --seeds 2 --device gpu"));
    if said.code == 2 {
        assert!(said.err.contains("pip install headstart") && said.err.contains("--features gpu"), "{}", said.err);
    }
}
