"""The validators' engine for `quorate`, which calls it: see `quorate.verify`."""

from ._quorate_verify import Sources, answer, evaluation, replay, version

__all__ = ["Sources", "answer", "evaluation", "replay", "version"]
