//! Tasks whose networks are more than dense layers in a row: what says the same is the same, and what makes no sense is said.

use headstart::engine::watch::Watch;
use headstart::host::Host;
use headstart::model::Model;
use headstart::run::Run;
use headstart::save;
use headstart::spec::TaskSpec;
use headstart::task::Task;
use headstart::weights::{Format, Naming, Number};
use ndarray::Array2;

fn task(text: &str) -> Task {
    Task::new(TaskSpec::from_toml(text).unwrap()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn run(text: &str) -> Run {
    save::train(&task(text), &Host::here(2)).unwrap().unwrap().0
}

fn refused(text: &str) -> String {
    let made = TaskSpec::from_toml(text).and_then(Task::new);
    made.map(|_| ()).unwrap_err().to_string()
}

/// The weights that a task starts from, layer by layer.
fn start(task: &Task) -> Vec<Array2<f64>> {
    let start = task.job(0).draw(&Watch::default()).unwrap();
    start.parameters.0.into_iter().map(|layer| layer.weights).collect()
}

const SHORT: &str = "[training]\nsteps = 30\nlr = 0.05\n[data]\n";

#[test]
fn blocks_around_layers_are_the_network_written_out() {
    for (flags, network) in [
        ("block = 'residual'", "dense 6 | [ relu | dense 6 ] x2 | relu | dense 1"),
        ("block = 'pre-norm'", "dense 6 | [ norm layer | relu | dense 6 ] x2 | norm layer | relu | dense 1"),
        ("norm = 'batch'", "( dense 6 | norm batch | relu ) x3 | dense _"),
    ] {
        let by_flags = run(&format!("{SHORT}data = 'moons'\n[network]\nlayers = '_,6,6,6,_'\n{flags}"));
        let written = run(&format!("{SHORT}data = 'moons'\n[network]\nnetwork = '{network}'"));
        assert_eq!(
            (by_flags.train, by_flags.test, by_flags.trace),
            (written.train, written.test, written.trace),
            "{flags}"
        );
    }
    // Dense layers in a row are the network that they always were.
    let dense = run(&format!("{SHORT}data = 'moons'\n[network]\nlayers = '_,6,3,_'\nactivation = 'tanh'"));
    let written = run(&format!("{SHORT}data = 'moons'\n[network]\nnetwork = '6 | tanh | dense 3 tanh | _'"));
    assert_eq!((dense.train, dense.trace), (written.train, written.trace));
}

#[test]
fn the_shape_of_images_is_the_files_own() {
    // Eight rows of eight: the built-in digits know it.
    let digits =
        task(&format!("{SHORT}data = 'digits'\n[network]\nnetwork = 'conv 3x3 4 relu | max-pool 2x2 | gap | dense _'"));
    assert_eq!(digits.network().widths(), [64, 256, 10]);
    let sequence =
        format!("{SHORT}data = 'digits'\nshape = 64\n[network]\nnetwork = 'conv 5 4 /4 relu | gap | dense _'");
    assert_eq!(task(&sequence).network().widths(), [64, 64, 10]);
}

#[test]
fn the_last_layers_of_branches_start_as_large_as_they_shall() {
    let of = |scale: &str| {
        let network = "layers = '_,5,5,5,5,5,_'\nblock = 'residual'\nbranch-layers = 2";
        start(&task(&format!("{SHORT}data = 'moons'\n[network]\n{network}\n[init]\nbranch-scale = '{scale}'")))
    };
    let [whole, half, none] = [of("1"), of("1/sqrt(L)"), of("zero")];
    // A number may be written as one.
    let number = TaskSpec::from_toml("[init]\nbranch-scale = 0.25").unwrap().init.branch_scale;
    assert_eq!(number.to_string(), "0.25");
    for (l, (((whole, half), none), is_last)) in
        whole.iter().zip(&half).zip(&none).zip([false, false, true, false, true, false]).enumerate()
    {
        // Two branches of two layers each.
        let factor = if is_last { 0.5_f64.sqrt() } else { 1.0 };
        assert!(whole.iter().zip(half).all(|(a, b)| (a * factor - b).abs() < 1e-15), "layer {l}");
        assert_eq!(none.iter().all(|weight| *weight == 0.0), is_last, "layer {l}");
    }
}

#[test]
fn at_its_base_width_a_parametrization_changes_nothing() {
    let of = |width: usize, parametrization: &str, optimizer: &str| {
        format!(
            "{SHORT}data = 'moons'\n[network]\nlayers = '_,{width},{width},_'\n{parametrization}\n[training.optimizer]\n"
        )
        .replace("[training.optimizer]", "")
        .replace("lr = 0.05", &format!("lr = 0.05\noptimizer = '{optimizer}'"))
    };
    for optimizer in ["gd", "adam"] {
        let standard = run(&of(16, "", optimizer));
        for name in ["mup", "ntk"] {
            let same = run(&of(16, &format!("parametrization = '{name}'\nbase-width = 16"), optimizer));
            assert_eq!((same.train, same.trace), (standard.train, standard.trace.clone()), "{name}");
        }
    }
    // Four times as wide: by Yang et al. 2022, table 3.
    let wide = |optimizer| task(&of(64, "parametrization = 'mup'\nbase-width = 16", optimizer));
    let (gd, adam, plain) = (wide("gd"), wide("adam"), task(&of(64, "", "gd")));
    assert_eq!(gd.training().lr_factors, [4.0, 1.0, 0.25]);
    assert_eq!(gd.training().bias_lr_factors, [4.0, 4.0, 1.0]);
    assert_eq!(adam.training().lr_factors, [1.0, 0.25, 0.25]);
    assert_eq!(adam.training().bias_lr_factors, [1.0, 1.0, 1.0]);
    let (ours, theirs) = (start(&gd), start(&plain));
    assert_eq!(ours[..2], theirs[..2]);
    assert_eq!(ours[2], &theirs[2] * 0.5);
}

#[test]
fn weights_and_models_are_kept() {
    let text = format!(
        "{SHORT}data = 'digits'\n[network]\nnetwork = 'conv 3x3 3 | norm batch | relu | [ conv 3x3 3 relu ] | norm layer | gap | dense _'"
    );
    let made = task(&text);
    let (run, weights) = save::train(&made, &Host::here(1)).unwrap().unwrap();
    let model = Model::new(&made, weights.parameters.clone()).unwrap();
    let x = &made.dataset.test.as_ref().unwrap().x;
    let again = Model::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(model.outputs(x.view()), again.outputs(x.view()));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("digits.safetensors");
    let format = |naming| Format { naming, number: Number::F64 };
    let error = weights.write(&file, format(Naming::PyTorch)).unwrap_err().to_string();
    assert!(error.contains("use --naming plain"), "{error}");
    weights.write(&file, format(Naming::Plain)).unwrap();
    // What goes on from there has the loss that it ended with, but for the batch that is normalized by itself.
    let on = task(&format!("{text}\n[init]\ninit = 'file:{}'\n", file.display()));
    let start = on.job(0).draw(&Watch::default()).unwrap();
    assert_eq!(start.parameters, weights.parameters);
    assert!(run.train.loss.is_finite());
}

#[test]
fn what_makes_no_sense_is_said() {
    for (data, network, more, says) in [
        ("moons", "network = 'dense 3 | dense _'\nnorm = 'layer'", "", "--norm says it twice"),
        ("moons", "network = 'conv 3x3 4 | dense _'", "", "--shape 28,28,1"),
        ("moons", "network = 'dense 4 | norm layer | dense 3'", "", "the network has 3 outputs"),
        ("moons", "layers = '_,4,_'\nbase-width = 0", "", "--base-width 0"),
        ("moons", "layers = '_,4,_'", "[init]\nbranch-scale = 'zero'", "no residual branches"),
        ("moons", "layers = '_,4,_'", "[init]\ninit = 'fixup'", "fixup is for networks with residual branches"),
        ("moons", "layers = '_,4,4,_'\nblock = 'residual'", "[init]\ninit = 'lsuv'", "dense layers in a row"),
        ("moons", "layers = '_,4,4,_'\nblock = 'residul'", "", "residual"),
        ("moons", "layers = '_,4,4,_'\nparametrization = 'mup'", "[init]\nbias = '0/0'", "2 kinds of biases for 3"),
    ] {
        let error = refused(&format!("[data]\ndata = '{data}'\n[network]\n{network}\n{more}"));
        assert!(error.contains(says), "{network}: {error}");
    }
    let error = refused(
        "[data]\ndata = 'moons'\n[network]\nlayers = '_,4,4,_'\nblock = 'residual'\n[training]\ndropout = [0.5]",
    );
    assert!(error.contains("dropout is for plain dense networks"), "{error}");
    let error = refused("[data]\ndata = 'moons'\n[network]\nlayers = '_,4,_'\nnorm = 'batch'\n[training]\nbatch = 1");
    assert!(error.contains("of one sample nothing is left"), "{error}");
    let error = refused(
        "[data]\ndata = 'moons'\n[network]\nlayers = '_,4,_'\nparametrization = 'mup'\n[training]\noptimizer = 'lbfgs'",
    );
    assert!(error.contains("lbfgs"), "{error}");
}
