import redis

from apps.local import valkey
from apps.local.processes import finish, spawn


def test_what_was_queued_is_there_after_a_restart(var):
    for round in range(2):
        broker = valkey.prepare(var)
        process = spawn(broker.service)
        valkey.wait(broker, process)
        client = redis.Redis(unix_socket_path=str(broker.socket))
        if round == 0:
            client.lpush("queue", "message")
        else:
            assert client.lrange("queue", 0, -1) == [b"message"]
        client.close()
        finish(process)
        assert process.returncode == 0
