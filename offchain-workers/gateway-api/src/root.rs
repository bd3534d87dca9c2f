//! Names of blobs, and the paths in which they are.

/// BLAKE3 root of a blob: its name everywhere.
pub type Root = [u8; 32];

/// Path of a blob; `{root}` stands for its name.
pub const BLOB_PATH: &str = "/v1/blobs/{root}";
/// Path of the status.
pub const STATUS_PATH: &str = "/v1/status";

/// The root in lower-case hexadecimal digits, without a prefix: its form in paths and URLs.
pub fn name(root: &Root) -> String {
    hex::encode(root)
}

/// The root that `name` stands for, with or without `0x`.
pub fn parse_name(name: &str) -> Option<Root> {
    let mut root = Root::default();
    hex::decode_to_slice(name.strip_prefix("0x").unwrap_or(name), &mut root).ok()?;
    Some(root)
}

/// The URL of a blob at a gateway such as `https://10.0.0.7:9780`.
pub fn blob_url(gateway: &str, root: &Root) -> String {
    let path = BLOB_PATH.replace("{root}", &name(root));
    format!("{}{path}", gateway.trim_end_matches('/'))
}

/// An account in hexadecimal digits, or in a form that `other` reads.
pub(crate) fn read_account(text: &str, other: impl Fn(&str) -> Option<[u8; 32]>) -> Option<[u8; 32]> {
    parse_name(text).or_else(|| other(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_should_be_read_as_it_is_written() {
        let root = [0xa5; 32];
        assert_eq!(parse_name(&name(&root)), Some(root));
        assert_eq!(parse_name(&format!("0x{}", name(&root))), Some(root));
        assert_eq!(parse_name("a5"), None);
        let url = format!("http://a/v1/blobs/{}", name(&root));
        assert_eq!(blob_url("http://a/", &root), url);
        assert_eq!(blob_url("http://a", &root), url);
    }
}
