"""Attested inference on a network of four validators, with real models: see scripts/run-inference.sh.

    demo.py --programs FOLDER --models FOLDER [--work FOLDER] [minilm] [smollm2] [levels]
"""

import argparse, collections, concurrent.futures, json, pathlib, re, shutil, sys, tempfile, time

import numpy

import models, passages
from network import Failed, Network, Quorate
from records import Ledger, found, row, tokens

ORGANISATIONS = 5
SENTENCES = 200
# Requests that an organisation sends at the same time; 16 may await votes.
AT_ONCE = 6
# Sentences that are embedded once more where one validator has other instructions.
AGAIN = 8
LEVELS = {2: ("avx2", "AVX2")}
# With which an auditor derives an answer again. Validators with portable ones are too slow for the chain's deadlines, and not asked.
INSTRUCTIONS = ["portable", "avx2", "avx512"]
# Lines of a list that are shown.
SHOWN = 4
VALIDATORS = ["Alice", "Bob", "Charlie", "Dave"]
DOCUMENTS = pathlib.Path(__file__).resolve().parents[2] / "docs"
# Of these the sentences are taken. A question, and words of the sentence that answers it.
FILES = ["aggregation.md", "consortium.md", "evaluate.md", "infer.md", "operations.md", "protocol.md", "security.md"]
QUESTIONS = [
    ("How do I protect a validator's key?", "encrypt it (--encrypt)"),
]
PROMPT = """<|im_start|>system
You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
<|im_start|>user
What is a blockchain? Answer in two sentences.<|im_end|>
<|im_start|>assistant
"""
MOST_TOKENS = 96


def say(text=""):
    print(text, flush=True)


class Demo:
    def __init__(self, programs, work):
        self.programs, self.work = programs, work
        self.quorate = Quorate(programs)
        self.summary = []
        # Of the sentences that were embedded: text, numbers.
        self.rows = {}

    def network(self, name, levels):
        workers = [f"{index}=--instructions={flag}" for index, (flag, _) in levels.items()]
        net = Network(self.programs, self.work / name, workers)
        say(f"starting four validators in {net.folder}")
        return net

    def register(self, net, model):
        """Model and program on chain, held by a quorum."""
        began = time.monotonic()
        of_model = net.quorate("model", "register", model.file(self.work), "--name", model.name, account="//Org0")
        program = net.quorate("artifact", "register", model.program(self.work), "--kind", "program", "--licence", model.licence,
                              "--access", "public", account="//Org0")
        size = model.file(self.work).stat().st_size / 1e6
        say(f"  {model.name}: model {of_model['model']} ({size:.0f} MB) and program {program['artifact']} are held by a quorum,"
            f" {time.monotonic() - began:.0f} s")
        for number in range(ORGANISATIONS):
            net.quorate("evaluation", "fund", number, 5, account="//Org0")
        self.declared(net)
        return of_model["model"], program["artifact"]

    def declared(self, net):
        """Waits until every validator has declared what its machine can answer; whether each is asked."""

        def all_of_them():
            listed = net.quorate("capability", "list")["validators"]
            return listed if len(listed) == len(VALIDATORS) and all(one["capability"] for one in listed) else None

        listed = net.until("not all validators declared what they can answer", 180, all_of_them)
        declared = ", ".join(f"{one['capability']['memory']} MiB and {one['capability']['speed']} million operations a block"
                             f"{'' if one['asked'] else ' (too slow: not asked)'}" for one in listed)
        say(f"  declared: {declared}")
        return [one["asked"] for one in listed]

    def agreement(self, net, ledger):
        """Shows what each validator revealed, of all batches; how many had the agreed root in each at least."""
        wrong, least, seen = 0, None, collections.Counter()
        for identity, job in ledger.jobs():
            statements = [found(statement) for statement in job["statements"]]
            agreed = job["agreed"]["Infer"]["answers"]
            wrong += sum(root not in (None, agreed) for root, _ in statements)
            equal = sum(root == agreed for root, _ in statements)
            least = min(equal, equal if least is None else least)
            seen.update(verdict or "none" for _, verdict in statements)
            if sum(seen.values()) <= SHOWN * len(statements):
                say(f"  job {identity[:18]}…: {equal} of {len(statements)} validators revealed root {agreed[:18]}…")
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in seen.most_common())
        say(f"  verdicts in all batches: {verdicts}")
        if wrong:
            raise Failed(f"{wrong} statements have another root")
        return least

    def verify(self, net, request, account, *options):
        """`quorate verify answer`, which waits until the record is final; seconds."""
        began = time.monotonic()
        answer = net.quorate("verify", "answer", request, *options, account=account)
        for check in answer["checks"]:
            say(f"  {check['found']:6}{check['check']:<16}{check['detail']}")
        if not answer["verified"]:
            raise Failed(f"request {request}: {answer['conclusion']}")
        return time.monotonic() - began

    def paid(self, what, ledger, blocks, seconds):
        cost, fee = ledger.fees()
        blocks = sorted(blocks)
        self.summary.append(f"{what}: {len(blocks)} requests in {len({batch['id'] for _, batch in ledger.answered})} batches, from request to record "
                            f"{blocks[0]} to {blocks[-1]} blocks, median {blocks[len(blocks) // 2]}; {seconds:.0f} s in all; "
                            f"{tokens(cost)} of {tokens(fee)} tokens kept")


def of_organisation(number):
    return f"//Org{number}"


def embed(demo, net, model, number, at, texts):
    """An organisation asks for the embeddings of texts, each a request of its own."""
    folder = demo.work / f"asked-{number}"
    folder.mkdir(exist_ok=True)
    common = {"account": of_organisation(number)}

    def ask(numbered):
        number, text = numbered
        ids = folder / f"ids-{number}.npy"
        numpy.save(ids, model.ids(text).astype(numpy.int64))
        return net.quorate("infer", at[0], "--program", at[1], "--input", f"input_ids={ids}", "--no-wait", "--state", folder / "inputs",
                           **common)["request"]

    # Each ends when its number is final, some blocks later: several at a time, and fewer than may await votes.
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as asking:
        asked = list(asking.map(ask, enumerate(texts)))
    answers = []
    for request in asked:
        answer = net.quorate("request", "fetch", request, "--out", folder / str(request), "--state", folder / "inputs", **common)
        answers.append((numpy.load(folder / str(request) / "embedding.npy"), answer))
    return answers


def sentences():
    """(file, sentence) of what is embedded, and those that answer the questions."""
    known = [one for one in passages.sentences(DOCUMENTS) if one[0] in FILES]
    wanted = [next((one for one in known if words in one[1]), None) for _, words in QUESTIONS]
    if None in wanted:
        raise Failed(f"no sentence of the documents has {QUESTIONS[wanted.index(None)][1]!r} any more: change QUESTIONS")
    return list(dict.fromkeys(wanted + passages.spread(known, SENTENCES)))[:SENTENCES], wanted


def compiled(demo, model, text):
    if not model.program(demo.work).exists():
        model.compile(demo.quorate, demo.work)
        models.check(model, demo.quorate, demo.work, text)


def embed_all(demo, net, model, at, ledger, texts):
    """The embeddings of texts, asked for by all organisations at once; blocks from request to record."""
    parts = [texts[number::ORGANISATIONS] for number in range(ORGANISATIONS)]
    with concurrent.futures.ThreadPoolExecutor(ORGANISATIONS) as pool:
        made = list(pool.map(lambda number: embed(demo, net, model, number, at, parts[number]), range(ORGANISATIONS)))
    rows, blocks = {}, []
    for part, answers in zip(parts, made):
        for text, (vector, answer) in zip(part, answers):
            rows[text] = vector
            blocks.append(ledger.add(answer)[2])
    return rows, blocks


def minilm(demo, net, cache):
    say("\n== MiniLM-L6: sentences of this repository's documents, and a question")
    model = models.minilm(cache)
    compiled(demo, model, QUESTIONS[0][0])
    texts, wanted = sentences()
    at = demo.register(net, model)
    ledger, began = Ledger(net), time.monotonic()
    demo.rows, blocks = embed_all(demo, net, model, at, ledger, [text for _, text in texts])
    say(f"  {len(texts)} sentences of {len({file for file, _ in texts})} documents embedded for {ORGANISATIONS} organisations,"
        f" {time.monotonic() - began:.0f} s")
    matrix = numpy.array([demo.rows[text] for _, text in texts])
    for (question, words), expected in zip(QUESTIONS, wanted):
        [(vector, answer)] = embed(demo, net, model, 0, at, [question])
        request, batch, far = ledger.add(answer)
        blocks.append(far)
        likeness = matrix @ vector
        best = texts[likeness.argmax()]
        say(f"  {question}\n    {best[0]} ({likeness.max():.3f}): {best[1]}")
        say(f"    request {request['id']}: version {batch['file']['root'][:18]}…, program {batch['program_file']['root'][:18]}…,"
            f" input {request['input']['root'][:18]}…, answer {row(request)['answer']['root'][:18]}…; {far} blocks")
        if best != expected:
            raise Failed(f"the passage with {words!r} was expected")
    demo.paid("MiniLM-L6", ledger, blocks, time.monotonic() - began)
    demo.agreement(net, ledger)
    took = demo.verify(net, request["id"], of_organisation(0))
    demo.summary.append(f"MiniLM-L6: an answer verified in {took:.1f} s, files and all")


def levels(demo, net, cache):
    say("\n== MiniLM-L6, where validators have different instructions")
    for index, name in enumerate(VALIDATORS):
        most = LEVELS.get(index, (None, "all"))[1]
        if index in LEVELS:
            # A worker may start after its node's first block.
            line = rf"inference: self-test passed.*level={most}\b"
            net.until(f"{name}'s worker does not have {most} instructions", 60, lambda: re.search(line, net.logged(index)))
        say(f"  {name}: {most} instructions")
    model = models.minilm(cache)
    compiled(demo, model, QUESTIONS[0][0])
    texts, _ = sentences()
    at = demo.register(net, model)
    ledger, began = Ledger(net), time.monotonic()
    rows, blocks = embed_all(demo, net, model, at, ledger, [text for _, text in texts[:AGAIN]])
    for text, vector in rows.items():
        if text in demo.rows and vector.tobytes() != demo.rows[text].tobytes():
            raise Failed(f"another network had other bits for: {text}")
    demo.paid("MiniLM-L6 with AVX2 and all instructions", ledger, blocks, time.monotonic() - began)
    equal = demo.agreement(net, ledger)
    if equal != len(VALIDATORS):
        raise Failed(f"{equal} of {len(VALIDATORS)} validators revealed the agreed root")
    beside = ", and the bits of the first network" if demo.rows else ""
    demo.summary.append(f"MiniLM-L6: all instructions and AVX2 had equal roots{beside}")
    request, times = ledger.answered[0][0], []
    for most in INSTRUCTIONS:
        say(f"  request {request['id']} derived again with {most} instructions at most:")
        took = demo.verify(net, request["id"], of_organisation(request["organisation"]), "--instructions", most)
        times.append(f"{most} {took:.1f} s")
    demo.summary.append(f"MiniLM-L6: one answer derived again by an auditor, equal in every bit: {', '.join(times)}")


class Streamed:
    """Tokens as `quorate infer --stream` tells them on standard error, before anybody has attested to them."""

    def __init__(self, began):
        self.began, self.tokens, self.times = began, [], []

    def hear(self, line):
        if not line.startswith("{"):
            return
        event = json.loads(line).get("provisional")
        if event and event["first"] == len(self.tokens):
            self.tokens += event["tokens"]
            self.times.append(time.monotonic() - self.began)
            say(f"    {self.times[-1]:5.1f} s, provisional: {event['text']!r}")

    def check(self, answer):
        """That they are the answer's, all of them, and came before it."""
        attested = [stream for stream in answer.get("streams", []) if stream["attested"] and stream["ended"]]
        if not attested or self.tokens != answer["answer"]["tokens"]:
            raise Failed(f"streamed were {self.tokens}, attested {answer['answer']['tokens']}: {answer.get('streams')}")


def smollm2(demo, net, cache):
    say("\n== SmolLM2-135M: a prompt, streamed, then attested")
    model = models.smollm2(cache)
    compiled(demo, model, PROMPT)
    prompt, out = demo.work / "prompt", demo.work / "answer"
    prompt.write_text(PROMPT)
    at = demo.register(net, model)
    ledger, began = Ledger(net), time.monotonic()
    say(f"  {PROMPT.splitlines()[3].removesuffix('<|im_end|>')}")
    streamed = Streamed(began)
    answer = net.quorate("infer", at[0], "--program", at[1], "--prompt-file", prompt, "--tokenizer", model.folder / "tokenizer.json",
                         "--max-tokens", MOST_TOKENS, "--stop", "<|im_end|>", "--out", out, "--state", demo.work / "inputs", "--stream",
                         account=of_organisation(1), heard=streamed.hear)
    request, batch, far = ledger.add(answer)
    took, record = time.monotonic() - began, row(request)
    streamed.check(answer)
    say(f"    attested after {took:.0f} s: the {record['tokens']} tokens that were streamed are the answer\n    {answer['answer']['text']}")
    say(f"    request {request['id']}: {record['tokens']} tokens in {took:.0f} s, version {batch['file']['root'][:18]}…,"
        f" input {request['input']['root'][:18]}…, answer {record['answer']['root'][:18]}…, trace {record['trace'][:18]}…")
    demo.paid("SmolLM2", ledger, [far], took)
    demo.agreement(net, ledger)
    verified = demo.verify(net, request["id"], of_organisation(1))
    demo.summary.append(f"SmolLM2: {record['tokens']} tokens derived again by one prefill in {verified:.1f} s, files and all; the first was streamed after {streamed.times[0]:.0f} s, the last after {streamed.times[-1]:.0f} s, and they were attested after {took:.0f} s")


# Networks, and what is done on each.
NETWORKS = [("alike", {}, {"minilm": minilm, "smollm2": smollm2}), ("levels", LEVELS, {"levels": levels})]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="folder of quorate, quorate-node, quorate-worker, quorate-localnet")
    parser.add_argument("--models", type=pathlib.Path, required=True, help="folder of the models, as scripts/run-inference.sh fetches them")
    parser.add_argument("--work", type=pathlib.Path, help="keep databases, blobs and logs in this new folder")
    parser.add_argument("parts", nargs="*", help="minilm, smollm2, levels; all unless given")
    given = parser.parse_args()
    if unknown := set(given.parts) - {part for _, _, parts in NETWORKS for part in parts}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    work = given.work or pathlib.Path(tempfile.mkdtemp(prefix="quorate-inference-"))
    work.mkdir(parents=True, exist_ok=True)
    demo, began = Demo(given.programs.resolve(), work.resolve()), time.monotonic()
    try:
        for name, limits, parts in NETWORKS:
            wanted = [part for part in parts if part in given.parts or not given.parts]
            if wanted:
                with demo.network(name, limits) as net:
                    for part in wanted:
                        parts[part](demo, net, given.models)
    except Failed as failed:
        sys.exit(f"error: {failed}\nfolders and logs are in {work}")
    say("\n== summary")
    for line in demo.summary:
        say(line)
    if not given.work:
        shutil.rmtree(work)
    say(f"OK: {time.monotonic() - began:.0f} s")


main()
