//! The corpora of the fuzz targets for policies, keys and salts, replayed and spoilt.

mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use quorate_client::{account::seal, pipeline, policy::standard, Account};
use quorate_primitives::Hash;
use std::fs;

#[test]
fn policies_should_be_read_or_refused_in_words() {
    let adam = pipeline::server("adam:eta=1000,bias").unwrap();
    let pres = [
        pipeline::pre("nnm:200000").unwrap(),
        pipeline::pre("bucketing:2").unwrap(),
    ];
    let whole = pipeline::pipeline(&pres, pipeline::rule("multikrum:200000").unwrap(), adam).unwrap();
    let json = serde_json::to_string_pretty(&standard(whole, 20)).unwrap();
    let texts = [
        ("json", json.clone()),
        ("json_twice", json.replacen("\"bond\"", "\"bond\": 1, \"bond\"", 1)),
        ("json_negative", json.replacen(": 20,", ": -20,", 1)),
        ("json_float", json.replacen(": 20,", ": 2e1,", 1)),
        ("json_large", json.replacen(": 20,", ": 4294967296,", 1)),
        ("rule", "clipping:tau=65536,iterations=3".into()),
        ("rule_twice", "geomedian:nu=1,nu=1".into()),
        ("rule_large", "trimmed:4294967295".into()),
        ("pre", "clip:65536".into()),
        ("server", "yogi:eta=1000,beta1=900000,beta2=990000,tau=1000000".into()),
        ("server_bias", "adam:eta=1,bias,bias".into()),
        ("empty_value", "krum:".into()),
    ];
    let seeds = texts.map(|(name, text)| (name, text.into_bytes()));
    replay::run("policy", &seeds, 20_000, checks::policy);
}

#[test]
fn keys_should_never_be_guessed_nor_shown() {
    let words = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
    let consent = Account::from_uri("//Contributor0")
        .unwrap()
        .consent(Hash::repeat_byte(5), 2, 900);
    let encrypted = r#"{"address":"5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8","encoded":"J2FFcPHAY11Pmq/38eqbwfUv9OPitYJs",
"encoding":{"content":["pkcs8","sr25519"],"type":["scrypt","xsalsa20-poly1305"],"version":"3"},"meta":{}}"#;
    let texts = [
        ("development", "//Alice//stash".to_owned()),
        ("mnemonic", words.into()),
        ("mnemonic_derived", format!("{words}//stash\n")),
        ("mnemonic_short", words.rsplit_once(' ').unwrap().0.into()),
        ("seed", format!("0x{}", "a5".repeat(32))),
        ("seed_short", format!("0x{}", "a5".repeat(31))),
        ("path", "./keys/org.key".into()),
        ("empty", "\n".into()),
        ("password", format!("{words}///secret")),
        ("encrypted_short", encrypted.into()),
        ("consent", consent.to_string()),
    ];
    let seeds = texts.map(|(name, text)| (name, text.into_bytes()));
    replay::run("key", &seeds, 2_000, checks::key);
}

/// Apart from the corpus: each passphrase that is tried costs a second.
#[test]
fn key_file_with_another_head_should_be_refused_before_it_costs_anything() {
    let (_, file) = seal(&[7; 32].into(), "a passphrase").unwrap();
    let field = |text: &str| {
        serde_json::from_str::<serde_json::Value>(text).unwrap()["encoded"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let encoded = field(&file);
    // N, p and r of scrypt stand behind 32 bytes of salt: a file may not ask for gigabytes, or for nothing.
    for head in [&encoded[..43], &encoded[..90]] {
        checks::key(file.replace(&encoded, head).as_bytes());
    }
    let costly = format!("{}{}{}", &encoded[..44], "/".repeat(12), &encoded[56..]);
    checks::key(file.replace(&encoded, &costly).as_bytes());
}

#[test]
fn salts_should_be_read_or_their_file_be_named() {
    let (_folder, _journal, file) = checks::journal();
    let text = fs::read_to_string(file).unwrap();
    let texts = [
        ("entry", text.clone()),
        ("bytes", text.replace("\"update.safetensors\"", "[117, 255, 254]")),
        ("byte_too_large", text.replace("\"update.safetensors\"", "[256]")),
        ("other_round", text.replace("\"round\": 3", "\"round\": 4")),
        ("round_too_large", text.replace("\"round\": 3", "\"round\": 4294967299")),
        ("half", text[..text.len() / 2].into()),
    ];
    let seeds = texts.map(|(name, text)| (name, text.into_bytes()));
    replay::run("salt", &seeds, 2_000, checks::salt);
}
