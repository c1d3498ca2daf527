//! Weights in NumPy's files of named arrays (`.npz`), which say nothing of layers but what the names and the shapes do.

use super::Naming;
use super::naming::stem;
use super::tensor::{Content, Tensor, Tensors, by, insert};
use crate::data::content::Values;
use crate::data::memory::Budget;
use crate::words::foreign;
use headstart_engine::network::Network;
use std::collections::BTreeMap;

/// All arrays of a file of these bytes, be it NPZ or HDF5.
pub(super) fn arrays(
    bytes: Vec<u8>,
    wanted: impl Fn(&str) -> bool,
    budget: &Budget,
) -> Result<Tensors<'static>, String> {
    let mut file = crate::data::archive("the file", bytes, budget).map_err(|error| error.to_string())?;
    let mut all = Tensors::new();
    for name in file.names().into_iter().filter(|name| wanted(name)) {
        let array = file.array(&name).map_err(|error| error.to_string())?;
        let content = match array.values {
            Values::Numbers(numbers) => Content::Numbers(numbers),
            Values::Text(_) => Content::Other("text".to_owned()),
        };
        insert(&mut all, Tensor { name, shape: array.shape, content })?;
    }
    Ok(all)
}

/// Which arrays are the weights and which the biases, layer by layer, and which way round the weights are.
struct Reading {
    weights: Vec<String>,
    biases: Vec<String>,
    naming: Naming,
}

/// Arrays under the names of a framework, where numbers in their names and their shapes tell them apart: `W1, b1, W2, b2`,
/// `coefs_0, intercepts_0, ...`, or all in one row, `arr_0, arr_1, ...`, as `np.savez(file, *model.get_weights())` calls them.
/// Weights may be either way round, and biases rows or columns, as long as that leaves one reading only.
pub(super) fn arranged(mut all: Tensors<'static>, network: &Network) -> Result<Tensors<'static>, String> {
    let reading = reading(&all, network)?;
    let mut arranged = Tensors::new();
    let mut put = |from: &str, to: String, shape: Option<Vec<usize>>| {
        let mut tensor = all.remove(from).expect("every array has one place");
        tensor.shape = shape.unwrap_or(tensor.shape);
        arranged.insert(to, tensor);
    };
    for (l, (layer, weights)) in network.layers().zip(&reading.weights).enumerate() {
        let [weights_name, biases_name] = stem(reading.naming, l);
        put(weights, weights_name, None);
        if let Some(biases) = reading.biases.get(l) {
            put(biases, biases_name, Some(vec![layer.fan_out]));
        }
    }
    Ok(arranged)
}

fn reading(all: &Tensors, network: &Network) -> Result<Reading, String> {
    let mut readings = Vec::new();
    for (weights, biases) in candidates(all, network.layers().len()) {
        let biases_fit = network.layers().zip(&biases).all(|(layer, name)| {
            let shape = &all[name].shape;
            shape.len() <= 2 && shape.iter().product::<usize>() == layer.fan_out && shape.contains(&layer.fan_out)
        });
        for naming in [Naming::PyTorch, Naming::Keras] {
            let weights_fit = network.layers().zip(&weights).all(|(layer, name)| {
                let needed =
                    if naming.inputs_first() { [layer.fan_in, layer.fan_out] } else { [layer.fan_out, layer.fan_in] };
                all[name].shape == needed
            });
            if weights_fit && biases_fit {
                readings.push(Reading { weights: weights.clone(), biases: biases.clone(), naming });
            }
        }
    }
    let same_either_way = network.layers().all(|layer| (layer.fan_in, layer.fan_out) == (1, 1));
    match readings.len() {
        0 => Err(format!(
            "its arrays are {}, which cannot be the weights of --layers {}: looked for are W1, b1, W2, b2 and so on, or arr_0, arr_1 \
             and so on, weights and biases in turn, or the names of a framework, as 0.weight and 0.bias",
            told(all),
            network.widths().iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
        )),
        1 => Ok(readings.remove(0)),
        2 if same_either_way && readings[0].weights == readings[1].weights => Ok(readings.remove(0)),
        _ => Err("its arrays can be read in more than one way, as all weights are square or look like biases: say which is which by \
                  names, 0.weight (outputs x inputs) or dense/kernel (inputs x outputs), 0.bias or dense/bias"
            .to_owned()),
    }
}

/// What the weights and the biases may be, in the order of the numbers in their names.
fn candidates(all: &Tensors, layers: usize) -> Vec<(Vec<String>, Vec<String>)> {
    let mut families: BTreeMap<String, Vec<(Vec<u64>, String)>> = BTreeMap::new();
    for key in all.keys() {
        let (pattern, numbers) = pattern(key);
        families.entry(pattern).or_default().push((numbers, key.clone()));
    }
    let families: Vec<(String, Vec<String>)> = families
        .into_iter()
        .map(|(pattern, mut family)| {
            family.sort_unstable();
            (pattern, family.into_iter().map(|(_, key)| key).collect())
        })
        .collect();
    match families.as_slice() {
        [(_, one)] if one.len() == layers => vec![(one.clone(), Vec::new())],
        [(_, one)] if one.len() == 2 * layers => {
            let from = |first: usize| one.iter().skip(first).step_by(2).cloned().collect();
            vec![(from(0), from(1))]
        }
        [(a, first), (b, second)] if first.len() == layers && second.len() == layers => {
            let is_bias =
                |pattern: &str| ["b", "intercept"].iter().any(|word| pattern.to_lowercase().starts_with(word));
            let one_says = is_bias(a) != is_bias(b);
            let pairs = [(first, second, b), (second, first, a)].into_iter();
            pairs
                .filter(|(_, _, biases)| !one_says || is_bias(biases))
                .map(|(weights, biases, _)| (weights.clone(), biases.clone()))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// A name with a mark for each number in it, and the numbers.
fn pattern(name: &str) -> (String, Vec<u64>) {
    let (mut pattern, mut numbers, mut rest) = (String::new(), Vec::new(), name);
    while let Some(begin) = rest.find(|c: char| c.is_ascii_digit()) {
        let digits =
            rest[begin..].find(|c: char| !c.is_ascii_digit()).map_or(&rest[begin..], |end| &rest[begin..begin + end]);
        pattern.push_str(&rest[..begin]);
        pattern.push('#');
        numbers.push(digits.parse().unwrap_or(u64::MAX));
        rest = &rest[begin + digits.len()..];
    }
    pattern.push_str(rest);
    (pattern, numbers)
}

/// Some arrays with their shapes, for a message.
fn told(all: &Tensors) -> String {
    let mut told: Vec<String> =
        all.values().take(6).map(|tensor| format!("{} ({})", foreign(&tensor.name), by(&tensor.shape))).collect();
    if told.is_empty() {
        told.push("none".to_owned());
    }
    if all.len() > 6 {
        told.push("...".to_owned());
    }
    told.join(", ")
}
