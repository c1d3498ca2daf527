use super::{classes, comparison, runs};
use crate::data::Kind;
use crate::report::terminal::{plain, spark};
use crate::run::{ClassFigures, Figures, Record, Run};

fn run(losses: &[f64]) -> Run {
    Run {
        case: None,
        init: "he".into(),
        seed: 1,
        status: "finished",
        step: None,
        train: Figures { loss: 0.5, accuracy: Some(0.9), classes: None },
        test: None,
        targets: None,
        trace: losses.iter().enumerate().map(|(step, &loss)| Record { step, loss }).collect(),
        steps: 10,
        best: None,
        reached: None,
        seconds: 0.1,
    }
}

#[test]
fn bars_fall_with_the_loss_and_show_what_is_not_finite() {
    assert_eq!(spark(&[1.0, 0.1, 0.01]), "█▅▁");
    assert_eq!(spark(&[0.693, 0.693]), "▄▄");
    assert_eq!(spark(&[1.0, 8.0, f64::NAN]), "▁█!");
    assert_eq!(spark(&[]), "");
    assert_eq!(spark(&[1.0; 100]).chars().count(), 10);
}

#[test]
fn of_a_long_run_the_same_bars_are_shown() {
    let losses: Vec<f64> = (0..1000).map(|i| 1.0 / f64::from(i + 1)).collect();
    let text = plain(runs(&[run(&losses)]));
    assert!(text.contains(&spark(&losses)), "{text}");
}

#[test]
fn what_accuracy_does_not_say_has_a_table_of_its_own() {
    let kind = Kind::Classes(vec!["no".to_owned(), "yes".to_owned()]);
    assert!(classes(&[run(&[1.0])], &kind).is_empty());
    let of_classes = Some(ClassFigures { balanced_accuracy: 0.75, f1: None, auc: Some(0.8125) });
    let told = Run { train: Figures { loss: 0.5, accuracy: Some(0.9), classes: of_classes }, ..run(&[1.0]) };
    assert_eq!(
        plain(classes(&[told], &kind)),
        "by class, on the training samples\n\
         init  seed    acc.  balanced  F1 of \"yes\"     AUC\n\
         he       1  0.9000    0.7500            -  0.8125\n"
    );
}

#[test]
fn tables_fit_eighty_columns() {
    let long = Run { init: "he-truncated:0.123456/glorot-uniform:2/orthogonal/zeros".into(), ..run(&[1.0; 30]) };
    let tested = Run { test: Some(Figures { loss: 1e-5, accuracy: Some(0.8), classes: None }), ..long };
    let compared = crate::compare::compare(&[tested.clone(), run(&[1.0])], Some(0.95));
    for blocks in [runs(&[tested]), comparison(&compared, false).blocks, comparison(&compared, true).blocks] {
        let text = plain(blocks);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("0.8000"), "{text}");
        // A scheme is never cut.
        let schemes = ["he-truncated:0.123456/", "glorot-uniform:2/", "orthogonal/zeros"];
        assert!(schemes.iter().all(|scheme| text.contains(scheme)), "{text}");
    }
}
