//! Expressions have one form each, and their values are those of integers.

use proptest::prelude::*;
use quorate_program::{Expression, Sizes};

fn sizes(n: u64, m: u64) -> Sizes {
    Sizes::from([("n".into(), n), ("m".into(), m)])
}

fn n() -> Expression {
    Expression::dimension("n")
}

#[test]
fn what_a_divisor_divides_should_stand_outside_a_quotient() {
    // ⌊(32n + 5) / 2⌋ = 16n + 2, and of its half again nothing is left inside.
    let e = n().times(&32.into()).unwrap().plus(&5.into()).unwrap();
    let half = e.quotient(2).unwrap().unwrap();
    assert_eq!(half, n().times(&16.into()).unwrap().plus(&2.into()).unwrap());
    assert_eq!(half.quotient(16).unwrap().unwrap(), n());
}

#[test]
fn a_quotient_by_an_expression_should_be_exact_or_none() {
    let product = n()
        .times(&Expression::dimension("m"))
        .unwrap()
        .times(&12.into())
        .unwrap();
    let half = product.divided(&n().times(&4.into()).unwrap()).unwrap();
    assert_eq!(half, Some(Expression::dimension("m").times(&3.into()).unwrap()));
    assert_eq!(product.divided(&n().times(&5.into()).unwrap()).unwrap(), None);
    assert_eq!(n().plus(&1.into()).unwrap().divided(&n()).unwrap(), None);
}

#[test]
fn an_expression_should_be_read_in_the_one_form_that_is_written() {
    for (text, value) in [
        ("5", true),
        ("[[1,\"n\"]]", true),
        ("[[1,{\"floor\":[[1,\"n\"]],\"of\":2}]]", true),
    ] {
        let read: Expression = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap() == text, value, "{text}");
    }
    // Another order, or what can be simplified, is written otherwise.
    for text in [
        "[[5]]",
        "[[1,\"n\"],[1]]",
        "[[0,\"n\"]]",
        "[[1,{\"floor\":[[2,\"n\"]],\"of\":2}]]",
    ] {
        let read: Expression = serde_json::from_str(text).unwrap();
        assert_ne!(serde_json::to_string(&read).unwrap(), text);
    }
    for text in [
        "[]x",
        "[[\"n\"]]",
        "[[1,{\"floor\":3,\"of\":0}]]",
        "9007199254740992",
        "[[1,2]]",
        "1.5",
    ] {
        assert!(serde_json::from_str::<Expression>(text).is_err(), "{text}");
    }
}

fn expressions() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        (-40i64..40).prop_map(Expression::from),
        Just(n()),
        Just(Expression::dimension("m")),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.plus(&b).unwrap_or_default()),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.times(&b).unwrap_or_default()),
            (inner, 1i64..9).prop_map(|(a, k)| a.quotient(k).ok().flatten().unwrap_or_default()),
        ]
    })
}

proptest! {
    #[test]
    fn operations_should_have_the_values_of_integers(a in expressions(), b in expressions(), k in 1i64..9, x in 1u64..50, y in 1u64..50) {
        let at = sizes(x, y);
        let (of_a, of_b) = (a.value(&at), b.value(&at));
        prop_assume!(of_a.is_some() && of_b.is_some());
        let (of_a, of_b) = (of_a.unwrap(), of_b.unwrap());
        if let Ok(sum) = a.plus(&b) {
            prop_assert_eq!(sum.value(&at), of_a.checked_add(of_b));
        }
        if let Ok(product) = a.times(&b) {
            if let Some(value) = product.value(&at) {
                prop_assert_eq!(Some(value), of_a.checked_mul(of_b));
            }
        }
        if let Ok(Some(quotient)) = a.quotient(k) {
            prop_assert_eq!(quotient.value(&at), Some(of_a.div_euclid(k)));
        }
        if let Ok(difference) = a.minus(&a) {
            prop_assert_eq!(difference, Expression::from(0));
        }
        let text = serde_json::to_string(&a).unwrap();
        prop_assert_eq!(serde_json::from_str::<Expression>(&text).unwrap(), a);
    }
}
