"""Load that knows afterwards what must be stored: numbered lines over HTTP and TCP while the server is killed.

A line is `… KEY r<round> <sender> <number>`; every tenth matches a rule, so that alert counts can be compared with the
stored matches. Senders never resend: what was not acknowledged may be stored once or not at all.
"""
import collections
import http.client
import re
import socket
import threading
import time

MARK = re.compile(r"KEY (r\d+) (\S+) (\d+)")
MATCHING = "Accepted password for root from 203.0.113.{} port 22 ssh2"  # content/rules/linux/ssh_root_from_outside.yml
MATCHING_RULE = "Root signed in over SSH from outside"
ORDINARY = "Accepted publickey for deploy from 10.20.8.11 port {} ssh2"
HTTP_BATCH = 50


def line(round_name, sender, number):
    text = MATCHING.format(number // 10 % 4 + 1) if number % 10 == 0 else ORDINARY.format(1024 + number % 60000)
    return f"<86>Nov 21 20:00:00 app-01 sshd[{number % 30000 + 1}]: {text} KEY {round_name} {sender} {number}"


class Load:
    """Senders against one life of a server. stop() ends them; the books stay."""

    def __init__(self, server, round_name, http_senders=2, tcp_senders=2):
        self.round = round_name
        self.http_port, self.syslog_port, self.token = server.http_port, server.syslog_port, server.token
        self.acknowledged = set()          # (sender, number) of lines in requests answered 2xx
        self.unanswered = set()            # in requests without an answer: all lines stored or none
        self.unanswered_requests = []
        self.sent = collections.Counter()  # lines handed to the kernel, by TCP connection
        self.spooled = 0                   # last shuwei_spooled_total of the TCP listener read
        self.refused = 0                   # requests answered 429 or 503
        self.stopping = False
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.push, args=(f"h{i}",)) for i in range(http_senders)]
        self.threads += [threading.Thread(target=self.stream, args=(f"t{i}",)) for i in range(tcp_senders)]
        self.threads.append(threading.Thread(target=self.watch))
        for thread in self.threads:
            thread.start()

    def acknowledged_count(self):
        with self.lock:
            return len(self.acknowledged)

    def push(self, sender):
        connection, number = None, 0
        while not self.stopping:
            keys = [(sender, number + i) for i in range(HTTP_BATCH)]
            body = "\n".join(line(self.round, sender, n) for _, n in keys).encode()
            number += HTTP_BATCH
            status = None
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=60)
                connection.request("POST", "/api/v1/ingest", body,
                                   {"Authorization": f"Bearer {self.token}", "Content-Type": "application/x-ndjson"})
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except (OSError, http.client.HTTPException):
                connection = None
            with self.lock:
                if status is not None and status // 100 == 2:
                    self.acknowledged.update(keys)
                elif status is None:
                    self.unanswered.update(keys)
                    self.unanswered_requests.append(keys)
                else:
                    self.refused += 1
            time.sleep(0.01)  # at most 5,000 lines a second each
        if connection is not None:
            connection.close()

    def stream(self, sender):
        connections = 0
        while not self.stopping:
            name, number = f"{sender}c{connections}", 0
            connections += 1
            try:
                with socket.create_connection(("127.0.0.1", self.syslog_port), timeout=60) as connection:
                    while not self.stopping:
                        chunk = "".join(line(self.round, name, number + i) + "\n" for i in range(20))
                        connection.sendall(chunk.encode())
                        number += 20
                        with self.lock:
                            self.sent[name] = number
                        time.sleep(0.004)  # about 5,000 lines a second each: load, not a flood
            except OSError:
                with self.lock:
                    self.sent[name] = max(self.sent[name], number + 20)  # the last chunk may have gone in part
                time.sleep(0.02)

    def watch(self):
        while not self.stopping:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=10)
                connection.request("GET", "/metrics")
                text = connection.getresponse().read().decode()
                connection.close()
                found = re.search(r'^shuwei_spooled_total\{listener="syslog-tcp"\} (\d+)$', text, re.M)
                if found:
                    self.spooled = int(found.group(1))
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.01)

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()


def stored_lines(server):
    """({round: Counter of (sender, number)}, how many stored lines match the rule)."""
    stored, matches = collections.defaultdict(collections.Counter), 0
    for event in server.every_event("KEY"):
        found = MARK.search(event["event.original"])
        if found:
            stored[found.group(1)][found.group(2), int(found.group(3))] += 1
            matches += int(found.group(3)) % 10 == 0
    return stored, matches


def check_books(case, load, stored):
    """Compares one round's books with what is stored of it."""
    case.assertEqual({}, {key: n for key, n in stored.items() if n > 1}, f"{load.round}: stored more than once")
    lost = sorted(load.acknowledged - stored.keys())
    case.assertEqual([], lost[:20], f"{load.round}: {len(lost)} acknowledged lines are missing")
    for request in load.unanswered_requests:
        present = sum(key in stored for key in request)
        case.assertIn(present, (0, len(request)), f"{load.round}: part of a request was taken")
    by_connection = collections.defaultdict(set)
    for sender, number in stored:
        if sender.startswith("t"):
            by_connection[sender].add(number)
    total = 0
    for connection, numbers in by_connection.items():
        case.assertEqual(set(range(len(numbers))), numbers, f"{load.round}: a gap in connection {connection}")
        case.assertLessEqual(len(numbers), load.sent[connection])
        total += len(numbers)
    case.assertGreaterEqual(total, load.spooled, f"{load.round}: fewer lines than were said to be spooled")
    known = load.acknowledged | load.unanswered
    unknown = [key for key in stored if not key[0].startswith("t") and key not in known]
    case.assertEqual([], unknown[:20], f"{load.round}: lines from nowhere")


def alert_count(server):
    """The sum of counts over all alerts of the rule."""
    total, cursor = 0, None
    while True:
        query = {"q": MATCHING_RULE, "limit": 1000}
        if cursor:
            query["cursor"] = cursor
        page = server.api("GET", "/alerts", query=query)
        total += sum(alert["count"] for alert in page["items"] if alert["rule_title"] == MATCHING_RULE)
        cursor = page.get("next_cursor")
        if not cursor:
            return total
