"""kill -9 of the server while it reads from Kafka and NATS JetStream: every message a queue has kept is in the store. Only
what had not been acknowledged to the queue at a kill may be there twice.

SHUWEI_FAULT_QUEUE_ROUNDS (3 by default) says how often it is killed; SHUWEI_FAULT_SEED repeats a run.
"""
import collections
import os
import pathlib
import random
import re
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import queues  # noqa: E402
import shuwei_test as test  # noqa: E402

ROUNDS = int(os.environ.get("SHUWEI_FAULT_QUEUE_ROUNDS", "3"))
SEED = int(os.environ.get("SHUWEI_FAULT_SEED", "0")) or time.time_ns() % 1_000_000
LINE = "<86>Nov 21 20:00:00 app-01 sshd[7]: Accepted publickey for deploy from 10.20.8.11 port 1024 ssh2 KEY {} {}"
BATCH, MOST = 100, 60_000  # a mock partition keeps 5 MB
PARTITIONS = 8


class Producer:
    """Writes numbered messages, `batch(first)` at a time, until stopped; `kept` are in the queue for sure."""

    def __init__(self, batch):
        self.batch, self.kept, self.stopping = batch, 0, False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopping and self.kept < MOST:
            self.batch(self.kept)
            self.kept += BATCH
            time.sleep(0.02)  # a load, not a flood

    def stop(self):
        self.stopping = True
        self.thread.join()


class KillQueuesTest(test.TestCase):
    def run_rounds(self, name, kind, settings, batch):
        print(f"{name}: rounds {ROUNDS}, seed {SEED}", flush=True)
        dice = random.Random(SEED)
        folder = self.temporary_folder()
        config = folder / "shuwei.yaml"
        lines = "".join(f"      {key}: {value}\n" for key, value in settings.items())
        config.write_text(f"inputs:\n  - name: queue\n    kind: {kind}\n    settings:\n{lines}")
        producer = Producer(batch)
        self.addCleanup(producer.stop)
        token = None
        for number in range(ROUNDS):
            server = test.Server(data=folder / "data", config=config)
            server._token = token
            try:
                server.start()
                token = server.token
                target = dice.randrange(200, 4000)

                def spooled():
                    return server.metrics().get('shuwei_spooled_total{listener="queue"}', 0) >= target or producer.kept >= MOST
                try:
                    test.wait_for(f"{target} spooled messages", spooled)
                finally:
                    server.kill()
                server.reap_workers()
            finally:
                server.clean()
        producer.stop()
        with test.Server(data=folder / "data", config=config) as server:
            server._token = token

            def stored():
                server.settle()
                found = collections.Counter(int(match.group(1)) for event in server.every_event("")
                                            if (match := re.search(rf"KEY {name} (\d+)", event["event.original"])))
                return found if len(found) >= producer.kept else None
            found = test.wait_for(f"{producer.kept} messages in the store", stored)
            twice = sum(found.values()) - len(found)
            print(f"{name}: {producer.kept} messages kept by the queue, {len(found)} stored, {twice} of them once more", flush=True)
            self.assertEqual(set(range(producer.kept)), set(found), "every message is stored, none that was not sent")

    def test_kafka(self):
        if not queues.MockKafka.program():
            self.skipTest("mock_kafka is not built")
        kafka = queues.MockKafka({"logs": PARTITIONS}, brokers=2)
        self.addCleanup(kafka.stop)

        def batch(first):
            for number in range(first, first + BATCH):
                kafka.produce("logs", number % PARTITIONS, LINE.format("kafka", number))
            kafka.flush()
        self.run_rounds("kafka", "kafka", {"brokers": f"[{kafka.addresses}]", "topics": "logs"}, batch)

    def test_nats(self):
        if not queues.NatsServer.program():
            self.skipTest("nats-server is missing (tests/support/fetch_peers.py build/peers)")
        nats = queues.NatsServer(self.temporary_folder() / "nats").start()
        self.addCleanup(nats.stop)
        client = queues.NatsClient(nats.port)
        self.addCleanup(client.close)
        client.make_stream("LOGS", "logs.>")

        def batch(first):
            client.publish("logs.app", [LINE.format("nats", number) for number in range(first, first + BATCH)])
        self.run_rounds("nats", "nats", {"servers": nats.address, "stream": "LOGS"}, batch)


if __name__ == "__main__":
    test.main()
