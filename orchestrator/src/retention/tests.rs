use serde_json::json;

use super::*;

#[track_caller]
fn check(runs: Option<usize>, days: Option<u64>, expected: Result<(), &str>) {
    let checked = Retention { runs, days }.check().map_err(|error| error.message);
    assert_eq!(checked, expected.map_err(str::to_owned));
}

#[test]
fn nonsense_is_refused() {
    check(None, None, Ok(()));
    check(Some(1), Some(1), Ok(()));
    check(Some(0), None, Err("`retention.runs` is not between 1 and 1000000"));
    check(None, Some(3_651), Err("`retention.days` is not between 1 and 3650"));
    let unknown = serde_json::from_value::<Retention>(json!({ "weeks": 2 }));
    assert!(unknown.is_err());
}
