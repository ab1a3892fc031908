"""Static files with a digest in their names, so that browsers may keep them for ever, compressed beforehand."""

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class QuickCompressor(Compressor):
    """Brotli's best quality would take 6 s for plotly.js alone and save a tenth; every start pays for this."""

    @staticmethod
    def compress_brotli(data):
        return brotli.compress(data, quality=9)


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Our scripts import each other, so addresses inside them need digests too.

    Django's own switch for that reads the scripts of installed packages as well, and stumbles over their comments.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (
            "js/*.js",
            (
                (r"""(?P<matched>from\s*["'](?P<url>\./[\w.-]+\.js)["'])""", 'from "%(url)s"'),
                (r"""(?P<matched>import\(\s*["'](?P<url>\./[\w.-]+\.js)["']\s*\))""", 'import("%(url)s")'),
            ),
        ),
    )

    def create_compressor(self, **kwargs):
        return QuickCompressor(**kwargs)
