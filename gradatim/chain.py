"""The links of a certificate: one SHA-256 per update, each over the one before and what the update consumed.

What an update consumed is a record for every run of tokens of one sample, in the order in which they entered the forward
pass: the sample's stream, position and epoch, the number of its tokens and their CRC-32.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gradatim.corpora.tokens import Tokens
    from gradatim.packing import Pieces
    from gradatim.plans import Plan

FILE = "certificate.txt"
#: stream, position, epoch, tokens, CRC-32 of the tokens as little-endian uint32
RECORD = np.dtype([(name, "<u4") for name in ("stream", "position", "epoch", "tokens", "checksum")])


def link(previous: str, records: bytes) -> str:
    """The hash of an update after ``previous``, "" for the first."""
    return hashlib.sha256(bytes.fromhex(previous) + records).hexdigest()


def link_of(previous: str, plan: Plan, tokens: dict[str, Tokens], pieces: Pieces) -> str:
    """The hash that an update has if it consumed exactly these pieces of the plan's samples."""
    records = np.empty(len(pieces.samples), RECORD)
    for name in ("stream", "position", "epoch"):
        records[name] = getattr(plan, name)[pieces.samples]
    records["tokens"] = pieces.tokens
    stores = [tokens[stream["dataset"]] for stream in plan.streams]
    for k, (skipped, taken) in enumerate(zip(pieces.skipped.tolist(), pieces.tokens.tolist(), strict=True)):
        sample = stores[records["stream"][k]].sample(int(records["position"][k]))
        records["checksum"][k] = zlib.crc32(sample[skipped : skipped + taken].astype("<u4").tobytes())
    return link(previous, records.tobytes())
