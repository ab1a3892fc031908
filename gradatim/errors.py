"""The one exception whose message is meant for the person who made the request."""


class UserError(Exception):
    """A mistake that the user can mend. Its sentence is shown exactly as it is.

    ``field`` is the dotted path of the input at fault (``phases.0.tokens``), so that a form or an API answer
    can point at it; empty when the mistake is not in one field.
    """

    def __init__(self, sentence: str, *, field: str = ""):
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class Unsized(UserError):
    """A mixture that follows the sizes of its streams was asked before they are known."""
