"""Formats in, and data at rest: the Parquet store, tokenizers, token shards."""
