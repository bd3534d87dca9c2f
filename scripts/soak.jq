# What a soak has shown, from its lines: rounds, faults, and what grows.

def median: sort | if length == 0 then null else .[length / 2 | floor] end;
def third($n): .[(length * $n / 3 | floor):(length * ($n + 1) / 3 | floor)];
def rounded: . * 1000 | round / 1000;
def mib: . / 1048576 | rounded;

# The median of the last third, and how many times that of the middle third it is. The first third fills caches, and what is kept for a while.
def trend(f):
    (third(1) | map(f) | median) as $middle
    | (third(2) | map(f) | median) as $last
    | {mib: ($last | mib), ratio: (if $middle > 0 then $last / $middle | rounded else null end)};

# Bytes for each block between the middles of the two thirds.
def per_block(f):
    ((third(2) | map(.block) | median) - (third(1) | map(.block) | median)) as $blocks
    | ((third(2) | map(f) | median) - (third(1) | map(f) | median)) as $bytes
    | if $blocks > 0 then $bytes / $blocks | round else null end;

def growth: {
    node: trend(.node_kib * 1024), worker: trend(.worker_kib * 1024), store: trend(.store), database: trend(.database),
    state: trend(.state), database_bytes_per_block: per_block(.database), state_bytes_per_block: per_block(.state)
};

# Faults start nodes again, so a stretch alone does not tell whether their memory grows: the median by the minutes that the largest one has run.
def by_age: map(select(.node_age)) | group_by(.node_age / 300 | floor)
    | map({minutes: (.[0].node_age / 300 | floor * 5), node_mib: (map(.node_kib) | median / 1024 | round), samples: length});

map(select(.validators == $validators))
| {
    rounds: length,
    versions: map(select(.version)) | length,
    refunded: map(select(.version | not)) | length,
    # One line for each model: a fault is counted once.
    faults: map(select(.model == 0)) | group_by(.fault | split("(")[0]) | map({(.[0].fault | split("(")[0]): length}) | add,
    blocks: {p50: map(.blocks | values) | median, most: map(.blocks | values) | max},
    node_mib: (map(.node_kib) | max / 1024 | floor),
    worker_mib: (map(.worker_kib) | max / 1024 | floor),
    node_by_age: by_age,
    stretches: group_by(.seed) | map({seed: .[0].seed, rounds: length, growth: growth})
}
