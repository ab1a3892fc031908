"""What is recorded, in the words of the pages. The database keeps the name alone, as text."""

#: group -> {kind: word}
GROUPS = {
    "Sign-in": {
        "session.in": "Signed in",
        "session.failed": "Sign-in failed",
        "session.locked": "Sign-in locked",
        "session.out": "Signed out",
        "account.create": "Account made",
        "account.password": "Password changed",
    },
    "Members": {
        "project.create": "Project made",
        "member.role": "Role changed",
        "member.remove": "Member removed",
        "invitation.create": "Invitation made",
        "invitation.accept": "Invitation accepted",
        "invitation.withdraw": "Invitation withdrawn",
    },
    "Data": {
        "dataset.create": "Dataset made",
        "dataset.edit": "Dataset described",
        "dataset.import": "Import asked for",
        "export.create": "Export asked for",
        "export.download": "Export downloaded",
        "path.refused": "Path refused",
    },
    "Work": {
        "curriculum.version": "Curriculum version made",
        "run.start": "Training asked for",
        "run.cancel": "Training cancelled",
        "job.start": "Job asked for",
        "job.cancel": "Job cancelled",
        "checkpoint.download": "Checkpoint downloaded",
        "checkpoint.delete": "Checkpoint deleted",
    },
    "Trash": {
        "trash.put": "Put into the trash",
        "trash.restore": "Restored from the trash",
        "trash.purge": "Deleted for good",
    },
    "Links and tokens": {
        "share.create": "Share link made",
        "share.open": "Share link opened",
        "share.rotate": "Share link given a new address",
        "share.revoke": "Share link revoked",
        "token.create": "API token made",
        "token.use": "API token used",
        "token.revoke": "API token revoked",
        "webhook.create": "Webhook made",
        "webhook.on": "Webhook switched on",
        "webhook.off": "Webhook switched off",
        "webhook.delete": "Webhook deleted",
    },
    "Audit": {"audit.export": "Audit exported"},
}
WORDS = {kind: word for group in GROUPS.values() for kind, word in group.items()}


def word_of(kind: str) -> str:
    """A kind that is not known any more is shown by its name."""
    return WORDS.get(kind, kind)
