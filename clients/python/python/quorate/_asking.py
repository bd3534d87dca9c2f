"""Asking validators: answers to requests, and evaluations."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from . import _quorate, _records, _tensors, _verifying
from .errors import Fault, InputError, NotFound, QuorateError, RequestFailed, Unfit

if TYPE_CHECKING:
    import os

    from ._net import Net

#: Told what is going on, in words; what it raises ends the call.
Progress = Callable[[str], object]
#: Told the tokens that a validator streams, all of them each time more come; what it raises ends the call.
OnTokens = Callable[[list[int]], object]
#: An amount of tokens, at least 0 and with at most 12 decimals: ``"0.05"``, ``Decimal("0.05")``, ``2``; of a ``float`` what Python prints of it.
#: What is no such amount is refused, and nothing is rounded.
Tokens = Decimal | str | int | float

#: NumPy's names of the element types of programs.
KINDS = {"f32": "<f4", "i64": "<i8", "i32": "<i4", "i8": "i1", "u8": "u1", "bool": "?"}
#: Decimals of a token.
DECIMALS = 12


@dataclass(frozen=True)
class Sampler:
    """Draws tokens, from a seed that the chain draws when nobody can change the request any more."""

    #: Above 0; a higher one draws less likely tokens.
    temperature: float
    #: Tokens are drawn among so many of the likeliest.
    top: int = 40


@dataclass(frozen=True)
class Quote:
    """What something costs at this moment."""

    #: Most that it costs, in tokens.
    fee: Decimal
    #: Blocks that validators have to compute, at most.
    blocks: int
    #: Operations that are paid for: millions, and of an evaluation thousands of millions.
    operations: int
    #: What of the fee is for reading version, frozen base and program, in tokens: the requests of a batch share it. ``None`` of an evaluation.
    reading: Decimal | None = None
    #: MiB that the request takes; ``None`` of an evaluation.
    memory: int | None = None
    #: Validators that have this memory, how many have to, and how many there are.
    capable: int | None = None
    needed: int | None = None
    validators: int | None = None

    @classmethod
    def _of(cls, text: str) -> Quote:
        found = json.loads(text)
        # From a text: arithmetic of `Decimal` rounds.
        amounts = {name: Decimal(f"{found[name]}e-{DECIMALS}") for name in ("fee", "reading") if name in found}
        return cls(**{**found, **amounts})


class Options(TypedDict, total=False):
    """What a question may say beside its program and inputs: see `Model.infer`."""

    tokens: Iterable[int] | None
    max_tokens: int | None
    sampler: Sampler | None
    stop: int | None
    version: int | None


class Paid(Options, total=False):
    """The same of one that is paid for."""

    max_fee: Tokens | None
    progress: Progress | None


@dataclass(frozen=True)
class Streamed:
    """What one validator streamed while the answer was made, beside what was attested."""

    #: Address of the validator.
    validator: str
    tokens: list[int]
    #: Whether its end came; else it broke off.
    has_ended: bool
    #: The token from which on it is not the answer; ``None`` where it is, or begins it.
    differs_at: int | None
    #: All that the validator signed, where it differs.
    file: Path | None

    @property
    def is_attested(self) -> bool:
        """Whether it is the answer, or begins it."""
        return self.differs_at is None


@dataclass(frozen=True)
class Answer:
    """What a quorum of validators answered, bit for bit; checked to be the answer to this request."""

    #: Number of the request.
    request: int
    #: Outputs by name; empty where tokens were generated. Little-endian arrays of the program's types, of the shapes of the run.
    outputs: dict[str, np.ndarray]
    #: Generated tokens; empty where the program ran once.
    tokens: list[int]
    #: What the chain has on record: ``request``, and the ``batch`` with its job. Amounts are texts, in the smallest unit (10⁻¹² tokens).
    record: dict[str, Any]
    #: What validators streamed meanwhile, where ``on_tokens`` asked for it.
    streamed: tuple[Streamed, ...]
    _net: Net = field(repr=False)

    @property
    def is_final(self) -> bool:
        """Whether a final block has it; asks the chain. Until then a fork could take it back."""
        return _quorate.answer_is_final(self._net._core, json.dumps(self.record["request"]))

    def verify(
        self, *, stores: Iterable[str | os.PathLike[str]] = (), progress: Progress | None = None
    ) -> _verifying.Report:
        """Compute the answer again on this machine, and compare it bit for bit; waits until it is final. See `Version.verify`.

        Raises `RecordChanged` where the chain has another answer under the request's number by then.
        """
        return _verifying.answer(self._net, self.record, stores, progress)


class Request:
    """A question to validators. It is known by the root of its input, which begins with 32 random bytes: until its block is final a fork may give its
    number to somebody else's request, and it another one. Every call looks it up by that root."""

    def __init__(self, net: Net, core: _quorate.Request) -> None:
        self._net, self._core = net, core

    @property
    def root(self) -> str:
        """BLAKE3 root of its input, 0x and 64 hex digits: known before it is sent, and no other request has it."""
        return self._core.root

    @property
    def id(self) -> int | None:
        """The number that it had on chain when it was looked up last; ``None`` while it was in no block."""
        return self._core.number

    @property
    def view(self) -> dict[str, Any]:
        """The request as the chain has it now. Raises `NotFound` while it is in no block, and when it was pruned."""
        found: dict[str, Any] = json.loads(_quorate.request_view(self._net._core, self._core))
        return found

    @property
    def state(self) -> str:
        """``Pending``, ``Waiting``, ``Computing``, ``Provisional``, ``Answered`` or ``Failed``, as it is now. Raises as `view`."""
        return _name(self.view["state"])

    def send(self, *, progress: Progress | None = None) -> None:
        """Send what `Model.prepare` made, and bring its input to the gateways; returns when its number is final. One that the chain has already is
        not sent again: its input is brought where validators want it.

        Raises:
            Refused, Rejected: the chain refused; nothing was paid but the transaction's fee.
            NotUploaded: no gateway took the input; `upload` brings it again.
            NetworkError: nobody answers. Whether it is on chain is not known: `wait`, or the same call, goes on with it.
        """
        with self._named():
            _quorate.send(self._net._core, self._core, progress)

    def upload(self) -> None:
        """Bring the input to the gateways. Raises `NotUploaded`; `InputError` where it is not on this machine; `NotFound` while it is in no block."""
        with self._named():
            _quorate.upload(self._net._core, self._core)

    def wait(self, *, progress: Progress | None = None, on_tokens: OnTokens | None = None) -> Answer:
        """Wait for the end, fetch the answer, and check that it is the answer to this request. It connects again where that is needed, and follows
        the request where a fork gives it another number. What was not sent is sent first; an input that validators still want, and that is on this
        machine, is brought.

        Args:
            progress: called with what is going on, in words.
            on_tokens: see `Model.infer`.

        Raises:
            Fault: the run ended in a fault, which is its answer: a value that is not a number, an index outside its axis, a number outside
                its type.
            Unfit: the version has not the program's tensors, or more operations or memory are needed than were named.
            RequestFailed: it came to nothing, and why.
            CheckFailed: what a gateway showed is not the answer to this request.
            NotFound: it came into no block for 128 blocks, after which it comes into none.
            NotUploaded: no gateway took the input.
            Refused, Rejected: the chain refused what was sent now.
            NetworkError: nobody answered for a quarter of an hour, or the chain stood still; wait again.
        """
        with self._named():
            text, answer = _quorate.answered(self._net._core, self._core, progress, on_tokens)
            known = json.loads(text)
            named = self._outputs(answer[4], known["program"]) if answer is not None else {}
            # Up to here the same call goes on with it.
            _quorate.given(self._net._core, self._core)
        number: int = known["id"]
        if answer is None:
            reason = known["state"]["Failed"]
            raise RequestFailed(f"request {number} came to nothing: {reason}", request=number, input=self.root, reason=reason)
        record, status, tokens, fault, _, streamed = answer
        if fault is not None:
            kind, words = fault
            text = f"request {number} ended in a fault after {len(tokens)} tokens, which is its answer: {words}"
            raise Fault(text, request=number, input=self.root, kind=kind, tokens=tokens)
        if status == "unfit":
            raise Unfit(
                f"request {number} does not fit: the version has not the tensors of the program, or it takes more operations or memory "
                "than were named",
                request=number,
                input=self.root,
            )
        told = tuple(Streamed(by, said, over, at, file and Path(file)) for by, said, over, at, file in streamed)
        return Answer(number, named, tokens, json.loads(record), told, self._net)

    def _outputs(self, outputs: list[tuple[str, list[int], bytes]], program: int) -> dict[str, np.ndarray]:
        if not outputs:
            return {}
        try:
            names = _quorate.program(self._net._core, program).outputs
        except QuorateError:
            names = []  # Retired since: outputs have numbers.
        found = {}
        for index, (element, shape, data) in enumerate(outputs):
            name = names[index] if index < len(names) else f"output-{index}"
            found[name] = np.frombuffer(data, KINDS[element]).reshape(shape)
        return found

    def cancel(self) -> int:
        """Take it back, before a batch took it; costs the base fee. Returns the number of the block. Raises `Refused` afterwards, and `Unavailable`
        while it is in no final block: before that a fork may give its number to another one."""
        return _quorate.cancel(self._net._core, self._core)

    def forget(self) -> bool:
        """Remove its input from this machine; whether it was there. Without it a gateway's copy tells whether an answer is this request's, and the
        same call asks anew."""
        return _quorate.forget(self._net._core, self._core)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """What is raised while the request may be on chain, and nobody was given its answer, names it."""
        try:
            yield
        except BaseException as error:
            is_marked = self._core.is_marked
            self._core.release()
            # What is in no block for so long is not paid.
            if self._core.is_open and not isinstance(error, NotFound):
                _name_in(
                    error,
                    f"the request with the input {self.root} may be on chain, and is paid then: net.request({self.root!r}).wait() goes on with it"
                    + (", and so does the same call" if is_marked else ""),
                )
                error.input = self.root  # type: ignore[attr-defined]
            raise

    def __repr__(self) -> str:
        return f"Request({self.root}, id={self.id})"


def _name_in(error: BaseException, what: str) -> None:
    """Say in an error what it left on chain: in the text of those of this package, beside that of others."""
    if isinstance(error, QuorateError):
        error.args = (f"{error}; {what}",)
    else:
        error.add_note(what)


class Evaluation:
    """An evaluation as it was when it was asked for: the measures on which a quorum of validators agreed."""

    def __init__(self, net: Net, text: str) -> None:
        self._net = net
        found = json.loads(text)
        #: What the chain has on record. Amounts are texts, in the smallest unit.
        self.record: dict[str, Any] = found["evaluation"]
        self.id: int = self.record["id"]
        #: Mean loss of a row; ``None`` where it is not done.
        self.mean_loss: float | None = found["meanLoss"]
        #: Part of the rows that are right, from 0 to 1; ``None`` where it is not done.
        self.accuracy: float | None = found["accuracy"]

    @property
    def state(self) -> str:
        """``Computing``, ``Done``, ``Unfit`` or ``Failed``."""
        state = self.record["state"]
        return "Unfit" if state == {"Done": "Unfit"} else _name(state)

    @property
    def sums(self) -> dict[str, Any] | None:
        """``rows``, ``loss`` (the sum, in units of 2⁻²⁰), ``correct``, ``faults``, and the root of the ``detail``; what was agreed on."""
        state = self.record["state"]
        done = state.get("Done") if isinstance(state, dict) else None
        return done["Done"] if isinstance(done, dict) else None

    @property
    def is_final(self) -> bool:
        """Whether a final block has it as it is here; asks the chain."""
        return _quorate.evaluation_is_final(self._net._core, json.dumps(self.record))

    def wait(self, *, progress: Progress | None = None) -> Evaluation:
        """Wait until the committee has agreed. Where a fork gives its number to another one it is found again by who asked for what.

        Raises `Unfit` or `RequestFailed`, with ``evaluation`` in place of ``request``; `RecordChanged` where the chain has other sums for it by then;
        `NotFound` where it is in no block for 128 blocks; `NetworkError` when nobody answered for a quarter of an hour, or the chain stood still.
        """
        done = Evaluation(self._net, _quorate.evaluation_ended(self._net._core, json.dumps(self.record), progress))
        _records.same(f"evaluation {self.id}", _records.evaluated(self.record), _records.evaluated(done.record))
        return done._ended()

    def _ended(self) -> Evaluation:
        """Itself, where it has sums."""
        if self.state == "Unfit":
            raise Unfit(
                f"evaluation {self.id} does not fit: the version has not the program's tensors, or it takes more operations than were paid for",
                evaluation=self.id,
            )
        if self.state == "Failed":
            reason = self.record["state"]["Failed"]
            raise RequestFailed(f"evaluation {self.id} came to nothing: {reason}", evaluation=self.id, reason=reason)
        return self

    def verify(
        self, *, stores: Iterable[str | os.PathLike[str]] = (), progress: Progress | None = None
    ) -> _verifying.Report:
        """Run every row again on this machine, and compare the sums bit for bit; waits until it is final. See `Version.verify`.

        Raises `RecordChanged` where the chain has another evaluation, or other sums, under its number by then.
        """
        return _verifying.evaluation(self._net, self.record, stores, progress)

    def __repr__(self) -> str:
        return f"Evaluation({self.id}, {self.state}, mean_loss={self.mean_loss}, accuracy={self.accuracy})"


#: What a program is given: its inputs, in its order or by name.
Inputs = Sequence[Any] | Mapping[str, Any]


def asked(net: Net, program: int, inputs: Inputs | None, options: Options) -> tuple[_quorate.Program, _quorate.Asked]:
    """The program and the question to it, as validators take it."""
    tokens, sampler = options.get("tokens"), options.get("sampler")
    max_tokens, stop = options.get("max_tokens"), options.get("stop")
    if (inputs is None) == (tokens is None):
        raise InputError("what is asked? inputs= for one run of the program, or tokens= to be continued")
    if tokens is None and (max_tokens is not None or sampler is not None or stop is not None):
        raise InputError("max_tokens, sampler and stop are for tokens=; a run has none of them")
    found = _quorate.program(net._core, program)
    if inputs is not None:
        return found, found.run(_values(found, inputs))
    assert tokens is not None
    temperature, top = (None, 40) if sampler is None else (float(sampler.temperature), _whole("top", sampler.top))
    most = None if max_tokens is None else _whole("max_tokens", max_tokens)
    last = None if stop is None else _whole("stop", stop)
    return found, found.generate([_whole("a token", token) for token in tokens], most, temperature, top, last)


def prepare(net: Net, model: int, program: int, inputs: Inputs | None, options: Paid) -> Request:
    _known("prepare", options, Paid)
    of, question = asked(net, program, inputs, options)
    version, max_fee = options.get("version"), _smallest(options.get("max_fee"))
    return Request(net, _quorate.prepare(net._core, model, of, question, version, max_fee, options.get("progress")))


def ask(net: Net, model: int, program: int, inputs: Inputs | None, options: Paid) -> Request:
    _known("ask", options, Paid)
    request = prepare(net, model, program, inputs, options)
    request.send(progress=options.get("progress"))
    return request


def quote(net: Net, model: int, program: int, inputs: Inputs | None, options: Options) -> Quote:
    _known("quote", options, Options)
    of, question = asked(net, program, inputs, options)
    return Quote._of(_quorate.quote(net._core, model, of, question, options.get("version")))


def _known(what: str, options: Options, known: type) -> None:
    """That all options are known, as of a function that names them."""
    for name in options:
        if name not in known.__annotations__:
            raise TypeError(f"{what}() got an unexpected keyword argument {name!r}")


def quote_evaluation(net: Net, model: int, version: int, program: int, data_set: int) -> Quote:
    return Quote._of(_quorate.quote_evaluation(net._core, model, version, program, data_set))


def evaluate(
    net: Net,
    model: int,
    version: int,
    program: int,
    data_set: int,
    max_fee: Tokens | None,
    progress: Progress | None,
) -> Evaluation:
    most, sent = _smallest(max_fee), _quorate.Sent()
    try:
        text = _quorate.evaluate(net._core, sent, model, version, program, data_set, most, progress)
    except BaseException as error:
        if sent.is_open and not isinstance(error, NotFound):
            _name_in(
                error,
                f"the evaluation of version {model}@{version} by program {program} on data set {data_set} may be on chain, and is paid then: the same "
                f"call goes on with it, and net.model({model}).evaluation({version}, {program}, {data_set}) finds it",
            )
        raise
    return Evaluation(net, text)._ended()


def evaluation(net: Net, id: int) -> Evaluation:
    return Evaluation(net, _quorate.evaluation_view(net._core, id))


def evaluation_of(net: Net, model: int, version: int, program: int, data_set: int) -> Evaluation:
    return Evaluation(net, _quorate.evaluation_of(net._core, model, version, program, data_set))


def request(net: Net, which: int | str) -> Request:
    if isinstance(which, str):
        if not re.fullmatch("0x[0-9a-fA-F]{64}", which):
            raise InputError(f"{which!r} is neither the number of a request nor the root of an input: 0x and 64 hex digits")
        return Request(net, _quorate.request_with(net._core, which))
    return Request(net, _quorate.request_numbered(net._core, _number(which)))


def kept(net: Net) -> list[Request]:
    return [Request(net, core) for core in _quorate.kept(net._core)]


def _number(id: Any) -> int:
    """The number of a request or an evaluation: 64 bits."""
    number = operator.index(id)
    if not 0 <= number < 1 << 64:
        raise InputError(f"{number} is no number of a request")
    return number


def _name(state: Any) -> str:
    return state if isinstance(state, str) else next(iter(state))


def _whole(what: str, value: Any) -> int:
    try:
        number = operator.index(value)
    except TypeError as error:
        raise InputError(f"{what} is {value!r}: a whole number is expected") from error
    if not 0 <= number < 1 << 32:
        raise InputError(f"{what} is {number}: 0 to {(1 << 32) - 1} is expected")
    return number


def _smallest(amount: Tokens | None) -> int | None:
    """An amount of tokens as a number of the smallest unit, of at most 128 bits. Nothing is rounded."""
    if amount is None:
        return None

    def wrong(why: str) -> InputError:
        # Python prints no int of thousands of digits.
        shown = "a large int" if isinstance(amount, int) and amount.bit_length() > 256 else repr(amount)
        return InputError(f"{shown[:100]} is no amount of tokens, such as '0.05': {why}")

    if isinstance(amount, str):
        # `Decimal` would take exponents, spaces, underscores, and digits of other scripts.
        if not re.fullmatch(r"-?[0-9]{1,100}(\.[0-9]{1,100})?", amount):
            raise wrong("digits are expected, and a point before the decimals, if there are any; no exponent, no plus, no space")
        number = Decimal(amount)
    elif isinstance(amount, float):
        # The digits that Python prints, which are those that were typed.
        number = Decimal(repr(float(amount)))
    elif isinstance(amount, Decimal):
        number = amount
    elif isinstance(amount, bool) or not hasattr(amount, "__index__"):
        raise wrong(f"it is a {type(amount).__name__}; a text, a Decimal, an int or a float is expected")
    else:
        number = Decimal(operator.index(amount))
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise wrong("it is no finite number")
    if sign and any(digits):
        raise wrong("it is negative")
    if number and number.adjusted() + DECIMALS >= 39:
        raise wrong("there are not so many tokens")
    if len(digits) > 200:
        raise wrong(f"at most {DECIMALS} decimals are expected")
    # Exact, of any length: whatever `Decimal` computes is rounded to 28 digits.
    units, scale = int("".join(map(str, digits))), exponent + DECIMALS
    if scale < 0:
        units, rest = divmod(units, 10**-scale) if -scale <= len(digits) else (0, units)
        if rest:
            advice = "; give a float as a text or a Decimal" if isinstance(amount, float) else ""
            raise wrong(f"at most {DECIMALS} decimals are expected{advice}")
    else:
        units *= 10**scale if units else 1
    if units >= 1 << 128:
        raise wrong("there are not so many tokens")
    return units


def _values(program: _quorate.Program, inputs: Inputs) -> list[tuple[str, list[int], bytes]]:
    wanted = program.inputs
    names = [name for name, _, _ in wanted]
    if isinstance(inputs, Mapping):
        unknown = [str(name) for name in inputs if name not in names]
        missing = [name for name in names if name not in inputs]
        if unknown or missing:
            raise InputError(
                f"the program's inputs are {', '.join(names)}; missing: {', '.join(missing) or 'none'}, unknown: {', '.join(unknown) or 'none'}"
            )
        given = [inputs[name] for name in names]
    elif isinstance(inputs, (list, tuple)):
        if len(inputs) != len(names):
            raise InputError(f"{len(inputs)} inputs are given, and the program has {len(names)}: {', '.join(names)}")
        given = list(inputs)
    else:
        raise InputError(f"inputs is a {type(inputs).__name__}: a list of arrays, or a mapping from names to arrays, is expected")
    found = []
    for (name, element, shape), value in zip(wanted, given, strict=True):
        array = _array(name, f"{element} {shape}", np.dtype(KINDS[element]), value)
        found.append((element, list(array.shape), array.tobytes()))
    return found


def _array(name: str, wanted: str, kind: np.dtype, value: Any) -> np.ndarray:
    """An input as an array of the program's type. Arrays have to be of that type; numbers and lists are converted where nothing of them is lost but
    digits of floats."""
    if _tensors._is_torch(value):
        value = value.detach().cpu().resolve_conj().resolve_neg()
        if str(value.dtype) == "torch.bfloat16":
            raise InputError(f"input {name} is bfloat16; {wanted} is expected: convert it")
        value = value.numpy()
    if isinstance(value, (np.ndarray, np.generic)):
        if value.dtype.newbyteorder("<") != kind:
            raise InputError(f"input {name} is {value.dtype}; {wanted} is expected: convert it, as with .astype({kind.name!r})")
        return np.ascontiguousarray(value, kind)
    try:
        given = np.array(value)
        with np.errstate(over="ignore"):
            array = given.astype(kind, casting="same_kind")
    except (TypeError, ValueError) as error:
        raise InputError(f"input {name} is not {wanted}: {error}") from error
    lost = np.isinf(array) & np.isfinite(given) if kind.kind == "f" else array != given
    if np.any(lost):
        raise InputError(f"input {name} has numbers that {kind.name} has not")
    return np.ascontiguousarray(array)
