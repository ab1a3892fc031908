"""Static files with a digest in their names, so that browsers may keep them for ever, compressed beforehand."""

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

LARGE = 1_000_000


class QuickCompressor(Compressor):
    """Brotli's best for small files. For plotly.js it would take 6 s to save a tenth, so large files get quality 9."""

    @staticmethod
    def compress_brotli(data):
        return brotli.compress(data, quality=9 if len(data) > LARGE else 11)


class StaticStorage(CompressedManifestStaticFilesStorage):
    # Our scripts import each other: the addresses inside them need the digests too.
    support_js_module_import_aggregation = True

    def create_compressor(self, **kwargs):
        return QuickCompressor(**kwargs)
