//! What a file is that is no safetensors file, by its first bytes, and what to do with it.

/// Bytes that are looked at.
pub(super) const HEAD: usize = 512;

const PICKLE: &str = "it is a Python pickle, such as torch.save wrote before 2020. Pickles run code when they are read: load it where you \
                      trust it, with torch.load(path, weights_only=True), and write it with safetensors.torch.save_file";
const TORCH: &str = "it is a PyTorch checkpoint, a zip archive with a pickle. Load it with torch.load(path, weights_only=True) and write it \
                     with safetensors.torch.save_file";
const NUMPY: &str = "it is a NumPy file. Load it with numpy.load and write it with safetensors.numpy.save_file";
const ZIP: &str =
    "it is a zip archive. If torch.save wrote it, load it with torch.load(path, weights_only=True) and write it with \
                   safetensors.torch.save_file; else unpack it";
const LFS: &str = "it is a git-lfs pointer, not the file itself. Run `git lfs pull`, or download the file";
const GGUF: &str = "it is a GGUF file, mostly of quantised weights. Take the safetensors files that it was made from";
const HDF5: &str =
    "it is an HDF5 file, such as Keras writes. Load it and write the weights with safetensors.numpy.save_file";
const PACKED: &str = "it is compressed. Unpack it";
const TAR: &str = "it is a tar archive. Unpack it";
const PAGE: &str = "it is a web page: the download gave an error or a login instead of the file";
const EMPTY: &str = "it is empty";

/// Beginnings of files.
const MAGIC: [(&[u8], &str); 15] = [
    (b"version https://git-lfs", LFS),
    (b"version https://hawser", LFS),
    (b"GGUF", GGUF),
    (b"tjgg", GGUF),
    (b"lmgg", GGUF),
    (b"fmgg", GGUF),
    (b"\x89HDF\r\n\x1a\n", HDF5),
    (b"\x93NUMPY", NUMPY),
    (b"\x1f\x8b", PACKED),
    (b"\x28\xb5\x2f\xfd", PACKED),
    (b"\xfd7zXZ", PACKED),
    (b"BZh", PACKED),
    (b"<!DOCTYPE", PAGE),
    (b"<!doctype", PAGE),
    (b"<html", PAGE),
];

/// What a file with this beginning is; none where that cannot be told.
pub(super) fn name(head: &[u8]) -> Option<&'static str> {
    let holds = |part: &[u8]| head.windows(part.len()).any(|window| window == part);
    match head {
        [] => Some(EMPTY),
        [b'P', b'K', 3, 4, ..] if holds(b"data.pkl") => Some(TORCH),
        [b'P', b'K', 3, 4, ..] if holds(b".npy") => Some(NUMPY),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Some(ZIP),
        // Protocols 2 to 5; then the frame of protocol 4, or an object.
        [0x80, 2..=5, b'}' | b']' | b'(' | b'c' | b'X' | b'K' | b'J' | 0x8a | 0x95, ..] => Some(PICKLE),
        _ if head.get(257..262) == Some(b"ustar") => Some(TAR),
        _ => MAGIC
            .iter()
            .find(|(magic, _)| head.starts_with(magic))
            .map(|(_, what)| *what),
    }
}

/// Whether this is the beginning of JSON text without a header's length before it.
pub(super) fn is_json(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.trim_ascii_start().first() == Some(&b'{')
}
