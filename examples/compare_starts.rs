//! Which start ends better? Three of them with 20 seeds each, with intervals and corrected tests.
//!
//! cargo run --release --example `compare_starts`

use headstart::compare::compare;
use headstart::report::table;
use headstart::spec::TaskSpec;
use headstart::task::Task;

/// Prints the comparison.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let spec = TaskSpec::from_toml(
        r#"
        [data]
        data = "circles"
        [network]
        layers = [2, 10, 5, 1]
        [init]
        init = "normal:10,normal:0.1,he"
        seeds = 20
        [training]
        lr = 0.1
        steps = 1000
        "#,
    )?;
    let task = Task::new(spec)?;
    let runs = task.run_all(2);
    let comparison = compare(&runs, task.target());
    println!("{}", table::comparison(&comparison, task.tells_classes()));
    Ok(())
}
