"""Shares as the readings write them."""


def percent(share: float) -> str:
    """A share in whole per cent; what rounds to none of it is not none."""
    return "less than 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"
