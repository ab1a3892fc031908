"""Data made for benchmarks: the same for the same arguments."""

from pathlib import Path

import numpy as np

#: words of seven letters and a space
_WORDS = 4096
_WRITTEN = 20_000


def json_lines(path: Path, samples: int, words: tuple[int, int] = (60, 180)) -> None:
    """``samples`` objects with id, domain and a text of so many words: about 1 KB each."""
    rng = np.random.default_rng(0)
    dictionary = rng.integers(ord("a"), ord("z") + 1, size=(_WORDS, 8), dtype=np.uint8)
    dictionary[:, 7] = ord(" ")
    with path.open("wb") as file:
        for start in range(0, samples, _WRITTEN):
            lengths = rng.integers(*words, min(_WRITTEN, samples - start))
            texts = dictionary[rng.integers(0, _WORDS, int(lengths.sum()))].tobytes()
            ends = (8 * np.cumsum(lengths)).tolist()
            rows = enumerate(zip([0, *ends], ends, strict=False), start)
            lines = [b'{"id":"%d","domain":"d%d","text":"%b"}\n' % (i, i % 8, texts[a:b]) for i, (a, b) in rows]
            file.write(b"".join(lines))
