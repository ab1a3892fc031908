"""Samples of three kinds that several journeys start from."""

KINDS = ("algebra", "geometry", "statistics")


def sums(count: int) -> list[dict]:
    """Short sums, a third of each kind, of different lengths."""
    return [
        {"id": f"s{k}", "domain": KINDS[k % 3], "text": " ".join(str(n * 13 % 997) for n in range(k, k + 3 + k % 7))}
        for k in range(count)
    ]
