//! Which array of a file is what, by their names.

use crate::data::DataError;
use crate::data::content::listed;
use crate::data::spec::DataSpec;
use crate::words;

/// What a file is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Train,
    Test,
}

/// The names of the arrays with samples and labels.
#[derive(Debug, PartialEq)]
pub(super) struct Keys {
    pub(super) main: (String, String),
    pub(super) test: Option<(String, String)>,
}

impl Keys {
    pub(super) fn find(spec: &DataSpec, file: &str, names: &[String], role: Role) -> Result<Self, DataError> {
        let find = |key: &Option<String>, variable, role| match key {
            Some(key) => existing(file, names, key, role),
            None => only(file, names, variable, role),
        };
        let main = (find(&spec.x_key, Variable::X, role)?, find(&spec.y_key, Variable::Y, role)?);
        // The file has test data as well if the same search for it ends elsewhere.
        let test = match (find(&spec.x_key, Variable::X, Role::Test), find(&spec.y_key, Variable::Y, Role::Test)) {
            (Ok(x), Ok(y)) if x != main.0 && y != main.1 => Some((x, y)),
            _ => None,
        };
        Ok(Self { main, test })
    }
}

/// The one array that samples and labels can be columns of.
pub(super) fn sole(spec: &DataSpec, names: &[String]) -> Option<String> {
    match (&spec.x_key, &spec.y_key, names) {
        (Some(key), None, names) if names.contains(key) => Some(key.clone()),
        (None, None, [only]) => Some(only.clone()),
        _ => None,
    }
}

/// The array of samples in a file whose labels are elsewhere.
pub(super) fn sole_x(spec: &DataSpec, file: &str, names: &[String], role: Role) -> Result<String, DataError> {
    match (&spec.x_key, names) {
        (Some(key), _) => existing(file, names, key, role),
        (None, [name]) => Ok(name.clone()),
        (None, _) => only(file, names, Variable::X, role),
    }
}

/// The array of that name; for test data rather the one whose name has `test` for `train`.
pub(super) fn existing(file: &str, names: &[String], key: &str, role: Role) -> Result<String, DataError> {
    let test = key.replace("train", "test");
    let wanted = if role == Role::Test && names.contains(&test) { &test } else { key };
    if names.iter().any(|name| name == wanted) {
        return Ok(wanted.to_owned());
    }
    let (file, key) = (words::in_a_line(file), words::foreign(key));
    Err(DataError::Usage(format!("{file} has no array \"{key}\"; {}", arrays(names))))
}

fn arrays(names: &[String]) -> String {
    if names.is_empty() { "it holds none".to_owned() } else { format!("its arrays are {}", listed(names)) }
}

/// Samples or labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    X,
    Y,
}

/// The words of an array's name, in lower case: `train_set_x` is train, set, x.
fn words_of(name: &str) -> Vec<String> {
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn variable(words: &[String]) -> Option<Variable> {
    [words.last(), words.first()].into_iter().flatten().find_map(|word| match word.as_str() {
        "x" => Some(Variable::X),
        "y" => Some(Variable::Y),
        _ => None,
    })
}

/// What an array's name says it is for; `None` if it does not say, or says neither (validation).
fn role(words: &[String]) -> Result<Option<Role>, ()> {
    for word in words {
        match word.as_str() {
            "train" | "training" => return Ok(Some(Role::Train)),
            "test" | "testing" => return Ok(Some(Role::Test)),
            "val" | "valid" | "validation" | "dev" => return Err(()),
            _ => {}
        }
    }
    Ok(None)
}

/// The one array that holds the samples (or labels) for a role, going by the names. An array for that very role comes
/// first, then one that does not say, then one for the other role: the test file of a data set is data, too.
pub(super) fn only(file: &str, names: &[String], wanted: Variable, wanted_role: Role) -> Result<String, DataError> {
    let candidates = |which: Option<Role>| -> Vec<&String> {
        let fits = |words: Vec<String>| variable(&words) == Some(wanted) && role(&words) == Ok(which);
        let found: Vec<&String> = names.iter().filter(|name| fits(words_of(name))).collect();
        // What is in a group within a group may be the same again, linked.
        let depth = |name: &str| name.matches('/').count();
        let least = found.iter().map(|name| depth(name)).min();
        found.into_iter().filter(|name| Some(depth(name)) == least).collect()
    };
    let other = if wanted_role == Role::Train { Role::Test } else { Role::Train };
    let found = [Some(wanted_role), None, Some(other)].map(candidates).into_iter().find(|found| !found.is_empty());
    let (letter, what) = match wanted {
        Variable::X => ("x", "samples"),
        Variable::Y => ("y", "labels"),
    };
    let file = words::in_a_line(file);
    match found.unwrap_or_default().as_slice() {
        [name] => Ok((*name).clone()),
        [] => Err(DataError::Usage(format!(
            "{file} has no array whose name says that it holds the {what} (like {letter}, train_{letter}, \
             {letter}_train): name it by --{letter}-key; {}",
            arrays(names)
        ))),
        several => {
            let several: Vec<String> = several.iter().map(|&name| name.clone()).collect();
            Err(DataError::Usage(format!(
                "{file} has several arrays that could hold the {what} ({}): choose by --{letter}-key",
                listed(&several)
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str], role: Role) -> Result<Keys, DataError> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        Keys::find(&DataSpec::default(), "a.npz", &names, role)
    }

    fn pair(x: &str, y: &str) -> (String, String) {
        (x.to_owned(), y.to_owned())
    }

    #[test]
    fn names_tell_what_arrays_hold() {
        let keras = keys(&["x_test", "x_train", "y_train", "y_test"], Role::Train).unwrap();
        assert_eq!(keras, Keys { main: pair("x_train", "y_train"), test: Some(pair("x_test", "y_test")) });
        let course = keys(&["list_classes", "test_set_x", "test_set_y"], Role::Test).unwrap();
        assert_eq!(course, Keys { main: pair("test_set_x", "test_set_y"), test: None });
        assert_eq!(keys(&["list_classes", "train_set_x", "train_set_y"], Role::Train).unwrap().main.0, "train_set_x");
        assert_eq!(keys(&["X", "Y"], Role::Train).unwrap().main, pair("X", "Y"));
        assert_eq!(keys(&["X", "y"], Role::Test).unwrap().main, pair("X", "y"));
        assert_eq!(keys(&["g/cats_x", "g/cats_y", "g/x_val", "g/y_val"], Role::Train).unwrap().main.1, "g/cats_y");
        assert_eq!(keys(&["x", "y", "x_test", "y_test"], Role::Train).unwrap().test, Some(pair("x_test", "y_test")));
        assert_eq!(keys(&["g/X", "g/Y", "g/me/X", "g/me/Y"], Role::Train).unwrap().main, pair("g/X", "g/Y"));
        assert_eq!(keys(&["x_test", "y_test"], Role::Train).unwrap().test, None);
    }

    #[test]
    fn unclear_names_ask_for_a_key() {
        let error = keys(&["arr_0", "arr_1"], Role::Train).unwrap_err();
        assert!(error.is_usage());
        assert_eq!(
            error.to_string(),
            "a.npz has no array whose name says that it holds the samples (like x, train_x, x_train): name it by \
             --x-key; its arrays are arr_0, arr_1"
        );
        let error = keys(&["a_x", "b_x", "y"], Role::Train).unwrap_err().to_string();
        assert_eq!(error, "a.npz has several arrays that could hold the samples (a_x, b_x): choose by --x-key");
    }

    #[test]
    fn given_keys_lead_to_the_test_arrays_as_well() {
        let names = ["img_train", "img_test", "lab_train", "lab_test"].map(str::to_owned);
        let spec = DataSpec { x_key: Some("img_train".into()), y_key: Some("lab_train".into()), ..DataSpec::default() };
        let keys = Keys::find(&spec, "a.npz", &names, Role::Train).unwrap();
        assert_eq!(keys, Keys { main: pair("img_train", "lab_train"), test: Some(pair("img_test", "lab_test")) });
        let spec = DataSpec { x_key: Some("img".into()), ..spec };
        let error = Keys::find(&spec, "a.npz", &names, Role::Train).unwrap_err().to_string();
        assert!(error.starts_with("a.npz has no array \"img\"; its arrays are img_train"), "{error}");
    }
}
