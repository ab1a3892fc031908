"""Where artifacts lie in this installation."""

from django.conf import settings

from gradatim.artifacts import Store


def store() -> Store:
    return Store(settings.STORAGE_ROOT)
