//! Expressions have one form each, and their values are those of integers.

use proptest::prelude::*;
use quorate_program::{expression::TooLarge, Expression, Sizes};

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
    for text in [
        "5",
        "0",
        "-9007199254740991",
        "[[1,\"n\"]]",
        "[[3],[-1,\"n\"],[1,\"n\",\"n\"]]",
        "[[1,\"m\",{\"floor\":[[1],[1,\"n\"]],\"of\":2}]]",
        "[[1,{\"floor\":[[1,\"n\"]],\"of\":9007199254740991}]]",
    ] {
        let read: Expression = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }
    // Another order, what can be simplified, what is too much.
    for text in [
        "[]",
        "[]x",
        "[[5]]",
        "[[1,\"n\"],[1]]",
        "[[1],[0,\"n\"]]",
        "[[1,\"n\"],[1,\"n\"]]",
        "[[1,\"n\",\"m\"]]",
        "[[1,\"n\"],[1,\"m\"]]",
        "[[1,{\"floor\":[[1,\"n\"]],\"of\":2},\"n\"]]",
        "[[1,{\"floor\":[[2,\"n\"]],\"of\":2}]]",
        "[[1,{\"floor\":[[2],[1,\"n\"]],\"of\":2}]]",
        "[[1,{\"floor\":[[-1],[1,\"n\"]],\"of\":2}]]",
        "[[1,{\"floor\":3,\"of\":2}]]",
        "[[1,{\"floor\":[[1,\"n\"]],\"of\":1}]]",
        "[[1,{\"floor\":[[1,\"n\"]],\"of\":9007199254740992}]]",
        "[[1,{\"of\":2,\"floor\":[[1,\"n\"]]}]]",
        "[[1,{\"floor\":[[1,\"n\"]],\"of\":2,\"of\":2}]]",
        "[[1,{\"floor\":[[1,\"n\"]]}]]",
        "[[1,[[1,\"n\"]]]]",
        "[[9007199254740992,\"n\"]]",
        "[[1,\"n\",\"n\",\"n\",\"n\",\"n\",\"n\",\"n\",\"n\",\"n\"]]",
        "{\"floor\":[[1,\"n\"]],\"of\":2}",
        "\"n\"",
        "null",
        "[[\"n\"]]",
        "[[1,{\"floor\":3,\"of\":0}]]",
        "9007199254740992",
        "[[1,2]]",
        "1.5",
    ] {
        assert!(serde_json::from_str::<Expression>(text).is_err(), "{text}");
    }
}

/// n with so many quotients around it, and 1 added in each so that they do not become one.
fn nested(depth: usize) -> Result<Expression, TooLarge> {
    (0..depth).try_fold(n(), |e, _| Ok(e.plus(&1.into())?.quotient(2)?.unwrap()))
}

#[test]
fn expressions_should_be_no_larger_than_they_may_be() {
    let deepest = nested(16).unwrap();
    assert_eq!(nested(17), Err(TooLarge));
    let text = serde_json::to_string(&deepest).unwrap();
    assert_eq!(serde_json::from_str::<Expression>(&text).unwrap(), deepest);
    for depth in [17, 40] {
        let text = (1..depth).fold("[[1,\"n\"]]".to_string(), |e, _| {
            format!("[[1,{{\"floor\":[[1],{}],\"of\":2}}]]", &e[1..e.len() - 1])
        });
        assert_eq!(
            serde_json::from_str::<Expression>(&text).is_ok(),
            depth == 17,
            "{depth}"
        );
    }
    // Powers of one dimension, and sums of several.
    let power = |k: usize| (0..k).try_fold(Expression::from(1), |e, _| e.times(&n()));
    assert!(power(8).is_ok());
    assert_eq!(power(9), Err(TooLarge));
    let sum = |k: usize| {
        (0..k).try_fold(Expression::default(), |e, i| {
            e.plus(&Expression::dimension(&i.to_string()))
        })
    };
    assert!(sum(64).is_ok());
    assert_eq!(sum(65), Err(TooLarge));
    assert_eq!(sum(9).unwrap().times(&sum(64).unwrap()), Err(TooLarge));
    // 64 products of 8 factors, two of them quotients with 6 parts: more than 1,024 parts.
    let sum_of_both = n().plus(&Expression::dimension("m")).unwrap();
    let q = |k: i64| sum_of_both.plus(&k.into()).unwrap().quotient(9).unwrap().unwrap();
    let wide = (0..64).try_fold(Expression::default(), |e, i| {
        let own = Expression::dimension(&format!("d{i}")).times(&q(1).times(&q(2))?)?;
        e.plus(&own.times(&power(5)?)?)
    });
    assert!(wide.is_err());
    assert_eq!(q(1).parts(), 8);
    assert_eq!(
        n().times(&i64::from(i32::MAX).into()).unwrap().quotient(i64::MAX),
        Err(TooLarge)
    );
    // What is too large on the way alone is none of it: (2^40 n + 1)(2^40 m − 1) is, (2^26 n)(2^26 n) is not.
    let large = |e: Expression, k: i64| e.times(&(1 << k).into()).unwrap();
    assert_eq!(large(n(), 40).times(&large(n(), 40)), Err(TooLarge));
    assert!(large(n(), 26).times(&large(n(), 26)).is_ok());
}

#[test]
fn an_equal_sum_should_not_depend_on_the_order_of_its_making() {
    let m = Expression::dimension("m");
    let a = n().plus(&m).unwrap().times(&n().minus(&m).unwrap()).unwrap();
    let b = n().times(&n()).unwrap().minus(&m.times(&m).unwrap()).unwrap();
    assert_eq!(a, b);
    assert_eq!(serde_json::to_string(&a).unwrap(), "[[-1,\"m\",\"m\"],[1,\"n\",\"n\"]]");
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
