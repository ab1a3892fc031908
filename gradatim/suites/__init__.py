"""Questions with known answers: one file a way of asking and grading."""
