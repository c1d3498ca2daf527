//! Draws a start, trains from it, and writes both as safetensors for another framework.
//!
//! cargo run --release --example `write_weights`

use headstart::host::Host;
use headstart::save::{initial, train};
use headstart::spec::TaskSpec;
use headstart::task::Task;
use headstart::weights::Format;

/// Writes both files into the folder for what is temporary.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let spec = TaskSpec::from_toml(
        r#"
        [data]
        data = "moons"
        [network]
        layers = [2, 20, 1]
        activation = "gelu"
        [init]
        init = "critical"
        seed = 7
        [training]
        optimizer = "adam"
        steps = 200
        "#,
    )?;
    let folder = std::env::temp_dir();
    let start = initial(&spec)?.write(&folder.join("start.safetensors"), Format::default())?;
    let (run, weights) = train(&Task::new(spec)?, &Host::here(1))?.expect("nobody stops it");
    let trained = weights.write(&folder.join("trained.safetensors"), Format::default())?;
    println!("{} and {}, with a loss of {}", start.file, trained.file, run.train.loss);
    Ok(())
}
