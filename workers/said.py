"""What of a child's words decides over its end."""

from dataclasses import dataclass, field

from gradatim.events import Artifact, Note


@dataclass(slots=True)
class Said:
    """The latest artifact of each role, notes that carry findings, the last error, and whether anything was measured."""

    artifacts: dict[str, Artifact] = field(default_factory=dict)
    findings: list[Note] = field(default_factory=list)
    error: Note | None = None
    measured: bool = False

    def note(self, note: Note) -> None:
        if note.level == "error" and "cause" in note.data:
            self.error = note
        elif note.data:
            self.findings.append(note)
