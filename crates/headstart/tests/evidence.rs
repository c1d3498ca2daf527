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

/// A change of evidence, and what is said then.
type Wrong = (fn(&mut Evidence), &'static str);

/// What cannot be is refused with a sentence, whoever measured it.
#[test]
fn evidence_that_cannot_be_is_refused() {
    let wrong: [Wrong; 8] = [
        (|evidence| evidence.look.places.clear(), "no place where anything was measured"),
        (|evidence| evidence.look.places[1].dead = Some(7.0), "the share of dead units is 7"),
        (|evidence| evidence.look.places[1].dead = Some(f64::NAN), "what is not known is left out"),
        (|evidence| evidence.look.saturated = Some(-0.1), "the share at their ends is -0.1"),
        (|evidence| evidence.look.places[0].signal = -1.0, "squares are not below 0"),
        (|evidence| evidence.look.places[0].identical = 1_000, "10 units are 45 pairs"),
        (|evidence| evidence.look.places[0].width = usize::MAX, "more than can be counted"),
        (|evidence| evidence.outlook.as_mut().unwrap().trace.clear(), "first steps without losses"),
    ];
    let whole = measured(&task(&text("init = \"he\"\n[training]\nsteps = 100")));
    for (change, problem) in wrong {
        let mut evidence = whole.clone();
        change(&mut evidence);
        let error = findings(&evidence, None).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}

/// That nothing is wrong is said of what was measured, and of nothing else.
#[test]
fn what_is_not_known_is_not_said_to_be_right() {
    let whole =
        measured(&task("[data]\ndata = \"moons\"\n[init]\ninit = \"he\"\n[training]\nsteps = 3000\nlr = 0.3\n"));
    let said = |change: fn(&mut Evidence)| {
        let mut evidence = whole.clone();
        change(&mut evidence);
        let json = serde_json::to_string(&evidence).unwrap();
        let found = findings(&serde_json::from_str(&json).unwrap(), None).unwrap().unwrap().remove(0);
        assert_eq!(found.name, "nothing wrong", "{found:?}");
        found.sentence
    };
    assert!(said(|_| ()).starts_with("Nothing is wrong with this start"));
    let uncurved = said(|evidence| evidence.curvature = None);
    assert!(uncurved.contains("as far as it is known") && !uncurved.contains("short enough"), "{uncurved}");
    let unsignalled = said(|evidence| evidence.look.places.iter_mut().for_each(|place| place.signal = f64::NAN));
    assert!(unsignalled.contains("Of the signal nothing is known") && !unsignalled.contains("gets through"));
    let unknown = said(|evidence| {
        evidence.curvature = None;
        for place in &mut evidence.look.places {
            (place.signal, place.gradient) = (f64::NAN, f64::NAN);
        }
    });
    assert!(unknown.starts_with("Nothing is known of this start"), "{unknown}");
}
