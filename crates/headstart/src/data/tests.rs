//! Whole loads, from files on disk.

use std::fs;
use std::path::{Path, PathBuf};

use ndarray::array;
use tempfile::TempDir;

mod shapes;

use super::read::testing::{f64s, npy, npz, zip};
use super::*;

/// A directory with one file in it.
fn file(name: &str, content: impl AsRef<[u8]>) -> (TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    fs::write(&path, content).unwrap();
    (directory, path.display().to_string())
}

/// A file as it is, whatever its numbers need.
fn spec(data: impl Into<String>) -> DataSpec {
    let (preprocess, scale_targets) = (Preprocess::None, ScaleTargets::None);
    DataSpec { data: data.into(), preprocess, scale_targets, ..DataSpec::default() }
}

/// The same, with what they need.
fn auto(data: impl Into<String>) -> DataSpec {
    DataSpec { data: data.into(), ..DataSpec::default() }
}

/// Loads one file and gives the message with the directory taken out.
fn error_with(name: &str, content: impl AsRef<[u8]>, change: impl Fn(&mut DataSpec)) -> String {
    let (directory, path) = file(name, content);
    let mut spec = spec(path);
    change(&mut spec);
    Dataset::load(&spec).unwrap_err().to_string().replace(&format!("{}/", directory.path().display()), "")
}

fn error(name: &str, content: impl AsRef<[u8]>) -> String {
    error_with(name, content, |_| ())
}

/// A directory of real data, or `None` and a loud word about it.
fn real(variable: &str, folder: &str) -> Option<PathBuf> {
    let beside = || {
        let roots = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let mut candidates = roots.map(|root| root.join("../shared/data").join(folder));
        candidates.find(|path| path.is_dir())
    };
    let found = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_dir()).or_else(beside);
    if found.is_none() {
        eprintln!("\n*** SKIPPED: no data in {variable} or ../shared/data/{folder} ***\n");
    }
    found
}

const IRIS: &str = "\
length,width,species
5.1,3.5,setosa
4.9,3.0,setosa
7.0,3.2,versicolor
6.4,3.2,versicolor
6.3,3.3,virginica
5.8,2.7,virginica
";

#[test]
fn csv_with_a_split() {
    let (_directory, path) = file("iris.csv", IRIS);
    let data = Dataset::load(&DataSpec { test_share: 0.5, ..spec(path) }).unwrap();
    assert_eq!(data.name, "iris.csv");
    assert_eq!(data.kind, Kind::Classes(["setosa", "versicolor", "virginica"].map(str::to_owned).into()));
    assert_eq!(
        data.notes[..2],
        [
            "label column \"species\": 3 classes (setosa, versicolor, virginica)",
            "no test data given: 50% of the rows (3 of 6), stratified, seed 0, are held out"
        ]
    );
    let test = data.test.unwrap();
    assert_eq!((data.train.x.dim(), test.x.dim()), ((3, 2), (3, 2)));
    assert_eq!(data.train.y, Targets::Classes(vec![0, 1, 2]));
    assert_eq!(test.y, Targets::Classes(vec![0, 1, 2]));
    let mut lengths: Vec<f64> = data.train.x.column(0).iter().chain(test.x.column(0)).copied().collect();
    lengths.sort_by(f64::total_cmp);
    assert_eq!(lengths, [4.9, 5.1, 5.8, 6.3, 6.4, 7.0]);
}

#[test]
fn what_is_noticed_in_a_file_of_labels_is_said() {
    let (_directory, path) = file("x.csv", "x\n1\n2\n3\n4\n");
    let (_other, labels) = file("y.csv", "y\na\nb\na\"\nb\n");
    let data = Dataset::load(&DataSpec { labels: Some((&labels).into()), ..spec(path) }).unwrap();
    let note = format!("{labels}: 1 quote in cells that are not in quotes is taken as text (the first is in row 4)");
    assert_eq!(data.notes[..2], [note, "label column \"y\": 3 classes (a, a\", b)".to_owned()]);
}

#[test]
fn csv_with_a_test_file() {
    let (_directory, path) = file("train.csv", IRIS);
    let (_other, test) = file("test.csv", "length,width,species\n6,3,virginica\n");
    let given = DataSpec { test_data: Some(test.into()), preprocess: Preprocess::Standardize, ..spec(&path) };
    let data = Dataset::load(&given).unwrap();
    let test = data.test.unwrap();
    assert_eq!(test.y, Targets::Classes(vec![2]));
    let mean = (5.1 + 4.9 + 7.0 + 6.4 + 6.3 + 5.8) / 6.0;
    assert!(data.train.x.column(0).sum().abs() < 1e-12);
    assert_eq!(test.x[[0, 0]] > 0.0, 6.0 > mean);

    let against = |content: &str| {
        let (directory, test) = file("test.csv", content);
        let error = Dataset::load(&DataSpec { test_data: Some(test.into()), ..spec(&path) }).unwrap_err();
        error.to_string().replace(&format!("{}/", directory.path().display()), "")
    };
    assert_eq!(
        against("length,width,species\n6,3,rose\n"),
        "test.csv, row 2, column \"species\": the class \"rose\" is not among those for training (setosa, versicolor, \
         virginica)"
    );
    assert!(against("length,species\n6,setosa\n").starts_with("test.csv: it has no column \"width\", which "));
    // By their names, in whichever order, and whatever else is there.
    let (_moved, moved) = file("test.csv", "species,width,age,length\nrose,1,1,1\nvirginica,3,40,6\n");
    let test = DataSpec { test_data: Some(moved.clone().into()), ..spec(&path) };
    assert!(Dataset::load(&test).unwrap_err().to_string().contains("the class \"rose\" is not among those"));
    std::fs::write(&moved, "species,width,age,length\nvirginica,3,40,6\n").unwrap();
    let data = Dataset::load(&test).unwrap();
    assert_eq!(data.test.unwrap().x, array![[6.0, 3.0]]);
    assert!(data.notes.iter().any(|note| note.ends_with("has no such columns: age")), "{:?}", data.notes);
}

#[test]
fn regression_and_no_test() {
    let (_directory, path) = file("price.csv", "size;price\n1;1.5\n2;2.5\n3;3.75\n");
    let data = Dataset::load(&DataSpec { test_share: 0.0, ..spec(path) }).unwrap();
    assert_eq!(data.kind, Kind::Regression { outputs: 1 });
    assert_eq!(data.train.y, Targets::Values(array![[1.5], [2.5], [3.75]]));
    assert_eq!(data.test, None);
    assert_eq!(data.notes[0], "label column \"price\": numbers, regression with 1 output");
}

#[test]
fn rows_with_missing_cells() {
    let text = "age,weight,y\n1,2,0\n,2,1\n3,inf,0\n4,5,\n6,7,1\n";
    let refused = |text: &str| error_with("cats.csv", text, |spec| spec.missing = Some(Missing::Error));
    assert_eq!(
        refused(text),
        "cats.csv, row 3, column \"age\": the cell is empty, or not a number (use --missing drop to leave such rows out, or \
         --missing fill)"
    );
    assert_eq!(
        error("cats.csv", text),
        "cats.csv, row 4, column \"weight\": inf is not a finite number (use --missing drop to leave such rows out)"
    );
    assert!(refused("a,y\n1,0\n2,\n").contains("row 3, column \"y\": the label is missing or not finite"));
    let (_directory, path) = file("cats.csv", text);
    let dropped = DataSpec { missing: Some(Missing::Drop), test_share: 0.0, ..spec(&path) };
    for dropped in [dropped.clone(), DataSpec { missing: None, drop_missing: true, ..dropped }] {
        let data = Dataset::load(&dropped).unwrap();
        assert_eq!(data.train.x, array![[1.0, 2.0], [6.0, 7.0]]);
        assert_eq!(data.train.y, Targets::Classes(vec![0, 1]));
        assert_eq!(
            data.notes[0],
            format!("{path}: 1 of 5 rows have no label (empty, NA, None or the like) and are left out")
        );
        assert_eq!(data.notes[1], format!("{path}: 2 of 4 rows have missing cells and are left out"));
    }
    let all = error_with("cats.csv", "a,y\n,0\n,1\n", |spec| spec.drop_missing = true);
    assert!(all.starts_with("cats.csv: no column is left that says anything of the label"), "{all}");
    let all = error_with("cats.csv", "a,b,y\n,1,0\n1,,1\n", |spec| spec.drop_missing = true);
    assert_eq!(all, "cats.csv: every row has a missing cell, so none is left");
    let both = error_with("cats.csv", text, |spec| (spec.drop_missing, spec.missing) = (true, Some(Missing::Fill)));
    assert_eq!(both, "--drop-missing and --missing fill are two things; give one of them");
}

#[test]
fn missing_cells_are_filled_from_the_training_samples() {
    let (_directory, path) = file("cats.csv", "age,fur,y\n1,short,0\n,long,1\n3,,0\n5,long,1\n");
    let (_other, test) = file("test.csv", "age,fur,y\n,,1\n100,curly,0\n");
    let data = Dataset::load(&DataSpec { test_data: Some(test.into()), ..spec(&path) }).unwrap();
    // Each says where it was missing as well, as a quarter of the cells is.
    assert_eq!(data.features, ["age", "age missing", "fur=long", "fur=short", "fur missing"]);
    assert_eq!(
        data.train.x,
        array![
            [1.0, 0.0, 0.0, 1.0, 0.0],
            [3.0, 1.0, 1.0, 0.0, 0.0],
            [3.0, 0.0, 1.0, 0.0, 1.0],
            [5.0, 0.0, 1.0, 0.0, 0.0]
        ]
    );
    assert_eq!(data.test.unwrap().x, array![[3.0, 1.0, 1.0, 0.0, 1.0], [100.0, 0.0, 0.0, 0.0, 0.0]]);
    assert_eq!(
        data.notes[1..5],
        [
            "text, one feature for each of its levels: fur (2)",
            "missing cells are the training samples' mean or most frequent: age (1, and 1 of the test data), fur (1, and 1 of \
             the test data)",
            "where many are missing, a feature says where: age, fur",
            "levels that no training sample has are zeros everywhere: fur (1 cell, the first \"curly\")",
        ]
    );
}

#[test]
fn npz_with_train_and_test() {
    let x = |n: usize| npy("'|u1'", false, &format!("({n}, 2, 2)"), &(0..4 * n as u8).collect::<Vec<_>>());
    let y = |labels: &[u8]| npy("'|u1'", false, &format!("({},)", labels.len()), labels);
    let bytes = npz(&[("x_train", x(4)), ("y_train", y(&[0, 1, 1, 0])), ("x_test", x(1)), ("y_test", y(&[1]))], true);
    let (_directory, path) = file("mnist.npz", bytes);
    let data = Dataset::load(&DataSpec { preprocess: Preprocess::Pixels, ..spec(path) }).unwrap();
    assert_eq!(data.train.x.dim(), (4, 4));
    assert_eq!(data.train.x[[3, 3]], 15.0 / 255.0);
    assert_eq!(data.test.unwrap().y, Targets::Classes(vec![1]));
    assert!(data.kind.is_binary());
    assert_eq!(data.scaling.features, Transform::Pixels);
    assert_eq!(data.notes, ["the test data is x_test and y_test of the same file", "labels y_train: 2 classes (0, 1)"]);
}

#[test]
fn npy_with_labels_in_another_file() {
    let x = npy("'<f8'", false, "(3, 1)", &f64s(&[1.0, 2.0, 3.0]));
    assert_eq!(
        error("x.npy", &x),
        "x.npy holds one array and no labels: name the labels' file by --labels, or \
         their columns by --label, as in --label -1"
    );
    let (_directory, path) = file("x.npy", &x);
    let (_other, labels) = file("y.npy", npy("'<f8'", false, "(3,)", &f64s(&[0.5, 1.0, 1.5])));
    let data = Dataset::load(&DataSpec { labels: Some(labels.into()), test_share: 0.0, ..spec(&path) }).unwrap();
    assert_eq!(data.train.y, Targets::Values(array![[0.5], [1.0], [1.5]]));
    // Any file with labels will do, here a text file.
    let (_text, labels) = file("y.csv", "cat\ndog\ncat\n");
    let data = Dataset::load(&DataSpec { labels: Some(labels.into()), test_share: 0.0, ..spec(&path) }).unwrap();
    assert_eq!(data.train.y, Targets::Classes(vec![0, 1, 0]));
    let (_short, labels) = file("y.csv", "cat\ncat\n");
    let error = Dataset::load(&DataSpec { labels: Some(labels.into()), ..spec(&path) }).unwrap_err().to_string();
    assert!(error.contains("x.npy: 3 samples, but ") && error.ends_with("y.csv has 2 labels"), "{error}");
}

#[test]
fn values_in_arrays_that_are_not_there() {
    let x = npy("'<f8'", false, "(2, 2)", &f64s(&[1.0, 2.0, f64::NAN, 3.0]));
    let y = npy("'<f8'", false, "(2,)", &f64s(&[0.0, 1.0]));
    let bytes = npz(&[("x", x), ("y", y)], false);
    assert_eq!(
        error_with("a.npz", &bytes, |spec| spec.strict = true),
        "a.npz, x, row 2, column 0 (the first is 0): the value is NaN (use --missing drop to leave such rows out, or \
         --missing fill)"
    );
    let (_directory, path) = file("a.npz", &bytes);
    let data = Dataset::load(&DataSpec { test_share: 0.0, ..spec(&path) }).unwrap();
    assert_eq!(data.train.x, array![[1.0, 2.0], [1.0, 3.0]]);
    assert_eq!(data.notes[1], format!("{path}, x: 1 missing value are the training samples' mean"));
    let x = npy("'<f8'", false, "(2, 1)", &f64s(&[1.0, f64::INFINITY]));
    let y = npy("'<f8'", false, "(2,)", &f64s(&[0.0, 1.0]));
    let infinite = npz(&[("x", x), ("y", y)], false);
    assert!(error("a.npz", infinite).contains("row 2, column 0 (the first is 0): inf is not a finite number"));
    let x = npy("'<f8'", false, "(2, 1)", &f64s(&[1.0, 2.0]));
    let y = npy("'<f8'", false, "(2,)", &f64s(&[0.0, f64::INFINITY]));
    assert_eq!(
        error_with("a.npz", npz(&[("x", x), ("y", y)], false), |spec| spec.strict = true),
        "a.npz, y, row 2: the label is missing or not finite (use --missing drop to leave such rows out)"
    );
}

/// An array with its labels in one of its columns, as a table has them.
#[test]
fn labels_within_an_array() {
    let (_directory, path) =
        file("iris.npy", npy("'<f8'", false, "(3, 3)", &f64s(&[5., 3., 0., 6., 2., 1., 7., 1., 0.])));
    let of = |label: &str| DataSpec { label: Some(label.parse().unwrap()), test_share: 0.0, ..spec(&path) };
    let data = Dataset::load(&of("-1")).unwrap();
    assert_eq!(
        (data.train.x, data.train.y),
        (array![[5.0, 3.0], [6.0, 2.0], [7.0, 1.0]], Targets::Classes(vec![0, 1, 0]))
    );
    let several = Dataset::load(&DataSpec { drop: Some("2".parse().unwrap()), ..of("0,1") }).unwrap_err();
    assert!(several.to_string().ends_with("there are no features besides the labels"), "{several}");
    assert!(Dataset::load(&of("3")).unwrap_err().to_string().contains("0 to 2, or -3 to -1 from the end"));
    let npz = npz(
        &[("x", npy("'<f8'", false, "(1, 1)", &f64s(&[1.]))), ("y", npy("'<f8'", false, "(1,)", &f64s(&[1.])))],
        false,
    );
    assert!(error_with("a.npz", npz, |spec| spec.label = Some("0".parse().unwrap())).contains("name it by --y-key"));
}

#[test]
fn several_labels_of_a_table() {
    let (_directory, path) = file("two.csv", "a,gpp,et\n1,0.5,10\n2,1.5,20\n3,2.5,35\n");
    let of = |label: &str| DataSpec { label: Some(label.parse().unwrap()), test_share: 0.0, ..spec(&path) };
    let data = Dataset::load(&of("gpp,et")).unwrap();
    assert_eq!(data.kind, Kind::Regression { outputs: 2 });
    assert_eq!((data.labels.as_slice(), data.train.x.ncols()), (["gpp", "et"].map(str::to_owned).as_slice(), 1));
    assert_eq!(data.train.y, Targets::Values(array![[0.5, 10.0], [1.5, 20.0], [2.5, 35.0]]));
    assert_eq!(data.notes[0], "label columns \"gpp\", \"et\": numbers, regression with 2 outputs");
    let text = error_with("a.csv", "a,b,y\n1,2,x\n2,3,z\n", |spec| spec.label = Some("b,y".parse().unwrap()));
    assert_eq!(text, "a.csv: column \"y\" holds text, and of several labels all have to be numbers");
}

#[test]
fn labels_as_people_write_numbers() {
    let rows: String = (0..30).map(|i| format!("{i}.5,\"${},{:03}\"\n", 10 + i, 37 * i % 1000)).collect();
    let (_directory, path) = file("money.csv", format!("size,price\n{rows}"));
    let data = Dataset::load(&DataSpec { test_share: 0.0, ..spec(&path) }).unwrap();
    let Targets::Values(prices) = &data.train.y else { panic!("{:?}", data.kind) };
    assert_eq!((prices[[0, 0]], prices[[29, 0]]), (10_000.0, 39_073.0));
    let names: String = (0..30).map(|i| format!("{i}.5,name{i}\n")).collect();
    let error = error("names.csv", format!("size,name\n{names}"));
    assert!(error.contains("30 different texts in 30 rows are no classes; name the column"), "{error}");
}

#[test]
fn labels_that_do_not_do() {
    assert_eq!(
        error_with("a.csv", "x,y\n1,2\n2,two\n", |spec| spec.task = Some(LabelKind::Regression)),
        "a.csv, row 3, column \"y\": the label \"two\" is not a number, and regression needs numbers"
    );
    assert_eq!(error("a.csv", "x,y\n1,2\n2,2\n"), "a.csv: all 2 labels are \"2\", but a classifier needs two classes");
    assert_eq!(error("a.csv", "y\n1\n2\n"), "a.csv: there are no features besides the labels");
    let x = npy("'<f8'", false, "(2, 1)", &f64s(&[1.0, 2.0]));
    let y = npy("'<f8'", false, "(3,)", &f64s(&[0.0, 1.0, 0.0]));
    assert_eq!(error("a.npz", npz(&[("x", x), ("y", y)], false)), "a.npz, x: 2 samples, but a.npz, y has 3 labels");
}

/// The same six flowers in every format of text, and packed; svmlight has numbers as labels.
#[test]
fn one_table_in_every_format_of_text() {
    fn class(name: &str) -> usize {
        ["setosa", "versicolor", "virginica"].iter().position(|known| *known == name).unwrap()
    }
    let load = |name: &str, content: &[u8]| {
        let (_directory, path) = file(name, content);
        let data = Dataset::load(&DataSpec { test_share: 0.0, ..spec(path) }).unwrap();
        (data.train.x, data.train.y)
    };
    let right = load("iris.csv", IRIS.as_bytes());
    let rows: Vec<Vec<&str>> = IRIS.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let each = |row: fn(&[&str]) -> String| rows.iter().map(|cells| row(cells)).collect::<Vec<_>>();
    let arff = format!(
        "% flowers\n@relation iris\n@attribute length real\n@attribute width real\n\
         @attribute class {{setosa,versicolor,virginica}}\n@data\n{}",
        IRIS.split_once('\n').unwrap().1
    );
    let records = each(|row| format!(r#"{{"length": {}, "width": {}, "species": "{}"}}"#, row[0], row[1], row[2]));
    let svmlight = each(|row| format!("{} 1:{} 2:{}\n", class(row[2]), row[0], row[1])).concat();
    let blanks = each(|row| format!("  {} \t {}  {}\n", row[0], row[1], row[2])).concat();
    let utf16: Vec<u8> = format!("\u{feff}{IRIS}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, content) in [
        ("iris.arff", arff.as_bytes()),
        ("iris.json", format!("[{}]", records.join(", ")).as_bytes()),
        ("iris.jsonl", records.join("\n").as_bytes()),
        ("iris.libsvm", svmlight.as_bytes()),
        ("iris_ws.dat", blanks.as_bytes()),
        ("iris.csv", &utf16),
        ("iris.zip", &zip(&[("data/", b""), ("data/iris.csv", IRIS.as_bytes())])),
        ("noending", arff.as_bytes()),
    ] {
        assert_eq!(load(name, content), right, "{name}");
    }
    let latin1 = b"l\xe4nge,art\n1,x\n2,y\n3,x\n4,y\n";
    let (_directory, path) = file("latin1.csv", latin1);
    let notes = Dataset::load(&DataSpec { test_share: 0.0, ..spec(path) }).unwrap().notes;
    assert!(notes[0].ends_with("is not in UTF-8: it is read as Windows-1252 (Latin-1)"), "{notes:?}");
}

#[test]
fn other_formats_are_named_with_what_to_do() {
    let message = error("a.csv", b"<!DOCTYPE html>\n<html></html>\n");
    assert!(message.starts_with("a.csv: it seems to be an HTML page, which is not read here: "), "{message}");
    let message = error("a.rds", [b'X', b'\n', 0, 0, 0, 3, 0]);
    assert!(message.contains("a file of R's saveRDS") && message.contains("write.csv"), "{message}");
    let two = zip(&[("a.csv", b"1,2\n"), ("b.csv", b"1,2\n")]);
    assert_eq!(
        error("a.zip", two),
        "a.zip: there are 2 files in it, a.csv, b.csv: unpack it, and name the one to read"
    );
}

#[test]
fn files_that_are_none() {
    let error_of = |name: &str| Dataset::load(&spec(name)).unwrap_err();
    assert_eq!(
        error_of("circels").to_string(),
        "there is no file \"circels\", and no built-in data of that name (did you mean circles?); built in are circles, \
         moons, blobs, quantiles, flower, spirals, classification, regression, digits, iris, wine, breast-cancer, diabetes"
    );
    assert!(error_of("circels").is_usage());
    assert!(!error_of("nowhere.csv").to_string().contains("did you mean"));
    let directory = tempfile::tempdir().unwrap();
    let message = error_of(&directory.path().display().to_string()).to_string();
    assert!(message.ends_with("is a directory, not a file: name the file in it"), "{message}");
    assert_eq!(error("a.csv", ""), "a.csv: the file is empty");
    let excel = if cfg!(feature = "excel") { "Excel, " } else { "" };
    assert_eq!(
        error("a.bin", [0u8, 1, 2, 255]),
        format!(
            "a.bin is in no format known here; known are NPY, {excel}NPZ, IDX, MAT, HDF5, Parquet, Arrow, ARFF, svmlight, \
             JSON, text with blanks, CSV"
        )
    );
}

#[test]
fn options_that_do_not_fit() {
    let usage = |change: fn(&mut DataSpec)| error_with("a.csv", IRIS, change);
    assert!(usage(|spec| spec.test_share = 1.0).starts_with("--test-share 1 is not a share"));
    assert!(usage(|spec| spec.samples = Some([3, 1])).starts_with("--samples is for built-in data (circles, "));
    assert!(usage(|spec| spec.test_labels = Some("x".into())).starts_with("--test-labels needs --test-data"));
    assert!(
        usage(|spec| spec.label = Some("kind".parse().unwrap())).ends_with("its columns are length, width, species")
    );
    assert!(Dataset::load(&spec("")).unwrap_err().is_usage());
}

#[test]
fn larger_than_the_budget() {
    let (_directory, path) = file("a.csv", "1,2,0\n".repeat(1000));
    for budget in [100, 20_000] {
        let error = Dataset::load_within(&spec(&path), true, &Budget::of(budget)).unwrap_err();
        assert!(matches!(error, DataError::TooLarge { .. }), "{error}");
    }
}

#[test]
fn what_a_file_needs_is_done_and_said() {
    let rows: Vec<String> = (0..40).map(|i| format!("{},{},{}", i % 2, 700 + 10 * (i % 9), 50 * i * i)).collect();
    let (_directory, path) = file("wages.csv", format!("member,hours,wage\n{}\n", rows.join("\n")));
    let data = Dataset::load(&auto(&path)).unwrap();
    let Scaling { features: Transform::Standardized { mean, sd }, targets: Transform::Standardized { .. } } =
        &data.scaling
    else {
        panic!("{:?}", data.scaling)
    };
    assert_eq!((mean[0], sd[0]), (0.0, 1.0));
    assert!(mean[1] > 700.0 && sd[1] > 20.0);
    assert!(data.train.x.column(0).iter().all(|x| [0.0, 1.0].contains(x)));
    assert!(data.train.x.column(1).sum().abs() < 1e-9);
    let note = |text: &str| data.notes.iter().find(|note| note.contains(text)).unwrap();
    assert!(note("standardized by").starts_with("1 of 2 features (\"hours\": mean "), "{:?}", data.notes);
    assert!(note("training is on standardized targets").starts_with("label column \"wage\""), "{:?}", data.notes);
    // The same whatever is held out of it for validation, and nothing where nothing may be done.
    assert_eq!(data.holding_out(0.25, 1).unwrap().scaling, data.scaling);
    let raw = Dataset::load(&spec(&path)).unwrap();
    for left in [DataSpec { strict: true, ..auto(&path) }, spec(&path)] {
        let left = Dataset::load(&left).unwrap();
        assert_eq!((&left.train, &left.test, &left.scaling), (&raw.train, &raw.test, &Scaling::default()));
        assert!(
            left.notes.iter().any(|note| note.contains("features (\"hours\": mean ") && note.contains("badly scaled")),
            "{:?}",
            left.notes
        );
        assert!(left.notes.iter().any(|note| note.contains("far from where outputs start")), "{:?}", left.notes);
    }
    let classes = DataSpec { scale_targets: ScaleTargets::Log, task: Some(LabelKind::Classes), ..auto(&path) };
    assert!(Dataset::load(&classes).unwrap_err().is_usage());
}

#[test]
fn built_in_sets_are_left_as_they_are_drawn() {
    for name in ["circles", "blobs"] {
        assert_eq!(Dataset::load(&auto(name)).unwrap(), Dataset::load(&spec(name)).unwrap());
    }
    assert!(Dataset::load(&DataSpec { transpose: true, ..auto("circles") }).unwrap_err().is_usage());
}

#[test]
fn bytes_of_images_become_shares() {
    let x = npy("'|u1'", false, "(4, 2, 2)", &(0..16).map(|i| 17 * i).collect::<Vec<u8>>());
    let y = npy("'|u1'", false, "(4,)", &[0, 1, 1, 0]);
    let (_directory, path) = file("a.npz", npz(&[("x", x), ("y", y)], false));
    let data = Dataset::load(&DataSpec { test_share: 0.0, ..auto(&path) }).unwrap();
    assert_eq!((data.train.x[[3, 3]], &data.scaling.features), (1.0, &Transform::Pixels));
    assert!(data.notes.iter().any(|note| note.contains("divided by 255")), "{:?}", data.notes);
}

#[test]
fn samples_in_columns_are_turned_round_where_nothing_else_fits() {
    let numbers: Vec<f64> = (0..10).map(f64::from).collect();
    let x = npy("'<f8'", false, "(2, 5)", &f64s(&numbers));
    let of = |x: &[u8], y: &[u8], change: &dyn Fn(&mut DataSpec)| {
        let (_directory, path) = file("a.npz", npz(&[("x", x.to_vec()), ("y", y.to_vec())], false));
        let mut spec = DataSpec { test_share: 0.0, ..spec(&path) };
        change(&mut spec);
        Dataset::load(&spec).map_err(|error| error.to_string())
    };
    let labels = |shape: &str| npy("'|u1'", false, shape, &[0, 1, 1, 0, 1]);
    for shape in ["(5,)", "(1, 5)", "(5, 1)"] {
        let data = of(&x, &labels(shape), &|_| ()).unwrap();
        assert_eq!(data.train.x, Array2::from_shape_fn((5, 2), |(i, j)| (5 * j + i) as f64), "{shape}");
        assert_eq!(data.train.y, Targets::Classes(vec![0, 1, 1, 0, 1]));
        let note = "samples are in columns, as 5 labels say: 2 features x 5 samples (--transpose)";
        assert!(data.notes[0].ends_with(note), "{:?}", data.notes);
    }
    // Several targets, likewise in columns.
    let y = npy("'<f8'", false, "(3, 5)", &f64s(&(0..15).map(|i| f64::from(i) / 7.0).collect::<Vec<_>>()));
    let data = of(&x, &y, &|_| ()).unwrap();
    let Targets::Values(y) = &data.train.y else { panic!() };
    assert_eq!((y.dim(), y[[4, 2]]), ((5, 3), 2.0));
    // Where both ways fit it is asked for.
    let square = npy("'<f8'", false, "(5, 5)", &f64s(&(0..25).map(f64::from).collect::<Vec<_>>()));
    let [plain, turned] = [false, true]
        .map(|transpose| of(&square, &labels("(5,)"), &|spec| spec.transpose = transpose).unwrap().train.x);
    assert_eq!(plain.t(), turned);
    // Neither way fits.
    assert!(of(&x, &npy("'|u1'", false, "(3,)", &[0, 1, 1]), &|_| ()).unwrap_err().contains("2 samples, but"));
    let images = npy("'|u1'", false, "(5, 2, 2)", &[7; 20]);
    assert!(of(&images, &labels("(5,)"), &|spec| spec.transpose = true).unwrap_err().contains("two dimensions"));
    let table = error_with("a.csv", IRIS, |spec| spec.transpose = true);
    assert!(table.starts_with("--transpose is for arrays"), "{table}");
}

#[test]
fn the_cats_of_the_course() {
    let Some(cats) = real("HEADSTART_CATS_DIR", "cats") else { return };
    let path = |name: &str| cats.join(name).display().to_string();
    let data = Dataset::load(&DataSpec {
        test_data: Some(path("test_catvnoncat.h5").into()),
        preprocess: Preprocess::Pixels,
        ..spec(path("train_catvnoncat.h5"))
    })
    .unwrap();
    assert_eq!(data.train.x.dim(), (209, 12288));
    assert!((data.train.x.sum() - 1_037_419.909_803_921_6).abs() < 1e-6);
    let first: Vec<f64> = data.train.x.row(0).iter().take(3).copied().collect();
    assert_eq!(first, [17.0 / 255.0, 31.0 / 255.0, 56.0 / 255.0]);
    let Targets::Classes(y) = &data.train.y else { panic!("{:?}", data.kind) };
    assert_eq!(y.iter().sum::<usize>(), 72);
    let test = data.test.unwrap();
    assert_eq!((test.x.dim(), test.y.len()), ((50, 12288), 50));
    assert_eq!(data.notes, ["labels train_set_y: 2 classes (0, 1)"]);
    // The test file is data, too.
    assert_eq!(Dataset::load(&spec(path("test_catvnoncat.h5"))).unwrap().train.x.nrows(), 40);
}

#[test]
fn the_test_images_of_mnist() {
    let Some(mnist) = real("HEADSTART_MNIST_DIR", "mnist") else { return };
    let path = mnist.join("t10k-images-idx3-ubyte.gz").display().to_string();
    let data = Dataset::load(&DataSpec { test_share: 0.0, ..spec(path) }).unwrap();
    assert_eq!(data.train.x.dim(), (10_000, 784));
    let Targets::Classes(y) = &data.train.y else { panic!("{:?}", data.kind) };
    assert_eq!(y[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    assert!(data.notes[0].ends_with("t10k-labels-idx1-ubyte.gz"), "{:?}", data.notes);
}
