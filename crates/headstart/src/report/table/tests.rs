use super::runs::sparkline;
use super::{classes, comparison, runs};
use crate::data::Kind;
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
fn a_sparkline_falls_with_the_loss_and_shows_what_is_not_finite() {
    assert_eq!(sparkline(&run(&[1.0, 0.1, 0.01])), "█▅▁");
    assert_eq!(sparkline(&run(&[0.693, 0.693])), "▄▄");
    assert_eq!(sparkline(&run(&[1.0, 8.0, f64::NAN])), "▁█!");
    assert_eq!(sparkline(&run(&[])), "");
    assert_eq!(sparkline(&run(&vec![1.0; 100])).chars().count(), 10);
}

#[test]
fn what_accuracy_does_not_say_has_a_table_of_its_own() {
    let kind = Kind::Classes(vec!["no".to_owned(), "yes".to_owned()]);
    assert_eq!(classes(&[run(&[1.0])], &kind), "");
    let of_classes = Some(ClassFigures { balanced_accuracy: 0.75, f1: None, auc: Some(0.8125) });
    let told = Run { train: Figures { loss: 0.5, accuracy: Some(0.9), classes: of_classes }, ..run(&[1.0]) };
    assert_eq!(
        classes(&[told], &kind),
        "\nby class, on the training samples\n\
         init  seed    acc.  balanced  F1 of \"yes\"     AUC\n\
         he       1  0.9000    0.7500            -  0.8125\n"
    );
}

#[test]
fn tables_fit_eighty_columns() {
    let long = Run { init: "he-truncated:0.123456/glorot-uniform:2/orthogonal/zeros".into(), ..run(&[1.0; 30]) };
    let tested = Run { test: Some(Figures { loss: 1e-5, accuracy: Some(0.8), classes: None }), ..long };
    let compared = crate::compare::compare(&[tested.clone(), run(&[1.0])], Some(0.95));
    for text in [runs(&[tested]), comparison(&compared, false), comparison(&compared, true)] {
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("0.8000"), "{text}");
        // A scheme is never cut.
        let schemes = ["he-truncated:0.123456/", "glorot-uniform:2/", "orthogonal/zeros"];
        assert!(schemes.iter().all(|scheme| text.contains(scheme)), "{text}");
    }
}
