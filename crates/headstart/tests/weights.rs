//! Weights go to files and come back, and other programs see what we see.

use headstart::engine::init::Initialization;
use headstart::engine::network::{Loss, Network, Output, Parameters};
use headstart::host::Host;
use headstart::run::Run;
use headstart::save;
use headstart::spec::TaskSpec;
use headstart::task::Task;
use headstart::weights::{self, Format, Naming, Number, Weights};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

fn spec(text: &str) -> TaskSpec {
    TaskSpec::from_toml(text).unwrap()
}

/// A start of a network whose middle layer is square: its orientation cannot be told by its shape.
fn start() -> (Network, Weights) {
    let spec = spec(
        "[network]\nlayers = \"3,4,4,2\"\nactivation = \"gelu\"\n[init]\ninit = \"critical\"\nbias = \"normal:0.3\"\nseed = 7\n",
    );
    let task = {
        let mut spec = spec.clone();
        (spec.data.data, spec.data.centers) = ("blobs".to_owned(), Some(2));
        spec.network.layers = "2,4,4,2".parse().unwrap();
        Task::new(spec).unwrap()
    };
    let widths = [3, 4, 4, 2];
    let of = task.network();
    let network = Network::new(&widths, &of.activations()[..1], of.output(), of.loss(), true).unwrap();
    (network, save::initial(&spec).unwrap())
}

/// Every naming with every type of numbers.
fn formats() -> impl Iterator<Item = Format> {
    Naming::ALL.into_iter().flat_map(|naming| Number::ALL.map(|number| Format { naming, number }))
}

fn rounded(x: f64, number: Number) -> f64 {
    match number {
        Number::F64 => x,
        Number::F32 => f64::from(x as f32),
        Number::Bf16 => half::bf16::from_f64(x).to_f64(),
        Number::F16 => half::f16::from_f64(x).to_f64(),
    }
}

#[test]
fn every_naming_and_type_comes_back_as_it_was_and_the_same_weights_are_the_same_bytes() {
    let (network, start) = start();
    let folder = tempfile::tempdir().unwrap();
    for format in formats() {
        let [path, again] = ["a", "b"].map(|name| folder.path().join(name));
        let written = start.write(&path, format).unwrap();
        assert_eq!((written.tensors.len(), written.metadata["seed"].as_str()), (6, "7"));
        let back = weights::read(&path, &network, true).unwrap();
        for (x, y) in back.flat().zip(start.parameters.flat()) {
            assert_eq!(x.to_bits(), rounded(y, format.number).to_bits(), "{format:?}");
        }
        start.write(&again, format).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&again).unwrap());
    }
}

#[test]
fn a_learned_slope_comes_back_under_every_name() {
    let spec = spec("[network]\nlayers = \"3,4,4,2\"\nactivation = \"prelu:0.3/tanh\"\n");
    let mut start = save::initial(&spec).unwrap();
    start.parameters.0[0].slope = Some(-0.7);
    let activations = spec.network.activation.0.clone();
    let network = Network::new(&[3, 4, 4, 2], &activations, Output::Identity, Loss::MeanSquaredError, true).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for format in formats() {
        let path = folder.path().join("a");
        assert_eq!(start.write(&path, format).unwrap().tensors.len(), 7);
        let back = weights::read(&path, &network, true).unwrap();
        assert_eq!(back.0[0].slope, Some(rounded(-0.7, format.number)), "{format:?}");
        assert_eq!(back.0[1].slope, None);
    }
}

fn only(task: &Task) -> Run {
    let runs = task.run_all(2);
    assert_eq!(runs.len(), 1);
    Run { seconds: 0.0, init: "".into(), ..runs.into_iter().next().unwrap() }
}

/// Weights say what their outputs stand for, and it is said where that is not what the data has.
#[test]
fn outputs_of_other_classes_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let table = |name: &str, classes: [&str; 2]| {
        let rows: String = (0..40).map(|i| format!("{},{},{}\n", i % 5, i % 7, classes[i % 2])).collect();
        std::fs::write(path(name), format!("a,b,pet\n{rows}")).unwrap();
        format!("[data]\ndata = '{}'\n[network]\nlayers = ['_', 3, '_']\n[training]\nsteps = 2\n", path(name))
    };
    let (pets, others) = (table("pets.csv", ["cat", "dog"]), table("others.csv", ["cow", "dog"]));
    let start = Path::new(&path("start")).to_owned();
    let written = save::initial(&spec(&pets)).unwrap().write(&start, Format::default()).unwrap().metadata;
    let about = ["label", "classes", "output", "loss"].map(|key| written[key].as_str());
    assert_eq!(about, ["[\"pet\"]", "[\"cat\",\"dog\"]", "sigmoid", "bce"]);
    let notes = |data: &str| {
        let task = Task::new(spec(&format!("{data}[init]\ninit = 'file:{}'\n", start.display()))).unwrap();
        task.notes.iter().filter(|note| note.contains("may mean nothing here")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(notes(&pets), Vec::<String>::new());
    assert!(
        notes(&others)[0].contains("its outputs are of other classes, or in another order"),
        "{:?}",
        notes(&others)
    );
}

/// `init` and then `train --init file:` is `train`, and a training in two halves is the whole.
#[test]
fn a_file_is_the_start_that_it_was_written_from() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("start.safetensors");
    for (init, rng) in [("he", "native"), ("pytorch-default", "numpy"), ("lsuv", "native"), ("he/lsuv/zeros", "numpy")]
    {
        let drawn = spec(&format!(
            "[data]\ndata = \"moons\"\n[network]\nactivation = \"tanh\"\n[init]\ninit = \"{init}\"\nrng = \"{rng}\"\nseed = 5\n\
             [training]\nsteps = 40\n"
        ));
        save::initial(&drawn).unwrap().write(&path, Format::default()).unwrap();
        let mut given = drawn.clone();
        given.init.init = format!("file:{}", path.display()).parse().unwrap();
        assert_eq!(given.to_toml().parse::<toml::Table>().unwrap()["init"]["init"].as_str().unwrap()[..5], *"file:");
        let task = Task::new(drawn).unwrap();
        assert_eq!(only(&Task::new(given.clone()).unwrap()), only(&task), "{init}");

        let (half, trained) = save::train(&task, &Host::here(1)).unwrap().unwrap();
        assert_eq!((half.steps, trained.about["status"].as_str()), (40, "finished"));
        trained.write(&path, Format { naming: Naming::Flax, number: Number::F64 }).unwrap();
        let second = only(&Task::new(given.clone()).unwrap());
        let mut whole = task.spec.clone();
        whole.training.steps = Some(80);
        let whole = only(&Task::new(whole).unwrap());
        assert_eq!((second.train, second.test), (whole.train, whole.test));
    }
}

#[test]
fn numbers_in_memory_are_a_start_without_a_file() {
    let mut spec = spec("[data]\ndata = \"moons\"\n[network]\nlayers = [2, 3, 1]\n[training]\nsteps = 5\n");
    let parameters: Parameters = save::initial(&spec).unwrap().parameters;
    let drawn = only(&Task::new(spec.clone()).unwrap());
    spec.init.init.0 = vec![Initialization::given("mine", Arc::new(parameters))];
    assert_eq!(only(&Task::new(spec).unwrap()), drawn);
}

#[test]
fn names_of_models_around_the_layers_are_no_trouble() {
    let (network, start) = start();
    let folder = tempfile::tempdir().unwrap();
    let (path, renamed) = (folder.path().join("a"), folder.path().join("b"));
    for (naming, from, to) in [
        (Naming::Keras, "\"dense", "\"sequential/dense"),
        (Naming::PyTorch, "\"0.", "\"net.0."),
        (Naming::Flax, "params/", "params."),
        (Naming::Flax, "params/", ""),
        // The second model of a session, and layers between those of weights.
        (Naming::Flax, "params/Dense_", "sequential_1/dense_1"),
        // Members and lists of an NNX module.
        (Naming::Flax, "params/Dense_", "linear"),
        (Naming::Flax, "params/Dense_", "model/layers/"),
        (Naming::Nnx, "kernel", "kernel/value"),
        // Modules of PyTorch with members, and lists of layers alone.
        (Naming::Plain, "layers.", "model.fc"),
        (Naming::Plain, "layers.", "net.layers."),
        (Naming::Plain, "layers.", ""),
        (Naming::Plain, "layers.", "m.1"),
        // Variables of Keras 2, and of Keras 3's own files.
        (Naming::Flax, "params/Dense_", "sequential_1/dense_"),
        (Naming::Keras, "dense", "layers/dense"),
    ] {
        start.write(&path, Format { naming, number: Number::F64 }).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let length = u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
        let mut header = String::from_utf8(bytes[8..8 + length].to_vec()).unwrap().replace(from, to);
        if naming == Naming::PyTorch {
            header = header.replace("\"2.", "\"net.2.").replace("\"4.", "\"net.4.");
        }
        if from == "params/Dense_" && to == "sequential_1/dense_" {
            header = header.replace("/kernel", "/kernel:0").replace("/bias", "/bias:0");
        }
        if to == "layers/dense" {
            header = header.replace("/kernel", "/vars/0").replace("/bias", "/vars/1");
        }
        let header = header.trim_end();
        let whole = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes[8 + length..]].concat();
        std::fs::write(&renamed, whole).unwrap();
        assert_eq!(weights::read(&renamed, &network, true).unwrap(), start.parameters, "{to}");
    }
}

#[test]
fn weights_are_layers_in_the_order_of_their_numbers() {
    let header = |names: [&str; 3]| {
        let tensor = |name: &str, at: usize| {
            format!("\"{name}\":{{\"dtype\":\"F64\",\"shape\":[1,1],\"data_offsets\":[{},{}]}}", 8 * at, 8 * at + 8)
        };
        let header = format!("{{{}}}", [0, 1, 2].map(|at| tensor(names[at], at)).join(","));
        let numbers: Vec<u8> = [1.0f64, 2.0, 3.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &numbers].concat()
    };
    let (of, _) = start();
    let network = |widths: &[usize]| {
        let loss = Loss::MeanSquaredError;
        Network::new(widths, &of.activations()[..1], Output::Identity, loss, false).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let read_into = |widths: &[usize], names: [&str; 3]| {
        std::fs::write(&path, header(names)).unwrap();
        weights::read(&path, &network(widths), true).map(|read| read.flat().collect::<Vec<f64>>())
    };
    let read = |what: &str, stems: [&str; 3]| {
        let names = stems.map(|stem| format!("{stem}{what}"));
        read_into(&[1, 1, 1, 1], names.each_ref().map(String::as_str))
    };
    for what in ["/kernel", "/kernel:0", "/vars/0", ".weight"] {
        // Layer 0 is the tenth of a session, so that its name comes behind the others in the alphabet.
        assert_eq!(read(what, ["s_1/dense_9", "s_1/dense_10", "s_1/dense_12"]).unwrap(), [1.0, 2.0, 3.0]);
        assert_eq!(read(what, ["dense_3", "dense", "dense_2"]).unwrap(), [2.0, 3.0, 1.0]);
        assert_eq!(read(what, ["dense_3/dense_3", "dense/dense", "dense_2/dense_2"]).unwrap(), [2.0, 3.0, 1.0]);
        assert_eq!(read(what, ["fc3", "fc2", "fc1"]).unwrap(), [3.0, 2.0, 1.0]);
        // Layers without weights between them, or before them.
        assert_eq!(read(what, ["3", "1", "5"]).unwrap(), [2.0, 1.0, 3.0]);
        assert_eq!(read(what, ["0", "3", "6"]).unwrap(), [1.0, 2.0, 3.0]);
        assert_eq!(read(what, ["net.layers.12", "net.layers.8", "net.layers.10"]).unwrap(), [2.0, 3.0, 1.0]);
        // Whoever calls layers by what they do has said nothing of their order, nor has who says two.
        for stems in [
            ["hidden", "more", "out"],
            ["a/dense_1", "a/dense_2", "b/dense_3"],
            ["a_1/b_2", "a_2/b_1", "a_3/b_3"],
            ["fc1", "fc01", "fc2"],
        ] {
            assert!(read(what, stems).is_err(), "{stems:?}");
        }
    }
    // Which way round they are is one thing for all of them, and nothing is there twice.
    assert!(read_into(&[1, 1, 1, 1], ["fc1.weight", "fc2.kernel", "fc3.weight"]).is_err());
    let error = |widths: &[usize], names: [&str; 3]| read_into(widths, names).unwrap_err().to_string();
    let twice = error(&[1, 1, 1], ["dense/kernel", "dense.kernel:0", "dense_1.kernel"]);
    assert!(twice.contains("are two names of one thing"), "{twice}");
    let names = ["fc1.weight", "fc2.weight", "fc3.weight"];
    assert!(
        error(&[1, 1, 1, 1, 1], names)
            .contains("weights of 3 layers, fc1.weight, fc2.weight, fc3.weight, but the network has 4")
    );
    assert!(error(&[1, 1, 1], names).contains("--layers 1,1,1 has no place for fc3.weight"));
}

/// Whatever bytes there are, there is an answer.
#[test]
fn bytes_of_a_file_are_checked_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let start = save::initial(&spec("[network]\nlayers = \"2,3,1\"\n[init]\nbias = \"none\"\n")).unwrap();
    start.write(&path, Format::default()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let problem = |bytes: &[u8]| weights::check_bytes(bytes).unwrap_err().to_string();
    // It fits a network without biases, and then one with biases misses them.
    assert!(problem(&bytes).contains("there is no 0.bias"), "{}", problem(&bytes));
    assert!(problem(b"").contains("not a safetensors file") && problem(&[255; 64]).contains("not a safetensors file"));
    for end in 0..bytes.len() {
        assert!(problem(&bytes[..end]).contains("not a safetensors file, or a damaged one"), "{end}");
    }
}

#[test]
fn files_that_do_not_fit_are_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.safetensors");
    let task = |layers: &str, more: &str| {
        let text = format!(
            "[data]\ndata = \"moons\"\n[network]\nlayers = \"{layers}\"\n[init]\ninit = \"file:{}\"\n{more}",
            path.display()
        );
        Task::new(spec(&text))
    };
    let fails = |layers: &str, more: &str, parts: &[&str]| {
        let message = task(layers, more).unwrap_err().to_string();
        for part in [&["w.safetensors"], parts].concat() {
            assert!(message.contains(part), "{part} is not in {message}");
        }
    };
    let write = |layers: &str, more: &str, format: Format| {
        let start = save::initial(&spec(&format!("[network]\nlayers = \"{layers}\"\n[init]\n{more}"))).unwrap();
        start.write(&path, format)
    };
    fails("2,3,1", "", &["cannot be read"]);
    write("2,3,1", "", Format::default()).unwrap();
    fails("2,4,1", "", &["0.weight is 3 x 2, but layer 1 of the network needs 4 x 2 (outputs x inputs)", "--layers"]);
    fails("2,3,3,1", "", &["2.weight is 1 x 3, but layer 2"]);
    fails("2,1", "", &["0.weight is 3 x 2"]);
    fails("2,3,1", "bias = \"none\"", &["0.bias has biases", "--bias none"]);
    write("2,1", "", Format::default()).unwrap();
    fails("2,1,1", "", &["there is no 2.weight", "2 layers"]);
    write("2,1,1", "", Format { naming: Naming::Plain, number: Number::F16 }).unwrap();
    fails("2,1", "", &["--layers 2,1 has no place for", "layers.1.weight"]);
    write("2,3,1", "bias = \"none\"", Format { naming: Naming::Keras, number: Number::F64 }).unwrap();
    fails("2,3,1", "", &["there is no dense.bias", "--bias 0"]);
    // Biases that are drawn need none in the file.
    assert!(task("2,3,1", "bias = 0.25").is_ok() && task("2,3,1", "bias = \"none\"").is_ok());
    // Numbers that a type does not have are not written; what was there stays.
    let before = std::fs::read(&path).unwrap();
    let error = write("2,3,1", "init = \"constant:1e6\"", Format { naming: Naming::Keras, number: Number::F16 });
    assert!(error.unwrap_err().to_string().contains("too large for f16; use --dtype f64"));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    // Damage: a number that is none, half a file, no file of this kind.
    write("2,3,1", "", Format::default()).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 8;
    bytes[last..].copy_from_slice(&f64::NAN.to_le_bytes());
    std::fs::write(&path, &bytes).unwrap();
    fails("2,3,1", "", &["has NaN as number", "weights are finite"]);
    std::fs::write(&path, &bytes[..last]).unwrap();
    fails("2,3,1", "", &["damaged"]);
    std::fs::write(&path, "no weights here").unwrap();
    fails("2,3,1", "", &["not a safetensors file"]);
}

#[test]
fn without_data_everything_has_to_be_said() {
    let message = |text: &str| save::initial(&spec(text)).unwrap_err().to_string();
    assert!(message("[network]\nlayers = \"_,10,1\"\n").contains("nothing to take a width from"));
    assert!(message("[network]\nlayers = \"2,1\"\n[init]\ninit = \"lsuv\"\n").contains("give --data"));
    assert!(message("[network]\nlayers = \"2,1\"\n[init]\ninit = \"he,lecun\"\n").contains("one --init"));
    assert!(message("[network]\nlayers = \"2,1\"\n[init]\nseeds = 3\n").contains("--seeds 1"));
}

/// Runs Python on files of every naming and type; false where it lacks a module, which is then said.
fn python(modules: &str, script: &str, arguments: &[&Path]) -> bool {
    let python = std::env::var("HEADSTART_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = Command::new(&python).args(["-c", &format!("import {modules}")]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: {python} has not all of {modules}; HEADSTART_PYTHON says which Python to ask");
        return false;
    }
    let output = Command::new(&python).args(["-c", script]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    true
}

/// What the safetensors package reads has the shapes and numbers that we wrote, and what it writes we read.
#[test]
fn the_python_package_reads_what_we_write_and_we_read_what_it_writes() {
    let (network, start) = start();
    let folder = tempfile::tempdir().unwrap();
    for naming in Naming::ALL {
        let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
        start.write(&ours, Format { naming, number: Number::F64 }).unwrap();
        let script = "\
import sys
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
tensors = load_file(sys.argv[1])
with safe_open(sys.argv[1], 'numpy') as file:
    about = file.metadata()
assert about['seed'] == '7' and about['init'] == 'critical' and about['layers'] == '3,4,4,2', about
matrices = [x.shape for x in tensors.values() if x.ndim == 2]
wanted = [(3, 4), (4, 4), (4, 2)] if about['naming'] in ('keras', 'flax') else [(4, 3), (4, 4), (2, 4)]
assert sorted(matrices) == sorted(wanted), matrices
save_file(tensors, sys.argv[2])
";
        if !python("safetensors.numpy", script, &[&ours, &theirs]) {
            return;
        }
        assert_eq!(weights::read(&theirs, &network, true).unwrap(), start.parameters, "{naming}");
    }
}

/// A `PyTorch` model with these weights computes what our network computes, and its own file starts ours.
#[test]
fn pytorch_loads_what_we_write_and_we_load_what_it_saves() {
    let (network, start) = start();
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs, logits) =
        (folder.path().join("ours"), folder.path().join("theirs"), folder.path().join("logits"));
    start.write(&ours, Format::default()).unwrap();
    let script = "\
import sys, torch, safetensors.torch
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.GELU(), torch.nn.Linear(4, 4), torch.nn.GELU(),
                            torch.nn.Linear(4, 2)).double()
model.load_state_dict(safetensors.torch.load_file(sys.argv[1]))
out = model(torch.tensor([[0.5, -1.0, 2.0]], dtype=torch.float64))
safetensors.torch.save_file(model.state_dict(), sys.argv[2])
print(*out[0].tolist(), file=open(sys.argv[3], 'w'))
";
    if !python("torch, safetensors.torch", script, &[&ours, &theirs, &logits]) {
        return;
    }
    assert_eq!(weights::read(&theirs, &network, true).unwrap(), start.parameters);
    let mut signal = ndarray::arr1(&[0.5, -1.0, 2.0]);
    for (l, layer) in start.parameters.0.iter().enumerate() {
        let z = layer.weights.dot(&signal) + &layer.biases;
        signal = network.activations().get(l).map_or(z.clone(), |activation| z.mapv(|z| activation.at(z).0));
    }
    let text = std::fs::read_to_string(&logits).unwrap();
    for (theirs, ours) in text.split_whitespace().zip(&signal) {
        assert!((theirs.parse::<f64>().unwrap() - ours).abs() < 1e-12, "{text} is not {signal}");
    }
}
