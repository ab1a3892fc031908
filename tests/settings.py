"""The project's settings for tests: services and files of their own, and password hashing that costs nothing.

Nothing of an installation beside it is read or touched. Unless ``DATABASE_URL`` or ``BROKER_URL`` is set, their addresses
point into a temporary folder where ``tests/conftest.py`` starts the servers once a test needs them. Subprocesses of a
test inherit the environment made here.
"""

import os
import tempfile
from pathlib import Path

PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "main")
inherited = os.environ.get("GRADATIM_TEST_VAR", "")
if os.environ.get("GRADATIM_TEST_PROCESS") != PROCESS:
    for address in ("DATABASE_URL", "BROKER_URL"):
        if inherited and inherited in os.environ[address]:  # that of the process that shares its tests
            del os.environ[address]
    os.environ["GRADATIM_TEST_PROCESS"] = PROCESS
    os.environ["GRADATIM_TEST_VAR"] = tempfile.mkdtemp(prefix="gradatim-test-", dir="/tmp")
    os.environ["GRADATIM_VAR"] = os.environ["GRADATIM_TEST_VAR"]
TEST_VAR = Path(os.environ["GRADATIM_TEST_VAR"])
os.environ.setdefault("DATABASE_URL", f"postgres://gradatim@/{TEST_VAR}/run/gradatim")
os.environ["STATIC_FROM_SOURCE"] = "true"
(TEST_VAR / "static").mkdir(exist_ok=True)  # whitenoise warns of a folder that is not there
os.environ.setdefault("BROKER_URL", f"redis+socket://{TEST_VAR}/run/valkey.sock")

from apps.site.settings import *  # noqa: E402, F403
from apps.site.settings import DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A pool would keep connections to the test database open past its end.
DATABASES["default"]["OPTIONS"] = {}
MODEL_LOOK_SECONDS = 0
# Tests open many links and sign in often from one address; those about the limits set their own.
SHARE_OPENS = SIGN_INS = 100_000
# What a test changes is seen at once; the test of this memory sets it.
SHARE_KEPT_SECONDS = 0
