"""Messages of Kafka and NATS JetStream become events; what is stored is acknowledged to the queue, after a restart too."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import queues  # noqa: E402
import shuwei_test as test  # noqa: E402

SSHD = "<86>Nov 21 20:00:01 {host} sshd[21001]: Failed password for root from 203.0.113.150 port 40001 ssh2"


class QueuesTest(test.TestCase):
    def configuration(self, kind, settings):
        file = self.temporary_folder() / "shuwei.yaml"
        lines = "".join(f"      {name}: {value}\n" for name, value in settings.items())
        file.write_text(f"inputs:\n  - name: queue\n    kind: {kind}\n    settings:\n{lines}")
        return file

    def check_events(self, server, source):
        event = server.find("host.name:queue-01")[0]
        self.assertEqual("203.0.113.150", event["source.ip"])
        self.assertEqual("failure", event["event.outcome"])
        event = server.find('"json of the queue"')[0]
        self.assertEqual("wang.fang", event["user.name"])
        test.wait_for("no lag", lambda: server.metrics().get('shuwei_input_lag{listener="queue"}') == 0)

    def test_kafka(self):
        if not queues.MockKafka.program():
            self.skipTest("mock_kafka is not built")
        kafka = queues.MockKafka({"logs-fw": 2, "logs-web": 1})
        self.addCleanup(kafka.stop)
        kafka.produce("logs-fw", 1, SSHD.format(host="queue-01"))
        kafka.produce("logs-web", 0, '{"message": "json of the queue", "user.name": "wang.fang"}')
        kafka.flush()
        config = self.configuration("kafka", {"brokers": kafka.addresses, "topics": '["^logs-.*"]'})
        data = self.temporary_folder() / "data"
        with test.Server(data=data, config=config) as server:
            self.check_events(server, "logs-fw")
            token = server.token
        self.assertEqual(2, kafka.committed("shuwei", "logs-fw", 2) + kafka.committed("shuwei", "logs-web", 1))
        kafka.produce("logs-fw", 0, SSHD.format(host="queue-02"))
        kafka.flush()
        with test.Server(data=data, config=config) as server:
            server._token = token
            server.find("host.name:queue-02")
            server.settle()
            self.assertEqual(3, server.count(""), "nothing came twice")

    def test_nats(self):
        if not queues.NatsServer.program():
            self.skipTest("nats-server is missing (tests/support/fetch_peers.py build/peers)")
        nats = queues.NatsServer(self.temporary_folder() / "nats", "authorization { token: s3cret }").start()
        self.addCleanup(nats.stop)
        client = queues.NatsClient(nats.port, {"auth_token": "s3cret"})
        self.addCleanup(client.close)
        client.make_stream("LOGS", "logs.>")
        client.publish("logs.fw", [SSHD.format(host="queue-01"), '{"message": "json of the queue", "user.name": "wang.fang"}'])
        token_file = self.temporary_folder() / "token"
        token_file.write_text("s3cret\n")
        config = self.configuration("nats", {"servers": nats.address, "stream": "LOGS", "token_file": token_file})
        data = self.temporary_folder() / "data"
        with test.Server(data=data, config=config) as server:
            self.check_events(server, "logs.fw")
            token = server.token
        self.assertEqual(0, client.waiting_for("LOGS", "shuwei"))
        client.publish("logs.fw", [SSHD.format(host="queue-02")])
        with test.Server(data=data, config=config) as server:
            server._token = token
            server.find("host.name:queue-02")
            server.settle()
            self.assertEqual(3, server.count(""), "nothing came twice")


if __name__ == "__main__":
    test.main()
