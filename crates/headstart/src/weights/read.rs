//! Weights from a file, whoever wrote it.

use super::naming::{bare, stem};
use super::tensor::{Content, Tensor, Tensors, by, dotted, insert};
use super::zipped::Zipped;
use super::{Naming, Number, keras, npz, torch};
use crate::data::memory::Budget;
use crate::error::Error;
use crate::io::{Unread, read_at_most};
use crate::words::{self, foreign, printable};
use headstart_engine::activation::Activation;
use headstart_engine::init::Given;
use headstart_engine::network::{Layer, LayerParameters, Loss, Network, Output, Parameters};
use ndarray::{Array1, Array2};
use safetensors::SafeTensors;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

/// What the names and shapes of tensors take in a file, at most (the format's own limit).
const HEADER: u64 = 100_000_000;

/// Bytes for each number of the network: in float64, and as much again for each of what an optimizer keeps.
const KEPT: u64 = 4 * 8;

/// How many names an error tells.
const TOLD: usize = 6;

/// Reads the weights and biases of a network from a file: safetensors, Keras (`.keras`, `.weights.h5`, `.h5`), `PyTorch` (`.pt`,
/// `.pth`, of which nothing is run) or `NumPy` (`.npz`), told by its content.
///
/// The names may be of any [`Naming`], with anything before them (`model.0.weight`, `sequential/dense/kernel`), dots in
/// the place of slashes, and the numbers any [`Number`]. Weights that have one name but for its numbers are layers in the order of
/// those (`fc2.weight`, `net.3.weight`, `sequential_1/dense_3/kernel:0`, `layers/dense_1/vars/0`). Without `with_biases` those of
/// the file are not looked at, because they are drawn.
///
/// # Errors
/// If the file cannot be read, if a layer is missing, too many or of another shape, or if a number is not finite.
pub fn read(path: &Path, network: &Network, with_biases: bool) -> Result<Parameters, Error> {
    let problem = |problem: String| Error::Weights { path: path.display().to_string(), problem };
    let limit = HEADER + KEPT * network.parameter_count() as u64;
    let bytes = read_at_most(path, limit).map_err(|unread| {
        problem(match unread {
            Unread::TooLarge { .. } => "it is larger than the weights of such a network can be".to_owned(),
            other => format!("cannot be read: {other}"),
        })
    })?;
    from_bytes(&bytes, network, with_biases, &Budget::of(2 * limit)).map_err(problem)
}

/// Reads the weights of a small network (2-3-1, without biases and with them) from a file's bytes, and keeps nothing of them. For
/// programs that try the reader on damaged files.
///
/// # Errors
/// As [`read`]: whatever the bytes are, there is an error or none, but no panic, and no more memory than a few megabytes besides a few
/// times as many as there are bytes.
pub fn check_bytes(bytes: &[u8]) -> Result<(), Error> {
    const MEMORY: u64 = 4_000_000;
    let [without, with] = [false, true].map(|with_biases| {
        let network =
            Network::new(&[2, 3, 1], &[Activation::Tanh], Output::Sigmoid, Loss::BinaryCrossEntropy, with_biases)?;
        let problem = |problem| Error::Weights { path: "the file".to_owned(), problem };
        let budget = Budget::of(MEMORY + 4 * bytes.len() as u64);
        from_bytes(bytes, &network, with_biases, &budget).map(drop).map_err(problem)
    });
    without.and(with)
}

fn from_bytes(bytes: &[u8], network: &Network, with_biases: bool, budget: &Budget) -> Result<Parameters, String> {
    let mut tensors = tensors(bytes, network, budget)?;
    let names = find(&tensors, network)?;
    let (mut layers, mut learned) = (Vec::<LayerParameters>::new(), 0);
    for (l, layer) in network.layers().enumerate() {
        let [weights_name, biases_name] = names.of(l);
        let weights = tensors.remove(&weights_name).ok_or_else(|| {
            let count = network.layers().len();
            let (missing, there) = (foreign(&weights_name), told(&tensors));
            format!("there is no {missing}: the network has {count} layers of weights, and left in the file is {there}")
        })?;
        let biases = tensors.remove(&biases_name);
        let weights = of_weights(&weights, names.naming, l, &layer)?;
        let biases = match biases {
            _ if !with_biases && network.has_biases() => Array1::zeros(layer.fan_out),
            Some(biases) if network.has_biases() => of_biases(&biases, l, &layer)?,
            Some(biases) => {
                return Err(format!(
                    "{} has biases, the network has none; leave out --bias none",
                    foreign(&biases.name)
                ));
            }
            None if network.has_biases() => {
                return Err(format!(
                    "there is no {}; give --bias none for a network without biases, or say where they start, as in --bias 0",
                    foreign(&biases_name)
                ));
            }
            None => Array1::zeros(0),
        };
        let slope = if layer.slope.is_empty() {
            None
        } else {
            learned += 1;
            tensors.remove(&names.of_slope(l, learned - 1))
        };
        let slope = slope.map(|tensor| of_slope(&tensor, l)).transpose()?;
        let norms = if layer.norms.is_empty() { None } else { tensors.remove(&names.of_norms(l)) };
        let norms = match norms {
            Some(tensor) => numbers(&tensor, l, &[layer.norms.len()], "gains, shifts and running numbers")?.into(),
            // They start where they do.
            None => Array1::zeros(0),
        };
        layers.push(LayerParameters { weights, biases, slope, norms });
    }
    slopes_in_order(&mut tensors, network, &mut layers)?;
    if !tensors.is_empty() {
        let widths: Vec<String> = network.widths().iter().map(ToString::to_string).collect();
        return Err(format!("--layers {} has no place for {}", widths.join(","), told(&tensors)));
    }
    Ok(Parameters(layers))
}

/// Learned slopes that are called otherwise: if all are missing, what is left are they, in the order of the numbers in its names. If
/// there are none at all they start where their activation says.
fn slopes_in_order(tensors: &mut Tensors, network: &Network, layers: &mut [LayerParameters]) -> Result<(), String> {
    let learned: Vec<usize> =
        network.layers().enumerate().filter(|(_, layer)| !layer.slope.is_empty()).map(|(l, _)| l).collect();
    if tensors.len() != learned.len() || learned.iter().any(|l| layers[*l].slope.is_some()) {
        return Ok(());
    }
    let numbers = |name: &str| -> Vec<u64> { name.split('.').filter_map(numbered).map(|(_, number)| number).collect() };
    let mut left: Vec<Tensor> = std::mem::take(tensors).into_values().collect();
    left.sort_by_key(|tensor| numbers(&dotted(&tensor.name)));
    for (l, tensor) in learned.into_iter().zip(left) {
        layers[l].slope = Some(of_slope(&tensor, l)?);
    }
    Ok(())
}

/// What tensors a file has, whoever wrote it.
fn tensors<'a>(bytes: &'a [u8], network: &Network, budget: &Budget) -> Result<Tensors<'a>, String> {
    if bytes.starts_with(b"PK\x03\x04") {
        let zip = Zipped::open(bytes)?;
        return match torch::pickle_in(&zip) {
            Some(pickle) => torch::tensors(zip, &pickle, budget),
            None if zip.names().iter().any(|name| name == keras::WEIGHTS) => keras::archive(zip, budget),
            None => {
                let arrays = npz::arrays(bytes.to_vec(), |_| true, budget)?;
                if find(&arrays, network).is_ok() { Ok(arrays) } else { npz::arranged(arrays, network) }
            }
        };
    }
    if hdf5_pure::is_hdf5_bytes(bytes) {
        return keras::hdf5(bytes.to_vec(), budget);
    }
    if torch::is_legacy(bytes) {
        return Err(torch::LEGACY.to_owned());
    }
    if bytes.starts_with(b"\x93NUMPY") {
        return Err(
            "it is one array (NPY) and not the weights of a network: np.savez writes several, as W1, b1, W2, b2"
                .to_owned(),
        );
    }
    let file = SafeTensors::deserialize(bytes).map_err(|error| {
        format!("it is not a safetensors file, or a damaged one: {}", printable(&error.to_string()))
    })?;
    let mut tensors = Tensors::new();
    for (name, view) in file.tensors() {
        let content = match Number::of(view.dtype()) {
            Some(number) => Content::Bytes(number, view.data()),
            None => Content::Other(format!("{:?}", view.dtype())),
        };
        insert(&mut tensors, Tensor { name, shape: view.shape().to_vec(), content })?;
    }
    Ok(tensors)
}

/// The same start, with its numbers read if nobody has done so.
pub(crate) fn given(given: &Given, network: &Network, with_biases: bool) -> Result<Given, Error> {
    let mut given = given.clone();
    if given.parameters.is_none() {
        given.parameters = Some(Arc::new(read(Path::new(&given.name), network, with_biases)?));
    }
    Ok(given)
}

/// The metadata of a safetensors file, if it is one and has some.
pub(super) fn metadata(path: &Path) -> Option<HashMap<String, String>> {
    const MOST: u64 = 1 << 32;
    let bytes = read_at_most(path, MOST).ok()?;
    let (_, about) = SafeTensors::read_metadata(&bytes).ok()?;
    about.metadata().clone()
}

/// Whose names a file has, and what stands before all of them.
struct Names {
    naming: Naming,
    prefix: String,
    /// The layers as they are called, where they are in the order of some numbers; none where all numbers are those of `naming`.
    stems: Vec<String>,
}

impl Names {
    /// What the weights and the biases of a layer are called.
    fn of(&self, layer: usize) -> [String; 2] {
        match self.stems.get(layer) {
            Some(stem) if self.naming.inputs_first() => [format!("{stem}.kernel"), format!("{stem}.bias")],
            Some(stem) => [format!("{stem}.weight"), format!("{stem}.bias")],
            None => stem(self.naming, layer).map(|name| format!("{}{name}", self.prefix)),
        }
    }

    /// What the parameters of the normalizations before a layer are called.
    fn of_norms(&self, layer: usize) -> String {
        format!("{}{}", self.prefix, bare(&self.naming.norms(layer)))
    }

    /// What the slope of a layer is called, which is the `nth` that is learned.
    fn of_slope(&self, layer: usize, nth: usize) -> String {
        format!("{}{}", self.prefix, bare(&self.naming.slope(layer, nth)))
    }
}

/// The layers whose weights have one name but for the numbers at the ends of its parts, in the order of these, and a naming that is
/// the same way round. `PyTorch` counts what has no weights, too, Keras counts on from model to model, and starts without a number;
/// members of a module are as people call them, `fc1`, or in a list.
fn in_order(tensors: &Tensors) -> Option<(Naming, Vec<String>)> {
    let mut layers = Vec::new();
    let mut families = BTreeSet::new();
    for (name, _) in tensors.iter().filter(|(_, tensor)| tensor.shape.len() == 2) {
        // No other matrix is known.
        let (stem, what) = name.rsplit_once('.').filter(|(_, what)| ["kernel", "weight"].contains(what))?;
        let (names, numbers): (Vec<&str>, Vec<u64>) =
            stem.split('.').map(numbered).collect::<Option<Vec<_>>>()?.into_iter().unzip();
        families.insert((what, names));
        layers.push((numbers, stem.to_owned()));
    }
    let [(what, _)] = families.into_iter().collect::<Vec<_>>().try_into().ok()?;
    layers.sort_unstable();
    // Of several numbers, as in dense_2/dense_2, none may say another order.
    let one_order = layers.windows(2).all(|two| {
        let [a, b] = [&two[0].0, &two[1].0];
        a != b && a.iter().zip(b).all(|(a, b)| a <= b)
    });
    let naming = if what == "kernel" { Naming::Keras } else { Naming::PyTorch };
    one_order.then(|| (naming, layers.into_iter().map(|(_, stem)| stem).collect()))
}

/// A part of a name, and the number at its end; one without, which is Keras' first, may be there beside those with one.
fn numbered(part: &str) -> Option<(&str, u64)> {
    let name = part.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = format!("0{}", &part[name.len()..]).parse().ok()?;
    Some((name.trim_end_matches('_'), number))
}

/// The naming that has most of the network's layers.
fn find(tensors: &Tensors, network: &Network) -> Result<Names, String> {
    let mut best: Option<(usize, Names)> = None;
    for naming in Naming::ALL {
        let [first, _] = stem(naming, 0);
        let prefixes = tensors.keys().filter_map(|name| name.strip_suffix(&first));
        for prefix in prefixes.filter(|prefix| prefix.is_empty() || prefix.ends_with('.')) {
            let has = |l: &usize| tensors.contains_key(&format!("{prefix}{}", stem(naming, *l)[0]));
            let found = (0..network.layers().len()).filter(has).count();
            if best.as_ref().is_none_or(|(most, _)| found > *most) {
                best = Some((found, Names { naming, prefix: prefix.to_owned(), stems: Vec::new() }));
            }
        }
    }
    if let Some((naming, stems)) = in_order(tensors)
        && stems.len() > best.as_ref().map_or(0, |(found, _)| *found)
    {
        let (there, needed) = (stems.len(), network.layers().len());
        if there < needed {
            let there = words::many(there as u64, "layer");
            return Err(format!("it has the weights of {there}, {}, but the network has {needed}", told(tensors)));
        }
        return Ok(Names { naming, prefix: String::new(), stems });
    }
    best.map(|(_, names)| names).ok_or_else(|| {
        let known: Vec<String> = Naming::ALL.iter().map(|naming| format!("{} ({naming})", naming.weights(0))).collect();
        format!(
            "the first layer's weights are not in it: there is {}, looked for is {}, or names that are one but for their numbers, \
             as fc1.weight and fc2.weight",
            told(tensors),
            known.join(", ")
        )
    })
}

/// Some names, for a message.
fn told(tensors: &Tensors) -> String {
    let mut names: Vec<String> = tensors.values().take(TOLD).map(|tensor| foreign(&tensor.name)).collect();
    if names.is_empty() {
        names.push("nothing".to_owned());
    }
    if tensors.len() > TOLD {
        names.push("...".to_owned());
    }
    names.join(", ")
}

fn of_weights(tensor: &Tensor, naming: Naming, l: usize, layer: &Layer) -> Result<Array2<f64>, String> {
    let (rows, columns) =
        if naming.inputs_first() { (layer.fan_in, layer.fan_out) } else { (layer.fan_out, layer.fan_in) };
    let order = if naming.inputs_first() { "inputs x outputs" } else { "outputs x inputs" };
    let numbers = numbers(tensor, l, &[rows, columns], order)?;
    let matrix = Array2::from_shape_vec((rows, columns), numbers).expect("as many numbers as the shape says");
    Ok(if naming.inputs_first() { matrix.t().as_standard_layout().into_owned() } else { matrix })
}

fn of_biases(tensor: &Tensor, l: usize, layer: &Layer) -> Result<Array1<f64>, String> {
    numbers(tensor, l, &[layer.fan_out], "outputs").map(Array1::from)
}

fn of_slope(tensor: &Tensor, l: usize) -> Result<f64, String> {
    match tensor.shape.iter().product() {
        1_usize => numbers(tensor, l, &tensor.shape, "one number").map(|numbers| numbers[0]),
        _ => Err(format!(
            "{} is {}, but prelu learns one slope for all units of a layer, as PyTorch's PReLU() and Keras's              PReLU(shared_axes=[1]) do",
            foreign(&tensor.name),
            by(&tensor.shape)
        )),
    }
}

/// The numbers of a tensor that is to have this shape.
fn numbers(tensor: &Tensor, l: usize, shape: &[usize], order: &str) -> Result<Vec<f64>, String> {
    let name = foreign(&tensor.name);
    if tensor.shape != shape {
        return Err(format!(
            "{name} is {}, but layer {} of the network needs {} ({order}); see --layers",
            by(&tensor.shape),
            l + 1,
            by(shape)
        ));
    }
    let numbers = match &tensor.content {
        Content::Bytes(number, bytes) => number.read(bytes),
        Content::Numbers(numbers) => numbers.clone(),
        Content::Other(kind) => {
            return Err(format!("{name} is of type {kind}; weights are {}", Number::NAMES.join(", ")));
        }
    };
    match numbers.iter().position(|x| !x.is_finite()) {
        Some(at) => Err(format!("{name} has {} as number {}; weights are finite", numbers[at], at + 1)),
        None => Ok(numbers),
    }
}
