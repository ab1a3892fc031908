"""What a run's certificate says, in a word for tables and whole for taking away."""

from apps.runs import consumed
from apps.runs.models import Run


def order_of(run: Run) -> str:
    """Whether the run kept its plan's order, for a table; empty before anything is known."""
    found = run.certificate or {}
    if not found:
        return ""
    return "consumed = planned" if found.get("matches") else f"differs from step {found['first_difference']:,} on"


def document_of(run: Run) -> dict:
    """``steps`` are the hashes of the updates, each chained to the one before; ``digest`` is the last of them."""
    found = run.certificate
    return {
        "run": run.digest,
        "plan": run.plan.artifact.digest if run.plan.artifact else None,
        "matches": bool(found.get("matches")),
        "first_difference": found.get("first_difference"),
        "updates": found.get("steps"),
        "digest": found.get("digest", ""),
        "steps": consumed.certificate_links(run),
    }
