//! Whole tables, from text to features.

use ndarray::{Array2, array};
use proptest::prelude::*;

use super::*;
use crate::data::{DataError, DataSpec, Dataset, Missing, Preprocess};

/// Loads a table; all rows are for training unless that is changed.
fn load(text: &str, change: impl Fn(&mut DataSpec)) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, text).unwrap();
    let preprocess = Preprocess::None;
    let mut spec = DataSpec { data: path.display().to_string(), test_share: 0.0, preprocess, ..DataSpec::default() };
    change(&mut spec);
    let shown = |error: DataError| error.to_string().replace(&format!("{}/", folder.path().display()), "");
    Dataset::load(&spec).map_err(shown)
}

fn features(text: &str) -> (Vec<String>, Array2<f64>) {
    let data = load(text, |_| ()).unwrap();
    (data.features, data.train.x)
}

/// Twelve rows of cells, and labels.
fn table(header: &str, cells: impl Fn(usize) -> String) -> String {
    let rows: String = (0..12).map(|i| format!("{},{}\n", cells(i), ["no", "yes"][i % 2])).collect();
    format!("{header},y\n{rows}")
}

#[test]
fn what_says_nothing_of_other_rows_is_left_out() {
    let text =
        table("id,name,one,none,code,size", |i| format!("{},person {i},7,,{},{}.5", i + 1, 900 + i * 7 % 12, i % 5));
    let data = load(&text, |spec| spec.features = None).unwrap();
    assert_eq!(data.features, ["code", "size"]);
    assert_eq!(
        data.notes[1],
        "left out: id (counts the rows), name (an identifier, another one in nearly each row), one (the same in all training samples), \
         none (empty)"
    );
    // What is asked for is taken.
    let data = load(&text, |spec| spec.features = Some("id,one,size".parse().unwrap())).unwrap();
    assert_eq!(data.features, ["id", "one", "size"]);
    // BID and covid are no identifiers, as userID is.
    let text = table("BID,userID,size", |i| format!("{0},{0},{1}", 900 + i * 7 % 12, i % 5));
    assert_eq!(load(&text, |_| ()).unwrap().features, ["BID", "size"]);
    let text = table("customer_id,size", |i| format!("{},{}", 900 + i * 7 % 12, i % 5));
    assert_eq!(load(&text, |_| ()).unwrap().features, ["size"]);
    // What counts the rows is taken where it is all there is, or is called as times are.
    assert_eq!(load(&table("id", |i| i.to_string()), |_| ()).unwrap().features, ["id"]);
    assert_eq!(load(&table("week,size", |i| format!("{i},{}", i % 5)), |_| ()).unwrap().features, ["week", "size"]);
    // Nothing is left.
    let error = load(&table("name", |i| format!("person {i}")), |_| ()).unwrap_err();
    assert!(error.contains("no column is left that says anything of the label (name); ask for columns by"), "{error}");
    // What never changes is better than nothing: of one sample everything is so.
    assert_eq!(load(&table("one", |_| "7".to_owned()), |_| ()).unwrap().features, ["one"]);
}

/// No row is left out for a column that is left out itself; nor is one when the plan is given.
#[test]
fn rows_stay_where_the_column_that_misses_cells_says_nothing() {
    let text = table("a,rare,one", |i| format!("{}.5,{},{}", i % 5, ["", "x"][i / 11], ["", "7"][i / 11]));
    let dropped = |spec: &mut DataSpec| spec.missing = Some(Missing::Drop);
    let data = load(&text, dropped).unwrap();
    assert_eq!((data.features.as_slice(), data.train.x.nrows()), (&["a".to_owned()][..], 12));
    let plans = data.plans();
    let again = load(&text, |spec| {
        dropped(spec);
        spec.columns.clone_from(&plans);
    });
    assert_eq!(again.unwrap().train.x, data.train.x);
}

#[test]
fn columns_that_are_dropped_are_not_said_to_be_missing_from_the_training_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.csv");
    std::fs::write(&path, "a,note,id,y\n1.5,x,3,no\n2.5,y,4,yes\n").unwrap();
    let text = table("a,id", |i| format!("{}.5,{}", i % 5, i * 7 % 12));
    let data = load(&text, |spec| {
        (spec.drop, spec.test_data) = (Some("id".parse().unwrap()), Some(path.clone()));
    });
    let notes = data.unwrap().notes;
    let unused: Vec<_> = notes.iter().filter(|note| note.contains("not used")).collect();
    assert!(unused.len() == 1 && unused[0].ends_with("has no such columns: note"), "{notes:?}");
}

#[test]
fn of_one_level_and_missing_cells_one_feature_says_where() {
    let text = table("size,pool", |i| format!("{},{}", i % 5, if i % 3 == 0 { "" } else { "yes" }));
    let data = load(&text, |_| ()).unwrap();
    assert_eq!(data.features, ["size", "pool=yes"]);
    let there: Vec<f64> = (0..12).map(|i| f64::from(u8::from(i % 3 != 0))).collect();
    assert_eq!(data.train.x.column(1).to_vec(), there);
    assert!(data.notes.contains(&"where many are missing, a feature says where: pool".to_owned()), "{:?}", data.notes);
    assert!(data.notes.iter().all(|note| !note.contains("most frequent")), "{:?}", data.notes);
    // A number that never changes is a level, too.
    let numbers = table("size,pool", |i| format!("{},{}", i % 5, if i % 3 == 0 { "" } else { "2.5" }));
    let data = load(&numbers, |_| ()).unwrap();
    assert_eq!((data.features[1].as_str(), data.columns[1].facts.kind), ("pool=2.5", "numbers"));
    assert_eq!(data.train.x.column(1).to_vec(), there);
    let again = load(&numbers, |spec| spec.columns = data.plans()).unwrap();
    assert_eq!(again.train.x, data.train.x);
    // And so where the plan is given.
    let data = load(&text, |_| ()).unwrap();
    let plans = data.plans();
    let again = load(&text, |spec| spec.columns.clone_from(&plans)).unwrap();
    assert_eq!((again.train.x, again.features), (data.train.x, data.features));
}

#[test]
fn what_is_doubtful_is_said_where_the_plan_is_given_too() {
    let rows = |i: usize| format!("0{}/0{}/2020,{},{}", 1 + i % 9, 1 + i % 7, ["unknown", "3", "4"][i % 3], i % 5);
    let data = load(&table("day,grade,size", rows), |_| ()).unwrap();
    let is_said = |notes: &[String]| {
        let says = |text: &str| notes.iter().any(|note| note.contains(text));
        says("month before day") && says("taken as missing: \"unknown\" in grade")
    };
    assert!(is_said(&data.notes), "{:?}", data.notes);
    let again = load(&table("day,grade,size", rows), |spec| spec.columns = data.plans()).unwrap();
    assert!(is_said(&again.notes), "{:?}", again.notes);
    assert_eq!(again.train.x, data.train.x);
}

#[test]
fn clocks_that_are_moved_are_said() {
    let zoned = table("at,size", |i| format!("2020-01-0{}T10:00:00+02:00,{}", 1 + i % 9, i % 5));
    let said = |text: &str| load(text, |_| ()).unwrap().notes.join("\n");
    assert!(said(&zoned).contains("at, days from 2020-01-01 in UTC"), "{}", said(&zoned));
    assert!(!said(&zoned.replace("+02:00", "")).contains("UTC"));
}

/// One slip of a key makes no names of numbers, in small tables as in large ones.
#[test]
fn a_stray_cell_is_told_in_small_tables_too() {
    // Of fewer rows that all differ nobody could say whether they are codes.
    for rows in [40, 80] {
        let row = |i: usize| if i == 7 { "3O".to_owned() } else { (20 + i * 7 % 31).to_string() };
        let text: String = (0..rows).map(|i| format!("{},{}.5,{}\n", row(i), i % 5, i % 2)).collect();
        let error = load(&format!("age,a,y\n{text}"), |_| ()).unwrap_err();
        assert!(error.contains("\"3O\" is not a number, as nearly all others of this column are"), "{rows}: {error}");
    }
    // Some of each are levels: 1, 2, 3 and more.
    let rows: String = (0..60).map(|i| format!("{},{}.5,{}\n", ["1", "2", "3+"][i % 3], i % 7, i % 2)).collect();
    assert_eq!(load(&format!("rooms,a,y\n{rows}"), |_| ()).unwrap().features.len(), 4);
}

/// The same column, written with commas in the training file and with points in the test file, is never off by a thousand unsaid.
#[test]
fn test_files_that_write_numbers_in_another_way_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.csv");
    let with = |train: &str, test: &str| {
        std::fs::write(&path, test).unwrap();
        load(train, |spec| spec.test_data = Some(path.clone()))
    };
    let error = with("a;b;y\n1.200,5;1;0\n2.300,25;2;1\n", "a,b,y\n1.200,1,0\n2.300,2,1\n").unwrap_err();
    assert!(error.contains("those of the training data have commas"), "{error}");
    let notes = with("a,b,y\n5708,1,0\n2300,2,1\n", "a,b,y\n5.708,1,0\n2.300,2,1\n").unwrap().notes;
    assert!(notes.iter().any(|note| note.ends_with("(is a point between thousands?): a")), "{notes:?}");
}

#[test]
fn many_levels_are_left_out_and_fifty_are_not() {
    let with = |levels: usize| {
        let rows: String = (0..200).map(|i| format!("{}.5,k{},{}\n", i % 7, i % levels, i % 2)).collect();
        load(&format!("a,kind,y\n{rows}"), |_| ()).unwrap()
    };
    assert_eq!(with(50).features.len(), 51);
    let many = with(51);
    assert_eq!(many.features, ["a"]);
    assert_eq!(many.notes[1], "left out: kind (51 different texts)");
}

#[test]
fn truth_values_dates_and_numbers_as_people_write_them() {
    let text = "on,day,at,price,share,y\ntrue,1912-01-13,06:30,\"$1,888.50\",5%,a\nFalse,1912-01-15,12:00,$20,0.5%,b\n";
    let (names, x) = features(text);
    assert_eq!(names, ["on", "day", "at", "price", "share"]);
    assert_eq!(x, array![[1.0, 0.0, 6.5, 1888.5, 5.0], [0.0, 2.0, 12.0, 20.0, 0.5]]);
    let notes = load(text, |_| ()).unwrap().notes;
    assert_eq!(notes[1], "read as numbers, without their separators and marks: price, share");
    assert_eq!(notes[2], "dates and times are numbers: day, days from 1912-01-13, at, hours from midnight");
    // Also where three digits follow every point, and the file has semicolons or other columns tell.
    let grouped = |text: &str| features(text).1.column(0).to_vec();
    assert_eq!(grouped("a;b;y\n1.200;0,5;1\n2.400;1,25;0\n"), [1200.0, 2400.0]);
    assert_eq!(grouped("a;y\n1.200;1\n2.400;0\n"), [1200.0, 2400.0]);
    assert_eq!(grouped("a;b;y\n1.200;0.5;1\n2.400;1.25;0\n"), [1.2, 2.4]);
    assert_eq!(grouped("a,y\n1.200,1\n2.400,0\n"), [1.2, 2.4]);
    // A comma between digits is what it is in other columns of the file.
    let decimal = |text: &str| features(text).1;
    assert_eq!(decimal("a;b;y\n1,888;0,5;1\n2,752;1,25;0\n"), array![[1.888, 0.5], [2.752, 1.25]]);
    assert_eq!(decimal("a;b;y\n1,888;0.5;1\n2,752;1.25;0\n"), array![[1888.0, 0.5], [2752.0, 1.25]]);
}

#[test]
fn words_for_what_is_not_known_are_missing_and_slips_are_errors() {
    let rows = |odd: &str| table("a", |i| if i == 3 { odd.to_owned() } else { format!("{i}.5") });
    let data = load(&rows("unknown"), |_| ()).unwrap();
    assert_eq!(data.features, ["a", "a missing"]);
    assert!(data.notes.iter().any(|note| note == "taken as missing: \"unknown\" in a"), "{:?}", data.notes);
    let slip = |cell: &dyn Fn(usize) -> String| {
        let rows: String =
            (0..90).map(|i| format!("{},{}\n", if i == 3 { "1o".to_owned() } else { cell(i) }, i % 2)).collect();
        load(&format!("a,y\n{rows}"), |_| ()).unwrap_err()
    };
    let number = slip(&|i| format!("{i}.5"));
    assert!(number.starts_with("a.csv, row 5, column \"a\": \"1o\" is not a number, as nearly all others"), "{number}");
    let money = slip(&|i| format!("${i}"));
    assert!(money.contains("\"1o\" is not a number"), "{money}");
    let date = slip(&|i| format!("2020-{:02}-{:02}", 1 + i % 12, 1 + i % 28));
    assert!(date.contains("\"1o\" is not a date"), "{date}");
    // What has few levels may be numbers and more.
    let floors = table("floor", |i| if i == 3 { "G".to_owned() } else { (i % 4).to_string() });
    assert_eq!(load(&floors, |_| ()).unwrap().features.len(), 5);
}

#[test]
fn strict_refuses_and_leaves_out_nothing() {
    let strict = |text: &str| load(text, |spec| spec.strict = true);
    let error = strict("a,b,y\n1,x,0\n2,z,1\n").unwrap_err();
    assert!(error.starts_with("a.csv, row 2, column \"b\": \"x\" is not a number, and --strict takes"), "{error}");
    assert!(strict("a,b,y\n1,,0\n2,3,1\n").unwrap_err().contains("the cell is empty"));
    assert_eq!(strict("id,b,y\n1,7,0\n2,7,1\n").unwrap().train.x, array![[1.0, 7.0], [2.0, 7.0]]);
}

#[test]
fn levels_are_those_of_the_training_samples() {
    let rows: String = (0..40).map(|i| format!("{}.5,{},{}\n", i % 7, ["a", "b", "c"][i % 3], i % 2)).collect();
    let text = format!("n,kind,y\n{rows}1,rare,0\n");
    for seed in 0..20 {
        let data = load(&text, |spec| (spec.test_share, spec.split_seed) = (0.2, seed)).unwrap();
        let test = data.test.unwrap();
        assert_eq!(test.x.ncols(), data.train.x.ncols());
        let is_trained = data.features.iter().any(|name| name == "kind=rare");
        let kinds =
            |x: &Array2<f64>| -> Vec<f64> { x.rows().into_iter().map(|row| row.iter().skip(1).sum()).collect() };
        assert!(kinds(&data.train.x).iter().all(|&sum| sum == 1.0));
        assert_eq!(kinds(&test.x).iter().filter(|&&sum| sum == 0.0).count(), usize::from(!is_trained));
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    columns: Vec<ColumnPlan>,
}

/// What was done is kept, and done again to other cells.
#[test]
fn a_plan_makes_the_same_features_of_other_files() {
    let text =
        "age,day,fur,price,name,y\n1,2020-01-02,short,$5,ann,0\n,2020-01-05,long,\"$1,000\",bob,1\n3,,,$7,cy,0\n";
    let data = load(text, |spec| spec.drop = Some("name".parse().unwrap())).unwrap();
    let plans: Vec<ColumnPlan> = data.columns.iter().map(|column| column.plan.clone()).collect();
    let kept: Kept = toml::from_str(&toml::to_string(&Kept { columns: plans.clone() }).unwrap()).unwrap();
    assert_eq!(kept.columns, plans);
    let json = serde_json::to_string(&plans).unwrap();
    assert_eq!(serde_json::from_str::<Vec<ColumnPlan>>(&json).unwrap(), plans);
    let again = load(text, |spec| spec.columns.clone_from(&plans)).unwrap();
    assert_eq!((again.train.x, again.features), (data.train.x, data.features));
    // Another file, of which another plan would be made.
    let other = "fur,more,price,day,age,y\ncurly,1,9,2020-01-03,,1\nlong,2,$8,2020-01-02,4,0\n";
    let other = load(other, |spec| spec.columns.clone_from(&plans)).unwrap();
    assert_eq!(other.train.x.row(0).to_vec(), [2.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 9.0]);
    assert_eq!(other.train.x.row(1).to_vec(), [4.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 8.0]);
    let error = load("age,y\n1,0\n2,1\n", |spec| spec.columns.clone_from(&plans)).unwrap_err();
    assert!(error.contains("it has no column \"day\", which the plan of columns has"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is in a table: features are finite, as many as are named, and the same from a plan that was kept.
    #[test]
    fn features_are_finite_and_come_back_from_the_plan(
        cells in prop::collection::vec(
            prop::collection::vec("(|a|b|true|1|2|-3.5|\"1,5\"|NA|2020-01-0[1-9]|[a-c]{1,2})", 4), 4..30),
    ) {
        let rows: String =
            cells.iter().enumerate().map(|(i, cells)| format!("{},{}\n", cells.join(","), ["u", "v"][i % 2])).collect();
        let text = format!("p,q,r,s,y\n{rows}");
        let Ok(data) = load(&text, |spec| spec.test_share = 0.3) else { return Ok(()) };
        let test = data.test.unwrap().x;
        prop_assert!(data.train.x.iter().chain(&test).all(|value| value.is_finite()));
        prop_assert_eq!((data.train.x.ncols(), test.ncols()), (data.features.len(), data.features.len()));
        let plans: Vec<ColumnPlan> = data.columns.iter().map(|column| column.plan.clone()).collect();
        let again = load(&text, |spec| (spec.columns, spec.test_share) = (plans.clone(), 0.3)).unwrap();
        prop_assert_eq!((again.train.x, again.test.unwrap().x), (data.train.x, test));
    }
}
