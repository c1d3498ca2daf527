//! The commands of the documentation, and the figures that were published.

mod common;

use common::{cats, headstart, headstart_with, json, json_on};
use serde_json::Value;

const CIRCLES: &str = "train --data circles --layers 2,10,5,1 --rng numpy --seed 3 --lr 0.01 --steps 15000";

/// Accuracies on the training and the test set, of the first run.
fn accuracies(report: &Value) -> (f64, f64) {
    let accuracy = |set: &str| report["runs"][0][set]["accuracy"].as_f64().unwrap();
    (accuracy("train"), accuracy("test"))
}

/// A report without the times that its runs took.
fn timeless(mut report: Value) -> Value {
    for run in report["runs"].as_array_mut().unwrap() {
        run.as_object_mut().unwrap().remove("seconds");
    }
    report
}

#[test]
fn a_comparison_is_the_same_on_every_instruction_set_and_any_number_of_threads() {
    let command = "compare --data moons --layers 2,9,7,1 --activation gelu --init he,normal:3 --seeds 3 --steps 300";
    let reports = ["portable", "avx2", "avx512"]
        .iter()
        .flat_map(|set| [1, 2].map(|threads| timeless(json_on(set, &format!("{command} --threads {threads}")))));
    let reports: Vec<Value> = reports.collect();
    assert!(reports.iter().all(|report| *report == reports[0]));
}

/// Small enough for a few thousand runs a second.
const SMALL: &str = "compare --data circles --samples 60,40 --layers 2,6,1 --lr 0.3 --steps 100";

#[test]
fn a_comparison_goes_on_until_it_is_settled_whatever_the_threads() {
    let command = format!("{SMALL} --init zeros,he --seeds auto");
    let report = timeless(json(&format!("{command} --threads 1")));
    assert_eq!(report, timeless(json(&format!("{command} --threads 3"))));
    let settled = &report["settled"];
    assert_eq!((&settled["because"], &settled["inits"][0]["init"]), (&"best".into(), &"he".into()));
    assert_eq!((&report["task"]["init"]["seeds"], &report["cells"][0]["init"]), (&"auto".into(), &"he".into()));
    let said = headstart(&command);
    assert!(said.out.contains("Settled after") && said.out.contains("Out: zeros after"), "{}", said.out);
    assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);
    // What is the same in all but name is found to be so.
    let said = headstart(&format!("{SMALL} --init zeros,constant:0 --seeds auto"));
    let text = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("zeros and constant:0 are the best, and as good as equal"), "{text}");
    assert!(text.contains("within half a point of accuracy (0.005)"), "{text}");
}

#[test]
fn a_comparison_takes_twenty_seeds_where_that_is_cheap_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let said = headstart(&format!("{SMALL} --init he,glorot"));
    assert!(said.err.contains("20 seeds of each, as nobody said how many (--seeds); they took"), "{}", said.err);
    assert_eq!(said.out, headstart(&format!("{SMALL} --init he,glorot --seeds 20")).out);
    // The file that describes it leaves them open, too.
    let file = folder.path().join("task.toml");
    let config = headstart(&format!("{SMALL} --init he,glorot --print-config")).out;
    assert!(!config.contains("\nseeds"), "{config}");
    std::fs::write(&file, config).unwrap();
    assert_eq!(said.out, headstart(&format!("compare --config {}", file.display())).out);
    let costly = headstart("compare --data circles --layers 2,400,400,1 --init he,glorot --steps 60");
    assert!(costly.err.contains("1 seed of each") && costly.err.contains("20 take 20 times as long"), "{}", costly.err);
}

#[test]
fn a_budget_of_steps_ends_a_comparison_at_the_same_run_whatever_the_threads() {
    for (seeds, of) in [("auto", "10 runs"), ("50", "10 of 100 runs")] {
        let command = format!("{SMALL} --init he,glorot --seeds {seeds} --budget 1ksteps");
        let report = timeless(json(&format!("{command} --threads 1")));
        assert_eq!(report, timeless(json(&format!("{command} --threads 3"))));
        assert_eq!(report["runs"].as_array().unwrap().len(), 10);
        assert_eq!(report["settled"].is_object(), seeds == "auto");
        let said = headstart(&command);
        assert_eq!(said.code, 0);
        assert!(said.err.contains("the budget of 1,000 steps is spent") && said.err.contains(of), "{}", said.err);
        assert_eq!(said.out.contains("Not settled: the budget of 1,000 steps"), seeds == "auto", "{}", said.out);
    }
}

#[test]
fn a_budget_of_time_says_that_the_next_run_may_end_elsewhere() {
    let said = headstart("compare --data circles --steps 1000000000 --init he,glorot --seeds auto --budget 0.1s");
    assert_eq!(said.code, 0);
    assert!(said.out.contains("depends on the machine"), "{}", said.out);
}

#[test]
fn the_threads_table_and_he() {
    let table = [
        ("normal:10", (0.83, 0.86)),
        ("normal:0.1", (0.6, 0.57)),
        ("normal:0.01", (139.0 / 300.0, 0.48)),
        ("he", (298.0 / 300.0, 0.96)),
    ];
    for (init, published) in table {
        let report = json(&format!("{CIRCLES} --init {init} --record-every 1000"));
        assert_eq!(accuracies(&report), published, "{init}");
    }
}

#[test]
fn the_deep_cat_network() {
    let Some(folder) = cats() else { return };
    let file = |name: &str| folder.join(name).display().to_string();
    let said = headstart_with(&[
        "train",
        "--data",
        &file("train_catvnoncat.h5"),
        "--test-data",
        &file("test_catvnoncat.h5"),
        "--preprocess",
        "pixels",
        "--layers",
        "12288,20,7,5,1",
        "--init",
        "lecun",
        "--rng",
        "numpy",
        "--lr",
        "0.0075",
        "--steps",
        "2500",
        "--record-every",
        "100",
        "--format",
        "json",
    ]);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(accuracies(&report), (206.0 / 209.0, 0.8));
    let loss = |i: usize| format!("{:.6}", report["runs"][0]["trace"][i]["loss"].as_f64().unwrap());
    assert_eq!((loss(0).as_str(), loss(1).as_str()), ("0.771749", "0.672053"));
}

#[test]
fn every_experiment_is_listed_and_agrees() {
    let list = headstart("replicate --list").out;
    assert!(list.contains("rough-guide") && list.lines().all(|line| line.chars().count() <= 80), "{list}");
    for name in ["dls-thread", "dls-init", "dls-planar"] {
        assert!(list.contains(name));
        let said = headstart(&format!("replicate {name}"));
        assert_eq!(said.code, 0, "{}", said.out);
        assert!(said.out.contains("all published figures agree"), "{}", said.out);
        assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);
    }
    let Some(folder) = cats() else { return };
    for name in ["dls-cats", "dls-cats-size"] {
        let said = headstart_with(&["replicate", name, "--data-dir", &folder.display().to_string()]);
        assert_eq!(said.code, 0, "{}", said.out);
        assert!(name == "dls-cats" || said.out.contains("The ratios between layers decide"), "{}", said.out);
        assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);
    }
}

#[test]
fn a_replication_says_what_each_run_is_of() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("runs.csv").display().to_string();
    let said = headstart_with(&["replicate", "dls-init", "--format", "json", "--csv", &file]);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let cases: Vec<&str> = report["runs"].as_array().unwrap().iter().map(|run| run["case"].as_str().unwrap()).collect();
    assert_eq!(cases, ["zeros", "random x 10", "He"]);
    let rows = std::fs::read_to_string(file).unwrap();
    assert!(rows.lines().next().unwrap().ends_with(",case") && rows.trim_end().ends_with(",He"), "{rows}");
    // One task needs no name for it.
    assert!(json("train --data circles --steps 10")["runs"][0]["case"].is_null());
}

#[test]
fn explain_answers_in_text_and_json_whatever_the_threads() {
    let task = "--data circles --layers 2,10,5,1 --init normal:0.1 --rng numpy --seed 3 --lr 0.01 --steps 15000";
    let said = headstart(&format!("explain {task}"));
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("plateau decides") && said.out.contains("do: start with --init he"), "{}", said.out);
    assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);
    let report = json(&format!("explain {task} --verify --threads 1"));
    assert_eq!(report, json(&format!("explain {task} --verify --threads 3")));
    let (from, to) = (report["prediction"]["from"].as_u64().unwrap(), report["prediction"]["to"].as_u64().unwrap());
    let measured = report["check"]["measured"].as_u64().unwrap();
    assert!(from <= measured && measured <= to && to <= 4 * from, "{from} {measured} {to}");
    assert_eq!(report["check"]["holds"], true);
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("why.png");
    let said = headstart_with(&[
        "explain",
        "--data",
        "circles",
        "--init",
        "he,zeros",
        "--png",
        &picture.display().to_string(),
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn the_json_has_the_promised_keys() {
    let report = json("train --data circles --init normal:10 --steps 20 --record-every 10");
    for section in ["data", "network", "init", "training"] {
        assert!(report["task"][section].is_object(), "{section}");
    }
    let run = &report["runs"][0];
    assert_eq!(
        (run["init"].as_str(), run["seed"].as_u64(), run["status"].as_str()),
        (Some("normal:10"), Some(1), Some("finished"))
    );
    assert_eq!((run["steps"].as_u64(), run["trace"].as_array().unwrap().len()), (Some(20), 2));
    assert_eq!(run["trace"][1]["step"], 10);
    assert!(run["train"]["loss"].is_f64() && run["test"]["accuracy"].is_f64() && run["seconds"].is_f64());
    assert!(run["step"].is_null());
}

#[test]
fn a_run_that_diverges_is_told_and_the_others_finish() {
    let task =
        "--data circles --activation identity --output identity --loss mse --steps 300 --lr 1.5 --init normal:3,zeros";
    let report = json(&format!("train {task}"));
    let [diverged, finished] = report["runs"].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!((diverged["status"].as_str(), finished["status"].as_str()), (Some("diverged"), Some("finished")));
    assert!(diverged["step"].as_u64().unwrap() < 300 && diverged["train"]["loss"].is_null());
    assert!(headstart(&format!("train {task}")).out.contains("diverged at"));
    let table = headstart(&format!("compare {task} --seeds 2")).out;
    assert!(table.contains("diverged"), "{table}");
}

#[test]
fn compare_has_its_best_initialization_first() {
    let report = json("compare --data circles --init normal:0.01,he --seeds 3 --steps 15000 --target 0.9");
    let cells = report["cells"].as_array().unwrap();
    assert_eq!((cells[0]["init"].as_str(), cells[1]["init"].as_str()), (Some("he"), Some("normal:0.01")));
    assert_eq!((cells[0]["runs"].as_u64(), cells[0]["reached"]["share"].as_f64()), (Some(3), Some(1.0)));
    assert_eq!(report["runs"].as_array().unwrap().len(), 6);
}

#[test]
fn threads_change_nothing_but_the_time() {
    let task = "compare --data moons --init he,normal:1 --seeds 4 --steps 200";
    assert_eq!(timeless(json(&format!("{task} --threads 1"))), timeless(json(&format!("{task} --threads 3"))));
}

#[test]
fn the_printed_configuration_does_the_same_and_a_flag_beats_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("task.toml").display().to_string();
    let task = "train --data moons --layers _,4,3,_ --activation tanh/silu --init he/glorot-uniform:2/zeros --bias 0.1 \
                --optimizer adam --batch 32 --steps 40 --seeds 2 --precision f32 --noise 0.3";
    std::fs::write(&file, headstart(&format!("{task} --print-config")).out).unwrap();
    let from_file = json(&format!("train --config {file}"));
    assert_eq!(timeless(from_file.clone()), timeless(json(task)));
    let beaten = json(&format!("train --config {file} --steps 7"));
    assert_eq!(beaten["task"]["training"]["steps"], 7);
    assert_eq!(beaten["task"]["training"]["optimizer"], "adam");
}

#[test]
fn tables_fit_eighty_columns_and_say_what_was_inferred() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flowers.csv");
    let kinds = ["rose", "tulip", "iris"];
    let rows: Vec<String> = (0..40).map(|i| format!("{},{}.5,{}\n", i % 7, i % 5, kinds[i % 3])).collect();
    std::fs::write(&file, format!("width,height,kind\n{}", rows.concat())).unwrap();
    for command in ["train", "compare"] {
        let said = headstart(&format!("{command} --data {} --init he,xavier --seeds 2 --steps 50", file.display()));
        assert!(said.out.contains("3 classes (iris, rose, tulip)"), "{}", said.out);
        assert!(said.out.contains("held out") && said.out.contains("is lecun here"), "{}", said.out);
        let notes_end = said.out.find("\n\n").unwrap();
        assert!(said.out[notes_end..].lines().all(|line| line.chars().count() <= 80), "{}", said.out);
    }
}

#[test]
fn files_are_written_beside_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let flags: Vec<String> = ["csv", "parquet", "png", "html"]
        .iter()
        .map(|kind| format!("--{kind} {}", file(&format!("runs.{kind}")).display()))
        .collect();
    let said = headstart(&format!("compare --data circles --init he,zeros --seeds 3 --steps 50 {}", flags.join(" ")));
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(std::fs::read_to_string(file("runs.csv")).unwrap().lines().count(), 7);
    assert!(std::fs::read(file("runs.parquet")).unwrap().starts_with(b"PAR1"));
    assert!(std::fs::read(file("runs.png")).unwrap().starts_with(b"\x89PNG"));
    let page = std::fs::read_to_string(file("runs.html")).unwrap();
    assert!(
        page.contains("<table>") && page.contains("<figure>") && page.contains("<span class=\"word\">compare</span>")
    );
    // The name of SVG is no address that is asked.
    let page = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!page.contains("src=") && !page.contains("http://") && !page.contains("https://"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn a_page_is_written_by_experiments_that_have_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let said = headstart_with(&["replicate", "dls-init", "--markdown", &file("page.md")]);
    assert!(said.code == 2 && said.err.contains("writes no page"), "{}", said.err);
    let said = headstart_with(&["replicate", "rough-guide", "--markdown", &file("page.png")]);
    assert!(said.code == 2 && said.err.contains("Markdown"), "{}", said.err);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn help_has_examples() {
    for command in ["", "train", "compare", "replicate"] {
        let said = headstart(&format!("{command} --help"));
        assert!(said.code == 0 && said.out.contains("Examples:"), "{command}");
    }
}

/// Roberts, Yaida and Hanin 2022, section 5.3.4.
#[test]
fn theory_has_the_published_critical_points() {
    for (activation, weights, biases) in [("silu", 1.98800, 0.55514), ("gelu", 1.98306, 0.17292), ("relu", 2.0, 0.0)] {
        let theory = json(&format!("theory --activation {activation} --depth 30"));
        let critical = &theory["critical"];
        assert!((critical["weight_variance"].as_f64().unwrap() - weights).abs() < 1e-5, "{critical}");
        assert!((critical["bias_variance"].as_f64().unwrap() - biases).abs() < 1e-5, "{critical}");
        let text = headstart(&format!("theory --activation {activation} --depth 30 --init he,glorot,normal:1")).out;
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
    let refused = headstart("theory --activation softplus --init critical");
    assert!(refused.code == 2 && refused.err.contains("softplus"), "{}", refused.err);
}

/// What is said layer by layer is answered layer by layer, in text and JSON alike; with the names and notes that `train` has.
#[test]
fn theory_goes_through_layers_that_differ() {
    let asked = "theory --activation relu/tanh/gelu --init he,he/lecun/glorot/he";
    let theory = json(asked);
    assert_eq!(theory["activations"], serde_json::json!(["relu", "tanh", "gelu"]));
    let start = &theory["schemes"][1];
    assert_eq!(start["init"], "he/lecun/glorot/he");
    assert_eq!(theory["best"], "he");
    let layers = start["layers"].as_array().unwrap();
    assert!(layers.len() == 4 && layers[3]["activation"].is_null() && layers[0]["chi"].is_null(), "{layers:?}");
    // He, and half of it behind relu.
    let near = |layer: usize, key: &str, x: f64| (layers[layer][key].as_f64().unwrap() - x).abs() < 1e-9;
    assert!(near(0, "variance", 2.0) && near(1, "variance", 1.0) && near(1, "chi", 0.5), "{layers:?}");
    let said = headstart(asked);
    assert!(said.out.starts_with("through 3 hidden layers: he, the best of these, multiplies"), "{}", said.out);
    assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);
    let through = start["through"]["signal"].as_f64().unwrap();
    assert!(said.out.contains(&format!("{through:.4}")), "{}", said.out);
    // The example of the page.
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/theory.md")).unwrap();
    for example in [asked, "theory --layers 784,300,100,10 --activation tanh --init glorot,lecun"] {
        let shown = format!("```\n$ headstart {example}\n{}```", headstart(example).out);
        assert!(page.contains(&shown), "docs/theory.md should have\n{shown}");
    }
    let said = headstart("theory --activation GELU/relu --init kaiming_normal_/he/he");
    assert_eq!((said.code, said.err.matches("note: ").count()), (0, 2), "{}", said.err);
    assert_eq!(headstart("theory --layers 3,4,5 --depth 2").code, 2);
    assert_eq!(headstart("theory --activation relu/tanh --depth 3").code, 2);
}

#[test]
fn critical_starts_train() {
    let report = json(
        "compare --data moons --layers 2,20,20,1 --activation gelu --init critical,critical:0.5 --seeds 1 --steps 300",
    );
    assert!(report["cells"].as_array().unwrap().len() == 2);
    assert_eq!(report["runs"][1]["init"], "critical:0.5");
    let refused = headstart("train --data moons --activation softplus --init critical");
    assert!(refused.code == 2 && refused.err.contains("softplus"), "{}", refused.err);
}

/// Weights that are too small: the signal vanishes forward, and the gradient backward.
#[test]
fn a_probe_shows_why_small_weights_are_late() {
    let command = "probe --data circles --layers 2,10,5,1 --init normal:0.01,he";
    let probe = json(command);
    let layers = |init: usize| probe["inits"][init]["layers"].as_array().unwrap().clone();
    let median = |layer: &Value, figure: &str| layer[figure]["quantiles"][1].as_f64().unwrap();
    let (small, he) = (layers(0), layers(1));
    assert_eq!((probe["inits"][0]["seeds"].as_u64(), small.len()), (Some(20), 3));
    assert!(median(&small[2], "signal") < 1e-9 && median(&small[0], "gradient") < 1e-7);
    assert!(median(&he[2], "signal") > 0.1 && median(&he[0], "gradient") > 1e-3);
    let folder = tempfile::tempdir().unwrap();
    let png = folder.path().join("probe.png");
    let text = headstart(&format!("{command} --png {}", png.display()));
    assert!(text.out.lines().all(|line| line.chars().count() <= 80), "{}", text.out);
    assert!(std::fs::read(png).unwrap().starts_with(b"\x89PNG"));
    assert_eq!(headstart("probe --data circles --seeds 0").code, 2);
}
