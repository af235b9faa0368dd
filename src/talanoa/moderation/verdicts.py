"""What the policy says of a mail."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accept:
    """Circulate it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A person decides; all reasons at once."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TurnBack:
    """The author gets it back with the reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Discard:
    """It ends here, by a rule that the log names."""

    reason: str


Verdict = Accept | Hold | TurnBack | Discard
