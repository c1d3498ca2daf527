//! Findings are drawn from evidence alone, whoever measured it.

use headstart::engine::watch::Watch;
use headstart::explain::evidence::{Curvature, Evidence};
use headstart::explain::findings::{Finding, findings};
use headstart::explain::measure::measure;
use headstart::explain::rerun::Tasks;
use headstart::explain::tasks;
use headstart::spec::TaskSpec;
use headstart::task::Task;

fn task(text: &str) -> Task {
    tasks(&TaskSpec::from_toml(text).unwrap()).unwrap().remove(0)
}

fn measured(task: &Task) -> Evidence {
    measure(task, 1, &Watch::default()).unwrap().unwrap()
}

fn names(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.name).collect()
}

/// Starts of all kinds, one of which is no finite number.
const TASKS: [&str; 7] = [
    "init = \"normal:0.01\"\n[training]\nsteps = 300",
    "init = \"normal:10\"\n[training]\nsteps = 300\nmomentum = 0.9\noptimizer = \"sgd\"\nbatch = 20",
    "init = \"normal:1e160\"\n[training]\nsteps = 20",
    "init = \"zeros\"\n[training]\nsteps = 300",
    "init = \"he\"\n[training]\nsteps = 300\nlr = 5.0",
    "init = \"he\"\n[training]\nsteps = 300\nweight-decay = 1.0\nclip = 0.001\ndropout = [0.5, 0.8]",
    "init = \"he\"\n[training]\nsteps = 300\noptimizer = \"adam\"\nlr = 3.0",
];

fn text(rest: &str) -> String {
    format!("[data]\ndata = \"circles\"\n[network]\nlayers = [2, 10, 5, 1]\n[init]\n{rest}\n")
}

#[test]
fn evidence_that_has_travelled_as_json_says_the_same() {
    let watch = Watch::default();
    for rest in TASKS {
        let task = task(&text(rest));
        let here = measured(&task);
        let json = serde_json::to_string(&here).unwrap();
        let there: Evidence = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&there).unwrap(), json, "{rest}");
        let found = |evidence: &Evidence| {
            let found = findings(evidence, Some(&mut Tasks::of(&task, 1, &watch))).unwrap().unwrap();
            serde_json::to_value(found).unwrap()
        };
        assert_eq!(found(&there), found(&here), "{rest}");
    }
}

/// What needs a run is not claimed without one, and no cure is said to help that was not tried.
#[test]
fn a_start_that_was_not_run_has_findings_that_need_no_run() {
    let of = |rest: &str| {
        let mut evidence = measured(&task(&text(rest)));
        evidence.outlook = None;
        findings(&evidence, None).unwrap().unwrap()
    };
    let zeros = of(TASKS[3]);
    assert_eq!(zeros[0].name, "symmetric units");
    assert!(zeros[0].decides && zeros[0].cure.is_none() && zeros[0].advice.contains("--init he"), "{zeros:?}");
    assert!(zeros[0].advice.ends_with("(not tried)"), "{}", zeros[0].advice);
    for rest in TASKS {
        let found = of(rest);
        let needs_run =
            ["plateau", "step too small", "first layer too small", "first layer too large", "linear network"];
        assert!(!names(&found).iter().any(|name| needs_run.contains(name)), "{rest}: {:?}", names(&found));
        assert!(found.iter().all(|finding| finding.tried.is_empty() && finding.cure.is_none()));
    }
}

/// A caller names its places, and sentences call them so.
#[test]
fn places_are_called_as_they_are() {
    let mut evidence = measured(&task(&text("init = \"normal:0.01\"\n[training]\nsteps = 300")));
    for (place, name) in evidence.look.places.iter_mut().zip(["stem", "block.conv1", "head"]) {
        name.clone_into(&mut place.name);
    }
    let found = findings(&evidence, None).unwrap().unwrap();
    let vanishing = found.iter().find(|finding| finding.name == "vanishing signal").unwrap();
    assert!(
        vanishing.sentence.contains("in stem to") && vanishing.sentence.contains("in head"),
        "{}",
        vanishing.sentence
    );
}

/// The least that somebody can hand in is a loss, what guessing costs, and a place.
#[test]
fn little_evidence_is_enough() {
    let json = r#"{
        "start": {"init": "mine", "seed": 0},
        "look": {"loss": 2.3, "places": [{"name": "fc", "signal": 1.0, "gradient": 0.1, "weight_gradient": 0.1}]},
        "guessing": 2.3,
        "training": {"optimizer": "adam", "lr": 0.001, "rate": 0.001, "steps": 100}
    }"#;
    let mut evidence: Evidence = serde_json::from_str(json).unwrap();
    let found = findings(&evidence, None).unwrap().unwrap();
    assert_eq!(names(&found), ["nothing wrong"]);
    evidence.training.momentum = Some(0.0);
    evidence.curvature = Some(Curvature { sharpness: 1e6, scaled: None, limit: Some(2000.0) });
    let found = findings(&evidence, None).unwrap().unwrap();
    assert_eq!(names(&found), ["step too large"]);
    assert!(!found[0].decides, "nobody has seen it go wrong");
}
