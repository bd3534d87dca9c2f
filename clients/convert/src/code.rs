//! What a small file may not say: keys by which Transformers and PEFT load code, or other weights than those of the version.
//!
//! As Transformers 4.57 and 5.24 and PEFT 0.18 and 0.21 read them: kernels of the hub (`attn_implementation`, `experts_implementation`,
//! `quantization_config`), classes of a repository (`auto_map`, `custom_pipelines`, `trust_remote_code` among the arguments of a backbone), modules by name
//! (`auto_mapping`, `megatron_core`), a compiler's options (`compile_config`), another file (`transformers_weights`). At any depth, as
//! configurations are nested.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::{collections::BTreeSet, fmt};

/// Keys that load code, whatever they say.
const CODE: [&str; 11] = [
    "allow_all_kernels",
    "auto_map",
    "compile_config",
    "custom_generate",
    "custom_pipelines",
    "kernel_config",
    "megatron_config",
    "quantization_config",
    "transformers_weights",
    "trust_remote_code",
    "use_kernels",
];
/// Parts of keys that name the code of a layer. Configurations have them with and without underscores before and words behind.
const IMPLEMENTATIONS: [&str; 2] = ["attn_implementation", "experts_implementation"];
/// Implementations that are in the libraries themselves; all others may come from elsewhere.
const OWN: [&str; 2] = ["\"eager\"", "\"sdpa\""];

/// An object's members as they stand there, each, also one of a name that is there twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut all = Vec::new();
        while let Some(member) = map.next_entry()? {
            all.push(member);
        }
        Ok(Members(all))
    }
}

/// The keys in a text of JSON that load code, and the text without them; it is the same text where there is none.
///
/// # Errors
/// Where it is no JSON.
pub(crate) fn without_code(text: &str) -> serde_json::Result<(BTreeSet<String>, String)> {
    let mut found = BTreeSet::new();
    let left = walk(text, true, &mut found)?;
    match found.is_empty() {
        true => Ok((found, text.into())),
        false => Ok((found, left + "\n")),
    }
}

/// A value without the keys, which go to `found`; its own members have a line each where it is the `outer` one. Recursion is as deep as the text,
/// which was read as JSON before: at most 128.
fn walk(text: &str, outer: bool, found: &mut BTreeSet<String>) -> serde_json::Result<String> {
    let mut parts = Vec::new();
    let (open, close) = match text.trim_start().as_bytes().first() {
        Some(b'{') => {
            let Members(members) = serde_json::from_str(text)?;
            for (key, value) in members {
                if loads_code(&key, value.get()) {
                    found.insert(key);
                    continue;
                }
                let value = walk(value.get(), false, found)?;
                parts.push(format!("{}: {value}", serde_json::to_string(&key)?));
            }
            ('{', '}')
        }
        Some(b'[') => {
            let values: Vec<&RawValue> = serde_json::from_str(text)?;
            for value in values {
                parts.push(walk(value.get(), false, found)?);
            }
            ('[', ']')
        }
        _ => return Ok(text.trim().into()),
    };
    Ok(match outer && !parts.is_empty() {
        true => format!("{open}\n  {}\n{close}", parts.join(",\n  ")),
        false => format!("{open}{}{close}", parts.join(", ")),
    })
}

/// Whether a library that reads this key with this value, as it stands in the file, loads code or other weights.
fn loads_code(key: &str, value: &str) -> bool {
    let loads = match key {
        "auto_mapping" => !is_of_transformers(value),
        // What PEFT always writes; it is used with a `megatron_config` alone.
        "megatron_core" => value != "\"megatron.core\"",
        // Transformers 4 wrote `_attn_implementation_autoset` with a bool.
        _ if IMPLEMENTATIONS.iter().any(|part| key.contains(part)) => value != "true" && !OWN.contains(&value),
        _ => CODE.contains(&key),
    };
    loads && !is_nothing(value)
}

/// What stands for a key that is not there.
fn is_nothing(value: &str) -> bool {
    matches!(value, "null" | "false")
        || serde_json::from_str::<Vec<&RawValue>>(value).is_ok_and(|all| all.is_empty())
        || serde_json::from_str::<Members<'_>>(value).is_ok_and(|all| all.0.is_empty())
}

/// Whether an `auto_mapping` of PEFT names a class of Transformers, as it does for adapters without a type of task.
fn is_of_transformers(value: &str) -> bool {
    let Ok(Members(members)) = serde_json::from_str(value) else {
        return false;
    };
    members.iter().all(
        |(key, value)| match (key.as_str(), serde_json::from_str::<String>(value.get())) {
            ("parent_library", Ok(module)) => {
                let names_modules = module
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte));
                names_modules && module.starts_with("transformers.models.")
            }
            ("base_model_class", Ok(_)) => true,
            _ => false,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(text: &str) -> Vec<String> {
        without_code(text).unwrap().0.into_iter().collect()
    }

    #[test]
    fn keys_that_load_code_should_be_found_at_any_depth_and_however_they_are_written() {
        for (text, name) in [
            (r#"{"attn_implementation":"someone/kernel"}"#, "attn_implementation"),
            (
                r#"{"_attn_implementation":"flash_attention_2"}"#,
                "_attn_implementation",
            ),
            (
                r#"{"_attn_implementation_internal":{"":"eager"}}"#,
                "_attn_implementation_internal",
            ),
            (r#"{"experts_implementation":"sonicmoe"}"#, "experts_implementation"),
            (r#"{"auto\u005fmap":{"AutoModel":"evil--code.Model"}}"#, "auto_map"),
            (r#"{"auto_map":null,"auto_map":{"AutoModel":"x.Y"}}"#, "auto_map"),
            (r#"{"backbone_kwargs":{"trust_remote_code":true}}"#, "trust_remote_code"),
            (r#"{"trust_remote_code":"yes"}"#, "trust_remote_code"),
            (r#"{"a":[1,[{"custom_pipelines":{"x":1}}]]}"#, "custom_pipelines"),
            (
                r#"{"text_config": {"quantization_config" :{"quant_method":"mxfp4"}}}"#,
                "quantization_config",
            ),
            (r#"{"compile_config":{"options":{"cpp.cxx":"sh"}}}"#, "compile_config"),
            (
                r#"{"transformers_weights":"other.safetensors"}"#,
                "transformers_weights",
            ),
            (r#"{"megatron_config":{"a":1}}"#, "megatron_config"),
            (r#"{"megatron_core":"planted.module"}"#, "megatron_core"),
            (
                r#"{"auto_mapping":{"base_model_class":"X","parent_library":"planted"}}"#,
                "auto_mapping",
            ),
            (
                r#"{"auto_mapping":{"parent_library":"transformers.models.bert","parent_library":"planted"}}"#,
                "auto_mapping",
            ),
            (r#"{"auto_mapping":"planted"}"#, "auto_mapping"),
        ] {
            assert_eq!(found(text), [name], "{text}");
        }
    }

    #[test]
    fn what_the_libraries_write_of_themselves_should_stay_byte_for_byte() {
        let text = r#"{ "model_type":"llama","auto_map":null, "_attn_implementation_autoset": true,"attn_implementation" : "sdpa",
            "custom_pipelines": { }, "use_kernels":false, "cache_implementation":"static","rms_norm_eps":1e-05, "vocab": [1,2 ],
            "megatron_config":null,"megatron_core":"megatron.core",
            "auto_mapping":{"base_model_class":"BertModel","parent_library":"transformers.models.bert.modeling_bert"}}"#;
        assert_eq!(without_code(text).unwrap(), (BTreeSet::new(), text.into()));
    }

    #[test]
    fn everything_else_should_stay_as_it_was_said() {
        let text = r#"{"a":1e-05,"auto_map":{"x":"y"},"b":{"c":[1, "\u00e9",{}],"use_kernels":1},"big":123456789012345678901234567890}"#;
        assert_eq!(found(text), ["auto_map", "use_kernels"]);
        let expected = "{\n  \"a\": 1e-05,\n  \"b\": {\"c\": [1, \"\\u00e9\", {}]},\n  \"big\": 123456789012345678901234567890\n}\n";
        assert_eq!(without_code(text).unwrap().1, expected);
    }

    #[test]
    fn text_that_is_deep_should_end_in_time() {
        let deep = format!("{}1{}", "{\"a\":[".repeat(60), "]}".repeat(60));
        assert_eq!(found(&deep), Vec::<String>::new());
    }
}
