"""`shuwei events search` and the search API: the query language, formats, pages, errors."""
import csv
import io
import json
import pathlib
import socket
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

EVENTS = [
    {"@timestamp": "2026-11-20T01:00:00Z", "host.name": "web-01", "source.ip": "10.1.2.3", "event.outcome": "failure",
     "user.name": "Li.Wei", "message": "login failed 登录失败", "http.response.status_code": 403},
    {"@timestamp": "2026-11-20T02:00:00Z", "host.name": "web-01", "source.ip": "10.1.9.9", "event.outcome": "success",
     "user.name": "wang.fang", "message": "login ok", "http.response.status_code": 200},
    {"@timestamp": "2026-11-20T03:00:00Z", "host.name": "web-02", "source.ip": "10.2.0.1", "event.outcome": "failure",
     "user.name": "root", "message": "a \"quoted\" word, with comma", "http.response.status_code": 500},
    {"@timestamp": "2026-11-20T04:00:00Z", "host.name": "db-01", "source.ip": "2001:db8::7", "event.outcome": "unknown",
     "user.name": "dba", "message": "line\nbreak", "custom.field": "own value"},
]


class Interrupter:
    """A way to the server that cuts its first connection after so many bytes of the answer."""

    def __init__(self, port, after_bytes):
        self.port, self.after_bytes, self.connections = port, after_bytes, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.carry, args=(client, self.after_bytes if self.connections == 1 else None), daemon=True).start()

    def carry(self, client, limit):
        with client, socket.create_connection(("127.0.0.1", self.port)) as server:
            threading.Thread(target=self.copy, args=(client, server, None), daemon=True).start()
            self.copy(server, client, limit)

    @staticmethod
    def copy(source, target, limit):
        passed = 0
        try:
            while data := source.recv(65536):
                target.sendall(data)
                passed += len(data)
                if limit is not None and passed >= limit:
                    target.shutdown(socket.SHUT_RDWR)
                    return
        except OSError:
            pass


class SearchTest(test.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = test.Server().start_for(cls)
        cls.server.ingest([json.dumps(event, ensure_ascii=False) for event in EVENTS])
        cls.server.settle()

    def command(self, query, *arguments):
        return test.run("events", "search", query, *arguments, "--server", self.server.url, "--token", self.server.token)

    def hosts(self, query, *arguments):
        done = self.command(query, *arguments)
        self.assert_exit(0, done)
        return sorted(event["user.name"] for event in test.ndjson(done.stdout))

    def test_the_query_language(self):
        cases = {
            "": ["Li.Wei", "dba", "root", "wang.fang"],
            "event.outcome:failure": ["Li.Wei", "root"],
            "source.ip:10.1.*": ["Li.Wei", "wang.fang"],
            "source.ip:10.1.0.0/16": ["Li.Wei", "wang.fang"],
            "source.ip:2001:db8::/32": ["dba"],
            "source.ip:10.1.* and event.outcome:failure": ["Li.Wei"],
            "host.name:web-01 or host.name:db-01": ["Li.Wei", "dba", "wang.fang"],
            "not host.name:web-01": ["dba", "root"],
            "host.name:(web-01 or web-02) and not event.outcome:success": ["Li.Wei", "root"],
            "http.response.status_code >= 400": ["Li.Wei", "root"],
            "http.response.status_code > 403": ["root"],
            "user.name:*": ["Li.Wei", "dba", "root", "wang.fang"],
            "http.response.status_code:*": ["Li.Wei", "root", "wang.fang"],
            "custom.field:\"own value\"": ["dba"],
            "login": ["Li.Wei", "wang.fang"],
            "登录失败": ["Li.Wei"],
            "message:\"a \\\"quoted\\\" word, with comma\"": ["root"],
            "user.name:li.wei": ["Li.Wei"],
            "no.such.field:x": [],
        }
        for query, users in cases.items():
            with self.subTest(query):
                self.assertEqual(users, self.hosts(query))

    def test_time_range(self):
        self.assertEqual(["root", "wang.fang"], self.hosts("", "--since", "2026-11-20T02:00:00Z", "--until", "2026-11-20T04:00:00Z"))
        self.assertEqual(["dba"], self.hosts("", "--since", "2026-11-20T12:00:00+08:00"))
        self.assertEqual([], self.hosts("", "--until", "2020-01-01T00:00:00Z"))

    def test_no_hit_is_no_failure(self):
        for output in ("ndjson", "json", "table", "csv"):
            self.assert_exit(0, self.command("user.name:nobody", "--output", output))
        self.assertEqual("", self.command("user.name:nobody").stdout)
        self.assertEqual([], json.loads(self.command("user.name:nobody", "--output", "json").stdout))

    def test_ndjson_is_one_object_a_line_newest_first(self):
        done = self.command("", "--output", "ndjson")
        events = test.ndjson(done.stdout)
        self.assertEqual(["dba", "root", "wang.fang", "Li.Wei"], [event["user.name"] for event in events])
        for event in events:
            for field in ("@timestamp", "event.original", "shuwei.seq", "shuwei.tenant"):
                self.assertIn(field, event)

    def test_json_is_one_array(self):
        events = json.loads(self.command("", "--output", "json").stdout)
        self.assertEqual(4, len(events))

    def test_csv_has_a_header_and_quotes_what_needs_it(self):
        rows = list(csv.DictReader(io.StringIO(self.command("host.name:web-02 or host.name:db-01", "--output", "csv").stdout)))
        self.assertEqual(2, len(rows))
        self.assertEqual({"a \"quoted\" word, with comma", "line\nbreak"}, {row["message"] for row in rows})

    def test_table_has_a_row_for_each_event(self):
        text = self.command("host.name:web-01", "--output", "table").stdout
        self.assertEqual(2, sum("web-01" in line for line in text.splitlines()), text)

    def test_limit(self):
        self.assertEqual(1, len(test.ndjson(self.command("", "--limit", "1").stdout)))

    def test_wrong_queries_say_where(self):
        for query in ("source.ip:", "(host.name:x", "and", "host.name:x and", "\"open", "source.ip:10.0.0.0/99"):
            with self.subTest(query):
                done = self.command(query)
                self.assert_exit(2, done)
                self.assertEqual("", done.stdout)
                self.assertNotEqual("", done.stderr)

    def test_what_cannot_be_done_is_exit_3(self):
        done = test.run("events", "search", "", "--server", "http://127.0.0.1:1", "--token", "x")
        self.assert_exit(3, done)
        done = test.run("events", "search", "", "--server", self.server.url, "--token", "wrong")
        self.assert_exit(3, done)
        self.assertEqual("", done.stdout)

    def test_histogram_and_statistics_agree_with_the_search(self):
        histogram = self.server.api("POST", "/events/histogram", {"query": "event.outcome:*", "since": "2026-11-20T00:00:00Z",
                                                                   "until": "2026-11-20T06:00:00Z"})
        self.assertEqual(4, histogram["total"])
        self.assertEqual(4, sum(bucket["count"] for bucket in histogram["buckets"]))
        statistics = self.server.api("POST", "/events/field_stats", {"query": "event.outcome:*", "field": "event.outcome"})
        self.assertEqual({"failure": 2, "success": 1, "unknown": 1}, {row["value"]: row["count"] for row in statistics["values"]})


    # --- exports, jobs, statistics, SQL

    def export(self, *arguments):
        done = test.run("events", "export", *arguments, "--server", self.server.url, "--token", self.server.token)
        self.assert_exit(0, done)
        return done.stdout

    def sql(self, statement, *arguments):
        return test.run("events", "sql", statement, *arguments, "--output", "ndjson", "--server", self.server.url, "--token", self.server.token)

    def test_an_export_has_every_event_oldest_first(self):
        users = [event["user.name"] for event in test.ndjson(self.export())]
        self.assertEqual(["Li.Wei", "wang.fang", "root", "dba"], users)
        rows = list(csv.DictReader(io.StringIO(self.export("--query", "event.outcome:failure", "--output", "csv", "--fields", "user.name,message"), newline="")))
        self.assertEqual(["@timestamp", "shuwei.seq", "user.name", "message"], list(rows[0]))
        self.assertEqual(["login failed 登录失败", "a \"quoted\" word, with comma"], [row["message"] for row in rows])

    def test_an_interrupted_export_goes_on_behind_its_last_whole_row(self):
        for output in ("ndjson", "csv"):
            whole = self.temporary_folder() / f"whole.{output}"
            part = self.temporary_folder() / f"part.{output}"
            self.export("--file", str(whole), "--output", output)
            text = whole.read_bytes()
            rows = text.splitlines(keepends=True)
            part.write_bytes(b"".join(rows[:2]) + rows[2][:20])
            self.export("--file", str(part), "--resume", "--output", output)
            self.assertEqual(text, part.read_bytes())
            again = test.run("events", "export", "--file", str(part), "--server", self.server.url, "--token", self.server.token)
            self.assert_exit(2, again)  # nothing is overwritten

    def test_statistics_as_a_job(self):
        job = self.server.api("POST", "/search_jobs", {"wait_ms": 10000, "statistics": {
            "groups": ["event.outcome"], "measures": [{"kind": "count"}, {"kind": "max", "field": "http.response.status_code"}]}})
        self.assertEqual("done", job["state"])
        self.assertEqual({"failure": [2, 500], "success": [1, 200], "unknown": [1, None]},
                         {group["values"][0]: group["totals"] for group in job["statistics"]["groups"]})
        listed = self.server.api("GET", "/search_jobs")["items"]
        self.assertIn(job["id"], [item["id"] for item in listed])

    def test_expert_sql(self):
        done = self.sql("SELECT event.outcome, count(*) AS n FROM events GROUP BY event.outcome ORDER BY n DESC, event.outcome LIMIT 1")
        self.assert_exit(0, done)
        self.assertEqual([{"event.outcome": "failure", "n": 2}], test.ndjson(done.stdout))
        done = self.sql("SELECT user.name FROM events WHERE matches('\"登录失败\"')")
        self.assertEqual([{"user.name": "Li.Wei"}], test.ndjson(done.stdout))
        for refused in ("SELECT * FROM system.tables", "SELECT 1 FROM file('/etc/passwd')", "SELECT 1 FROM events UNION ALL SELECT 1 FROM events_2"):
            done = self.sql(refused)
            self.assert_exit(2, done)
            self.assertIn("character", done.stderr)
        audited = self.server.api("GET", "/audit", query={"action": "create_sql_job"})["items"]
        self.assertTrue(any("登录失败" in entry["detail"] for entry in audited))

    def test_surrounding_events(self):
        middle = test.ndjson(self.command("user.name:root").stdout)[0]["shuwei.seq"]
        around = self.server.api("GET", f"/events/{middle}/surrounding", query={"same": "client", "count": 1})
        self.assertEqual(["wang.fang", "root", "dba"], [event["user.name"] for event in around["events"]])
        self.assertEqual((1, True, False), (around["position"], around["more_before"], around["more_after"]))


class VolumeTest(test.TestCase):
    def test_an_export_survives_the_loss_of_its_connection(self):
        with test.Server() as server:
            server.ingest([f"streamed line {i:06} " + "x" * 200 for i in range(60_000)])
            server.settle()
            target = self.temporary_folder() / "all.ndjson"
            with Interrupter(server.http_port, after_bytes=3_000_000) as proxy:
                done = test.run("events", "export", '"streamed line"', "--file", str(target), "--server", proxy.url, "--token", server.token)
            self.assert_exit(0, done)
            self.assertGreaterEqual(proxy.connections, 2)
            lines = [json.loads(line)["event.original"][:20] for line in target.read_text().splitlines()]
            self.assertEqual([f"streamed line {i:06}" for i in range(60_000)], lines)

    def test_pages_neither_repeat_nor_miss(self):
        with test.Server() as server:
            server.ingest([f"paged line {i:05}" for i in range(1000)])
            server.settle()
            seen, cursor = [], None
            while True:
                body = {"query": '"paged line"', "limit": 137}
                if cursor:
                    body["cursor"] = cursor
                page = server.api("POST", "/events/search", body)
                seen += [event["event.original"] for event in page["events"]]
                cursor = page.get("next_cursor")
                if not cursor:
                    break
            self.assertEqual([f"paged line {i:05}" for i in reversed(range(1000))], seen)

    def test_a_large_export_through_the_command(self):
        with test.Server() as server:
            server.ingest([f"exported line {i:06}" for i in range(25_000)])
            server.settle()
            done = test.run("events", "search", '"exported line"', "--limit", "1000000", "--server", server.url, "--token", server.token)
            self.assert_exit(0, done)
            self.assertEqual(25_000, len({event["event.original"] for event in test.ndjson(done.stdout)}))


if __name__ == "__main__":
    test.main()
