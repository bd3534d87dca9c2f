//! The JSON text of a header and back. What the text means is checked by [`super::header`].

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::fmt::Write;

use super::{
    error::{fault, HeaderError, TensorFault},
    json::{key_order, write_integer, write_list, write_string, Parser},
    tensor::{Account, Dtype, Kind, Role, Tensor, TensorSpec},
};
use crate::{grid::Scale, hash::Root};

/// Version of the file format.
pub(crate) const FORMAT: i64 = 1;
/// The entry of a safetensors header that is no tensor.
pub(crate) const METADATA: &str = "__metadata__";
const KEY: &str = "quorate";

const OBJECT: [char; 2] = ['{', '}'];
const ARRAY: [char; 2] = ['[', ']'];

/// The canonical text, without padding.
pub(crate) fn write(kind: Kind, tensors: &[Tensor]) -> String {
    let mut sorted: Vec<&Tensor> = tensors.iter().collect();
    sorted.sort_by(|a, b| key_order(&a.name, &b.name));
    let metadata = write_metadata(kind, &sorted);
    let mut entries: Vec<Option<&Tensor>> = sorted.into_iter().map(Some).collect();
    entries.insert(
        entries.partition_point(|entry| entry.is_some_and(|t| key_order(&t.name, METADATA).is_lt())),
        None,
    );
    let mut out = String::new();
    write_list(&mut out, OBJECT, entries, |out, entry| match entry {
        None => {
            write_key(out, METADATA);
            out.push('{');
            write_key(out, KEY);
            write_string(out, &metadata);
            out.push('}');
        }
        Some(tensor) => {
            write_key(out, &tensor.name);
            out.push('{');
            write_key(out, "data_offsets");
            write_list(out, ARRAY, [tensor.begin, tensor.end], write_integer);
            out.push(',');
            write_key(out, "dtype");
            write_string(out, tensor.dtype.name());
            out.push(',');
            write_key(out, "shape");
            write_list(out, ARRAY, &tensor.shape, write_integer);
            out.push('}');
        }
    });
    out
}

fn write_metadata(kind: Kind, sorted: &[&Tensor]) -> String {
    let mut out = String::new();
    out.push('{');
    if let Kind::Delta { base, contributor } = kind {
        for (key, bytes) in [("base", base), ("contributor", contributor.0)] {
            write_key(&mut out, key);
            out.push('"');
            for byte in bytes {
                // Writing to a string cannot fail.
                let _ = write!(out, "{byte:02x}");
            }
            out.push_str("\",");
        }
    }
    write_key(&mut out, "format");
    write_integer(&mut out, FORMAT);
    out.push(',');
    write_key(&mut out, "kind");
    write_string(&mut out, kind.name());
    out.push(',');
    write_key(&mut out, "tensors");
    write_list(&mut out, OBJECT, sorted, |out, tensor| {
        write_key(out, &tensor.name);
        out.push('{');
        write_key(out, "aliases");
        write_list(out, ARRAY, &tensor.aliases, |out, alias| write_string(out, alias));
        out.push(',');
        write_key(out, "original_dtype");
        write_string(out, tensor.original_dtype.name());
        out.push(',');
        write_key(out, "role");
        write_string(out, tensor.role.name());
        out.push(',');
        write_key(out, "scale");
        write_integer(out, tensor.scale);
        out.push('}');
    });
    out.push('}');
    out
}

fn write_key(out: &mut String, key: &str) {
    write_string(out, key);
    out.push(':');
}

/// What a text says.
pub(crate) struct Contents {
    pub kind: Kind,
    pub specs: Vec<TensorSpec>,
    /// Data offsets by name.
    pub offsets: BTreeMap<String, Vec<u64>>,
}

struct Place {
    dtype: Dtype,
    shape: Vec<u64>,
    offsets: Vec<u64>,
}

struct Meaning {
    role: Role,
    scale: Scale,
    original_dtype: Dtype,
    aliases: Vec<String>,
}

/// Reads a text.
pub(crate) fn read(text: &str) -> Result<Contents, HeaderError> {
    let mut places = BTreeMap::new();
    let mut metadata = None;
    let mut parser = Parser::new(text);
    parser.object(|parser, name| {
        if name != METADATA {
            let place = read_place(parser, &name)?;
            return insert(&mut places, name, place);
        }
        parser.object(|parser, key| match key == KEY && metadata.is_none() {
            true => {
                metadata = Some(parser.string()?);
                Ok(())
            }
            false => Err(HeaderError::Metadata {
                reason: "the only key is \"quorate\"",
            }),
        })
    })?;
    parser.end()?;
    let (kind, mut meanings) = read_metadata(&metadata.unwrap_or_default())?;
    let (mut specs, mut all_offsets) = (Vec::with_capacity(places.len()), BTreeMap::new());
    for (name, Place { dtype, shape, offsets }) in places {
        let Some(Meaning {
            role,
            scale,
            original_dtype,
            aliases,
        }) = meanings.remove(&name)
        else {
            return Err(fault(&name, TensorFault::Missing("metadata")));
        };
        all_offsets.insert(name.clone(), offsets);
        specs.push(TensorSpec {
            name,
            dtype,
            shape,
            role,
            scale,
            original_dtype,
            aliases,
        });
    }
    match meanings.into_keys().next() {
        Some(name) => Err(fault(&name, TensorFault::Missing("data"))),
        None => Ok(Contents {
            kind,
            specs,
            offsets: all_offsets,
        }),
    }
}

fn read_place(parser: &mut Parser, name: &str) -> Result<Place, HeaderError> {
    let (mut dtype, mut shape, mut offsets) = (None, None, None);
    parser.object(|parser, key| {
        match key.as_str() {
            "data_offsets" if offsets.is_none() => offsets = Some(read_sizes(parser)?),
            "dtype" if dtype.is_none() => dtype = Some(read_dtype(parser, name)?),
            "shape" if shape.is_none() => shape = Some(read_sizes(parser)?),
            _ => return Err(fault(name, TensorFault::Key(key))),
        }
        Ok(())
    })?;
    Ok(Place {
        dtype: dtype.ok_or_else(|| fault(name, TensorFault::Missing("dtype")))?,
        shape: shape.ok_or_else(|| fault(name, TensorFault::Missing("shape")))?,
        offsets: offsets.ok_or_else(|| fault(name, TensorFault::Missing("data_offsets")))?,
    })
}

fn read_metadata(text: &str) -> Result<(Kind, BTreeMap<String, Meaning>), HeaderError> {
    let (mut base, mut contributor, mut format) = (None, None, None);
    let (mut kind, mut meanings) = (String::new(), BTreeMap::new());
    let mut parser = Parser::new(text);
    parser.object(|parser, key| match key.as_str() {
        "base" => {
            base = Some(read_digits(&parser.string()?, "the base is 64 hexadecimal digits")?);
            Ok(())
        }
        "contributor" => {
            let account = read_digits(&parser.string()?, "the contributor is 64 hexadecimal digits")?;
            contributor = Some(Account(account));
            Ok(())
        }
        "format" => {
            format = Some(parser.integer()?);
            Ok(())
        }
        "kind" => {
            kind = parser.string()?;
            Ok(())
        }
        "tensors" => parser.object(|parser, name| {
            let meaning = read_meaning(parser, &name)?;
            insert(&mut meanings, name, meaning)
        }),
        _ => Err(HeaderError::Metadata {
            reason: "the keys are \"base\", \"contributor\", \"format\", \"kind\" and \"tensors\"",
        }),
    })?;
    parser.end()?;
    if format != Some(FORMAT) {
        return Err(HeaderError::Metadata {
            reason: "the only known format is 1",
        });
    }
    Ok((read_kind(&kind, base, contributor)?, meanings))
}

fn read_kind(name: &str, base: Option<Root>, contributor: Option<Account>) -> Result<Kind, HeaderError> {
    let reason = match (name, base, contributor) {
        ("model", None, None) => return Ok(Kind::Model),
        ("state", None, None) => return Ok(Kind::State),
        ("delta", Some(base), Some(contributor)) => return Ok(Kind::Delta { base, contributor }),
        ("delta", None, _) => "an update names its base: make it again with `convert --base`",
        ("delta", _, None) => "an update names its contributor: make it again with `convert --base --contributor`",
        ("model" | "state", ..) => "only an update has a base and a contributor",
        _ => "the kind is \"model\", \"delta\" or \"state\"",
    };
    Err(HeaderError::Metadata { reason })
}

/// 32 bytes in hexadecimal digits. That they are the small ones is checked where the whole header is compared.
fn read_digits(text: &str, reason: &'static str) -> Result<[u8; 32], HeaderError> {
    let digit = |byte: Option<&u8>| {
        byte.and_then(|&byte| char::from(byte).to_digit(16))
            .map(|digit| digit as u8)
    };
    let (mut bytes, mut good) = ([0; 32], text.len() == 64);
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        match (digit(pair.first()), digit(pair.get(1))) {
            (Some(high), Some(low)) => *byte = high << 4 | low,
            _ => good = false,
        }
    }
    match good {
        true => Ok(bytes),
        false => Err(HeaderError::Metadata { reason }),
    }
}

fn read_meaning(parser: &mut Parser, name: &str) -> Result<Meaning, HeaderError> {
    let (mut aliases, mut original_dtype, mut role, mut scale) = (None, None, None, None);
    parser.object(|parser, key| {
        match key.as_str() {
            "aliases" if aliases.is_none() => {
                let mut names = Vec::new();
                parser.array(|parser| {
                    names.push(parser.string()?);
                    Ok::<_, HeaderError>(())
                })?;
                aliases = Some(names);
            }
            "original_dtype" if original_dtype.is_none() => original_dtype = Some(read_dtype(parser, name)?),
            "role" if role.is_none() => {
                let text = parser.string()?;
                let known = Role::ALL.into_iter().find(|role| role.name() == text);
                role = Some(known.ok_or_else(|| fault(name, TensorFault::UnknownRole(text)))?);
            }
            "scale" if scale.is_none() => {
                let value = parser.integer()?;
                scale = Some(Scale::try_from(value).map_err(|_| fault(name, TensorFault::Scale(value)))?);
            }
            _ => return Err(fault(name, TensorFault::Key(key))),
        }
        Ok(())
    })?;
    Ok(Meaning {
        role: role.ok_or_else(|| fault(name, TensorFault::Missing("role")))?,
        scale: scale.ok_or_else(|| fault(name, TensorFault::Missing("scale")))?,
        original_dtype: original_dtype.ok_or_else(|| fault(name, TensorFault::Missing("original_dtype")))?,
        aliases: aliases.ok_or_else(|| fault(name, TensorFault::Missing("aliases")))?,
    })
}

fn read_dtype(parser: &mut Parser, name: &str) -> Result<Dtype, HeaderError> {
    let text = parser.string()?;
    let known = Dtype::ALL.into_iter().find(|dtype| dtype.name() == text);
    known.ok_or_else(|| fault(name, TensorFault::UnknownDtype(text)))
}

fn read_sizes(parser: &mut Parser) -> Result<Vec<u64>, HeaderError> {
    let mut sizes = Vec::new();
    parser.array(|parser| {
        match u64::try_from(parser.integer()?) {
            Ok(size) => sizes.push(size),
            Err(_) => return parser.fail("an integer that is not negative"),
        }
        Ok::<_, HeaderError>(())
    })?;
    Ok(sizes)
}

fn insert<T>(map: &mut BTreeMap<String, T>, name: String, value: T) -> Result<(), HeaderError> {
    match map.contains_key(&name) {
        true => Err(fault(&name, TensorFault::Duplicate)),
        false => {
            map.insert(name, value);
            Ok(())
        }
    }
}
