//! Networks of blocks: what is measured of their starts beside what theory says, and what explain finds in them.

use headstart::engine::watch::Watch;
use headstart::explain::{Explanation, explain, tasks};
use headstart::host::Host;
use headstart::probe::{self, Expected, InitProbe};
use headstart::report::document::Document;
use headstart::report::terminal::{Paper, text};
use headstart::report::{explanation, table};
use headstart::spec::TaskSpec;
use std::fmt::Write;
use std::path::Path;

/// A task in a few words.
fn spec(data: &str, network: &str, init: &str, training: &str) -> TaskSpec {
    let text = format!("[data]\n{data}\n[network]\n{network}\n[init]\n{init}\n[training]\n{training}\n");
    TaskSpec::from_toml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Rows of numbers that are independent and of variance 1, and two classes.
fn noise(folder: &Path, samples: usize, features: usize, more: &str) -> String {
    let mut state = 7_u64;
    let mut draw = || {
        // Twelve uniform numbers are as good as a normal one.
        let sum: f64 = (0..12)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 11) as f64 / (1_u64 << 53) as f64
            })
            .sum();
        sum - 6.0
    };
    let mut text = (0..features).map(|i| format!("p{i},")).collect::<String>() + "y\n";
    for i in 0..samples {
        for _ in 0..features {
            let _ = write!(text, "{:.4},", draw());
        }
        let _ = writeln!(text, "{}", ["a", "b"][i % 2]);
    }
    let path = folder.join(format!("noise-{samples}-{features}.csv"));
    std::fs::write(&path, text).unwrap();
    format!("data = '{}'\npreprocess = 'none'\ntest-share = 0.0\n{more}", path.display())
}

fn probed(spec: TaskSpec) -> InitProbe {
    let task = probe::task(spec, 0).unwrap();
    let mut report = probe::run(&task, 0, &Host::here(2)).unwrap().unwrap();
    report.inits.remove(0)
}

/// What is measured is what theory says, but for a share of the logarithm for each block and one for all.
#[track_caller]
fn agrees(probe: &InitProbe, blocks: usize, within: f64) -> Expected {
    let expected = probe.expected.clone().expect("theory knows these blocks");
    assert_eq!(expected.blocks, blocks);
    for (theory, measured) in expected.theory.iter().zip(expected.measured) {
        assert!((theory - measured).abs() < within, "{expected:?}");
    }
    expected
}

#[test]
fn residual_streams_grow_as_theory_says() {
    let folder = tempfile::tempdir().unwrap();
    let data = noise(folder.path(), 20, 60, "");
    let wide = "layers = ['_', 140, 140, 140, 140, 140, 140, 140, 140, 140, '_']";
    let of = |network: &str, init: &str| {
        probed(spec(
            &data,
            &format!("{wide}\n{network}"),
            &format!("init = 'he'\nbias = 'none'\n{init}\nseeds = 2"),
            "steps = 1",
        ))
    };
    let doubled = agrees(&of("block = 'residual'", ""), 8, 0.4);
    assert!((doubled.theory[0] - 8.0 * 2.0_f64.ln()).abs() < 1e-9);
    let stable = agrees(&of("block = 'residual'", "branch-scale = '1/sqrt(L)'"), 8, 0.2);
    assert!((stable.theory[0] - 8.0 * (1.0 + 1.0 / 8.0_f64).ln()).abs() < 1e-9);
    let two = agrees(&of("block = 'residual'\nbranch-layers = 2", "branch-scale = '0.5'"), 4, 0.2);
    assert!((two.theory[0] - 4.0 * 1.25_f64.ln()).abs() < 1e-9);
    agrees(&of("block = 'pre-norm'", ""), 8, 0.2);
    agrees(&of("block = 'pre-norm'\nactivation = 'tanh'\nnorm = 'rms'", ""), 8, 0.2);
    agrees(&of("block = 'residual'\nnorm = 'layer'", ""), 8, 0.2);
    agrees(&of("norm = 'layer'\nactivation = 'tanh'", ""), 8, 0.3);
    // Of what differs from block to block nothing is said, and of plain layers not here.
    let none = |network: &str, init: &str| of(network, init).expected.is_none();
    assert!(
        none("", "")
            && none("block = 'residual'\nnorm = 'batch'", "")
            && none("block = 'residual'\nbranch-layers = 3", "")
    );
    let uneven = "network = 'dense 9 | [ relu | dense 9 ] | [ tanh | dense 9 ] | relu | dense _'";
    assert_eq!(probed(spec(&data, uneven, "init = 'he'", "steps = 1")).expected, None);
}

/// Yang et al. 2019: `pi / (pi - 1) = 1.467` per layer.
#[test]
fn batch_normalization_makes_gradients_grow_as_theory_says() {
    let folder = tempfile::tempdir().unwrap();
    let data = noise(folder.path(), 128, 40, "");
    let network = |width: usize| format!("layers = ['_', {}'_']\nnorm = 'batch'", format!("{width}, ").repeat(6));
    let of = |data: &str, width: usize| spec(data, &network(width), "init = 'he'\nbias = 'none'", "steps = 1");
    agrees(&probed(of(&data, 100)), 5, 0.6);
    // Wide layers and many samples, without their curvature.
    let data = noise(folder.path(), 512, 40, "");
    let task = probe::task(of(&data, 600), 0).unwrap();
    let profile = probe::profiles(&task, 2, &Watch::default()).unwrap().remove(0);
    let [first, last] = [1, 5].map(|l| profile.layers[l].gradient.mean);
    let growth = (first / last).powf(0.25);
    assert!((growth - 1.467).abs() < 0.04, "{growth}");
}

#[test]
fn images_keep_what_theory_says() {
    let folder = tempfile::tempdir().unwrap();
    let data = noise(folder.path(), 8, 36, "shape = '6,6,1'");
    for (border, per_layer) in [("same", 0.85), ("circular", 1.0)] {
        let network = format!("network = 'conv 3x3 20 {border} relu x6 | dense _'");
        let probe = probed(spec(&data, &network, "init = 'he'\nbias = 'none'\nseeds = 2", "steps = 1"));
        let expected = agrees(&probe, 5, 0.6);
        // What zeros beyond the border take.
        assert!(((expected.theory[0] / 5.0).exp() - per_layer).abs() < 0.05, "{border}: {expected:?}");
        assert_eq!(probe.layers[0].kind.as_deref(), Some("conv 3x3 20"));
    }
}

/// What a branch adds, beside its stream, is shown; of very many layers some are.
#[test]
fn a_table_says_what_branches_add_and_is_short() {
    let network = "network = 'dense 6 | [ relu | dense 6 ] x100 | relu | dense _'";
    let start = "init = 'he'\nbranch-scale = '1/sqrt(L)'";
    let probe = probed(spec("data = 'circles'\nsamples = [30, 10]", network, start, "steps = 1"));
    let branch = probe.layers[1].branch.as_ref().unwrap();
    let [added, stream, joined] = [&branch.added, &branch.stream, &branch.joined].map(|spread| spread.mean);
    assert_eq!((stream, joined), (probe.layers[0].signal.mean, probe.layers[1].signal.mean));
    // The two are as good as orthogonal.
    assert!(added < 0.2 * stream && (joined / (stream + added) - 1.0).abs() < 0.5, "{added} {stream} {joined}");
    let document = Document { blocks: table::probe(&[probe]), ..Document::default() };
    let shown = text(&document, &Paper::plain());
    assert!(shown.lines().count() < 50 && shown.contains("--format json and the picture have all"), "{shown}");
    assert!(shown.contains("theory of 100 residual branches, layer 1 to 101"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
}

fn explained(spec: &TaskSpec) -> Explanation {
    let task = tasks(spec).unwrap().remove(0);
    explain(&task, &Host::here(2)).unwrap().unwrap()
}

/// The first finding decides, and what is to be done about it was tried and has these flags.
#[track_caller]
fn decides(explanation: &Explanation, name: &str, cure: &str) {
    let first = &explanation.findings[0];
    let names: Vec<&str> = explanation.findings.iter().map(|finding| finding.name).collect();
    assert_eq!((first.name, first.decides), (name, true), "{names:?}");
    let cured = first.cure.as_ref().map(ToString::to_string);
    assert_eq!(cured.as_deref(), Some(cure), "{}", first.advice);
    assert!(first.advice.contains("(tried: "), "{}", first.advice);
}

const CIRCLES: &str = "data = 'circles'\nsamples = [60, 20]";

#[test]
fn a_stream_that_grows_is_cured_by_smaller_branches() {
    let network = "layers = [2, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 1]\nblock = 'residual'";
    let explanation = explained(&spec(CIRCLES, network, "init = 'he'", "steps = 100\nlr = 0.01"));
    decides(&explanation, "residual stream grows with depth", "--branch-scale '1/sqrt(L)'");
    assert!(explanation.findings[0].sentence.contains("each multiplies what was there"));
    let steady =
        explained(&spec(CIRCLES, network, "init = 'he'\nbranch-scale = '1/sqrt(L)'", "steps = 100\nlr = 0.01"));
    let named = steady.findings.iter().any(|finding| finding.name == "residual stream grows with depth");
    assert!(!named, "{:?}", steady.findings[0]);
}

#[test]
fn branches_of_two_zeros_are_shut_and_of_one_are_not() {
    let network = "network = 'dense 8 | [ relu | dense 8 | relu | dense 8 ] x2 | relu | dense _'";
    let of = |init: &str| explained(&spec(CIRCLES, network, &format!("init = '{init}'"), "steps = 100\nlr = 0.1"));
    let shut = of("he/zeros/zeros/zeros/zeros/he");
    decides(&shut, "branch shut for good", "--init he --branch-scale zero");
    assert!(shut.findings[0].sentence.contains("layer 2 and layer 3 both start at 0"), "{}", shut.findings[0].sentence);
    for init in ["he/he/zeros/he/zeros/he", "he"] {
        let names: Vec<&str> = of(init).findings.iter().map(|finding| finding.name).collect();
        assert!(!names.contains(&"branch shut for good") && !names.contains(&"symmetric units"), "{names:?}");
    }
    // One of them is that branch alone.
    let one = of("he/zeros/zeros/he/zeros/he");
    let finding = one.findings.iter().find(|finding| finding.name == "branch shut for good").unwrap();
    assert!(finding.sentence.starts_with("The residual branch of layer 3 is shut"), "{}", finding.sentence);
}

#[test]
fn batch_normalization_in_plain_layers_is_told() {
    let network = format!("layers = [2, {}1]\nnorm = 'batch'", "20, ".repeat(20));
    let explanation =
        explained(&spec("data = 'circles'\nsamples = [80, 20]", &network, "init = 'he'", "steps = 20\nlr = 0.001"));
    let name = "batch normalization's gradient grows with depth";
    let finding = explanation.findings.iter().find(|finding| finding.name == name).expect("it grows");
    let per_layer = finding.evidence["factor_per_layer"];
    // Of narrow layers and few samples a little more than of wide ones and many.
    assert!((1.3..1.9).contains(&per_layer), "{per_layer}");
    assert!(finding.tried.iter().all(|trial| trial.cure.to_string().starts_with("--")), "{:?}", finding.tried);
    // Where a normalization follows, the size of weights is hidden.
    let hidden = explained(&spec(CIRCLES, "layers = [2, 9, 9, 1]\nnorm = 'layer'", "init = 'normal:10'", "steps = 20"));
    assert!(hidden.findings.iter().any(|finding| finding.name == "normalization hides the weights' scale"));
}

#[test]
fn a_small_start_of_convolutions_vanishes_and_is_cured() {
    let folder = tempfile::tempdir().unwrap();
    let data = noise(folder.path(), 16, 8, "shape = '8'");
    let network = "network = 'conv 3 4 relu x20 | gap | dense _'";
    let explanation = explained(&spec(&data, network, "init = 'lecun:0.7'", "steps = 2000\nlr = 0.001"));
    let first = &explanation.findings[0];
    assert_eq!((first.name, first.decides), ("vanishing signal", true), "{:?}", explanation.findings);
    assert!(first.sentence.contains("in layer 1 (conv 3 4) to"), "{}", first.sentence);
    assert!(first.tried[0].cure.to_string().starts_with("--init he"), "{:?}", first.tried);
    let told = text(&explanation::document(&[explanation], 2000), &Paper::plain());
    assert!(told.contains("vanishing signal, layer 21"), "{told}");
}

/// Where no start helps a plain network that is deep, other blocks are tried, and told if they do.
#[test]
fn a_deep_plain_network_may_be_cured_by_branches() {
    let network = format!("layers = [2, {}1]\nactivation = 'sigmoid'", "8, ".repeat(12));
    let explanation = explained(&spec(CIRCLES, &network, "init = 'glorot'", "steps = 400\nlr = 0.3"));
    for finding in &explanation.findings {
        let blocks = |trial: &&headstart::explain::trial::Trial| {
            let cure = trial.cure.to_string();
            cure.starts_with("--block") || cure.starts_with("--norm")
        };
        assert!(finding.tried.iter().filter(blocks).all(|trial| trial.helps), "{:?}", finding.tried);
    }
    let cures: Vec<String> =
        explanation.findings.iter().filter_map(|finding| Some(finding.cure.as_ref()?.to_string())).collect();
    assert!(cures.iter().any(|cure| cure.starts_with("--block") || cure.starts_with("--norm")), "{cures:?}");
}
