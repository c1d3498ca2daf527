//! Where to start, for this data and this network, with the evidence.
//!
//! cargo run --release --example `advise_start`

use headstart::advise::{Question, advise, task};
use headstart::host::Host;
use headstart::report::advice;
use headstart::spec::TaskSpec;

/// Prints the advice.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let spec = TaskSpec::from_toml(
        r#"
        [data]
        data = "circles"
        [network]
        layers = [2, 10, 5, 1]
        [training]
        lr = 0.05
        steps = 500
        "#,
    )?;
    let question = Question { spec, search_lr: false, budget: None };
    let task = task(&question)?;
    let advice = advise(&question, &task, &Host::here(2))?.expect("nobody stops it");
    println!("{}", advice::document(&advice, false));
    Ok(())
}
