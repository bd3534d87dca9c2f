"""BLAKE3 after its paper, section 2: one block at a time, its three modes, with extended output."""

import struct

IV = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19]
PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
COLUMNS = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)]
DIAGONALS = [(0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]
CHUNK_START, CHUNK_END, PARENT, ROOT, KEYED, CONTEXT, MATERIAL = 1, 2, 4, 8, 16, 32, 64
MASK = 0xFFFFFFFF


def rotate(x, r):
    return (x >> r | x << (32 - r)) & MASK


def compress(chain, block, counter, length, flags):
    """The 16 words of one compression: the first 8 are the chaining value."""
    v = chain + IV[:4] + [counter & MASK, counter >> 32, length, flags]
    m = list(struct.unpack("<16I", block.ljust(64, b"\0")))
    for _ in range(7):
        for i, (a, b, c, d) in enumerate(COLUMNS + DIAGONALS):
            for word, r1, r2 in ((m[2 * i], 16, 12), (m[2 * i + 1], 8, 7)):
                v[a] = (v[a] + v[b] + word) & MASK
                v[d] = rotate(v[d] ^ v[a], r1)
                v[c] = (v[c] + v[d]) & MASK
                v[b] = rotate(v[b] ^ v[c], r2)
        m = [m[i] for i in PERMUTATION]
    return [v[i] ^ v[i + 8] for i in range(8)] + [v[i + 8] ^ chain[i] for i in range(8)]


def last_compression(data, first_chunk, key, mode):
    """The arguments of the compression that ends a subtree, without the ROOT flag."""
    chunks = max(1, -(-len(data) // 1024))
    if chunks > 1:
        left = 1 << (chunks - 1).bit_length() - 1
        cut = left * 1024
        halves = chaining(data[:cut], first_chunk, key, mode) + chaining(data[cut:], first_chunk + left, key, mode)
        return key, struct.pack("<16I", *halves), 0, 64, PARENT | mode
    chain, flags = key, CHUNK_START
    blocks = [data[i : i + 64] for i in range(0, len(data), 64)] or [b""]
    for block in blocks[:-1]:
        chain = compress(chain, block, first_chunk, 64, flags | mode)[:8]
        flags = 0
    return chain, blocks[-1], first_chunk, len(blocks[-1]), flags | CHUNK_END | mode


def chaining(data, first_chunk, key, mode):
    return compress(*last_compression(data, first_chunk, key, mode))[:8]


def words(data, key=IV, mode=0):
    """The extended output as an endless stream of u32."""
    chain, block, _, length, flags = last_compression(data, 0, key, mode)
    counter = 0
    while True:
        yield from compress(chain, block, counter, length, flags | ROOT)
        counter += 1


def default_output(stream):
    return struct.pack("<8I", *(next(stream) for _ in range(8)))


def blake3(data):
    """The 32 bytes of the default output."""
    return default_output(words(data))


def keyed(key, data):
    """The same in the mode with a key of 32 bytes."""
    return default_output(words(data, list(struct.unpack("<8I", key)), KEYED))


def derived(context, material):
    """The same in the mode that derives keys, from a context (text) and material."""
    key = default_output(words(context.encode(), IV, CONTEXT))
    return default_output(words(material, list(struct.unpack("<8I", key)), MATERIAL))


assert blake3(b"").hex() == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
