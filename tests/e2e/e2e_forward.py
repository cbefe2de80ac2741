"""Events are forwarded to real receivers: rsyslog and syslog-ng by TCP with the original sender, nats-server with
JetStream, an HTTP service; a target that is down for a while, the server killed meanwhile, gets everything in order."""
import http.server
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

LINE = "<86>Nov 21 20:00:01 gw{n} sshd[{n}]: Failed password for root from 203.0.113.9 port 40001 ssh2"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """A peer that is running; its data in a folder of the test."""
    def __init__(self, case, command, port, env=None):
        self.process = subprocess.Popen(command, env=env or test.peer_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        case.addCleanup(self.stop)
        test.wait_for(f"{command[0]} to listen", lambda: listens(port))

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class HttpSink:
    def __init__(self, case, port=0):
        self.events = []
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.events += [json.loads(line) for line in body.splitlines()]
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()
        case.addCleanup(self.close)

    def close(self):
        if self.thread:
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()
            self.thread = None

    def seqs(self):
        return [event["shuwei.seq"] for event in self.events]


class ForwardTest(test.TestCase):
    def setUp(self):
        self.server = test.Server()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)

    def add(self, **settings):
        return self.server.api("POST", "/forward_targets", {"name": "t", "format": "raw", **settings})

    def target(self, made):
        return next(item for item in self.server.api("GET", "/forward_targets")["items"] if item["id"] == made["id"])

    def send(self, first, count):
        self.server.ingest([LINE.format(n=n) for n in range(first, first + count)])

    def up_to_date(self, made, events):
        def done():
            target = self.target(made)
            return target if target["delivered_events"] >= events and target["lag_events"] == 0 else None
        return test.wait_for(f"{events} events to be delivered", done)

    def check_file(self, path, count):
        def lines():
            found = path.read_text(errors="replace").splitlines() if path.exists() else []
            return found if len(found) >= count else None
        found = test.wait_for(f"{count} lines in {path.name}", lines)
        seqs = [int(re.search(r'seq="(\d+)"', line)[1]) for line in found]
        self.assertEqual(sorted(set(seqs)), seqs)
        for n, line in enumerate(found):
            self.assertIn('[origin ip="127.0.0.1"]', line)
            self.assertTrue(line.endswith(LINE.format(n=n)), line)

    def test_rsyslog_receives_the_raw_line_and_its_sender(self):
        program = test.peer("rsyslogd")
        if not program:
            self.skip("rsyslogd is not there: tests/support/fetch_peers.py")
        folder, port = pathlib.Path(self.temporary_folder()), free_port()
        modules = next(pathlib.Path(program).parents[1].glob("lib/x86_64-linux-gnu/rsyslog"), None) or "/usr/lib/x86_64-linux-gnu/rsyslog"
        (folder / "rsyslog.conf").write_text(f'''global(workDirectory="{folder}" maxMessageSize="64k")
module(load="{modules}/imtcp.so")
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="whole" type="string" string="%structured-data%%msg%\\n")
action(type="omfile" file="{folder}/out" template="whole")
''')
        Program(self, [program, "-n", "-f", str(folder / "rsyslog.conf"), "-i", str(folder / "pid"), "-M", str(modules)], port)
        made = self.add(kind="syslog_tcp", address=f"127.0.0.1:{port}")
        self.send(0, 500)
        self.up_to_date(made, 500)
        self.check_file(folder / "out", 500)

    def test_syslog_ng_receives_the_raw_line_and_its_sender(self):
        program = test.peer("syslog-ng")
        if not program:
            self.skip("syslog-ng is not there: tests/support/fetch_peers.py")
        folder, port = pathlib.Path(self.temporary_folder()), free_port()
        library = pathlib.Path(program).parents[1] / "lib/syslog-ng"
        module_path = ":".join(str(path) for path in [library, *library.glob("*")] if path.is_dir())
        (folder / "ng.conf").write_text(f'''@version: 3.38
options {{ keep-hostname(yes); log-msg-size(65536); }};
source s {{ syslog(ip("127.0.0.1") port({port}) transport("tcp") flags(store-raw-message)); }};
destination d {{ file("{folder}/out" template("$RAWMSG\\n")); }};
log {{ source(s); destination(d); }};
''')
        command = [program, "-F", "--no-caps", "-f", str(folder / "ng.conf"), "-R", str(folder / "persist"), "-p", str(folder / "pid"),
                   "-c", str(folder / "control")]
        if library.is_dir():
            command += ["--module-path", module_path]
        Program(self, command, port)
        made = self.add(kind="syslog_tcp", address=f"127.0.0.1:{port}")
        self.send(0, 500)
        self.up_to_date(made, 500)
        self.check_file(folder / "out", 500)

    def test_jetstream_keeps_each_event_once(self):
        program = test.peer("nats-server")
        if not program:
            self.skip("nats-server is not there: tests/support/fetch_peers.py")
        folder, port = pathlib.Path(self.temporary_folder()), free_port()
        Program(self, [program, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder)], port)

        def request(connection, subject, payload):
            text = json.dumps(payload).encode() if payload else b""
            connection.sendall(f"SUB _INBOX.1 1\r\nPUB {subject} _INBOX.1 {len(text)}\r\n".encode() + text + b"\r\n")
            received = b""
            while b"MSG _INBOX.1" not in received or not received.endswith(b"\r\n") or received.count(b"\r\n") < 3:
                received += connection.recv(65536)
            return json.loads(re.search(rb"MSG _INBOX\.1 1 \d+\r\n(\{.*\})\r\n", received, re.S)[1])

        def ask(subject, payload=None):
            with socket.create_connection(("127.0.0.1", port), 10) as connection:
                connection.sendall(b'CONNECT {"verbose":false,"pedantic":false}\r\n')
                return request(connection, subject, payload)

        created = ask("$JS.API.STREAM.CREATE.LOGS", {"name": "LOGS", "subjects": ["logs"], "storage": "file", "retention": "limits",
                                                      "duplicate_window": 120_000_000_000, "num_replicas": 1})
        self.assertNotIn("error", created)
        tested = self.server.api("POST", "/forward_targets/test", {"name": "t", "kind": "nats", "format": "json", "address": f"127.0.0.1:{port}", "topic": "nowhere"})
        self.assertFalse(tested["ok"])
        self.assertIn("no stream takes", tested["message"])
        made = self.add(kind="nats", format="json", address=f"127.0.0.1:{port}", topic="logs")
        self.send(0, 2500)
        self.up_to_date(made, 2500)
        self.assertEqual(2500, ask("$JS.API.STREAM.INFO.LOGS")["state"]["messages"])

    def test_filter_pause_since_and_secrets(self):
        sink = HttpSink(self)
        self.send(0, 50)
        self.server.settle()
        url = f"http://127.0.0.1:{sink.port}/in"
        made = self.add(kind="http", format="json", address=url, filter="host.name:gw7", since="2020-01-01T00:00:00Z", password="s3cret-token")
        test.wait_for("the stored event", lambda: len(sink.events) == 1)
        self.assertEqual(LINE.format(n=7), sink.events[0]["event.original"])
        self.assertEqual("127.0.0.1", sink.events[0]["log.source.address"])
        self.assertEqual("default", sink.events[0]["shuwei.tenant"])
        self.assertTrue(made["has_password"])
        self.assertNotIn("s3cret", json.dumps(self.server.api("GET", "/forward_targets")))
        done = test.run("forward", "pause", "t", "--data", str(self.server.data))
        self.assert_exit(0, done)
        self.assertEqual("paused", self.target(made)["state"])
        self.send(100, 3)
        self.server.api("PATCH", f"/forward_targets/{made['id']}", {"filter": "", "paused": False})
        test.wait_for("what came while it was paused", lambda: len(sink.events) == 4)
        listed = test.ndjson(test.run("forward", "list", "--output", "ndjson", "--data", str(self.server.data)).stdout)
        self.assertEqual(["t"], [row["name"] for row in listed])
        self.server.api("DELETE", f"/forward_targets/{made['id']}")
        self.assertEqual([], self.server.api("GET", "/forward_targets")["items"])

    def test_a_target_that_was_down_gets_everything_although_the_server_was_killed(self):
        port = free_port()
        made = self.add(kind="http", format="json", address=f"http://127.0.0.1:{port}/")
        self.send(0, 3000)
        test.wait_for("failed tries", lambda: self.target(made)["errors"] >= 2)
        self.assertEqual("retrying", self.target(made)["state"])
        self.server.kill()
        self.server.start()
        self.send(3000, 2000)
        sink = HttpSink(self, port)
        test.wait_for("some events", lambda: len(sink.events) > 0)
        self.server.kill()
        self.server.start()
        test.wait_for("all events", lambda: len(set(sink.seqs())) >= 5000)
        first = {}
        for event in list(sink.events):
            first.setdefault(event["shuwei.seq"], event["event.original"])
        self.assertEqual([LINE.format(n=n) for n in range(5000)], list(first.values()), "everything, first seen in order of seq")
        self.assertLessEqual(len(sink.events), 10_000, "repeated is what was under way when the server was killed")


if __name__ == "__main__":
    test.main()
