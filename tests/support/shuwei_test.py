"""What tests of the built program share: a server in a temporary folder, its inputs, its API, waiting.

Every test file ends with `main()`, takes --program PATH and --player PATH, and runs as plain unittest.
Nothing here sleeps for a fixed time to be "sure": it polls for a condition up to DEADLINE.
"""
import argparse
import http.client
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

DEADLINE = float(os.environ.get("SHUWEI_TEST_DEADLINE", "120"))  # seconds; generous, met at once when all is well
ROOT = pathlib.Path(os.environ.get("SHUWEI_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
PROGRAM = None
PLAYER = None


def shared_data():
    """The folder of shared test material, or None."""
    folder = pathlib.Path(os.environ.get("SHUWEI_SHARED_DATA", ROOT.parent / "shared" / "data"))
    return folder if (folder / "sigma").is_dir() else None


PEERS = pathlib.Path(os.environ.get("SHUWEI_PEERS", ROOT / "build/peers"))


def peer(*names):
    """Path of the first of these programs among the unpacked peers (fetch_peers.py) or on the machine, or None."""
    for name in names:
        for folder in ("usr/sbin", "usr/bin", "usr/lib/openssh", "usr/lib/postgresql/15/bin"):
            if os.access(PEERS / folder / name, os.X_OK):
                return str(PEERS / folder / name)
    return next(filter(None, map(shutil.which, names)), None)


def peer_environment():
    """Environment in which the unpacked peers find their libraries."""
    libraries = [PEERS / "usr/lib/x86_64-linux-gnu", PEERS / "lib/x86_64-linux-gnu", PEERS / "usr/lib/syslog-ng"]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, libraries))}


def wait_for(what, condition, deadline=None):
    """Polls until condition() is true and returns its value."""
    end = time.monotonic() + (deadline or DEADLINE)
    pause = 0.01
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"gave up waiting for {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)


def run(*arguments, stdin=None, timeout=DEADLINE, env=None):
    """Runs the program; returns CompletedProcess with text stdout and stderr."""
    text = isinstance(stdin, str)
    done = subprocess.run([PROGRAM, *map(str, arguments)], input=stdin.encode() if text else stdin, capture_output=True,
                          timeout=timeout, env={**os.environ, **(env or {})})
    done.stdout = done.stdout.decode(errors="replace")
    done.stderr = done.stderr.decode(errors="replace")
    return done


def ndjson(text):
    return [json.loads(line) for line in text.splitlines() if line]


class ApiError(Exception):
    def __init__(self, status, body, headers):
        super().__init__(f"{status}: {body[:500]!r}")
        self.status = status
        self.body = body
        self.headers = headers

    def json(self):
        return json.loads(self.body)


class Server:
    """`shuwei serve` on free ports. Use as a context manager, start_for(cls) in setUpClass, or start() and stop()."""

    def __init__(self, data=None, config=None, arguments=(), command="serve", env=None):
        self.own_folder = None
        if data is None:
            self.own_folder = tempfile.mkdtemp(prefix="shuwei-test-")
            data = pathlib.Path(self.own_folder) / "data"
        self.data = pathlib.Path(data)
        self.config = config
        self.command = command
        self.arguments = list(map(str, arguments))
        self.env = {**os.environ, **(env or {})}
        self.process = None
        self.http_port = self.syslog_port = None
        self.stdout = ""
        self.log = tempfile.NamedTemporaryFile(prefix="shuwei-test-", suffix=".log", delete=False)
        self._token = None
        self._workers = set()

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.clean()
            raise

    def start_for(self, case):
        """Starts it for a whole test class, with which it ends, also when setUpClass fails."""
        case.addClassCleanup(self.clean)
        case.addClassCleanup(self.stop)
        return self.start()

    def __exit__(self, kind, value, trace):
        try:
            self.stop()
        finally:
            if kind is not None:
                sys.stderr.write(f"--- server log, last lines\n{self.log_text()[-4000:]}\n---\n")
            self.clean()

    def start(self):
        command = [PROGRAM, self.command, "--data", str(self.data), "--http", "127.0.0.1:0", "--syslog", "127.0.0.1:0"]
        if self.config is not None:
            command += ["--config", str(self.config)]
        self.process = subprocess.Popen(command + self.arguments, stdout=subprocess.PIPE, stderr=self.log, env=self.env)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.stdout = ""
        try:
            self.wait_for_output(r"^ready http://\S+:(\d+) syslog \S+:(\d+)$")
        except BaseException:
            self.kill()
            raise
        ready = re.search(r"^ready http://\S+:(\d+) syslog \S+:(\d+)$", self.stdout, re.M)
        self.http_port, self.syslog_port = int(ready.group(1)), int(ready.group(2))
        return self

    def read_output(self):
        while True:
            ready, _, _ = select.select([self.process.stdout], [], [], 0)
            if not ready:
                return
            chunk = self.process.stdout.read()
            if not chunk:
                return
            self.stdout += chunk.decode(errors="replace")

    def wait_for_output(self, pattern):
        def seen():
            self.read_output()
            if re.search(pattern, self.stdout, re.M):
                return True
            if self.process.poll() is not None:
                self.read_output()
                raise AssertionError(f"the server ended with {self.process.returncode} before saying {pattern!r}:\n"
                                     f"{self.stdout}\n{self.log_text()[-4000:]}")
            return False
        wait_for(f"the server to say {pattern!r}", seen)

    def log_text(self):
        return pathlib.Path(self.log.name).read_text(errors="replace")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http_port}"

    # --- ending
    def stop(self, sign=signal.SIGTERM):
        """Asks it to end and waits; returns the exit code, which is 0 (a sanitizer that found something makes it another)."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.worker_pids()
            self.process.send_signal(sign)
            try:
                self.process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("the server did not end in time")
        self.read_output()
        self.process.stdout.close()
        code = self.process.returncode
        self.process = None
        self.reap_workers()
        if code != 0:
            raise AssertionError(f"the server ended with {code}:\n{self.log_text()[-8000:]}")
        return code

    def kill(self):
        """kill -9 of the server alone."""
        self.worker_pids()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def worker_pids(self):
        """Process ids of the store worker(s) of this server."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
                command = (entry / "cmdline").read_bytes()
            except (OSError, IndexError):
                continue
            if int(parent) == self.process.pid and b"store-worker" in command:
                found.append(int(entry.name))
        self._workers.update(found)
        return found

    def reap_workers(self):
        """Waits for the workers of ended servers to be gone: they must not outlive their server."""
        def gone():
            for pid in list(self._workers):
                try:
                    if b"store-worker" not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                        self._workers.discard(pid)
                except OSError:
                    self._workers.discard(pid)
            return not self._workers
        wait_for("store workers to end with their server", gone)

    def clean(self):
        self.log.close()
        os.unlink(self.log.name)
        if self.own_folder:
            shutil.rmtree(self.own_folder, ignore_errors=True)

    # --- API
    @property
    def token(self):
        if self._token is None:
            self._token = self.make_token("admin")
        return self._token

    def make_token(self, account):
        done = run("token", "create", "--data", self.data, "--account", account)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def request(self, method, path, body=None, token=None, headers=None, timeout=60):
        """(status, headers, body bytes). `body` that is not bytes goes as JSON. token="" sends none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=timeout)
        sent = dict(headers or {})
        if token is None:
            token = self.token
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def api(self, method, path, body=None, token=None, query=None, headers=None):
        """The parsed JSON of a 2xx answer; ApiError otherwise."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        status, answered, text = self.request(method, "/api/v1" + path, body, token, headers)
        if status // 100 != 2:
            raise ApiError(status, text, answered)
        return json.loads(text) if text else None

    def search(self, query="", limit=100, token=None, tenant=None, **more):
        page = self.api("POST", "/events/search", {"query": query, "limit": limit, **more}, token,
                        {"tenant": tenant} if tenant else None)
        return page["events"]

    def count(self, query="", token=None, tenant=None):
        return self.api("POST", "/events/search", {"query": query, "limit": 1}, token, {"tenant": tenant} if tenant else None)["total"]

    def every_event(self, query="", fields=("event.original",), token=None):
        """All matching events, page by page, oldest first."""
        cursor = None
        while True:
            body = {"query": query, "limit": 10000, "order": "asc", "fields": list(fields)}
            if cursor:
                body["cursor"] = cursor
            page = self.api("POST", "/events/search", body, token)
            yield from page["events"]
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def find(self, query, count=1, **more):
        """Waits until at least `count` events match; returns them."""
        def found():
            events = self.search(query, **more)
            return events if len(events) >= count else None
        return wait_for(f"{count} events of {query!r}", found)

    def ingest(self, lines, token=None, tenant=None, source=None, encoding=None):
        body = lines if isinstance(lines, bytes) else ("\n".join(lines) + "\n").encode()
        query = {key: value for key, value in (("tenant", tenant), ("source", source)) if value}
        headers = {"Content-Type": "application/x-ndjson"}
        if encoding:
            headers["Content-Encoding"] = encoding
        return self.api("POST", "/ingest", body, token, query, headers)

    def first_stats(self, token=None):
        """The first `stats` of the live stream."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=60)
        try:
            connection.request("GET", "/api/v1/stream", headers={"Authorization": f"Bearer {token or self.token}"})
            answer = connection.getresponse()
            assert answer.status == 200, answer.status
            kind = ""
            while True:
                line = answer.readline()
                assert line, "the stream ended"
                name, _, value = line.decode().strip().partition(": ")
                if name == "event":
                    kind = value
                if name == "data" and kind == "stats":
                    return json.loads(value)
        finally:
            connection.close()

    def metrics(self):
        """{'name{label="x"}': value} as /metrics has them."""
        status, _, text = self.request("GET", "/metrics", token="")
        assert status == 200, status
        found = {}
        for line in text.decode().splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                found[name] = float(value)
        return found

    def settle(self):
        """Waits until everything received is stored and counted."""
        def settled():
            metrics = self.metrics()
            return metrics.get("shuwei_checkpoint_seq", -1) >= metrics.get("shuwei_spool_written_seq", 0)
        wait_for("the pipeline to work off its spool", settled)

    # --- inputs
    def udp(self, *lines, peer=None):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            if peer:
                sender.bind((peer, 0))
            for line in lines:
                sender.sendto(line if isinstance(line, bytes) else line.encode(), ("127.0.0.1", self.syslog_port))

    def tcp_connection(self):
        return socket.create_connection(("127.0.0.1", self.syslog_port), timeout=60)

    def tcp(self, *lines):
        with self.tcp_connection() as sender:
            for line in lines:
                sender.sendall((line if isinstance(line, bytes) else line.encode()) + b"\n")


class TestCase(unittest.TestCase):
    maxDiff = 4000

    def skip(self, why):
        print(f"skipped: {why}", flush=True)
        self.skipTest(why)

    def temporary_folder(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="shuwei-test-"))
        self.addCleanup(shutil.rmtree, folder, True)
        return folder

    def assert_exit(self, code, done):
        self.assertEqual(code, done.returncode, f"stdout: {done.stdout[-2000:]}\nstderr: {done.stderr[-2000:]}")


def main():
    global PROGRAM, PLAYER
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, help="the built shuwei")
    parser.add_argument("--player", help="the built traffic_player")
    parser.add_argument("tests", nargs="*", help="names as unittest takes them")
    arguments = parser.parse_args()
    PROGRAM, PLAYER = arguments.program, arguments.player
    unittest.main(module="__main__", argv=[sys.argv[0], *arguments.tests], verbosity=2)
