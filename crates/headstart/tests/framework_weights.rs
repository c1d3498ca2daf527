//! Files of weights as frameworks write them themselves; `bench/golden_weights.py` made them.

use headstart::engine::activation::Activation;
use headstart::engine::network::{Loss, Network, Output};
use headstart::weights;
use std::io::Write;
use std::path::{Path, PathBuf};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/weights").join(name)
}

fn network(widths: &[usize]) -> Network {
    Network::new(widths, &[Activation::Tanh], Output::Sigmoid, Loss::BinaryCrossEntropy, true).unwrap()
}

/// What reading a file by a 2-3-1 network says.
fn refused(path: &Path) -> String {
    weights::read(path, &network(&[2, 3, 1]), true).unwrap_err().to_string()
}

#[test]
fn what_frameworks_write_is_read() {
    for name in [
        "seq.keras",
        "seq.weights.h5",
        "old.h5",
        "seq.pt",
        "checkpoint.pt",
        "float64.pt",
        "float16.pt",
        "bfloat16.pt",
        "views.pt",
        "arrays.npz",
        "row.npz",
        "sklearn.npz",
        "names.npz",
    ] {
        let network = network(&[2, 3, 1]);
        let read = weights::read(&golden(name), &network, true).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (l, layer) in read.0.iter().enumerate() {
            let l = 100.0 * (l + 1) as f64;
            for ((o, i), weight) in layer.weights.indexed_iter() {
                let expected = l + 10.0 * (o + 1) as f64 + (i + 1) as f64;
                // bfloat16 has eight bits.
                let rounded = if name == "bfloat16.pt" { half::bf16::from_f64(expected).to_f64() } else { expected };
                assert_eq!(*weight, rounded, "{name}, {o}, {i}");
            }
            let biases: Vec<f64> = (0..layer.biases.len()).map(|o| l + 10.0 * (o + 1) as f64).collect();
            assert_eq!(layer.biases.to_vec(), biases, "{name}");
        }
        // Biases that are drawn are not read, and another network's weights are none of this one.
        let drawn = weights::read(&golden(name), &network, false).unwrap();
        assert_eq!((&drawn.0[0].weights, drawn.0[0].biases.sum()), (&read.0[0].weights, 0.0), "{name}");
        for widths in [[3, 2, 1].as_slice(), &[2, 3, 3, 1], &[2, 1]] {
            let network =
                Network::new(widths, &[Activation::Tanh], Output::Sigmoid, Loss::BinaryCrossEntropy, true).unwrap();
            let error = weights::read(&golden(name), &network, true).unwrap_err().to_string();
            assert!(error.contains("network") || error.contains("--layers"), "{name}: {error}");
        }
    }
}

/// Whatever it is called where it was written.
#[test]
fn a_learned_slope_is_read() {
    let network = |activation: &str| {
        let activation: Activation = activation.parse().unwrap();
        Network::new(&[2, 3, 1], &[activation], Output::Sigmoid, Loss::BinaryCrossEntropy, true).unwrap()
    };
    for name in ["prelu.pt", "prelu-named.pt", "prelu.keras"] {
        let read =
            weights::read(&golden(name), &network("prelu"), true).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!([read.0[0].slope, read.0[1].slope], [Some(0.125), None], "{name}");
        assert_eq!((read.0[0].weights[[2, 1]], read.0[1].biases[0]), (132.0, 210.0), "{name}");
        let error = weights::read(&golden(name), &network("tanh"), true).unwrap_err().to_string();
        assert!(error.contains("has no place for"), "{name}: {error}");
    }
    // Without one it starts where its activation says.
    assert_eq!(weights::read(&golden("seq.pt"), &network("prelu:0.3"), true).unwrap().0[0].slope, None);
    let error = weights::read(&golden("prelu-each.keras"), &network("prelu"), true).unwrap_err().to_string();
    assert!(error.contains("one slope for all units of a layer"), "{error}");
}

#[test]
fn what_is_no_file_of_tensors_is_told_with_the_way_out() {
    for (name, words) in [
        ("whole.pt", ["torch.nn.modules.container.Sequential", "safetensors.torch.save_file(model.state_dict()"]),
        ("legacy.pt", ["PyTorch wrote before version 1.6", "safetensors.torch.save_file(model.state_dict()"]),
        ("script.pt", ["TorchScript", "model.state_dict()"]),
        ("nested.keras", ["a model within the model", "build one model"]),
    ] {
        let error = refused(&golden(name));
        assert!(words.iter().all(|word| error.contains(word)), "{name}: {error}");
    }
}

/// A `.npy` file of float64.
fn npy(shape: &str, numbers: &[f64]) -> Vec<u8> {
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
    bytes
}

fn zip(path: &Path, files: &[(&str, Vec<u8>)]) {
    let mut writer = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn arrays_are_read_where_there_is_one_way_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    let square = |name: &'static str| (name, npy("(2, 2)", &[1.0, 2.0, 3.0, 4.0]));
    let bias = |name: &'static str| (name, npy("(2,)", &[5.0, 6.0]));
    let twos = Network::new(&[2, 2, 2], &[Activation::Tanh], Output::Softmax, Loss::CrossEntropy, true).unwrap();
    let read = || weights::read(&path, &twos, true).map_err(|error| error.to_string());
    zip(&path, &[square("W1.npy"), bias("b1.npy"), square("W2.npy"), bias("b2.npy")]);
    assert!(read().unwrap_err().contains("more than one way"));
    // The same with names that say it.
    zip(&path, &[square("0.weight.npy"), bias("0.bias.npy"), square("2.weight.npy"), bias("2.bias.npy")]);
    assert_eq!(read().unwrap().0[1].weights, ndarray::array![[1.0, 2.0], [3.0, 4.0]]);
    zip(&path, &[square("W1.npy"), bias("b1.npy"), square("W2.npy"), bias("b2.npy"), bias("b3.npy")]);
    assert!(read().unwrap_err().contains("cannot be the weights of --layers 2,2,2"));
    // Ten layers and more are in the order of their numbers.
    let numbers: Vec<String> = (1..=12).map(|l| format!("w{l}.npy")).collect();
    let files: Vec<(&str, Vec<u8>)> =
        numbers.iter().zip(1..).map(|(name, l)| (name.as_str(), npy("(1, 1)", &[f64::from(l)]))).collect();
    zip(&path, &files);
    let ones = Network::new(&[1; 13], &[Activation::Tanh], Output::Identity, Loss::MeanSquaredError, false).unwrap();
    let read = weights::read(&path, &ones, true).unwrap();
    assert_eq!(read.flat().collect::<Vec<_>>(), (1..=12).map(f64::from).collect::<Vec<_>>());
}

/// The instructions of a pickle as `torch.save` writes them, with something in the place of a storage's type and of the shape.
fn state(storage: &str, shape: [u8; 2], stride: [u8; 2]) -> Vec<u8> {
    let mut pickle =
        b"\x80\x02}(X\x08\x00\x00\x000.weightctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagec".to_vec();
    pickle.extend(storage.as_bytes());
    pickle.extend(b"\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x06tQK\x00");
    pickle.extend([b'K', shape[0], b'K', shape[1], 0x86, b'K', stride[0], b'K', stride[1], 0x86]);
    pickle.extend(b"\x89N}tRu.");
    pickle
}

#[test]
fn nothing_in_a_pickle_is_run_or_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pt");
    let one = Network::new(&[2, 3], &[], Output::Softmax, Loss::CrossEntropy, false).unwrap();
    let numbers: Vec<u8> = (1..=6u8).flat_map(|x| f32::from(x).to_le_bytes()).collect();
    let read = |pickle: Vec<u8>| {
        zip(&path, &[("a/data.pkl", pickle), ("a/data/0", numbers.clone())]);
        weights::read(&path, &one, true).map_err(|error| error.to_string())
    };
    let rows = read(state("torch\nFloatStorage", [3, 2], [2, 1])).unwrap();
    assert_eq!(rows.flat().collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let columns = read(state("torch\nFloatStorage", [3, 2], [1, 3])).unwrap();
    assert_eq!(columns.0[0].weights, ndarray::array![[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]);
    for (pickle, words) in [
        (b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.".to_vec(), "it has a os.system in it"),
        (state("builtins\neval", [3, 2], [2, 1]), "it has a builtins.eval in it"),
        (state("torch\nload", [3, 2], [2, 1]), "it has a torch.load in it"),
        (state("torch\nLongStorage", [3, 2], [2, 1]), "is of type Long"),
        (state("torch\nDoubleStorage", [3, 2], [2, 1]), "outside of its storage"),
        (state("torch\nFloatStorage", [3, 2], [2, 2]), "outside of its storage"),
        (b"\x80\x02}.".to_vec(), "there are no tensors in it"),
        (b"\x80\x02}(".to_vec(), "damaged or cut off"),
        (b"\x80\x02\x93.".to_vec(), "damaged or cut off"),
        (b"\x80\x02I1\n.".to_vec(), "an instruction (0x49)"),
        (vec![b'N'; 1_000_000], "damaged or cut off"),
        (vec![b'N'; 5_000_000], "larger than"),
    ] {
        let error = read(pickle).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    // One byte makes a value, and memory for a hundred times as much is not there.
    let error = weights::check_bytes(&{
        zip(&path, &[("data.pkl", vec![b'N'; 3_000_000])]);
        std::fs::read(&path).unwrap()
    });
    assert!(error.unwrap_err().to_string().contains("may be used here"));
}

/// Every file cut at any place, and with any byte changed, is read or refused.
#[test]
fn damage_is_an_error_and_no_panic() {
    for name in ["seq.keras", "seq.pt", "row.npz"] {
        let whole = std::fs::read(golden(name)).unwrap();
        // It is read to the end: one of the two networks that it is tried for has no biases.
        assert!(weights::check_bytes(&whole).unwrap_err().to_string().contains("has biases, the network has none"));
        let step = whole.len() / 500 + 1;
        for at in (0..whole.len()).step_by(step) {
            let _ = weights::check_bytes(&whole[..at]);
            for change in [0x01, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] ^= change;
                let _ = weights::check_bytes(&changed);
            }
        }
    }
}
