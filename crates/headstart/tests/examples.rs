//! The programs in `examples/` run, and so do their ends: whatever goes wrong is an error of theirs.

#[path = "../../../examples/advise_any_trainer.rs"]
mod advise_any_trainer;
#[path = "../../../examples/advise_start.rs"]
mod advise_start;
#[path = "../../../examples/compare_starts.rs"]
mod compare_starts;
#[path = "../../../examples/explain_any_model.rs"]
mod explain_any_model;
#[path = "../../../examples/explain_start.rs"]
mod explain_start;
#[path = "../../../examples/write_weights.rs"]
mod write_weights;

#[test]
fn starts_are_compared() {
    compare_starts::main().unwrap();
}

#[test]
fn a_start_is_explained() {
    explain_start::main().unwrap();
}

#[test]
fn a_start_is_advised() {
    advise_start::main().unwrap();
}

#[test]
fn weights_are_written() {
    write_weights::main().unwrap();
}

#[test]
fn a_model_that_others_train_is_explained() {
    explain_any_model::main().unwrap();
}

#[test]
fn for_a_model_that_others_train_a_start_is_advised() {
    advise_any_trainer::main().unwrap();
}
