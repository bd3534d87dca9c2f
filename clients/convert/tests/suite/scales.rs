//! Scales that a version's tensors get.

use crate::common::{difference, f32s, write, Tensor};
use quorate_convert::{convert, ConvertError, Job, Options, Report, ScaleOrigin};

fn version(tensors: &[Tensor<'_>], scales: &[(&str, i8)]) -> Result<Report, ConvertError> {
    let folder = tempfile::tempdir().unwrap();
    let input = write(&folder.path().join("in"), tensors);
    let options = Options {
        scales: scales
            .iter()
            .map(|(pattern, scale)| (pattern.parse().unwrap(), *scale))
            .collect(),
        ..Options::default()
    };
    convert(&input, &folder.path().join("out"), &Job::Model(options), &|_, _| ())
}

fn scales(report: &Report) -> Vec<(&str, i8, Option<ScaleOrigin>)> {
    report
        .tensors
        .iter()
        .map(|t| (t.name.as_str(), t.scale, t.origin))
        .collect()
}

#[test]
fn scales_should_follow_magnitudes_and_roles_unless_given() {
    let tensors: [Tensor<'_>; 4] = [
        ("bn.running_mean", "F32", &[2], f32s(&[0.0, 0.0])),
        ("bn.running_var", "F32", &[2], f32s(&[900.0, 1.0])),
        ("fc.bias", "F32", &[2], f32s(&[-100.0, 0.5])),
        ("fc.weight", "F32", &[2], f32s(&[0.25, 0.5])),
    ];
    let report = version(&tensors, &[]).unwrap();
    let magnitude = Some(ScaleOrigin::Magnitude);
    assert_eq!(
        scales(&report),
        [
            ("bn.running_mean", 18, magnitude),
            ("bn.running_var", 8, magnitude),
            ("fc.bias", 22, magnitude),
            ("fc.weight", 24, magnitude)
        ]
    );
    assert!(
        report.notes()[0].starts_with("3 scales are below 24"),
        "{:?}",
        report.notes()
    );
    let report = version(&tensors, &[("*", 20), ("bn.*", -3)]).unwrap();
    let given = Some(ScaleOrigin::Given);
    assert_eq!(
        scales(&report),
        [
            ("bn.running_mean", -3, given),
            ("bn.running_var", -3, given),
            ("fc.bias", 20, given),
            ("fc.weight", 20, given)
        ]
    );
    assert!(report.notes().is_empty());
}

#[test]
fn an_update_of_grown_statistics_should_fit_the_proposed_scale() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let tensors = |mean: f32, var: f32| -> Vec<Tensor<'static>> {
        vec![
            ("bn.running_mean", "F32", &[1], f32s(&[mean])),
            ("bn.running_var", "F32", &[1], f32s(&[var])),
            ("fc.weight", "F32", &[1], f32s(&[1.0])),
        ]
    };
    let fresh = write(&at("fresh"), &tensors(0.0, 1.0));
    let base = at("base");
    convert(&fresh, &base, &Job::Model(Options::default()), &|_, _| ()).unwrap();
    let trained = write(&at("trained"), &tensors(-80.0, 4000.0));
    convert(&trained, &at("update"), &difference(&base), &|_, _| ()).unwrap();
}

#[test]
fn a_scale_that_no_grid_has_should_be_refused_by_its_tensor() {
    let error = version(&[("w", "F32", &[1], f32s(&[1.0]))], &[("*", 41)])
        .unwrap_err()
        .to_string();
    assert!(error.contains("\"w\"") && error.contains("41"), "{error}");
}

#[test]
fn a_value_that_is_not_finite_should_be_found_whatever_the_scales() {
    for scales in [&[][..], &[("*", 3)]] {
        let result = version(&[("w", "F32", &[2], f32s(&[1.0, f32::NEG_INFINITY]))], scales);
        assert!(
            matches!(result, Err(ConvertError::NonFinite { index: 1, .. })),
            "{result:?}"
        );
    }
}
