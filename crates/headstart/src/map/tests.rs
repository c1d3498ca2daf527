use super::*;
use headstart_engine::watch::Watch;
use std::path::Path;

const COMMON: &str = "[data]\ndata = 'circles'\nsamples = [30, 10]\n[training]\nsteps = 20\n";
const AXES: &str = "study = { axes = ['lr=0.001..10:12', 'gain=0.1..10:11'] }";

fn study(axes: &str) -> Study {
    Study::new(MapSpec::from_toml(&format!("{axes}\n{COMMON}")).unwrap().study()).unwrap()
}

fn mapped<'a>(study: &'a Study, show: MapSection, threads: usize, store: Option<&Path>) -> Mapping<'a> {
    let writer = store.map(|path| Writer::open(path, study, crate::study::store::Shard::WHOLE).unwrap());
    let mut mapping = Mapping::new(study, show, false, writer).unwrap();
    assert!(!mapping.run(None, &Host::here(threads), |_| Ok(())).unwrap());
    mapping
}

#[test]
fn rows_are_from_bottom_to_top_and_columns_from_left_to_right() {
    let study = study(AXES);
    let mapping = mapped(&study, MapSection::default(), 2, None);
    let map = mapping.picture();
    assert_eq!((map.x.name.as_str(), map.y.name.as_str()), ("gain", "learning rate"));
    assert_eq!((map.panels[0].cells.len(), map.panels[0].cells[0].len()), (12, 11));
    // Row 3, column 5.
    let alone = crate::task::Task::new(study.cell(3 * 11 + 5).unwrap()).unwrap().run_all(1);
    assert_eq!(Some(map.panels[0].cells[3][5]), alone[0].test.unwrap().accuracy);
    assert_eq!(map.lines.len(), 1);
}

/// Whatever stops it: what is refined afterwards is what would have been.
#[test]
fn a_refined_map_that_was_stopped_ends_as_if_it_had_not_been() {
    let study = study(AXES);
    let show = MapSection { value: Some(Value::Loss), refine: Some(0.6) };
    let undisturbed = mapped(&study, show, 2, None);
    assert!(undisturbed.cells().done() < 90);
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("map.db");
    let open = || Writer::open(&store, &study, crate::study::store::Shard::WHOLE).unwrap();
    for stop_after in [10, 37, 60] {
        let watch = Watch::default();
        let mut mapping = Mapping::new(&study, show, false, Some(open())).unwrap();
        let look = |so_far: &Mapping| {
            if so_far.cells().done() >= stop_after {
                watch.stop();
            }
            Ok(())
        };
        mapping.run(None, &Host::here(1).watched_by(&watch), look).unwrap();
    }
    let resumed = mapped(&study, show, 1, Some(&store));
    assert_eq!(resumed.picture(), undisturbed.picture());
    assert_eq!(Store::open(&store).unwrap().count().unwrap(), undisturbed.cells().done() as u64);
}

#[test]
fn what_is_no_picture_is_refused() {
    let refused = |axes: &str, show: MapSection| {
        Mapping::new(&study(axes), show, false, None).map(|_| ()).unwrap_err().to_string()
    };
    let show = MapSection::default();
    assert!(refused("study = { axes = ['lr=1,2'] }", show).contains("this study has 1"));
    assert!(refused("study = { axes = ['lr=1,2', 'init=he,glorot'] }", show).contains("are numbers"));
    assert!(refused("study = { axes = ['lr=2,1', 'gain=1,2'] }", show).contains("have to rise"));
    assert!(refused(AXES, MapSection { refine: Some(2.0), ..show }).contains("a share of the cells"));
}
