"""What a phase gives of every domain: tokens, and how often its kept samples are passed through over all streams together."""

from collections.abc import Sequence

import numpy as np

from gradatim.interleave import Served
from gradatim.streams import Columns

#: Domains of a phase that are kept with a plan at most, those that are repeated most.
MOST = 200


class Tally:
    """Counts what is served, dataset by dataset: ``streams`` are (dataset, columns, kept positions) in the order of the phase."""

    def __init__(self, streams: Sequence[tuple[str, Columns, np.ndarray]]):
        self._streams = streams
        self._tokens = {dataset: np.zeros(len(data.domains)) for dataset, data, _ in streams}

    def add(self, served: Served) -> None:
        for k, (dataset, data, _) in enumerate(self._streams):
            mine = served.stream == k if len(self._streams) > 1 else slice(None)
            codes = data.domain_codes[served.position[mine]]
            self._tokens[dataset] += np.bincount(codes, served.tokens[mine], len(data.domains))

    def domains(self) -> list[dict]:
        """dataset, name, kept (tokens), tokens (served) and passes of each domain that is served, the most repeated first."""
        rows = []
        for dataset, tokens in self._tokens.items():
            data, kept = self._kept(dataset)
            rows += [
                {
                    "dataset": dataset,
                    "name": name,
                    "kept": int(kept[k]),
                    "tokens": int(tokens[k]),
                    "passes": float(tokens[k] / kept[k]),
                }
                for k, name in enumerate(data.domains)
                if tokens[k]
            ]
        return sorted(rows, key=lambda row: -row["passes"])[:MOST]

    def _kept(self, dataset: str) -> tuple[Columns, np.ndarray]:
        """Tokens by domain of the samples that any stream of the dataset keeps."""
        streams = [(data, kept) for name, data, kept in self._streams if name == dataset]
        data, seen = streams[0][0], np.zeros(len(streams[0][0].lengths), bool)
        for _, kept in streams:
            seen[kept] = True
        return data, np.bincount(data.domain_codes[seen], data.lengths[seen], len(data.domains))
