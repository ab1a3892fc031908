"""Model presets: sizes of the Llama architecture that a recipe names. Here, and not beside the models, because forms and
forecasts ask for them without torch.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """Sizes of a Llama model: ``hidden`` width, ``feed_forward`` width, ``layers``, attention ``heads``.

    ``tied``: input and output embeddings are one matrix, which is what small models do with their few parameters.
    """

    hidden: int
    feed_forward: int
    layers: int
    heads: int
    tied: bool = True

    def parameters(self, vocab_size: int) -> int:
        """Number of weights with a vocabulary of ``vocab_size`` entries."""
        layer = 4 * self.hidden**2 + 3 * self.hidden * self.feed_forward + 2 * self.hidden
        embeddings = vocab_size * self.hidden * (1 if self.tied else 2)
        return embeddings + self.layers * layer + self.hidden


#: The number in a name is the count of weights with the vocabulary that such a model usually has (2,048 to 32,000).
PRESETS = {
    "llama-1m": Preset(hidden=128, feed_forward=256, layers=4, heads=4),
    "llama-10m": Preset(hidden=320, feed_forward=864, layers=7, heads=5),
    "llama-50m": Preset(hidden=512, feed_forward=1536, layers=10, heads=8),
    "llama-160m": Preset(hidden=768, feed_forward=3072, layers=12, heads=12, tied=False),
}
