//! Tables that come with the program: `tables/README.md` says where they are from, `bench/tables.py` makes them.

use std::io::Read;

use flate2::read::GzDecoder;
use ndarray::{Array2, s};

use super::set::BuiltIn;
use crate::data::{Kind, Samples, Targets};

/// A table as scikit-learn has it.
pub(super) struct Table {
    /// Its names of the features.
    pub columns: Vec<String>,
    /// The samples, in its order.
    pub all: Samples,
    /// Its names of the classes, in its order, or numbers to be met.
    pub kind: Kind,
}

/// The table of that name: the numbers of scikit-learn's `load_iris()` and so on, to the bit.
///
/// # Panics
/// If the set is none that comes as a table.
pub(super) fn read(set: BuiltIn) -> Table {
    let (packed, classes): (&[u8], &[&str]) = match set {
        BuiltIn::Digits => {
            (include_bytes!("tables/digits.csv.gz"), &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
        }
        BuiltIn::Iris => (include_bytes!("tables/iris.csv.gz"), &["setosa", "versicolor", "virginica"]),
        BuiltIn::Wine => (include_bytes!("tables/wine.csv.gz"), &["class_0", "class_1", "class_2"]),
        BuiltIn::BreastCancer => (include_bytes!("tables/breast-cancer.csv.gz"), &["malignant", "benign"]),
        BuiltIn::Diabetes => (include_bytes!("tables/diabetes.csv.gz"), &[]),
        other => panic!("{other} is no table"),
    };
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).expect("it was packed here");
    let mut lines = text.lines();
    let mut columns: Vec<String> = lines.next().unwrap_or_default().split(',').map(str::to_owned).collect();
    let width = columns.len();
    let cells = lines.flat_map(|line| line.split(',')).map(|cell| cell.parse().expect("it is a number"));
    let cells = cells.collect::<Vec<f64>>();
    let cells = Array2::from_shape_vec((cells.len() / width, width), cells).expect("all rows are as long");
    columns.pop();
    let mut x = cells.slice(s![.., ..width - 1]).to_owned();
    let labels = cells.slice(s![.., width - 1..]).to_owned();
    let (y, kind) = if classes.is_empty() {
        scale(&mut x);
        (Targets::Values(labels), Kind::Regression { outputs: 1 })
    } else {
        let names = classes.iter().map(|&name| name.to_owned()).collect();
        (Targets::Classes(labels.iter().map(|&class| class as usize).collect()), Kind::Classes(names))
    };
    Table { columns, all: Samples { x, y }, kind }
}

/// What `load_diabetes()` does to the features: every column minus its mean, divided by its deviation times the root of the
/// number of rows, so that its squares add up to 1.
fn scale(x: &mut Array2<f64>) {
    let count = x.nrows() as f64;
    for mut column in x.columns_mut() {
        let mean = column.iter().fold(0.0, |sum, x| sum + x) / count;
        let sd = (column.iter().fold(0.0, |sum, x| sum + (x - mean) * (x - mean)) / count).sqrt();
        column.mapv_inplace(|x| (x - mean) / sd / count.sqrt());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use twox_hash::XxHash3_64;

    /// Lines of `set rows features: first row, hash of the features, hash of the labels, names of features and classes`.
    #[test]
    fn tables_are_scikit_learns() {
        for line in include_str!("tables.golden").lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').collect();
            let Table { columns, all, kind } = read(BuiltIn::from_name(fields[0]).unwrap());
            assert_eq!(format!("{} {}", all.x.nrows(), all.x.ncols()), fields[1], "{line}");
            let first: Vec<f64> = fields[2].split(' ').map(|x| x.parse().unwrap()).collect();
            assert_eq!(all.x.row(0).to_vec(), first, "{line}");
            let hash = |numbers: &mut dyn Iterator<Item = f64>| {
                let bytes: Vec<u8> = numbers.flat_map(f64::to_le_bytes).collect();
                format!("{:016x}", XxHash3_64::oneshot(&bytes))
            };
            let y: Vec<f64> = match &all.y {
                Targets::Classes(classes) => classes.iter().map(|&class| class as f64).collect(),
                Targets::Values(values) => values.iter().copied().collect(),
            };
            assert_eq!(hash(&mut all.x.iter().copied()), fields[3], "{line}");
            assert_eq!(hash(&mut y.into_iter()), fields[4], "{line}");
            assert_eq!(columns.join(","), fields[5]);
            let classes = if let Kind::Classes(names) = kind { names.join(",") } else { String::new() };
            assert_eq!(classes, fields[6]);
        }
    }
}
