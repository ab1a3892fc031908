"""What an order does, in numbers: four guidelines of data organisation, measured on the scores in the order of training.

Every meter reads u, a score's percentile among the scores of the order (the middle of its rank's interval as a share of
all, ties at their common middle), so none depends on the scale of a score. Batches are what one update of the model sees. Meters
describe an order: that a number of theirs goes with a better model is unproven, so they are no grades.

Source: definitions of this project, for the guidelines of "Demystifying Data Organization for Enhanced LLM Training", arXiv 2605.30334
"""

from gradatim.meters.measures import GUIDELINES, Meters, measure

__all__ = ["GUIDELINES", "Meters", "measure"]
