"""kill -9 of the server under load from Elasticsearch bulk, Splunk HEC and OTLP senders, again and again on one data folder:
nothing acknowledged is lost or doubled, and a request without an answer is stored as a whole or not at all.

SHUWEI_FAULT_ROUNDS (3 by default) says how often; SHUWEI_FAULT_SEED repeats a run.
"""
import http.client
import json
import os
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import load as books  # noqa: E402
import shuwei_test as test  # noqa: E402

ROUNDS = int(os.environ.get("SHUWEI_FAULT_ROUNDS", "3"))
SEED = int(os.environ.get("SHUWEI_FAULT_SEED", "0")) or time.time_ns() % 1_000_000
BATCH = 40


def bulk(lines):
    return "".join(json.dumps({"create": {"_index": "logs"}}) + "\n" + json.dumps({"message": line}) + "\n" for line in lines)


def hec(lines):
    return "".join(json.dumps({"event": line, "sourcetype": "sshd"}) for line in lines)


def otlp(lines):
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": line}} for line in lines]}]}]})


PROTOCOLS = {  # sender: path, content type, scheme, body, whether all of it was taken
    "elastic": ("/push/_bulk", "application/x-ndjson", "Bearer", bulk, lambda answer: answer["errors"] is False),
    "splunk": ("/push/services/collector/event", "application/json", "Splunk", hec, lambda answer: answer["code"] == 0),
    "otlp": ("/push/v1/logs", "application/json", "Bearer", otlp, lambda answer: "rejectedLogRecords" not in json.dumps(answer)),
}


class Pushes:
    """A sender of each protocol against one life of a server; what load.check_books() asks for."""

    def __init__(self, server, round_name):
        self.round, self.port, self.token = round_name, server.http_port, server.token
        self.acknowledged, self.unanswered, self.unanswered_requests, self.refused = set(), set(), [], []
        self.sent, self.spooled = {}, 0  # nobody sends by TCP
        self.stopping, self.lock = False, threading.Lock()
        self.threads = [threading.Thread(target=self.push, args=(name,)) for name in PROTOCOLS]
        for thread in self.threads:
            thread.start()

    def count(self, sender):
        with self.lock:
            return sum(key[0] == sender for key in self.acknowledged)

    def push(self, sender):
        path, kind, scheme, body, taken = PROTOCOLS[sender]
        connection, number = None, 0
        while not self.stopping:
            keys = [(sender, number + i) for i in range(BATCH)]
            number += BATCH
            text = body([books.line(self.round, sender, n) for _, n in keys]).encode()
            status = answer = None
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                connection.request("POST", path, text, {"Authorization": f"{scheme} {self.token}", "Content-Type": kind})
                response = connection.getresponse()
                answer, status = response.read(), response.status
            except (OSError, http.client.HTTPException):
                connection = None
            with self.lock:
                if status is None:
                    self.unanswered.update(keys)
                    self.unanswered_requests.append(keys)
                elif status == 200 and taken(json.loads(answer or b"{}")):
                    self.acknowledged.update(keys)
                else:
                    self.refused.append((sender, status, answer))
            time.sleep(0.01)
        if connection is not None:
            connection.close()

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()


class KillPushesTest(test.TestCase):
    def test_kill_9_under_load(self):
        print(f"rounds {ROUNDS}, seed {SEED}", flush=True)
        dice = random.Random(SEED)
        folder = self.temporary_folder() / "data"
        rounds, token = [], None
        for number in range(ROUNDS):
            server = test.Server(data=folder)
            server._token = token
            try:
                server.start()
                token = server.token
                pushes = Pushes(server, f"r{number}")
                target = dice.randrange(100, 1500)
                try:
                    test.wait_for(f"{target} acknowledged events of each", lambda: all(pushes.count(name) >= target for name in PROTOCOLS))
                finally:
                    if server.process is not None:
                        server.kill()
                    pushes.stop()
                server.reap_workers()
                self.assertEqual([], pushes.refused[:3])
                rounds.append(pushes)
                print(f"round {number}: {len(pushes.acknowledged)} events acknowledged, {len(pushes.unanswered_requests)} requests unanswered", flush=True)
            finally:
                server.clean()
        with test.Server(data=folder) as server:
            server._token = token
            server.settle()
            stored, _ = books.stored_lines(server)
            for pushes in rounds:
                books.check_books(self, pushes, stored[pushes.round])
            print(f"{sum(map(len, stored.values()))} events stored", flush=True)


if __name__ == "__main__":
    test.main()
