"""What a machine says of its processor decides how the demo trains."""

import pytest

from gradatim.hardware import bf16_is_native


@pytest.mark.parametrize(
    ("cpuinfo", "native"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_bf16\n", True),
        ("flags\t\t: fpu avx2 amx_bf16 amx_tile\n", True),
        ("Features\t: fp asimd bf16 i8mm\n", True),
        ("flags\t\t: fpu sse avx2\nbugs\t\t: bf16\n", False),
        ("", False),
    ],
)
def test_bf16_is_native_where_the_processor_says_so(tmp_path, cpuinfo, native):
    (tmp_path / "cpuinfo").write_text(cpuinfo)
    assert bf16_is_native(tmp_path) is native


def test_a_machine_that_says_nothing_is_taken_for_one_without(tmp_path):
    assert bf16_is_native(tmp_path) is False


def test_a_gpu_has_it(tmp_path):
    (tmp_path / "driver" / "nvidia").mkdir(parents=True)
    (tmp_path / "driver" / "nvidia" / "version").write_text("NVRM")
    assert bf16_is_native(tmp_path) is True
