"""Models go into versions and come back: what PyTorch, Transformers and PEFT wrote, they read again unchanged.

    python files.py PROGRAM      PROGRAM is the command line `quorate`; no chain is needed.
"""

import json
import struct
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import peft
import torch
import transformers
from safetensors import safe_open
from safetensors.torch import load_file, load_model, save_file, save_model

PROGRAM = sys.argv[1]
SEED = 11
# A development account, whose updates are made.
CONTRIBUTOR = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"


def quorate(*arguments, code=0):
    """Runs the command line; its standard output and error as one text."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    text = done.stdout + done.stderr
    assert done.returncode == code, f"exit code {done.returncode} of {arguments}: {text}"
    return text


def convert(source, version, *options):
    return quorate("convert", source, version, *options)


def export(version, folder, *options):
    return quorate("convert", version, folder, "--as", "hf", *options)


def refused(words, *arguments):
    text = quorate(*arguments, code=2)
    for word in words:
        assert word in text, f"{word!r} is not in {text!r}"


def tiny(tied=True, dtype=torch.bfloat16):
    """A language model of some 20,000 numbers."""
    torch.manual_seed(SEED)
    config = transformers.LlamaConfig(
        vocab_size=128, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, tie_word_embeddings=tied, initializer_range=0.2,
    )
    # Not with .to(dtype), which would round the rotary frequencies too: from_pretrained keeps them as f32.
    return transformers.AutoModelForCausalLM.from_config(config, dtype=dtype).eval()


def logits(model):
    tokens = torch.arange(16).reshape(2, 8)
    with torch.no_grad():
        return model(input_ids=tokens).logits


def same(left, right):
    """The same tensors: names, types, shapes and bits."""
    assert left.keys() == right.keys(), left.keys() ^ right.keys()
    for name, tensor in left.items():
        other = right[name]
        assert (tensor.dtype, tensor.shape) == (other.dtype, other.shape), name
        bits = [x.contiguous().reshape(-1).view(torch.uint8) for x in (tensor, other)]
        assert torch.equal(*bits), name


def loaded(folder, dtype):
    """What Transformers makes of a folder, which must have each tensor and no other."""
    model, said = transformers.LlamaForCausalLM.from_pretrained(folder, dtype=dtype, output_loading_info=True)
    for what, names in said.items():
        assert not names, f"{what}: {names}"
    return model.eval()


def moved(version, path):
    """A version that a round could have made of this one: every trained value moved; and its tensors."""
    bytes_ = bytearray(Path(version).read_bytes())
    header = json.loads(bytes_[8 : 8 + struct.unpack("<Q", bytes_[:8])[0]])
    data = 8 + struct.unpack("<Q", bytes_[:8])[0]
    about = json.loads(header.pop("__metadata__")["quorate"])["tensors"]
    random = torch.Generator().manual_seed(SEED)
    tensors = {}
    for name, place in header.items():
        begin, end = (data + at for at in place["data_offsets"])
        if about[name]["role"] == "train":
            old = torch.frombuffer(bytes_[begin:end], dtype=torch.float32).clone()
            new = old + 0.05 * torch.randn(old.shape, generator=random)
            bytes_[begin:end] = new.numpy().tobytes()
            tensors[name] = new.reshape(place["shape"])
    Path(path).write_bytes(bytes_)
    return tensors


def model_comes_back(place):
    model = tiny()
    model.save_pretrained(place / "in")
    convert(place / "in", place / "v")
    export(place / "v", place / "out")
    same(load_file(place / "in/model.safetensors"), load_file(place / "out/model.safetensors"))
    assert (place / "in/config.json").read_bytes() == (place / "out/config.json").read_bytes()
    again = loaded(place / "out", torch.bfloat16)
    assert torch.equal(logits(again), logits(model))
    assert again.lm_head.weight is again.model.embed_tokens.weight


def shards_come_back(place):
    model = tiny(tied=False)
    model.save_pretrained(place / "in", max_shard_size="20KB")
    assert len(list((place / "in").glob("*.safetensors"))) > 1
    convert(place / "in", place / "v")
    export(place / "v", place / "out", "--shard", 15000)
    assert len(list((place / "out").glob("*.safetensors"))) > 1
    assert torch.equal(logits(loaded(place / "out", torch.bfloat16)), logits(model))


def trained_version_gives_the_logits_of_its_values(place):
    model = tiny()
    model.save_pretrained(place / "in")
    convert(place / "in", place / "v0")
    values = moved(place / "v0", place / "v1")
    said = export(place / "v1", place / "out")
    assert "values were rounded" in said, said
    model.load_state_dict({name: value.to(torch.bfloat16) for name, value in values.items()}, strict=False)
    assert torch.equal(logits(loaded(place / "out", torch.bfloat16)), logits(model))
    export(place / "v1", place / "f32", "--dtype", "f32")
    full = tiny(dtype=torch.float32)
    full.load_state_dict(values, strict=False)
    assert torch.equal(logits(loaded(place / "f32", torch.float32)), logits(full))


def tied_tensors_are_offered_and_come_back(place):
    model = tiny()
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    assert "lm_head.weight" in state
    save_file(state, place / "in.safetensors")
    said = convert(place / "in.safetensors", place / "apart")
    offer = "--tie lm_head.weight=model.embed_tokens.weight"
    assert offer in said, said
    convert(place / "in.safetensors", place / "v", *offer.split())
    with safe_open(place / "v", "pt") as file:
        assert "model.embed_tokens.weight" not in file.keys()
    export(place / "v", place / "out")
    same(state, load_file(place / "out/model.safetensors"))
    model.config.save_pretrained(place / "out")
    assert torch.equal(logits(loaded(place / "out", torch.bfloat16)), logits(model))


def head_that_the_base_lacks_is_known_by_its_embedding(place):
    model = tiny()
    model.save_pretrained(place / "in")
    convert(place / "in", place / "v")
    state = {name: 0.5 * tensor.clone() for name, tensor in model.state_dict().items()}
    save_file(state, place / "trained.safetensors")
    said = quorate("convert", place / "trained.safetensors", place / "u", "--base", place / "v", "--contributor", CONTRIBUTOR)
    assert '"lm_head.weight" is equal to "model.embed_tokens.weight"' in said and "left out" not in said, said
    state["lm_head.weight"] *= 2
    save_file(state, place / "trained.safetensors")
    said = quorate("convert", place / "trained.safetensors", place / "u2", "--base", place / "v", "--contributor", CONTRIBUTOR)
    assert 'not in the base, left out: "lm_head.weight"' in said, said


def adapter(base):
    """A LoRA whose second halves are not the zeros that they begin with."""
    torch.manual_seed(SEED)
    config = peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    model = peft.get_peft_model(base, config)
    for name, tensor in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(tensor, std=0.1)
    return model.eval()


def adapter_comes_back(place):
    model = adapter(tiny())
    expected = logits(model)
    model.save_pretrained(place / "in")
    convert(place / "in", place / "v")
    export(place / "v", place / "out")
    same(load_file(place / "in/adapter_model.safetensors"), load_file(place / "out/adapter_model.safetensors"))
    again = peft.PeftModel.from_pretrained(tiny(), place / "out").eval()
    assert torch.equal(logits(again), expected)
    # As it is in memory, with the adapter's name in its tensors' names.
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items() if "lora_" in name}
    save_file(state, place / "trained.safetensors")
    update = ["convert", place / "trained.safetensors", place / "u", "--base", place / "v", "--contributor", CONTRIBUTOR]
    refused(["--strip .default"], *update)
    quorate(*update, "--strip", ".default")


def frozen_base_is_one_file_in_whatever_form_it_is_kept(place):
    """What an adapter stands on has one root: of one file, of shards, of weights of 16 bits that were read and written again."""
    model = tiny()
    model.save_pretrained(place / "one")
    model.save_pretrained(place / "shards", max_shard_size="20KB")
    assert len(list((place / "shards").glob("*.safetensors"))) > 1
    transformers.AutoModelForCausalLM.from_pretrained(place / "one", dtype=torch.bfloat16).save_pretrained(place / "again")
    (place / "one/config.json").write_text("{}")
    made = []
    for kept in ["one", "one/model.safetensors", "shards", "again"]:
        version = place / f"base-{len(made)}"
        quorate("convert", place / kept, version, "--frozen")
        made.append(version.read_bytes())
    assert all(other == made[0] for other in made), "another form is another file"
    tensors = load_file(place / "one/model.safetensors")
    same(load_file(place / "base-0"), {name: tensor.float() for name, tensor in tensors.items()})
    with torch.no_grad():
        model.model.embed_tokens.weight[3, 4] += 1
    model.save_pretrained(place / "other")
    quorate("convert", place / "other", place / "base-other", "--frozen")
    assert (place / "base-other").read_bytes() != made[0]


def no_small_file_loads_code(place):
    """What Transformers would act on is refused, and left out of a version of another program's."""
    model = tiny()
    model.save_pretrained(place / "in")
    config = json.loads((place / "in/config.json").read_text())
    config |= {"_attn_implementation": "someone/kernel", "auto_map": {"AutoModel": "code.Model"}, "transformers_weights": "other.safetensors"}
    (place / "in/config.json").write_text(json.dumps(config))
    read = transformers.AutoConfig.from_pretrained(place / "in")
    assert (read._attn_implementation, read.transformers_weights) == ("someone/kernel", "other.safetensors"), "it is not read any more"
    refused(['"_attn_implementation", "auto_map", "transformers_weights"', "would load code"], "convert", place / "in", place / "v")
    state = load_file(place / "in/model.safetensors")
    text = torch.tensor(list(json.dumps(config).encode()), dtype=torch.uint8)
    save_file({**state, "file:config.json": text}, place / "in.safetensors")
    convert(place / "in.safetensors", place / "v")
    said = export(place / "v", place / "out")
    assert "config.json: _attn_implementation is left out" in said, said
    again = transformers.AutoModelForCausalLM.from_pretrained(place / "out", dtype=torch.bfloat16).eval()
    assert again.config._attn_implementation != "someone/kernel" and not hasattr(again.config, "auto_map")
    assert torch.equal(logits(again), logits(model.eval()))


def every_type_comes_back(place):
    torch.manual_seed(SEED)
    tensors = {
        "bf16": torch.randn(5, dtype=torch.bfloat16), "f16": torch.randn(5, dtype=torch.float16),
        "f32": torch.randn(3, 2), "f64": torch.randn(4).double(), "single": torch.tensor(0.5),
        "bool": torch.tensor([True, False]), "i64": torch.tensor(7), "u8": torch.arange(3, dtype=torch.uint8),
        "i8": torch.tensor([-1], dtype=torch.int8), "i16": torch.tensor([-300], dtype=torch.int16),
        "i32": torch.tensor([[1, -2]], dtype=torch.int32), "turned": torch.randn(2, 3).t().contiguous(),
    }
    save_file({**tensors, "empty": torch.zeros(0, 4)}, place / "in.safetensors")
    said = convert(place / "in.safetensors", place / "v")
    assert 'without elements, left out: "empty"' in said, said
    export(place / "v", place / "out")
    same(tensors, load_file(place / "out/model.safetensors"))


def statistics_come_back(place):
    torch.manual_seed(SEED)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    net(torch.randn(8, 3))
    save_model(net, str(place / "in.safetensors"))
    convert(place / "in.safetensors", place / "v")
    export(place / "v", place / "out")
    other = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    missing, unexpected = load_model(other, str(place / "out/model.safetensors"))
    assert not missing and not unexpected
    same(net.state_dict(), other.state_dict())


def plan_makes_the_same_version(place):
    tiny(tied=False).save_pretrained(place / "in")
    options = ["--scale", "*norm*=20", "--roles", "*embed*=const"]
    convert(place / "in", place / "v", *options, "--save-plan", place / "plan")
    convert(place / "in", place / "again", "--plan", place / "plan")
    assert (place / "v").read_bytes() == (place / "again").read_bytes()


def what_cannot_be_read_is_named(place):
    state = {"w": torch.ones(2)}
    torch.save(state, place / "model.bin")
    refused(["PyTorch checkpoint", "weights_only=True"], "convert", place / "model.bin", place / "v")
    (place / "folder").mkdir()
    torch.save(state, place / "folder/pytorch_model.bin")
    refused(["pickles", "save_pretrained"], "convert", place / "folder", place / "v")
    (place / "model.gguf").write_bytes(b"GGUF" + bytes(60))
    refused(["GGUF", "safetensors files"], "convert", place / "model.gguf", place / "v")
    for name, tensor, words in [
        ("c64", torch.ones(2, dtype=torch.complex64), ["C64", "two tensors of floats"]),
        ("fp8", torch.ones(2).to(torch.float8_e4m3fn), ["F8_E4M3", "BF16 or F32", "fp8=const"]),
    ]:
        save_file({name: tensor}, place / "in.safetensors")
        refused([f'"{name}"', *words], "convert", place / "in.safetensors", place / "v")
    save_file({"fp8": torch.ones(2).to(torch.float8_e4m3fn), "w": torch.ones(2)}, place / "in.safetensors")
    convert(place / "in.safetensors", place / "kept", "--roles", "fp8=const")


CASES = [
    model_comes_back,
    shards_come_back,
    trained_version_gives_the_logits_of_its_values,
    tied_tensors_are_offered_and_come_back,
    head_that_the_base_lacks_is_known_by_its_embedding,
    adapter_comes_back,
    frozen_base_is_one_file_in_whatever_form_it_is_kept,
    no_small_file_loads_code,
    every_type_comes_back,
    statistics_come_back,
    plan_makes_the_same_version,
    what_cannot_be_read_is_named,
]


def main():
    transformers.utils.logging.disable_progress_bar()
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, peft {peft.__version__}, seed {SEED}")
    failed = 0
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            try:
                case(Path(folder))
                print(f"ok      {case.__name__}")
            except Exception:
                failed += 1
                traceback.print_exc()
                print(f"FAILED  {case.__name__}")
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
