"""What a text means, as a vector: texts that say the same in other words have a small angle between them.

The sentence encoder all-MiniLM-L6-v2 (Reimers and Gurevych 2019; Wang and
others 2020), shipped beside this file in eight bits and carried out in numpy.
It read English alone; of a text in another language it says nothing. The files
are mapped, so that all processes of a house hold them once, and only one
matrix at a time is brought to full size. Made by tools/meaning.py; figures:
decision 30.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from talanoa.language.languages import guess
from talanoa.language.wordpiece import pieces

Vectors = NDArray[np.float32]

ENCODER = Path(__file__).parent / "encoder"
LANGUAGE = "en"
SIZE = 384
LAYERS, HEADS, INNER = 6, 12, 1536
# A text is read so far: this many pieces, of so many characters at most.
PIECES = 128
READ = 2_000
# What texts mean together is believed as if so many more had meant something else.
DOUBT = 30
# So many pieces are worked on at a time, which takes some 30 MB.
AT_A_TIME = 1024


class Layer(NamedTuple):
    """The rows of one layer in the files: of its matrices and, in vectors, of its biases and norms."""

    attention: slice  # queries, keys and values, one under the other
    mixing: slice
    inner: slice
    outer: slice  # turned, so that its rows are as long as the others'
    attention_bias: slice
    mixing_bias: slice
    mixing_norm: slice
    inner_bias: slice
    outer_bias: slice
    outer_norm: slice


def layers(words: int) -> Iterator[Layer]:
    """Where the layers stand: their matrices after the words, their vectors after the places and a norm."""
    row, vector = words, PIECES + 2
    for _ in range(LAYERS):
        ends = np.cumsum([row, 3 * SIZE, SIZE, INNER, INNER]).tolist()
        vectors = np.cumsum([vector, 3, 1, 2, INNER // SIZE, 1, 2]).tolist()
        yield Layer(*map(slice, ends, ends[1:]), *map(slice, vectors, vectors[1:]))
        row, vector = ends[-1], vectors[-1]


def meanings(texts: Sequence[str]) -> Vectors:
    """For each text a vector of length one; zeros, which have no say, for one in a language that the encoder did not read."""
    known = [place for place, text in enumerate(texts) if guess(text[:READ]) == LANGUAGE and any(map(str.isalnum, text[:READ]))]
    # A process in which nobody asks anything does not open the files.
    return _encoder().meanings(texts, known) if known and ready() else np.zeros((len(texts), SIZE), dtype=np.float32)


def ready() -> bool:
    """Whether the encoder is here: a distribution may leave its 23 MB out, and then no text has a meaning."""
    return (ENCODER / "rows.npy").exists()


@lru_cache(maxsize=64)
def meaning(text: str) -> Vectors:
    """The same for one text, in 384 numbers; not to be written on, since the last few are kept: letters and pages ask again."""
    return meanings([text])[0]


def in_common(meant: Vectors) -> Vectors:
    """What texts mean together: in a community on one matter all are somewhat alike, which tells nothing."""
    together: Vectors = meant.sum(axis=0) / (meant.any(axis=1).sum() + DOUBT)
    return together.astype(np.float32)


def apart(meant: Vectors, common: Vectors) -> Vectors:
    """Meanings less what is common, brought to length one; what has no say has none."""
    alone = np.where(meant.any(axis=1, keepdims=True), meant - common, 0)
    evened: Vectors = alone / np.maximum(np.linalg.norm(alone, axis=1, keepdims=True), np.float32(1e-9))
    return evened


def packed(vector: Vectors) -> bytes:
    """A vector to be kept, in two bytes a number; nothing of one that has no say."""
    return vector.astype("<f2").tobytes() if vector.any() else b""


def unpacked(kept: bytes) -> Vectors:
    """A vector that was kept."""
    return np.frombuffer(kept, dtype="<f2").astype(np.float32) if kept else np.zeros(SIZE, dtype=np.float32)


@cache
def _encoder() -> Encoder:
    return Encoder(ENCODER)


class Encoder:
    """The encoder as it lies in a folder. Nothing in it changes, so that threads may share it."""

    def __init__(self, folder: Path) -> None:
        self._rows = np.load(folder / "rows.npy", mmap_mode="r")
        self._scales: Vectors = np.load(folder / "scales.npy")
        self._vectors: Vectors = np.load(folder / "vectors.npy")
        words = (folder / "vocabulary.txt").read_text(encoding="utf-8").split()
        self._vocabulary = {word: number for number, word in enumerate(words)}
        self._layers = list(layers(len(words)))

    def meanings(self, texts: Sequence[str], those: Sequence[int]) -> Vectors:
        """Vectors for those of the texts, zeros for the others."""
        out = np.zeros((len(texts), SIZE), dtype=np.float32)
        cut = {place: pieces(texts[place][:READ], self._vocabulary, most=PIECES) for place in those}
        # Texts of one length are looked at together; what is empty says nothing.
        for some in _batches(sorted(cut, key=lambda place: len(cut[place])), cut):
            out[some] = self._encode([cut[place] for place in some])
        return out

    def _encode(self, texts: Sequence[list[int]]) -> Vectors:
        """The mean of what the last layer says of each piece, brought to length one. The texts come by length."""
        lengths = np.array([len(text) for text in texts])
        numbers = np.concatenate(texts)
        places = np.concatenate([np.arange(length) for length in lengths])
        said = self._rows[numbers] * self._scales[numbers, None] + self._vectors[places]
        said = _even(said, self._vectors[PIECES : PIECES + 2])
        for layer in self._layers:
            seen = self._times(said, layer.attention) + self._vectors[layer.attention_bias].ravel()
            said += self._times(_attend(seen, lengths), layer.mixing) + self._vectors[layer.mixing_bias]
            said = _even(said, self._vectors[layer.mixing_norm])
            inner = _gelu(self._times(said, layer.inner) + self._vectors[layer.inner_bias].ravel())
            inner *= self._scales[layer.outer]
            said += inner @ self._rows[layer.outer].astype(np.float32) + self._vectors[layer.outer_bias]
            said = _even(said, self._vectors[layer.outer_norm])
        means: Vectors = np.add.reduceat(said, np.cumsum(lengths) - lengths)
        return means / np.linalg.norm(means, axis=1, keepdims=True)

    def _times(self, said: Vectors, rows: slice) -> Vectors:
        found: Vectors = said @ self._rows[rows].astype(np.float32).T
        found *= self._scales[rows]
        return found


def _batches(order: Sequence[int], cut: dict[int, list[int]]) -> Iterator[list[int]]:
    batch: list[int] = []
    pieces_in = 0
    for place in order:
        if batch and pieces_in + len(cut[place]) > AT_A_TIME:
            yield batch
            batch, pieces_in = [], 0
        batch.append(place)
        pieces_in += len(cut[place])
    if batch:
        yield batch


def _attend(seen: Vectors, lengths: NDArray[np.int64]) -> Vectors:
    """Each piece hears the pieces of its own text, and no others: texts of one length together, so that none is padded."""
    out = np.empty((len(seen), SIZE), dtype=np.float32)
    begin = 0
    for length, times in zip(*np.unique(lengths, return_counts=True), strict=True):
        end = begin + length * times
        asks, keys, values = seen[begin:end].reshape(times, length, 3, HEADS, SIZE // HEADS).transpose(2, 0, 3, 1, 4)
        heard = asks @ keys.transpose(0, 1, 3, 2)
        heard /= np.float32(np.sqrt(SIZE // HEADS))
        np.exp(heard - heard.max(axis=-1, keepdims=True), out=heard)
        heard /= heard.sum(axis=-1, keepdims=True)
        out[begin:end] = (heard @ values).transpose(0, 2, 1, 3).reshape(-1, SIZE)
        begin = end
    return out


def _even(said: Vectors, norm: Vectors) -> Vectors:
    """Layer normalisation: mean zero, variance one, then the learnt gain and bias."""
    said -= said.mean(axis=1, keepdims=True)
    said /= np.sqrt(np.square(said).mean(axis=1, keepdims=True) + np.float32(1e-12))
    said *= norm[0]
    said += norm[1]
    return said


def _gelu(x: Vectors) -> Vectors:
    """x Φ(x), with the error function of Abramowitz and Stegun 7.1.26 (wrong by 2e-7 at most), since numpy has none."""
    near = 1 / (1 + np.float32(0.3275911 / 2**0.5) * np.abs(x))
    tail = near * np.float32(1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail += np.float32(factor)
        tail *= near
    tail *= np.exp(np.square(x) / -2)
    # The tail is 1 - erf(|x| / √2).
    return (x * np.where(x < 0, tail, 2 - tail) / 2).astype(np.float32, copy=False)
