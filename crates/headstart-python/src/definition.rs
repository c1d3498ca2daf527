//! The definition of all flags, as Python makes keywords of it.

use clap::{Arg, ArgAction, Command};
use headstart_cli::commands;
use headstart_cli::files::Kind;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use std::any::TypeId;

/// What shows or prints, and means nothing in Python.
const TERMINAL: [&str; 5] = ["format", "print-config", "list", "help", "version"];

/// All commands that do something, each a dict of `words`, `about`, `more` and `flags`, and each of these one of `name`, `flag`, `type`,
/// `action`, `help`, `more`, `section`, `default` and `required`.
#[pyfunction]
pub fn definition(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let commands = PyList::empty(py);
    let mut open: Vec<(Vec<String>, Command)> = vec![(Vec::new(), commands::definition(&[]))];
    while let Some((words, mut command)) = open.pop() {
        command.build();
        if command.has_subcommands() {
            let below =
                command.get_subcommands().filter(|below| !["help", "completions", "lab"].contains(&below.get_name()));
            open.extend(
                below.map(|below| ([words.clone(), vec![below.get_name().to_owned()]].concat(), below.clone())),
            );
            continue;
        }
        let told = PyDict::new(py);
        told.set_item("words", words)?;
        told.set_item("about", command.get_about().map(ToString::to_string))?;
        told.set_item("more", command.get_after_help().map(ToString::to_string))?;
        let flags = PyList::empty(py);
        for arg in command.get_arguments().filter(|arg| !is_of_the_terminal(arg)) {
            flags.append(flag(py, arg)?)?;
        }
        told.set_item("flags", flags)?;
        commands.append(told)?;
    }
    Ok(commands)
}

/// Also what the help has not, but for `--data` where it stands alone.
fn is_of_the_terminal(arg: &Arg) -> bool {
    let name = arg.get_long().unwrap_or_default();
    TERMINAL.contains(&name)
        || arg.is_hide_set() && name != "data"
        || arg.is_positional() && Kind::of(arg) == Kind::Source
}

fn flag<'py>(py: Python<'py>, arg: &Arg) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    let name = arg.get_long().unwrap_or(arg.get_id().as_str());
    told.set_item("name", name.replace('-', "_"))?;
    told.set_item("flag", arg.get_long())?;
    told.set_item("type", kind(arg))?;
    let action = match arg.get_action() {
        ArgAction::SetTrue => "true",
        ArgAction::Append if arg.is_positional() => "several",
        ArgAction::Append if arg.get_value_delimiter().is_none() => "again",
        _ if arg.get_num_args().is_some_and(|count| count.max_values() > 1) => "several",
        _ => "once",
    };
    told.set_item("action", action)?;
    told.set_item("help", arg.get_help().map(ToString::to_string))?;
    told.set_item("more", arg.get_long_help().map(ToString::to_string))?;
    told.set_item("section", arg.get_help_heading())?;
    let default: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    told.set_item("default", default.first())?;
    told.set_item("required", arg.is_required_set())?;
    Ok(told)
}

/// What a value is.
pub fn kind(arg: &Arg) -> &'static str {
    if !arg.get_action().takes_values() {
        return "bool";
    }
    match Kind::of(arg) {
        Kind::Output | Kind::Input | Kind::Store | Kind::Folder | Kind::Config => return "path",
        Kind::Source => return "source",
        Kind::Inits => return "list",
        Kind::Axis => return "axis",
        Kind::Other => {}
    }
    let of_type = arg.get_value_parser().type_id();
    let kinds = [
        (TypeId::of::<usize>(), "int"),
        (TypeId::of::<u64>(), "int"),
        (TypeId::of::<f64>(), "float"),
        (TypeId::of::<[usize; 2]>(), "pair"),
        (TypeId::of::<[u64; 2]>(), "pair"),
    ];
    let numbers = arg.get_value_delimiter().is_some();
    match kinds.into_iter().find(|(id, _)| of_type == *id) {
        Some((_, "float" | "int")) if numbers => "floats",
        Some((_, kind)) => kind,
        None => "str",
    }
}
