"""One file a finding: series -> numbers and a sentence."""
