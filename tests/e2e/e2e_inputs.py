"""What is sent is found: UDP, TCP, HTTP; ordinary lines and bad ones."""
import base64
import gzip
import json
import pathlib
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

SSHD = "<86>Nov 21 20:00:01 {host} sshd[21001]: Failed password for root from 203.0.113.150 port 40001 ssh2"


class InputsTest(test.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = test.Server().start_for(cls)

    def test_a_line_of_logger_over_udp_is_found(self):
        done = subprocess.run(["logger", "-n", "127.0.0.1", "-P", str(self.server.syslog_port), "--udp", "-t", "e2e",
                               "hello from logger 登录失败"], capture_output=True)
        self.assertEqual(0, done.returncode, done.stderr)
        event = self.server.find('"hello from logger"')[0]
        self.assertIn("登录失败", event["event.original"])
        self.assertEqual("127.0.0.1", event["log.source.address"])
        self.assertEqual(1, len(self.server.find("登录失败")))

    def test_a_line_of_logger_over_tcp_is_found(self):
        for name, options in {"octet counting": ["--octet-count"], "line feeds": []}.items():
            with self.subTest(name):
                done = subprocess.run(["logger", "-n", "127.0.0.1", "-P", str(self.server.syslog_port), "--tcp", *options,
                                       "-t", "e2e", f"hello tcp with {name}"], capture_output=True)
                self.assertEqual(0, done.returncode, done.stderr)
                event = self.server.find(f'"hello tcp with {name}"')[0]
                self.assertTrue(event["event.original"].startswith("<"), event["event.original"])

    def test_a_recognised_line_has_its_fields(self):
        self.server.udp(SSHD.format(host="fields-01"), peer="127.0.0.9")
        event = self.server.find("host.name:fields-01")[0]
        self.assertEqual("203.0.113.150", event["source.ip"])
        self.assertEqual("root", event["user.name"])
        self.assertEqual("failure", event["event.outcome"])
        self.assertEqual("127.0.0.9", event["log.source.address"])
        self.assertTrue(event["shuwei.pack"])
        self.assertRegex(event["@timestamp"], r"^\d{4}-11-21T12:00:01\.000000Z$")  # the year is the nearest one

    def test_http_takes_json_and_raw_lines(self):
        lines = [json.dumps({"message": "json over http", "user.name": "wang.fang", "source": {"ip": "10.9.8.7"}}),
                 "", SSHD.format(host="http-01"), "free text over http"]
        answer = self.server.ingest(lines, source="pusher")
        self.assertEqual(3, answer["accepted"])
        self.assertEqual(2, answer["last_seq"] - answer["first_seq"])
        event = self.server.find('"json over http"')[0]
        self.assertEqual("wang.fang", event["user.name"])
        self.assertEqual("10.9.8.7", event["source.ip"])
        self.server.find("host.name:http-01 and event.outcome:failure")
        self.server.find('"free text over http"')

    def test_http_takes_gzip(self):
        answer = self.server.ingest(gzip.compress(b"gzipped line one\ngzipped line two\n"), encoding="gzip")
        self.assertEqual(2, answer["accepted"])
        self.server.find('"gzipped line"', count=2)
        with self.assertRaises(test.ApiError) as damaged:
            self.server.ingest(gzip.compress(b"never seen\n")[:-6], encoding="gzip")
        self.assertEqual(400, damaged.exception.status)
        self.server.settle()
        self.assertEqual(0, self.server.count('"never seen"'))

    def test_http_needs_a_token(self):
        for token in ("", "wrong"):
            with self.assertRaises(test.ApiError) as refused:
                self.server.ingest(["nobody's line"], token=token)
            self.assertEqual(401, refused.exception.status)

    def test_text_that_looks_like_sql_is_stored_as_it_is(self):
        line = "<13>Nov 21 20:00:00 app-01 test: sqlish one\n\nDROP TABLE events_1\n;'\"`\\ $(reboot) {{x}} --"
        self.server.udp(line)
        event = self.server.find('"sqlish one"')[0]
        self.assertEqual(line, event["event.original"])
        answer = self.server.ingest([json.dumps({"message": "sqlish two\n\nDROP TABLE events_1", "user.name": "'; DROP TABLE x --"})])
        self.assertEqual(1, answer["accepted"])
        event = self.server.find('"sqlish two"')[0]
        self.assertEqual("'; DROP TABLE x --", event["user.name"])
        self.server.find("user.name:\"'; DROP TABLE x --\"")
        for query in ("message:\"'); DROP TABLE events_1; --\"", "user.name:\"\\' OR 1=1 --\"", "a.b.c:\"x' FORMAT JSON\""):
            self.server.search(query)
        self.assertGreater(self.server.count(""), 0)

    def test_bytes_that_are_not_utf8_are_kept(self):
        raw = b"<13>Nov 21 20:00:00 app-01 test: broken \xff\xfe\xc3( bytes \x00\x01\x7f end"
        self.server.udp(raw)
        event = self.server.find('"app-01 test: broken"')[0]
        self.assertEqual(raw, base64.b64decode(event["event.original_base64"]))
        self.assertIn("\ufffd", event["event.original"])

    def test_gbk_is_read(self):
        raw = "<13>Nov 21 20:00:00 fw-gbk test: 用户认证未通过".encode("gbk")
        self.server.udp(raw)
        event = self.server.find("用户认证未通过")[0]
        self.assertEqual(raw, base64.b64decode(event["event.original_base64"]))
        self.assertEqual("fw-gbk", event["host.name"])

    def test_a_line_of_ten_megabytes_is_cut_and_counted(self):
        before = self.server.metrics()
        long = b"<13>Nov 21 20:00:00 app-01 test: giant " + b"x" * (10 << 20)
        with self.server.tcp_connection() as sender:
            sender.sendall(long + b"\n")
            sender.sendall(b"<13>Nov 21 20:00:00 app-01 test: dwarf after the giant\n")
            self.server.find('"dwarf after the giant"')
        event = self.server.find('"app-01 test: giant"', fields=["event.original", "shuwei.truncated.bytes", "shuwei.truncated.sm3"])[0]
        self.assertEqual(len(long), event["shuwei.truncated.bytes"])
        self.assertRegex(event["shuwei.truncated.sm3"], "^[0-9a-f]{64}$")
        self.assertEqual(1 << 20, len(event["event.original"]))
        name = 'shuwei_truncated_total{listener="syslog-tcp"}'
        self.assertEqual(1, self.server.metrics()[name] - before.get(name, 0))

    def test_a_half_sent_frame_harms_nothing(self):
        with self.server.tcp_connection() as sender:
            sender.sendall(b"120 <13>Nov 21 20:00:00 app-01 test: half a counted frame")
        with self.server.tcp_connection() as sender:
            sender.sendall(b"<13>Nov 21 20:00:00 app-01 test: line without its end")
        self.server.tcp("<13>Nov 21 20:00:00 app-01 test: whole line after halves")
        self.server.find('"whole line after halves"')
        self.server.find('"line without its end"')

    def test_senders_that_talk_nonsense_disturb_nobody(self):
        with self.server.tcp_connection() as sender:
            sender.sendall(b"99999999999 x\n" + bytes(range(256)) * 40 + b"\n\n\n\r\n")
        with self.server.tcp_connection() as sender:
            sender.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.server.http_port)) as sender:
            sender.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 600)
        self.server.udp(b"", b"<", b"<999>", b"<13>", b"\x00" * 100)
        self.server.tcp("<13>Nov 21 20:00:00 app-01 test: sane after nonsense")
        self.server.find('"sane after nonsense"')

    def test_a_frame_over_many_small_writes_arrives_whole(self):
        with self.server.tcp_connection() as sender:
            sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"<13>Nov 21 20:00:00 app-01 test: byte by byte\n":
                sender.send(bytes([byte]))
        self.server.find('"byte by byte"')

    def test_many_senders_are_told_apart(self):
        for number in range(1, 21):
            self.server.udp(f"<13>Nov 21 20:00:00 sender-{number:02} test: one of twenty", peer=f"127.0.1.{number}")
        self.server.find('"one of twenty"', count=20)

        def seen():
            items = self.server.api("GET", "/sources")["items"]
            return len({item.get("host") or item["name"] for item in items if "sender-" in json.dumps(item)}) == 20
        test.wait_for("twenty sources", seen)

    def test_counters_tell_what_came(self):
        before = self.server.metrics()
        self.server.udp(*[f"<13>Nov 21 20:00:00 app-01 test: counted {i}" for i in range(50)])
        self.server.find('"counted"', count=50)
        after = self.server.metrics()
        name = 'shuwei_received_total{listener="syslog-udp"}'
        self.assertGreaterEqual(after[name] - before.get(name, 0), 50)
        self.assertGreaterEqual(after["shuwei_stored_total"] - before["shuwei_stored_total"], 50)
        self.assertTrue(any(key.startswith("shuwei_dropped_total") for key in after), sorted(after))


if __name__ == "__main__":
    test.main()
