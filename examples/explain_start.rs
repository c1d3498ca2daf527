//! Why does it not learn? What is wrong with a start, what decides, what to do, and the proof by running.
//!
//! cargo run --release --example `explain_start`

use headstart::explain::{explain_all, tasks, verify_all};
use headstart::host::Host;
use headstart::report::explanation;
use headstart::spec::TaskSpec;

/// Prints the explanation.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let spec = TaskSpec::from_toml(
        r#"
        [data]
        data = "circles"
        [network]
        layers = [2, 10, 5, 1]
        [init]
        init = "normal:0.1"
        [training]
        steps = 2000
        "#,
    )?;
    let (tasks, host) = (tasks(&spec)?, Host::here(2));
    let mut explanations = explain_all(&tasks, &host)?.expect("nobody stops it");
    verify_all(&tasks, &mut explanations, &host)?;
    println!("{}", explanation::document(&explanations, tasks[0].steps() as u64));
    Ok(())
}
