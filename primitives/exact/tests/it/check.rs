use codec::{DecodeAll, Encode, MaxEncodedLen};
use proptest::prelude::*;
use quorate_exact::{
    grid::{dequantize, Q_MAX},
    Account, Kind, Malformed, ModelChecker, ModelHeader, Root, UpdateChecker, UpdateHeader,
};

use crate::common::{property, resnet};

fn header() -> ModelHeader {
    ModelHeader::build(Kind::Model, resnet()).unwrap()
}

fn zeros(header: &ModelHeader) -> Vec<u8> {
    let mut bytes = header.encode();
    bytes.resize(header.file_len() as usize, 0);
    bytes
}

const BASE: Root = [0xab; 32];
const CONTRIBUTOR: Account = Account([0xcd; 32]);
const DELTA: Kind = Kind::Delta {
    base: BASE,
    contributor: CONTRIBUTOR,
};

fn check(kind: Kind, header: &ModelHeader, chunks: &[&[u8]]) -> Result<(), Malformed> {
    match kind {
        Kind::Delta { base, contributor } => {
            let mut checker = UpdateChecker::new(header, &base, &contributor);
            chunks
                .iter()
                .try_for_each(|chunk| checker.push(chunk))
                .and_then(|()| checker.finish())
        }
        Kind::Model | Kind::State => {
            let mut checker = ModelChecker::new(header);
            chunks
                .iter()
                .try_for_each(|chunk| checker.push(chunk))
                .and_then(|()| checker.finish())
        }
    }
}

fn set(bytes: &mut [u8], header: &ModelHeader, coordinate: usize, bits: u32) {
    let at = header.header_len() as usize + 4 * coordinate;
    bytes[at..at + 4].copy_from_slice(&bits.to_le_bytes());
}

#[test]
fn good_update_should_pass_from_either_header() {
    let model = header();
    let update = model.update_header(&BASE, &CONTRIBUTOR);
    for header in [&model, &update] {
        assert_eq!(check(DELTA, header, &[&zeros(&update)]), Ok(()));
    }
    assert_eq!(check(Kind::Model, &model, &[&zeros(&model)]), Ok(()));
    assert_eq!(check(Kind::Model, &model, &[&zeros(&update)]), Err(Malformed::Header));
}

#[test]
fn every_value_should_be_checked_against_its_own_grid() {
    let update = header().update_header(&BASE, &CONTRIBUTOR);
    let mut coordinate = 0;
    for (t, tensor) in update.tensors.iter().enumerate() {
        let limit = dequantize(Q_MAX.into(), tensor.scale);
        for index in 0..tensor.numel() {
            let with = |bits| {
                let mut bytes = zeros(&update);
                set(&mut bytes, &update, coordinate, bits);
                check(DELTA, &update, &[&bytes])
            };
            let tensor = t as u32;
            assert_eq!(with(limit), Ok(()));
            assert_eq!(with(limit | 1 << 31), Ok(()));
            assert_eq!(with(limit + 1), Err(Malformed::OutOfRange { tensor, index }));
            assert_eq!(
                with((limit + 1) | (1 << 31)),
                Err(Malformed::OutOfRange { tensor, index })
            );
            for bits in [0x7f80_0000, 0xff80_0000, 0x7f80_0001, 0xffff_ffff] {
                assert_eq!(with(bits), Err(Malformed::NonFinite { tensor, index }));
            }
            coordinate += 1;
        }
    }
    assert_eq!(coordinate as u64, update.coordinates());
}

#[test]
fn version_should_take_any_finite_value_and_any_constant() {
    let model = header();
    let mut bytes = zeros(&model);
    let constants = (model.header_len() + model.group_len()) as usize;
    bytes[constants..].fill(0xff);
    set(&mut bytes, &model, 5, 0xff7f_ffff);
    assert_eq!(check(Kind::Model, &model, &[&bytes]), Ok(()));
    set(&mut bytes, &model, 23, 0x7fc0_0000);
    assert_eq!(
        check(Kind::Model, &model, &[&bytes]),
        Err(Malformed::NonFinite { tensor: 4, index: 11 })
    );
}

#[test]
fn every_byte_of_the_header_should_count() {
    let update = header().update_header(&BASE, &CONTRIBUTOR);
    let bytes = zeros(&update);
    let places = |byte: &str| {
        let digits = byte.repeat(32);
        let at = bytes.windows(64).position(|part| part == digits.as_bytes()).unwrap();
        at..at + 64
    };
    let (base, contributor) = (places("ab"), places("cd"));
    for at in 0..update.header_len() as usize {
        let mut bytes = bytes.clone();
        // Of "a", "b", "c" and "d" this makes "`", "c", "b" and "e".
        bytes[at] ^= 1;
        let fault = match bytes[at] {
            b'`' => Malformed::Header,
            _ if base.contains(&at) => Malformed::OtherBase,
            _ if contributor.contains(&at) => Malformed::OtherContributor,
            _ => Malformed::Header,
        };
        assert_eq!(check(DELTA, &update, &[&bytes]), Err(fault), "byte {at}");
    }
}

#[test]
fn update_to_another_base_should_be_named_as_such() {
    let model = header();
    for other in [[0; 32], [0xff; 32], {
        let mut last = BASE;
        last[31] ^= 1;
        last
    }] {
        let mut bytes = zeros(&model.update_header(&other, &CONTRIBUTOR));
        assert_eq!(check(DELTA, &model, &[&bytes]), Err(Malformed::OtherBase));
        // Whatever comes before it in the file is found first.
        bytes[9] ^= 1;
        assert_eq!(check(DELTA, &model, &[&bytes]), Err(Malformed::Header));
    }
    // What looks like a base in the name of a tensor is none.
    let tricky = crate::common::tensor("\"base\":\"ab", quorate_exact::Role::Train, &[1]);
    let model = ModelHeader::build(Kind::Model, vec![tricky]).unwrap();
    let bytes = zeros(&model.update_header(&[1; 32], &CONTRIBUTOR));
    assert_eq!(check(DELTA, &model, &[&bytes]), Err(Malformed::OtherBase));
    let other = Kind::Delta {
        base: [1; 32],
        contributor: CONTRIBUTOR,
    };
    assert_eq!(check(other, &model, &[&bytes]), Ok(()));
}

#[test]
fn another_accounts_update_should_be_named_as_such() {
    let model = header();
    for other in [[0; 32], [0xff; 32], {
        let mut last = CONTRIBUTOR.0;
        last[31] ^= 1;
        last
    }] {
        let other = Account(other);
        let mut bytes = zeros(&model.update_header(&BASE, &other));
        set(&mut bytes, &model, 0, f32::NAN.to_bits());
        assert_eq!(check(DELTA, &model, &[&bytes]), Err(Malformed::OtherContributor));
        // Whatever comes before it in the file is found first: a base that is another one, too.
        let bytes = zeros(&model.update_header(&[1; 32], &other));
        assert_eq!(check(DELTA, &model, &[&bytes]), Err(Malformed::OtherBase));
        let its = Kind::Delta {
            base: [1; 32],
            contributor: other,
        };
        assert_eq!(check(its, &model, &[&bytes]), Ok(()));
    }
    // Base and contributor may be equal bytes: each has its own place.
    let equal = Kind::Delta {
        base: BASE,
        contributor: Account(BASE),
    };
    let bytes = zeros(&model.update_header(&BASE, &CONTRIBUTOR));
    assert_eq!(check(equal, &model, &[&bytes]), Err(Malformed::OtherContributor));
}

#[test]
fn contributor_should_be_read_from_an_update_to_the_version_alone() {
    let model = header();
    let update = UpdateHeader::new(&model, &BASE, &CONTRIBUTOR);
    let other = Account([0x0f; 32]);
    let bytes = model.update_header(&BASE, &other).encode();
    assert_eq!(update.bytes(), model.update_header(&BASE, &CONTRIBUTOR).encode());
    assert_eq!(update.contributor_in(update.bytes()), Some(CONTRIBUTOR));
    assert_eq!(update.contributor_in(&bytes), Some(other));
    for wrong in [
        model.encode(),
        model.update_header(&[1; 32], &other).encode(),
        bytes[1..].to_vec(),
        [&bytes[..], &[0]].concat(),
        Vec::new(),
    ] {
        assert_eq!(update.contributor_in(&wrong), None);
    }
    for at in 0..bytes.len() {
        let mut wrong = bytes.clone();
        // No digit of the account stays one.
        wrong[at] ^= 0x40;
        assert_eq!(update.contributor_in(&wrong), None, "byte {at}");
    }
}

#[test]
fn every_wrong_length_should_be_named() {
    let update = header().update_header(&BASE, &CONTRIBUTOR);
    let bytes = zeros(&update);
    let expected = bytes.len() as u64;
    for len in 0..bytes.len() {
        let short = check(DELTA, &update, &[&bytes[..len]]);
        assert_eq!(
            short,
            Err(Malformed::Length {
                expected,
                got: len as u64
            })
        );
    }
    for more in [1, 2, 5000] {
        let long = check(DELTA, &update, &[&bytes, &vec![0; more]]);
        assert_eq!(
            long,
            Err(Malformed::Length {
                expected,
                got: expected + 1
            })
        );
    }
}

#[test]
fn answer_should_not_depend_on_the_chunks() {
    let (model, update) = (header(), header().update_header(&BASE, &CONTRIBUTOR));
    let damage = prop::collection::vec((0usize..1400, any::<u8>()), 0..3);
    let value = prop::option::of((0usize..24, any::<u32>()));
    let cuts = prop::collection::vec(0usize..2300, 0..12);
    let inputs = (any::<bool>(), damage, value, -6isize..6, cuts);
    property(3_000, inputs, |(is_model, damage, value, more, mut cuts)| {
        let (kind, header) = if is_model {
            (Kind::Model, &model)
        } else {
            (DELTA, &update)
        };
        let mut bytes = zeros(header);
        if let Some((coordinate, bits)) = value {
            set(&mut bytes, header, coordinate, bits);
        }
        for (at, byte) in damage {
            let at = bytes.len() - 1 - at % 200;
            bytes[at] = byte;
        }
        bytes.resize(bytes.len().saturating_add_signed(more.min(5)), 0xff);
        let whole = check(kind, header, &[&bytes]);
        cuts.push(bytes.len());
        cuts.sort();
        let mut at = 0;
        let mut chunks = vec![];
        for cut in cuts {
            let cut = cut.min(bytes.len());
            chunks.push(&bytes[at..cut]);
            at = cut;
        }
        prop_assert_eq!(check(kind, header, &chunks), whole);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(check(kind, header, &single), whole);
        Ok(())
    });
}

#[test]
fn fault_should_stay() {
    let update = header().update_header(&BASE, &CONTRIBUTOR);
    let mut checker = UpdateChecker::new(&update, &BASE, &CONTRIBUTOR);
    assert_eq!(checker.push(&[0xff]), Err(Malformed::Header));
    assert_eq!(checker.push(&[]), Err(Malformed::Header));
    assert_eq!(checker.finish(), Err(Malformed::Header));
}

#[test]
fn reasons_should_have_frozen_encodings() {
    let cases = [
        (Malformed::Header, "00"),
        (
            Malformed::Length { expected: 1, got: 2 },
            "0101000000000000000200000000000000",
        ),
        (
            Malformed::NonFinite { tensor: 1, index: 2 },
            "02010000000200000000000000",
        ),
        (
            Malformed::OutOfRange { tensor: 1, index: 2 },
            "03010000000200000000000000",
        ),
        (Malformed::OtherBase, "04"),
        (Malformed::OtherContributor, "05"),
        (Malformed::NotPossessed, "06"),
        (Malformed::Artifact, "07"),
        (Malformed::Rows { expected: 1, got: 2 }, "08010000000200000000000000"),
        (Malformed::Columns, "09"),
    ];
    for (reason, bytes) in cases {
        assert_eq!(hex::encode(reason.encode()), bytes);
        assert_eq!(Malformed::decode_all(&mut &hex::decode(bytes).unwrap()[..]), Ok(reason));
    }
    assert_eq!(Malformed::max_encoded_len(), 17);
}
