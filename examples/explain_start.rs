//! Why does it not learn? What is wrong with a start, what decides, what to do, and the proof by running.
//!
//! cargo run --release --example `explain_start`

use headstart::explain::check::Plan;
use headstart::explain::{explain, tasks, verify};
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
    let (task, host) = (tasks(&spec)?.remove(0), Host::here(2));
    let mut explanation = explain(&task, &host)?.expect("nobody stops it");
    verify(&Plan::new(&task, &explanation)?, &mut explanation, &host)?;
    println!("{}", explanation::text(&[explanation], task.steps() as u64));
    Ok(())
}
