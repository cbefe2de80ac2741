"""Message queues for tests, children on free ports of loopback: nats-server with JetStream (a peer), mock Kafka brokers."""
import json
import pathlib
import socket
import subprocess

import shuwei_test as test


class MockKafka:
    """tests/support/mock_kafka.cpp. `topics`: {"name": partitions}."""

    @staticmethod
    def program():
        path = pathlib.Path(test.PROGRAM).parent / "mock_kafka"
        return str(path) if path.exists() else None

    def __init__(self, topics, brokers=1):
        self.process = subprocess.Popen([self.program(), str(brokers), *(f"{name}:{count}" for name, count in topics.items())],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addresses = self.process.stdout.readline().split()[1]

    def produce(self, topic, partition, text):
        self.process.stdin.write(f"{topic} {partition} {text}\n")

    def flush(self):
        return self.ask("flush")

    def committed(self, group, topic, partitions):
        return int(self.ask(f"committed {group} {topic} {partitions}"))

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


class NatsServer:
    def __init__(self, folder, more=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port, self.more, self.process = -1, more, None

    @staticmethod
    def program():
        return test.peer("nats-server")

    def start(self):
        """On the port of the last time, if any."""
        (self.folder / "server.conf").write_text(
            f'host: 127.0.0.1\nport: {self.port}\nports_file_dir: "{self.folder}"\n'
            f'jetstream {{ store_dir: "{self.folder}/js", max_mem: 64M, max_file: 1G }}\n{self.more}\n')
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen([self.program(), "-c", str(self.folder / "server.conf")], stdout=log, stderr=log)
        ports = self.folder / f"nats-server_{self.process.pid}.ports"

        def listening():
            try:
                return json.loads(ports.read_text())["nats"][0]
            except (OSError, ValueError):
                return None
        self.port = int(test.wait_for("nats-server", listening).rsplit(":", 1)[1])
        return self

    @property
    def address(self):
        return f"nats://127.0.0.1:{self.port}"

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class NatsClient:
    """As much of the protocol as a publisher needs; one thread."""

    def __init__(self, port, options=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.lines = self.socket.makefile("rb")
        self.lines.readline()  # INFO
        self.socket.sendall(b"CONNECT " + json.dumps({"verbose": False, **(options or {})}).encode() + b"\r\nSUB _INBOX.me 1\r\n")

    def request(self, subject, body):
        self.send(subject, body)
        return json.loads(self.answer())

    def send(self, subject, body):
        body = body if isinstance(body, bytes) else body.encode()
        self.socket.sendall(b"PUB %s _INBOX.me %d\r\n%s\r\n" % (subject.encode(), len(body), body))

    def answer(self):
        while True:
            words = self.lines.readline().split()
            if words[0] == b"MSG":
                body = self.lines.read(int(words[-1]))
                self.lines.readline()
                return body
            if words[0] == b"PING":
                self.socket.sendall(b"PONG\r\n")

    def make_stream(self, name, subject):
        return self.request(f"$JS.API.STREAM.CREATE.{name}", json.dumps(
            {"name": name, "subjects": [subject], "storage": "file", "retention": "limits", "discard": "old", "max_consumers": -1,
             "max_msgs": -1, "max_bytes": -1, "max_age": 0, "num_replicas": 1}))

    def publish(self, subject, bodies):
        """Returns once the stream has kept them all."""
        for body in bodies:
            self.send(subject, body)
        for _ in bodies:
            answer = json.loads(self.answer())
            assert "seq" in answer, answer

    def waiting_for(self, stream, consumer):
        found = self.request(f"$JS.API.CONSUMER.INFO.{stream}.{consumer}", "")
        return found["num_pending"] + found["num_ack_pending"] if "num_pending" in found else -1

    def close(self):
        self.lines.close()
        self.socket.close()
