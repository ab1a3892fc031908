"""The demo project: real text, real jobs, one question."""
