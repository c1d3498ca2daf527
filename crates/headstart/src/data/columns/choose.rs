//! Which columns of a table are labels, and of which features are made.

use super::select::Chosen;
use crate::data::content::called;
use crate::data::{DataError, DataSpec};
use crate::words;

/// Columns by their positions.
#[derive(Debug, PartialEq)]
pub(crate) struct Choice {
    /// Those with the labels.
    pub labels: Vec<usize>,
    /// Those that features are made of.
    pub features: Vec<Chosen>,
}

/// Chooses among so many columns. The label is the column that the format says, or else the last one, unless the specification
/// names another; there is none where labels are elsewhere.
///
/// # Errors
/// If what is asked for is not there, or contradicts itself.
pub(crate) fn choose(
    file: &str,
    names: Option<&[String]>,
    count: usize,
    spec: &DataSpec,
    of_format: Option<usize>,
    labels_elsewhere: bool,
) -> Result<Choice, DataError> {
    let find = |list: &Option<super::ColumnNames>| {
        list.as_ref().map(|list| list.find(file, names, count)).transpose().map(Option::unwrap_or_default)
    };
    if let (true, Some(label), Some(names)) = (labels_elsewhere, &spec.label, names)
        && let Some(twice) = names.iter().find(|name| label.has_name(name))
    {
        let (name, file) = (words::foreign(twice), words::in_a_line(file));
        return Err(DataError::Usage(format!(
            "{file}: its column \"{name}\" is named by --label, and the labels are given by --labels: leave one of them out, or the \
             column by --drop"
        )));
    }
    let labels: Vec<usize> = match &spec.label {
        _ if labels_elsewhere => Vec::new(),
        Some(label) => label.find(file, names, count)?.into_iter().map(|chosen| chosen.at).collect(),
        None => of_format.or(count.checked_sub(1)).into_iter().collect(),
    };
    let out = find(&spec.drop)?;
    let asked = find(&spec.features)?;
    let both = |list: &[Chosen]| list.iter().find(|column| column.by_itself && labels.contains(&column.at)).copied();
    let contradiction = |at: usize, flag: &str| {
        let (column, file) = (called(names, at), words::in_a_line(file));
        Err(DataError::Usage(match spec.label {
            Some(_) => format!("{file}: column {column} is named by --label and by {flag}"),
            None => format!(
                "{file}: column {column} is the label, as the last one is, and is named by {flag}; name the label by --label"
            ),
        }))
    };
    if let Some(column) = both(&out) {
        return contradiction(column.at, "--drop");
    }
    if let Some(column) = both(&asked) {
        return contradiction(column.at, "--features");
    }
    let all = (0..count).map(|at| Chosen { at, by_itself: false });
    let features = if spec.features.is_some() { asked } else { all.collect() };
    let mut is_taken = vec![false; count];
    labels.iter().chain(out.iter().map(|column| &column.at)).for_each(|&at| is_taken[at] = true);
    let is_feature = |column: &Chosen| !is_taken[column.at];
    let mut features: Vec<Chosen> = features.into_iter().filter(is_feature).collect();
    // The order of the file, in whichever order they are asked for.
    features.sort_by_key(|column| column.at);
    if features.is_empty() {
        return Err(DataError::content(file, "there are no features besides the labels"));
    }
    Ok(Choice { labels, features })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(change: impl Fn(&mut DataSpec)) -> Result<(Vec<usize>, Vec<usize>), String> {
        let names = ["id", "x1", "x2", "y"].map(str::to_owned);
        let mut spec = DataSpec::default();
        change(&mut spec);
        let choice = choose("a.csv", Some(&names), 4, &spec, None, false).map_err(|error| error.to_string())?;
        Ok((choice.labels, choice.features.iter().map(|column| column.at).collect()))
    }

    #[test]
    fn the_label_is_the_last_one_and_all_others_are_features() {
        assert_eq!(chosen(|_| ()), Ok((vec![3], vec![0, 1, 2])));
        assert_eq!(chosen(|spec| spec.drop = Some("id".parse().unwrap())), Ok((vec![3], vec![1, 2])));
        assert_eq!(chosen(|spec| spec.features = Some("x*".parse().unwrap())), Ok((vec![3], vec![1, 2])));
        assert_eq!(chosen(|spec| spec.label = Some("x2,y".parse().unwrap())), Ok((vec![2, 3], vec![0, 1])));
        assert_eq!(chosen(|spec| spec.features = Some("*".parse().unwrap())), Ok((vec![3], vec![0, 1, 2])));
    }

    #[test]
    fn a_column_is_not_both_a_label_that_is_elsewhere_and_a_feature() {
        let names = ["x", "y"].map(str::to_owned);
        let of = |label: &str| {
            let spec = DataSpec { label: Some(label.parse().unwrap()), ..DataSpec::default() };
            choose("a.csv", Some(&names), 2, &spec, None, true).map_err(|error| error.to_string())
        };
        assert!(of("y").unwrap_err().contains("its column \"y\" is named by --label, and the labels are given"));
        assert_eq!(of("z").unwrap().labels, Vec::<usize>::new());
    }

    #[test]
    fn contradictions_are_told() {
        let both = chosen(|spec| spec.drop = Some("y".parse().unwrap())).unwrap_err();
        assert!(both.contains("column \"y\" is the label, as the last one is, and is named by --drop"), "{both}");
        let none = chosen(|spec| spec.drop = Some("id,x*".parse().unwrap())).unwrap_err();
        assert_eq!(none, "a.csv: there are no features besides the labels");
    }
}
