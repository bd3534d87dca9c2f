use proptest::prelude::*;
use quorate_exact::{
    file::header::{header_len, MAX_HEADER_LEN},
    Account, Dtype, HeaderError, Kind, ModelHeader, Role, Root, TensorFault, TensorSpec,
};

use crate::common::{property, resnet, tensor};

const BASE: Root = [0x5a; 32];
const CONTRIBUTOR: Account = Account([0xc0; 32]);
const DELTA: Kind = Kind::Delta {
    base: BASE,
    contributor: CONTRIBUTOR,
};

fn model(specs: Vec<TensorSpec>) -> Result<ModelHeader, HeaderError> {
    ModelHeader::build(Kind::Model, specs)
}

fn fault(specs: Vec<TensorSpec>) -> TensorFault {
    match model(specs) {
        Err(HeaderError::Tensor { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

/// A header with this JSON, padded as it must be.
fn padded(text: &str) -> Vec<u8> {
    let len = (8 + text.len()).next_multiple_of(1024);
    let mut bytes = (len as u64 - 8).to_le_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes.resize(len, b' ');
    bytes
}

fn text(header: &ModelHeader) -> String {
    String::from_utf8(header.encode()[8..].to_vec())
        .unwrap()
        .trim_end()
        .into()
}

fn decode_text(text: &str) -> Result<ModelHeader, HeaderError> {
    ModelHeader::decode(&padded(text))
}

#[test]
fn batch_norm_and_tied_weights_should_survive_the_file() {
    let header = model(resnet()).unwrap();
    let names: Vec<&str> = header.tensors.iter().map(|t| t.name.as_str()).collect();
    let updated = [
        "bn.bias",
        "bn.running_mean",
        "bn.running_var",
        "bn.weight",
        "shared.weight",
    ];
    assert_eq!(names[..5], updated);
    assert_eq!(names[5], "bn.num_batches_tracked");
    assert_eq!(header.group_len(), 4 * (3 + 3 + 3 + 3 + 12));
    assert_eq!(header.coordinates(), 24);
    assert_eq!(header.data_len(), header.group_len() + 8);
    assert_eq!(header.file_len(), header.header_len() + header.data_len());
    assert_eq!(
        header.tensors[4].aliases,
        ["decoder.embed.weight", "encoder.embed.weight"]
    );
    assert_eq!((header.tensors[5].scale, header.tensors[5].numel()), (0, 1));
    assert_eq!(ModelHeader::decode(&header.encode()), Ok(header));
}

#[test]
fn update_should_have_each_coordinate_at_its_models_byte() {
    let header = model(resnet()).unwrap();
    let update = header.update_header(&BASE, &CONTRIBUTOR);
    assert_eq!(update.kind, DELTA);
    assert_eq!(update.header_len(), header.header_len());
    assert_eq!(update.encode().len(), header.encode().len());
    assert_eq!(update.tensors[..], header.tensors[..5]);
    assert_eq!(update.data_len(), header.group_len());
    assert_eq!(ModelHeader::decode(&update.encode()).as_ref(), Ok(&update));
    assert_eq!(update.update_header(&BASE, &CONTRIBUTOR), update);
}

#[test]
fn version_should_have_room_for_what_its_updates_name() {
    // Without const tensors nothing is left out of an update, whose text is the longer one by its names, and some of these end
    // at the edge of the padding.
    let mut longer = 0;
    for len in 290..420 {
        let header = model(vec![tensor(&"x".repeat(len), Role::Train, &[1])]).unwrap();
        let update = header.update_header(&BASE, &CONTRIBUTOR);
        assert_eq!(update.encode().len() as u64, header.header_len());
        let needed = (8 + text(&update).len() as u64).next_multiple_of(1024);
        assert_eq!(header.header_len(), needed, "no more than that");
        longer += u64::from(needed > (8 + text(&header).len() as u64).next_multiple_of(1024));
        assert_eq!(ModelHeader::decode(&update.encode()), Ok(update));
        assert_eq!(ModelHeader::decode(&header.encode()), Ok(header));
    }
    assert!(longer > 0, "some texts end at the edge");
}

#[test]
fn only_an_update_should_name_a_base_and_a_contributor_and_each_should() {
    let header = model(resnet()).unwrap();
    let (update, version) = (text(&header.update_header(&BASE, &CONTRIBUTOR)), text(&header));
    let refused = |text: &str| decode_text(text).unwrap_err().to_string();
    let names = [("base", "5a"), ("contributor", "c0")].map(|(key, byte)| {
        let digits = byte.repeat(32);
        (key, byte, digits.clone(), format!("\\\"{key}\\\":\\\"{digits}\\\","))
    });
    for (key, byte, digits, entry) in &names {
        let without = refused(&update.replace(entry, ""));
        assert!(
            update.contains(entry) && without.contains(&format!("an update names its {key}")),
            "{without}"
        );
        for kind in ["model", "state"] {
            let with = version
                .replace("{\\\"format", &format!("{{{entry}\\\"format"))
                .replace("model", kind);
            assert!(
                refused(&with).contains("only an update has a base and a contributor"),
                "{kind}"
            );
        }
        for wrong in [
            "",
            byte,
            &byte.to_uppercase().repeat(32),
            &"5g".repeat(32),
            &"+5".repeat(32),
            &byte.repeat(33),
            &"é".repeat(32),
        ] {
            let text = refused(&update.replace(digits, wrong));
            assert!(
                text.contains(&format!("the {key} is 64 hexadecimal digits")) || text.contains("canonical"),
                "{wrong}: {text}"
            );
        }
    }
    // One order, and each once.
    let [base, contributor] = names.map(|(.., entry)| entry);
    let both = format!("{base}{contributor}");
    assert!(update.contains(&both));
    for other in [
        format!("{contributor}{base}"),
        format!("{base}{both}"),
        format!("{both}{contributor}"),
    ] {
        let text = refused(&update.replace(&both, &other));
        assert!(text.contains("canonical"), "{text}");
    }
}

#[test]
fn update_should_be_padded_like_the_longer_header_of_its_model() {
    let mut specs = vec![tensor("w", Role::Train, &[1])];
    specs.extend((0..40).map(|i| tensor(&format!("const.{i}"), Role::Const, &[1])));
    let header = model(specs).unwrap();
    let update = header.update_header(&BASE, &CONTRIBUTOR);
    assert!(header.header_len() > 2048 && text(&update).len() < 1000);
    assert_eq!(ModelHeader::decode(&update.encode()), Ok(update));
    // A model's header has no such freedom.
    let mut bytes = model(resnet()).unwrap().encode();
    bytes.extend([b' '; 1024]);
    let len = bytes.len() as u64;
    bytes[..8].copy_from_slice(&(len - 8).to_le_bytes());
    assert_eq!(
        ModelHeader::decode(&bytes),
        Err(HeaderError::NotCanonical { offset: 1 })
    );
}

#[test]
fn every_changed_byte_should_be_refused_or_keep_the_bytes_canonical() {
    let header = model(resnet()).unwrap();
    for original in [header.encode(), header.update_header(&BASE, &CONTRIBUTOR).encode()] {
        for at in 0..original.len() {
            for flip in [1, 2, 4, 8, 16, 32, 64, 128, 0xff] {
                let mut bytes = original.clone();
                bytes[at] ^= flip;
                // What is accepted, a new name say, is itself canonical: nothing is read twice in two ways.
                if let Ok(other) = ModelHeader::decode(&bytes) {
                    assert_eq!(other.encode(), bytes);
                    assert!(
                        other != header && other != header.update_header(&BASE, &CONTRIBUTOR),
                        "byte {at}"
                    );
                }
            }
        }
    }
}

#[test]
fn random_edits_should_be_refused_or_canonical() {
    let edits = prop::collection::vec((0usize..1400, any::<u8>(), 0u8..3), 1..4);
    property(3_000, edits, |edits| {
        let mut json = text(&model(resnet()).unwrap()).into_bytes();
        for (at, byte, action) in edits {
            let at = at % json.len();
            match action {
                0 => json[at] = byte,
                1 => json.insert(at, byte),
                _ => drop(json.remove(at)),
            }
        }
        let len = (8 + json.len()).next_multiple_of(1024);
        let mut bytes = (len as u64 - 8).to_le_bytes().to_vec();
        bytes.extend(json);
        bytes.resize(len, b' ');
        if let Ok(other) = ModelHeader::decode(&bytes) {
            prop_assert_eq!(other.encode(), bytes);
        }
        Ok(())
    });
}

#[test]
fn random_bytes_should_never_panic() {
    property(2_000, prop::collection::vec(any::<u8>(), 0..64), |bytes| {
        let _ = ModelHeader::decode(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        let _ = decode_text(&text);
        let _ = decode_text(&format!("{{\"__metadata__\":{{\"quorate\":\"{text}\"}}}}"));
        Ok(())
    });
}

fn spec() -> impl Strategy<Value = TensorSpec> {
    let name = prop_oneof![
        ".{1,6}",
        "[\u{0}-\u{7f}]{1,6}",
        "[\u{ff00}-\u{ffff}\u{1f600}-\u{1f6ff}_]{1,3}"
    ];
    let aliases = prop::collection::vec(".{1,4}", 0..3);
    let dtype = prop::sample::select(&Dtype::ALL[..]);
    (
        name,
        0usize..3,
        prop::collection::vec(1u64..5, 0..4),
        dtype,
        20i8..=24,
        aliases,
    )
        .prop_map(|(name, role, shape, dtype, scale, aliases)| {
            let role = Role::ALL[role];
            let stored = if role == Role::Const { dtype } else { Dtype::F32 };
            TensorSpec {
                name,
                dtype: stored,
                shape,
                role,
                scale,
                original_dtype: dtype,
                aliases,
            }
        })
}

#[test]
fn headers_should_round_trip_and_not_depend_on_the_order_of_tensors() {
    let specs =
        prop::collection::vec(spec(), 1..8).prop_flat_map(|specs| (Just(specs.clone()), Just(specs).prop_shuffle()));
    property(2_000, specs, |(specs, shuffled)| {
        let Ok(header) = model(specs) else { return Ok(()) };
        let other = model(shuffled).unwrap();
        prop_assert_eq!(&other, &header);
        for header in [header.update_header(&BASE, &CONTRIBUTOR), header] {
            let bytes = header.encode();
            prop_assert_eq!(bytes.len() as u64, header.header_len());
            prop_assert_eq!(ModelHeader::decode(&bytes), Ok(header));
        }
        Ok(())
    });
}

/// What serde_json reads from our text is what we meant.
#[test]
fn text_should_be_json() {
    let names = prop::collection::btree_set(".{1,8}|[\u{0}-\u{7f}]{1,8}", 1..6);
    property(1_000, names, |names| {
        let specs: Vec<_> = names.iter().map(|name| tensor(name, Role::Train, &[2])).collect();
        let header = model(specs).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text(&header)).unwrap();
        prop_assert_eq!(json.as_object().unwrap().len(), names.len() + 1);
        let metadata: serde_json::Value =
            serde_json::from_str(json["__metadata__"]["quorate"].as_str().unwrap()).unwrap();
        for tensor in &header.tensors {
            prop_assert_eq!(
                &json[&tensor.name]["data_offsets"],
                &serde_json::json!([tensor.begin, tensor.end])
            );
            prop_assert_eq!(&metadata["tensors"][&tensor.name]["role"], "train");
        }
        Ok(())
    });
}

#[test]
fn tensors_out_of_bounds_should_be_refused() {
    let w = || tensor("w", Role::Train, &[1]);
    assert_eq!(fault(vec![tensor("", Role::Train, &[1])]), TensorFault::Name);
    assert_eq!(
        fault(vec![tensor("__metadata__", Role::Train, &[1])]),
        TensorFault::Name
    );
    assert_eq!(
        fault(vec![tensor(&"x".repeat(1025), Role::Train, &[1])]),
        TensorFault::Name
    );
    assert_eq!(fault(vec![w(), w()]), TensorFault::Duplicate);
    assert_eq!(
        fault(vec![TensorSpec {
            aliases: vec!["w".into()],
            ..w()
        }]),
        TensorFault::Duplicate
    );
    assert_eq!(fault(vec![tensor("w", Role::Train, &[3, 0])]), TensorFault::Empty);
    assert_eq!(fault(vec![tensor("w", Role::Const, &[1 << 62])]), TensorFault::Overflow);
    assert_eq!(
        fault(vec![
            tensor("w", Role::Const, &[1 << 61]),
            tensor("v", Role::Const, &[1 << 61])
        ]),
        TensorFault::Overflow
    );
    assert_eq!(
        fault(vec![TensorSpec {
            dtype: Dtype::F16,
            ..w()
        }]),
        TensorFault::NotF32
    );
    assert_eq!(
        fault(vec![TensorSpec {
            role: Role::Stat,
            dtype: Dtype::I64,
            ..w()
        }]),
        TensorFault::NotF32
    );
    assert_eq!(fault(vec![TensorSpec { scale: 41, ..w() }]), TensorFault::Scale(41));
    assert_eq!(
        fault(vec![TensorSpec {
            role: Role::Const,
            original_dtype: Dtype::F16,
            ..w()
        }]),
        TensorFault::OriginalDtype
    );
    let update = ModelHeader::build(DELTA, vec![w(), tensor("c", Role::Const, &[1])]);
    assert_eq!(
        update,
        Err(HeaderError::Tensor {
            name: "c".into(),
            fault: TensorFault::ConstInUpdate
        })
    );
    assert_eq!(model(vec![]), Err(HeaderError::NothingToTrain));
    assert_eq!(
        model(vec![tensor("s", Role::Stat, &[1])]),
        Err(HeaderError::NothingToTrain)
    );
    assert_eq!(
        model(vec![w(), tensor("c", Role::Const, &[1 << 52])]),
        Err(HeaderError::FileTooLong)
    );
}

#[test]
fn scales_too_far_apart_for_the_gram_matrix_should_be_refused() {
    let pair = |numel, scale| {
        vec![
            tensor("a", Role::Train, &[1]),
            TensorSpec {
                scale,
                ..tensor("b", Role::Train, &[numel])
            },
        ]
    };
    assert!(model(pair(1, 7)).is_ok());
    assert_eq!(model(pair(3, 7)), Err(HeaderError::GramTooWide));
    assert_eq!(model(pair(1, -16)), Err(HeaderError::GramTooWide));
    assert!(model(vec![tensor("w", Role::Train, &[1 << 35])]).is_ok());
    assert_eq!(
        model(vec![tensor("w", Role::Train, &[(1 << 35) + 1])]),
        Err(HeaderError::GramTooWide)
    );
    // Statistics are outside the matrix.
    let stat = TensorSpec {
        scale: -16,
        ..tensor("s", Role::Stat, &[1 << 20])
    };
    let header = model(vec![
        tensor("w", Role::Train, &[1]),
        TensorSpec {
            scale: 20,
            ..tensor("v", Role::Train, &[1])
        },
        stat,
    ]);
    let header = header.unwrap();
    let shifts: Vec<_> = header.tensors.iter().map(|tensor| header.gram_shift(tensor)).collect();
    assert_eq!(shifts, [None, Some(4), Some(0)]);
}

#[test]
fn texts_that_say_something_else_should_be_refused_by_name() {
    let good = text(&model(vec![tensor("v", Role::Train, &[2]), tensor("w", Role::Train, &[3])]).unwrap());
    assert!(decode_text(&good).is_ok());
    let refused = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        decode_text(&good.replacen(from, to, 1)).unwrap_err()
    };
    let named = |name: &str, fault| HeaderError::Tensor {
        name: name.into(),
        fault,
    };
    let offsets = |expected| TensorFault::Offsets { expected };
    // Overlap, gap, order, duplicate, unknown, missing.
    assert_eq!(refused("[8,20]", "[4,16]"), named("w", offsets([8, 20])));
    assert_eq!(refused("[8,20]", "[12,24]"), named("w", offsets([8, 20])));
    assert_eq!(refused("[0,8]", "[0,8,9]"), named("v", offsets([0, 8])));
    assert_eq!(
        refused("[2]", "[9223372036854775807]"),
        named("v", TensorFault::Overflow)
    );
    assert_eq!(refused("[2]", "[0]"), named("v", TensorFault::Empty));
    assert_eq!(
        refused("\"w\":{\"data", "\"v\":{\"data"),
        named("v", TensorFault::Duplicate)
    );
    assert_eq!(
        refused("\"dtype\":\"F32\"", "\"dtype\":\"F31\""),
        named("v", TensorFault::UnknownDtype("F31".into()))
    );
    assert_eq!(
        refused("\"shape\":[2]", "\"shape\":[2],\"shape\":[2]"),
        named("v", TensorFault::Key("shape".into()))
    );
    assert_eq!(refused(",\"shape\":[2]", ""), named("v", TensorFault::Missing("shape")));
    assert_eq!(
        refused("\\\"role\\\":\\\"train\\\"", "\\\"role\\\":\\\"tain\\\""),
        named("v", TensorFault::UnknownRole("tain".into()))
    );
    assert_eq!(
        refused("\\\"scale\\\":24", "\\\"scale\\\":1000"),
        named("v", TensorFault::Scale(1000))
    );
    assert_eq!(
        refused("\\\"v\\\":{", "\\\"u\\\":{"),
        named("v", TensorFault::Missing("metadata"))
    );
    assert!(matches!(
        refused("\\\"format\\\":1", "\\\"format\\\":2"),
        HeaderError::Metadata { .. }
    ));
    assert!(matches!(
        refused("\"quorate\"", "\"format\""),
        HeaderError::Metadata { .. }
    ));
    assert!(matches!(
        refused("\\\"model\\\"", "\\\"update\\\""),
        HeaderError::Metadata { .. }
    ));
    // The same meaning in other bytes.
    assert!(matches!(refused("[2]", "[02]"), HeaderError::Json { .. }));
    assert!(matches!(refused("[2]", "[2.0]"), HeaderError::Json { .. }));
    assert!(matches!(refused("[2]", "[ 2]"), HeaderError::Json { .. }));
    assert!(matches!(
        refused("[2]", "[18446744073709551618]"),
        HeaderError::Json { .. }
    ));
    assert!(matches!(refused("\"v\"", "\"\\u0076\""), HeaderError::Json { .. }));
    assert!(matches!(refused("[0,8]", "[-0,8]"), HeaderError::NotCanonical { .. }));
    let swapped = refused("\"dtype\":\"F32\",\"shape\":[2]", "\"shape\":[2],\"dtype\":\"F32\"");
    assert!(matches!(swapped, HeaderError::NotCanonical { .. }));
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(refused("[2]", &nested), HeaderError::Json { .. }));
    for error in [
        swapped,
        refused("[2]", "[0]"),
        refused("[2]", "[02]"),
        refused("[8,20]", "[4,16]"),
    ] {
        println!("{error}");
    }
}

#[test]
fn lengths_out_of_bounds_should_be_refused() {
    assert_eq!(header_len(&1016u64.to_le_bytes()), Ok(1024));
    assert_eq!(
        header_len(&1017u64.to_le_bytes()),
        Err(HeaderError::Length {
            expected: 2048,
            got: 1025
        })
    );
    assert_eq!(header_len(&(MAX_HEADER_LEN - 8).to_le_bytes()), Ok(MAX_HEADER_LEN));
    assert_eq!(header_len(&[0xff; 8]), Err(HeaderError::TooLong { len: u64::MAX }));
    assert_eq!(ModelHeader::decode(&[0; 7]), Err(HeaderError::TooShort));
    let mut bytes = model(resnet()).unwrap().encode();
    let expected = bytes.len() as u64;
    bytes.pop();
    assert_eq!(
        ModelHeader::decode(&bytes),
        Err(HeaderError::Length {
            expected,
            got: expected - 1
        })
    );
}

#[test]
fn many_tensors_should_be_read() {
    let specs: Vec<_> = (0..50_000)
        .map(|i| tensor(&format!("layer.{i:05}"), Role::Train, &[1]))
        .collect();
    let header = model(specs).unwrap();
    assert_eq!(ModelHeader::decode(&header.encode()), Ok(header));
    let specs = (0..150_000)
        .map(|i| tensor(&format!("layer.{i:05}"), Role::Train, &[1]))
        .collect();
    assert!(matches!(model(specs), Err(HeaderError::TooLong { .. })));
}
