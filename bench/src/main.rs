//! Times one item of the benchmarks: reads it as JSON from standard input, prints seconds per step of one network.
//!
//! Run by `bench/run.py`, which does the same work in the peers. With `gpu` it says which GPU there is, and how many multiply-adds it does in
//! a second.

use headstart::error::Error;
use headstart::executor::{Batch, Executor};
use headstart::host::Host;
use headstart::spec::TaskSpec;
use headstart::task::Job;
use headstart::task::Task;
use headstart_gpu::Gpu;
use serde::Deserialize;
use std::time::Instant;

/// Steps of the short run: enough for it to go the same way through the first layer as the long one.
const SHORT: usize = 5;

/// Some trainings.
#[derive(Deserialize)]
struct Item {
    /// The samples, as NPZ.
    data: String,
    #[serde(default)]
    layers: Vec<usize>,
    #[serde(default)]
    activation: String,
    /// In the place of layers and activation, piece by piece, and the shape of its samples.
    #[serde(default)]
    network: Option<String>,
    #[serde(default)]
    shape: Option<String>,
    /// `bce`, `ce` or `mse`.
    loss: String,
    biases: bool,
    batch: Option<usize>,
    adam: bool,
    precision: String,
    steps: usize,
    networks: usize,
    /// The learning rates of the networks, over and over again.
    lrs: Vec<f64>,
    /// The gains of their first weights, over and over again.
    gains: Vec<f64>,
    threads: usize,
    /// Whether a GPU does it: the one that `HEADSTART_GPU` names, or the best.
    #[serde(default)]
    gpu: bool,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wanted = std::env::var("HEADSTART_GPU").ok();
    if std::env::args().nth(1).as_deref() == Some("gpu") {
        let gpu = Gpu::open(wanted.as_deref(), 1)?;
        println!("{}\n{}", gpu.device().ok_or("it does not say what it is")?, gpu.peak()?);
        return Ok(());
    }
    let item: Item = serde_json::from_reader(std::io::stdin())?;
    let gpu = if item.gpu { Some(Gpu::open(wanted.as_deref(), item.threads)?) } else { None };
    if let Some(gpu) = &gpu {
        // Its kernels are made, and how fast it is becomes known.
        seconds(&item, Some(gpu), SHORT)?;
        seconds(&item, Some(gpu), SHORT + item.steps)?;
        if let [remark, ..] = &gpu.remarks()[..] {
            return Err(remark.clone().into());
        }
    }
    let gpu = gpu.as_ref();
    let short = seconds(&item, gpu, SHORT)?;
    let long = seconds(&item, gpu, SHORT + item.steps)?;
    println!("{}", (long - short) / (item.steps * item.networks) as f64);
    Ok(())
}

/// The time of all networks with so many steps, without that of loading the data.
fn seconds(item: &Item, gpu: Option<&Gpu>, steps: usize) -> Result<f64, Error> {
    let (kind, output) = match item.loss.as_str() {
        "bce" => ("binary", "sigmoid"),
        "ce" => ("classes", "softmax"),
        _ => ("regression", "identity"),
    };
    let spec = |lr: f64, gain: f64| {
        let batch = item.batch.map_or_else(String::new, |batch| format!("batch = {batch}\n"));
        let shape = item.shape.as_ref().map_or_else(String::new, |shape| format!("shape = \"{shape}\"\n"));
        let network = match &item.network {
            Some(network) => format!("network = \"{network}\""),
            None => format!("layers = {:?}\nactivation = \"{}\"", item.layers, item.activation),
        };
        let text = format!(
            "[data]\ndata = {}\ntask = \"{kind}\"\n{shape}\
             [network]\n{network}\noutput = \"{output}\"\nloss = \"{}\"\n\
             [init]\ninit = \"lecun:{gain}\"\nbias = \"{}\"\nseeds = {}\n\
             [training]\nlr = {lr}\nsteps = {steps}\nrecord-every = {steps}\noptimizer = \"{}\"\n{}\n\
             {batch}",
            toml::Value::from(item.data.as_str()),
            item.loss,
            if item.biases { "0" } else { "none" },
            item.networks,
            if item.adam { "adam" } else { "gd" },
            if item.gpu { "device = \"gpu\"".to_owned() } else { format!("precision = \"{}\"", item.precision) },
        );
        TaskSpec::from_toml(&text)
    };
    let first = Task::new(spec(item.lrs[0], item.gains[0])?)?;
    let kinds = item.lrs.len().max(item.gains.len());
    let vary = |i: usize| first.vary(spec(item.lrs[i % item.lrs.len()], item.gains[i % item.gains.len()])?);
    let tasks = (0..kinds).map(vary).collect::<Result<Vec<_>, _>>()?;
    let job = |i: usize| -> Job<'_> { tasks[i % kinds].job(i) };
    let begin = Instant::now();
    let host = gpu.map_or_else(|| Host::here(item.threads), |gpu| Host::of(gpu, item.threads));
    host.run(&Batch::new(item.networks, job), |_| ())?;
    Ok(begin.elapsed().as_secs_f64())
}
