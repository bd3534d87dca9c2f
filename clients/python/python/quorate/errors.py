"""Errors. Each is a class, says what to do, and has the exit code that the command line gives for it.

Codes: 1 a check found a difference, 2 something given is wrong, 3 the network, 4 the chain or a gateway refused, 5 it could not be checked, 6 it is
what its record states, and not to be used.
"""

from __future__ import annotations


class QuorateError(Exception):
    """What all errors of this package are.

    Attributes:
        code: exit code of the command line.
        input: root of the input of a request that may be on chain, and paid, when the call ended with this error: ``net.request(input)`` goes on with
            it. ``None`` where there is none. What is raised through the package, such as `KeyboardInterrupt`, has it too, where there is one.
        sayable: whether others than this machine's user may see its text.
    """

    sayable = False
    input: str | None = None

    def __init__(self, text: str, *, code: int = 2) -> None:
        super().__init__(text)
        self.code = code

    def without_details(self) -> QuorateError:
        """An error of the same class that says what such an error is, and nothing of this one: no path, URL or name."""
        plain = type(self).__new__(type(self))
        Exception.__init__(plain, (type(self).__doc__ or "").partition("\n")[0])
        plain.code = self.code
        return plain


class NetworkError(QuorateError):
    """The node or a gateway cannot be reached, or broke off: try again later."""


class TimedOut(NetworkError):
    """The chain stands still, or the node has lost it."""


class Incompatible(QuorateError):
    """The node's runtime differs from what this package was built for: install the release that fits."""


class Refused(QuorateError):
    """The transaction was in a block, and its call failed."""


class Rejected(QuorateError):
    """The node did not take the transaction into its pool."""


class Denied(QuorateError):
    """A gateway refuses this account: the model's access does not name it."""


class NotFound(QuorateError):
    """No such thing on chain."""


class CheckFailed(QuorateError):
    """A check found a difference."""


class RecordChanged(CheckFailed):
    """The chain has something else under a number than what is in hand: a fork took that back, or a node does not tell the truth. Ask for it again."""

    def __init__(self, text: str, *, code: int = 1) -> None:
        super().__init__(text, code=code)


class InputError(QuorateError, ValueError):
    """Something given is wrong: an argument, a key, a file."""


class Unavailable(QuorateError):
    """What is asked for is right, and the chain does not take it as it stands; nothing was sent. A version or an artifact that is not held or not served,
    too few tokens in a fund, too few validators that can answer, no right to read it: the text says which. Later it may."""


class Busy(QuorateError):
    """Another process or thread takes part for the account in the model: wait for it, or end it."""


class NotSponsored(QuorateError):
    """No organisation sponsors the account: an organisation does it with the account's consent.

    Attributes:
        account: address of the account.
    """

    def __init__(self, text: str, *, code: int = 4, account: str = "") -> None:
        super().__init__(text, code=code)
        self.account = account


class RoundError(QuorateError):
    """Something about a round.

    Attributes:
        round: number of the round.
    """

    def __init__(self, text: str, *, code: int = 1, round: int | None = None) -> None:
        super().__init__(text, code=code)
        self.round = round


class RoundClosed(RoundError):
    """The round takes no commitments any more, which it did before or while somebody trained: wait for the next one, with ``model.rounds()``."""

    def __init__(self, text: str, *, code: int = 2, round: int | None = None) -> None:
        super().__init__(text, code=code, round=round)


class RoundFailed(RoundError):
    """The round ended without a version: bonds return, and the next round stands on the same base."""


class Expired(RoundError):
    """The update was not revealed in time, or no quorum of validators held it."""


class Withdrawn(RoundError):
    """The update was taken back."""


class StaleBase(RoundError):
    """The weights were trained from another version than the one that the round stands on: train from ``round.base``.

    Attributes:
        given: version that the weights were trained from.
        base: version that the round stands on.
    """

    def __init__(self, text: str, *, code: int = 1, round: int | None = None, given: int = 0, base: int = 0) -> None:
        super().__init__(text, code=code, round=round)
        self.given, self.base = given, base


class AlreadyCommitted(RoundError):
    """Another update was committed to in this round: one for each round is all.

    Attributes:
        root: root of the update that was committed to, 0x and 64 hex digits.
    """

    def __init__(self, text: str, *, code: int = 2, round: int | None = None, root: str = "") -> None:
        super().__init__(text, code=code, round=round)
        self.root = root


class Invalid(RoundError):
    """Validators refused, or would refuse, the update.

    Attributes:
        tensor: name of the tensor that the fault is in, if it is in one.
        index: element of the flattened tensor, row-major.
    """

    def __init__(
        self,
        text: str,
        *,
        code: int = 1,
        round: int | None = None,
        tensor: str | None = None,
        index: int | None = None,
    ) -> None:
        super().__init__(text, code=code, round=round)
        self.tensor, self.index = tensor, index


class WrongWeight(QuorateError, ValueError):
    """The round does not take this number of samples.

    Attributes:
        most: the largest one that it takes.
    """

    def __init__(self, text: str, *, code: int = 2, most: int = 0) -> None:
        super().__init__(text, code=code)
        self.most = most


class WrongTensors(QuorateError, ValueError):
    """The weights lack tensors of the base, or have others.

    Attributes:
        missing: names that the base has and the weights have not.
        unexpected: names that the weights have and the base has not.
    """

    def __init__(
        self, text: str, *, code: int = 2, missing: list[str] | None = None, unexpected: list[str] | None = None
    ) -> None:
        super().__init__(text, code=code)
        self.missing, self.unexpected = missing or [], unexpected or []


class WrongShape(QuorateError, ValueError):
    """A tensor has another shape than the base's, or a type that cannot be trained.

    Attributes:
        tensor: its name.
    """

    def __init__(self, text: str, *, code: int = 2, tensor: str = "") -> None:
        super().__init__(text, code=code)
        self.tensor = tensor


class ElementError(QuorateError, ValueError):
    """A value that cannot be part of an update. The text names it as ``layer.weight[17]``.

    Attributes:
        tensor: name of its tensor.
        index: element of the flattened tensor, row-major.
    """

    def __init__(self, text: str, *, code: int = 2, tensor: str = "", index: int = 0) -> None:
        super().__init__(f"{tensor}[{index}]: {text}", code=code)
        self.tensor, self.index = tensor, index


class NonFinite(ElementError):
    """A value is infinite or not a number, or beyond f32: train less, or clip."""


class OutOfRange(ElementError):
    """A delta is beyond the grid of its tensor: train less, or clip."""


class AskingError(QuorateError):
    """Something about a request or an evaluation.

    Attributes:
        request: number of the request; ``None`` of an evaluation.
        input: root of the request's input, 0x and 64 hex digits; ``None`` of an evaluation.
        evaluation: number of the evaluation; ``None`` of a request.
    """

    def __init__(
        self,
        text: str,
        *,
        code: int = 1,
        request: int | None = None,
        input: str | None = None,
        evaluation: int | None = None,
    ) -> None:
        super().__init__(text, code=code)
        self.request, self.input, self.evaluation = request, input, evaluation


class Fault(AskingError):
    """The run ended in a fault, which is its answer, and paid.

    Attributes:
        kind: ``NaN`` (a value that is not a number), ``Index`` (one outside its axis) or ``Range`` (a number that its type does not have).
        tokens: those that were chosen before.
    """

    def __init__(
        self,
        text: str,
        *,
        code: int = 1,
        request: int | None = None,
        input: str | None = None,
        kind: str = "",
        tokens: list[int] | None = None,
    ) -> None:
        super().__init__(text, code=code, request=request, input=input)
        self.kind, self.tokens = kind, tokens or []


class Unfit(AskingError):
    """Validators found that version and program do not fit, or that more operations or memory are needed than were named: nothing ran."""


class RequestFailed(AskingError):
    """It came to nothing.

    Attributes:
        reason: ``NotHeld`` (no quorum held the input in time), ``Malformed``, ``Expired`` (no batch took it), ``NoQuorum``, ``NoJob``, ``Cancelled``.
    """

    def __init__(
        self,
        text: str,
        *,
        code: int = 1,
        request: int | None = None,
        input: str | None = None,
        evaluation: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(text, code=code, request=request, input=input, evaluation=evaluation)
        self.reason = reason


class NotUploaded(AskingError):
    """The request is on chain, and no gateway took its input: bring it again, with ``net.request(input).upload()``."""


class Unchecked(QuorateError):
    """It could not be checked: a file, the node or room on this machine is missing, or its evidence has expired. Nothing that could be differs."""

    def __init__(self, text: str, *, code: int = 5) -> None:
        super().__init__(text, code=code)


class NotToBeUsed(QuorateError):
    """It is what its record states, and not to be used: it is revoked, or descends from what is, or did not pass its policy's gate."""

    def __init__(self, text: str, *, code: int = 6) -> None:
        super().__init__(text, code=code)


class VerifierMissing(QuorateError, ImportError):
    """Deriving again needs the engine of the validators, a distribution of its own: ``pip install 'quorate[verify]'``."""

    def __init__(self, text: str, *, code: int = 5) -> None:
        super().__init__(text, code=code)
