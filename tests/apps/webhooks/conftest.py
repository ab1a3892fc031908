import pytest

from apps.webhooks import services
from tests.apps.webhooks.receiver import Receiver


@pytest.fixture
def receiver(settings):
    """A receiver on loopback, which a setting allows."""
    settings.WEBHOOK_PRIVATE = True
    settings.WEBHOOK_TIMEOUT = 5.0
    server = Receiver()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def hook(project, alice, receiver):
    return services.create_webhook(project=project, url=receiver.url, by=alice)[0]
