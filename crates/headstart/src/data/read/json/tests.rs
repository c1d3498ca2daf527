use super::{FORMAT, parse};
use crate::data::read::cells::tests::{numbers, read, same, text, within};
use crate::data::table::{self, Table};
use crate::data::{DataError, content};

fn parsed(text: &str) -> Table {
    assert!((FORMAT.recognises)(text.as_bytes()), "{text}");
    read(parse, "a.json", text).unwrap()
}

fn error(text: &str) -> String {
    read(parse, "a.json", text).err().unwrap().to_string()
}

fn is(table: &Table, names: Option<&[&str]>, columns: &[table::Column]) {
    assert_eq!(
        table.names.as_ref().map(|names| names.iter().map(String::as_str).collect::<Vec<_>>()).as_deref(),
        names
    );
    assert_eq!(table.columns.len(), columns.len());
    let mut pairs = table.columns.iter().zip(columns);
    assert!(pairs.all(|(found, right)| same(found, right)), "{:?}", table.columns);
}

/// What pandas 3.1 writes of one frame, in all its orientations.
#[test]
fn as_pandas_writes_it() {
    let columns = [numbers(&[1.5, f64::NAN]), numbers(&[2.0, 3.0]), text(&["cat", "d\"g"]), numbers(&[1.0, 0.0])];
    for text in [
        r#"[{"a":1.5,"b":2,"kind":"cat","yes":true},{"a":null,"b":3,"kind":"d\"g","yes":false}]"#,
        r#"{"a":{"0":1.5,"1":null},"b":{"0":2,"1":3},"kind":{"0":"cat","1":"d\"g"},"yes":{"0":true,"1":false}}"#,
        r#"{"0":{"a":1.5,"b":2,"kind":"cat","yes":true},"1":{"a":null,"b":3,"kind":"d\"g","yes":false}}"#,
        r#"{"columns":["a","b","kind","yes"],"index":[0,1],"data":[[1.5,2,"cat",true],[null,3,"d\"g",false]]}"#,
        r#"{"schema":{"fields":[{"name":"index","type":"integer"},{"name":"a","type":"number"}],"primaryKey":["index"]},
            "data":[{"index":0,"a":1.5,"b":2,"kind":"cat","yes":true},{"index":1,"a":null,"b":3,"kind":"d\"g","yes":false}]}"#,
        "{\"a\":1.5,\"b\":2,\"kind\":\"cat\",\"yes\":true}\n{\"a\":null,\"b\":3,\"kind\":\"d\\\"g\",\"yes\":false}\n",
        // Not pandas, but much alike.
        r#"{"a":[1.5,null],"b":[2,3],"kind":["cat","d\"g"],"yes":[true,false]}"#,
    ] {
        is(&parsed(text), Some(&["a", "b", "kind", "yes"]), &columns);
    }
    is(&parsed(r#"[[1.5,2,"cat",true],[null,3,"d\"g",false]]"#), None, &columns);
}

#[test]
fn records_need_not_have_all_keys() {
    let table = parsed(r#" [ {"a": 1}, {"b": "x", "a": 2}, {} , {"b": "NA"}]"#);
    is(&table, Some(&["a", "b"]), &[numbers(&[1.0, 2.0, f64::NAN, f64::NAN]), text(&["", "x", "", ""])]);
    let mixed = parsed(r#"[{"a": 1}, {"a": "x"}, {"a": 9007199254740993}]"#);
    is(&mixed, Some(&["a"]), &[text(&["1", "x", "9007199254740992"])]);
    let rounded = parsed(r#"[{"a": 9007199254740993}]"#);
    is(&rounded, Some(&["a"]), &[table::Column::Numbers { values: vec![9007199254740992.0], rounded: true }]);
    is(&parsed(r#"{"a": 1, "b": "x"}"#), Some(&["a", "b"]), &[numbers(&[1.0]), text(&["x"])]);
}

#[test]
fn lines_have_numbers() {
    let table = parsed("{\"a\": 1}\n\n{\"a\": 2}\r\n");
    is(&table, Some(&["a"]), &[numbers(&[1.0, 2.0])]);
    assert_eq!(table.rows, content::Rows::Numbered(vec![1, 3]));
    assert!(error("{\"a\": 1}\n\n{\"a\": [2]}\n").starts_with("a.json, row 3: \"a\" is a list or an object within"));
    assert!(error("{\"a\": 1}\n{\"a\": 2\n").starts_with("a.json cannot be read as JSON: line 2: EOF"));
}

#[test]
fn what_is_no_table_is_refused_with_its_key() {
    for nested in [
        r#"[{"a": {"b": 1}}]"#,
        r#"[{"a": [1]}]"#,
        "[[1], [[2]]]",
        r#"{"a": [[1, 2]]}"#,
        r#"{"a": {"0": {"b": 1}}}"#,
        r#"{"a": [{"b": 1}], "c": [{"b": 1}]}"#,
    ] {
        assert!(error(nested).contains("is a list or an object within the table"), "{nested}: {}", error(nested));
    }
    assert!(error(r#"[{"a": 1}, 5]"#).contains("row 2: this row is one value"));
    assert!(error(r#"[{"a": 1}, [5]]"#).contains("row 2: this row is a list"));
    assert!(error(r#"[[1], {"a": 5}]"#).contains("row 2: this row is an object"));
    assert!(error("[[1, 2], [5]]").contains("row 2: there are 1 cells where the first row has 2"));
    assert!(error("[[1, 2], [5, 6, 7]]").contains("row 2: there are more than the 2 cells"));
    assert!(error(r#"[{"a": 1, "a": 2}]"#).contains("row 1: the key \"a\" is there twice"));
    assert!(error(r#"{"a": [1], "a": [2]}"#).contains("the key \"a\" is there twice"));
    assert!(error(r#"{"a": [1], "b": [2, 3]}"#).contains("column \"b\" has 2 rows where the first one has 1"));
    assert!(error(r#"{"a": {"0": 1, "1": 2}, "b": {"1": 2, "0": 1}}"#).contains("the same order"));
    assert!(error(r#"{"a": [1], "b": 2}"#).contains("b has one value where others have a list"));
    assert!(error(r#"{"columns": ["a"], "data": [[1, 2]]}"#).contains("1 names in \"columns\", but 2 cells"));
    assert!(error(r#"{"a": [1, {"b": 2}]}"#).contains("within the table"));
    assert!(error("5").contains("one value and not a table"));
    for empty in ["[]", "{}", r#"{"a": []}"#] {
        assert!(error(empty).contains("there are no rows"), "{empty}");
    }
    assert!(error("[{}]").contains("no columns"));
}

#[test]
fn damage() {
    assert!(error(r#"[{"a": 1}, {"a""#).starts_with("a.json cannot be read as JSON: EOF"));
    assert!(error(r#"[{"a": NaN}]"#).ends_with("(JSON has no NaN and no Infinity: write null)"));
    assert!(error(&"[".repeat(100_000)).contains("within the table"));
    assert!(error(r#"[{"a": 1}] x"#).contains("trailing characters"));
    assert_eq!(error(" \n"), "a.json: the file is empty");
    assert!(read(parse, "a.json", *b"[\xff]").is_err());
}

#[test]
fn all_is_within_the_budget() {
    // A new key in each record makes a column that has all rows.
    let records: Vec<String> = (0..2000).map(|i| format!("{{\"{i}\": 1}}")).collect();
    let bomb = format!("[{}]", records.join(","));
    assert!(matches!(within(parse, "a.json", bomb, 5_000_000), Err(DataError::TooLarge { .. })));
    let wide = format!("[[{}1]]", "1,".repeat(50_000));
    assert!(matches!(within(parse, "a.json", wide, 1_000_000), Err(DataError::TooLarge { .. })));
}
