"""What shippers of other products send over HTTP is found: Elasticsearch bulk, Splunk HEC and OTLP, as they speak on the
wire, at an address of their own and below /push of the main one."""
import base64
import gzip
import http.client
import json
import pathlib
import struct
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

SSHD = "<86>Nov 21 20:00:01 {host} sshd[21001]: Failed password for root from 203.0.113.150 port 40001 ssh2"


# --- Protocol Buffers, as an OpenTelemetry collector writes them
def varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


def message(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def text(field, content):
    return message(field, content.encode())


def fixed64(field, number):
    return varint(field << 3 | 1) + struct.pack("<Q", number)


def attribute(key, value):
    return text(1, key) + message(2, text(1, value))


def log_record(body, nanoseconds, **attributes):
    return (fixed64(1, nanoseconds) + varint(2 << 3) + varint(9) + text(3, "INFO") + message(5, text(1, body)) +
            b"".join(message(6, attribute(key, value)) for key, value in attributes.items()))


def export_request(resource, *records):
    return message(1, message(1, b"".join(message(1, attribute(k, v)) for k, v in resource.items())) +
                   message(2, b"".join(message(2, record) for record in records)))


class HttpInputsTest(test.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = test.Server(arguments=["--push", "127.0.0.1:0"]).start_for(cls)
        listeners = {item["name"]: item["address"] for item in cls.server.api("GET", "/sources")["listeners"]}
        cls.port = int(listeners["push"].rsplit(":", 1)[1])

    def ask(self, method, path, body=None, authorization=None, port=None, **headers):
        """(status, headers, parsed body or text); the token goes as Bearer unless said otherwise."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=60)
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        headers["Authorization"] = authorization or f"Bearer {self.server.token}"
        if body is not None and not isinstance(body, bytes):
            body = body.encode()
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            raw = answer.read()
            kind = answer.headers.get("Content-Type", "")
            return answer.status, answer.headers, json.loads(raw) if kind.startswith("application/json") and raw else raw
        finally:
            connection.close()

    # --- Elasticsearch
    def test_filebeat_greets_sets_up_and_sends(self):
        key = "ApiKey " + base64.b64encode(f"shipper:{self.server.token}".encode()).decode()
        status, headers, hello = self.ask("GET", "/", authorization=key)
        self.assertEqual((200, "Elasticsearch"), (status, headers["X-Elastic-Product"]))
        self.assertGreaterEqual(int(hello["version"]["number"].split(".")[0]), 8)
        self.assertEqual("active", self.ask("GET", "/_license?human=false", authorization=key)[2]["license"]["status"])
        for path in ("/_ilm/policy/filebeat", "/_index_template/filebeat-8.17.0", "/_data_stream/filebeat-8.17.0"):
            self.assertEqual(200, self.ask("GET", path, authorization=key)[0], path)
            self.assertEqual(200, self.ask("PUT", path, "{}", authorization=key, Content_Type="application/json")[0], path)

        documents = [{"@timestamp": "2026-11-20T00:30:00.000Z", "message": SSHD.format(host="beat-01"),
                      "log": {"file": {"path": "/var/log/auth.log"}, "offset": 17}, "agent": {"type": "filebeat", "version": "8.17.0"}},
                     {"@timestamp": "2026-11-20T00:30:00.000Z", "message": "beaten track 登录", "host": {"name": "beat-02"}}]
        lines = []
        for document in documents:
            lines += [json.dumps({"create": {"_index": "filebeat-8.17.0"}}), json.dumps(document, ensure_ascii=False)]
        body = gzip.compress(("\n".join(lines) + "\n").encode())
        status, _, answer = self.ask("POST", "/_bulk?filter_path=errors%2Citems.%2A.error%2Citems.%2A.status", body, key,
                                     Content_Type="application/x-ndjson", Content_Encoding="gzip")
        self.assertEqual(200, status, answer)
        self.assertEqual({"took": answer["took"], "errors": False, "items": [{"create": {"status": 201}}] * 2}, answer)

        carried = self.server.find("host.name:beat-01")[0]  # the packs read the line within the document
        self.assertEqual("203.0.113.150", carried["source.ip"])
        self.assertEqual("failure", carried["event.outcome"])
        self.assertEqual("/var/log/auth.log", carried["log.file.path"])
        self.assertEqual("filebeat", carried["agent.type"])
        self.assertEqual(json.loads(carried["event.original"]), documents[0])
        other = self.server.find("host.name:beat-02 and 登录")[0]
        self.assertEqual("2026-11-20T00:30:00.000000Z", other["@timestamp"])

    def test_winlogbeat_keeps_its_names(self):
        document = {"@timestamp": "2026-11-20T01:00:00.000Z", "message": "An account failed to log on.",
                    "winlog": {"event_id": "4625", "channel": "Security", "provider_name": "Microsoft-Windows-Security-Auditing",
                               "computer_name": "dc01.corp.example", "event_data": {"TargetUserName": "zhang.wei", "LogonType": "3"}},
                    "event": {"code": "4625"}, "host": {"name": "dc01"}, "agent": {"type": "winlogbeat"}}
        basic = "Basic " + base64.b64encode(f"elastic:{self.server.token}".encode()).decode()
        status, _, answer = self.ask("POST", "/winlogbeat/_bulk", '{"index":{}}\n' + json.dumps(document) + "\n", basic, self.port)
        self.assertEqual((200, False), (status, answer["errors"]))
        self.assertEqual("winlogbeat", answer["items"][0]["index"]["_index"])
        event = self.server.find("winlog.event_data.TargetUserName:zhang.wei")[0]
        self.assertEqual("3", str(event["winlog.event_data.LogonType"]))
        self.assertTrue(event["shuwei.pack"].startswith("windows"), event["shuwei.pack"])

    def test_a_bulk_body_is_answered_item_by_item(self):
        body = '{"index":{"_index":"a","_id":"1"}}\n{"message":"item one"}\n{"delete":{"_id":"1"}}\n{"index":{}}\n{"message":broken}\n{"create":{}}\n{"message":"item two"}\n'
        status, _, answer = self.ask("POST", "/push/_bulk", body, port=self.server.http_port)
        self.assertEqual((200, True), (status, answer["errors"]))
        self.assertEqual([201, 400, 400, 201], [list(item.values())[0]["status"] for item in answer["items"]])
        self.server.find('"item one" or "item two"', count=2)
        status, _, answer = self.ask("POST", "/_bulk", "not a bulk body\n{}\n")
        self.assertEqual((400, "illegal_argument_exception"), (status, answer["error"]["type"]))
        self.assertEqual(400, self.ask("POST", "/_bulk", gzip.compress(b"{}")[:-4], Content_Encoding="gzip")[0])

    # --- Splunk
    def test_splunk_events_and_their_acknowledgements(self):
        splunk = f"Splunk {self.server.token}"
        self.assertEqual(17, self.ask("GET", "/services/collector/health", authorization="none")[2]["code"])
        body = "".join(json.dumps(event) for event in [
            {"time": 1795132800.5, "host": "hec-01", "source": "/var/log/app.log", "sourcetype": "app", "event": "hec line one"},
            {"host": "hec-02", "event": {"action": "login", "user": {"name": "hec.user"}}, "fields": {"dc": "bj"}},
            {"event": SSHD.format(host="hec-03")}])
        status, _, answer = self.ask("POST", "/services/collector/event", gzip.compress(body.encode()), splunk, Content_Encoding="gzip",
                                     X_Splunk_Request_Channel="0f6e1c1e-0000-4000-8000-000000000001")
        self.assertEqual((200, 0), (status, answer["code"]), answer)
        ack = answer["ackId"]
        status, _, answer = self.ask("POST", "/services/collector/ack?channel=0f6e1c1e-0000-4000-8000-000000000001", json.dumps({"acks": [ack, ack + 10**9]}), splunk)
        self.assertEqual({str(ack): True, str(ack + 10**9): False}, answer["acks"])
        event = self.server.find("host.name:hec-01")[0]
        self.assertEqual("hec line one", event["message"])
        self.assertEqual("2026-11-20T00:00:00.500000Z", event["@timestamp"])
        self.assertEqual("/var/log/app.log", event["log.file.path"])
        event = self.server.find("user.name:hec.user")[0]
        self.assertEqual("bj", event["dc"])
        self.assertEqual("hec-02", event["host.name"])
        self.assertEqual("203.0.113.150", self.server.find("host.name:hec-03")[0]["source.ip"])

    def test_splunk_raw_and_its_errors(self):
        self.assertEqual(0, self.ask("POST", "/services/collector/raw?host=raw-01&sourcetype=sshd",
                                     "raw line one\r\n\n" + SSHD.format(host="raw-02") + "\n")[2]["code"])
        self.assertEqual("raw line one", self.server.find("host.name:raw-01 and raw")[0]["message"])
        event = self.server.find("host.name:raw-02")[0]
        self.assertEqual(("root", "sshd"), (event["user.name"], event["splunk.sourcetype"]))
        for body, code in (("", 5), ('{"event":"never 1"}{"event', 6), ('{"time":1}', 12), ('{"event":"never 2","fields":{"a":{}}}', 15)):
            status, _, answer = self.ask("POST", "/services/collector", body)
            self.assertEqual((400, code), (status, answer["code"]), body)
        self.server.settle()
        self.assertEqual(0, self.server.count('"never 1" or "never 2"'))

    # --- OpenTelemetry
    def test_otlp_in_protobuf_and_json(self):
        body = export_request({"host.name": "otel-01"}, log_record("otlp protobuf line", 1795132800000000000, **{"log.file.name": "a.log"}),
                              log_record(SSHD.format(host="otel-02"), 1795132800000000000))
        status, headers, answer = self.ask("POST", "/v1/logs", gzip.compress(body), Content_Type="application/x-protobuf", Content_Encoding="gzip")
        self.assertEqual((200, b"", "application/x-protobuf"), (status, answer, headers["Content-Type"]))
        event = self.server.find("host.name:otel-01 and protobuf")[0]
        self.assertEqual("2026-11-20T00:00:00.000000Z", event["@timestamp"])
        self.assertEqual(("a.log", "INFO"), (event["log.file.name"], event["log.level"]))
        self.assertEqual("203.0.113.150", self.server.find("host.name:otel-02")[0]["source.ip"])

        request = {"resourceLogs": [{"resource": {"attributes": [{"key": "host.name", "value": {"stringValue": "otel-03"}}]}, "scopeLogs": [
            {"scope": {}, "logRecords": [{"timeUnixNano": "1795132800000000000", "severityText": "WARN", "body": {"stringValue": "otlp json line"}}]}]}]}
        status, _, answer = self.ask("POST", "/push/v1/logs", json.dumps(request), port=self.server.http_port, Content_Type="application/json")
        self.assertEqual((200, {}), (status, answer))
        self.assertEqual("WARN", self.server.find("host.name:otel-03")[0]["log.level"])
        status, _, answer = self.ask("POST", "/v1/logs", body[:-3], Content_Type="application/x-protobuf")
        self.assertEqual((400, b"\x08\x03"), (status, answer[:2]))

    # --- all of them
    def test_clients_do_not_see_each_other(self):
        self.server.api("POST", "/tenants", {"name": "other", "display_name": "Other"})
        done = test.run("account", "create", "other-shipper", "--data", self.server.data, "--role", "client", "--tenant", "other")
        self.assert_exit(0, done)
        token = self.server.make_token("other-shipper")
        self.assertEqual(200, self.ask("POST", "/services/collector", '{"event":"theirs by splunk"}', f"Splunk {token}")[0])
        self.assertEqual(200, self.ask("POST", "/_bulk", '{"index":{}}\n{"message":"theirs by elastic"}\n', f"Bearer {token}")[0])
        self.assertEqual(200, self.ask("POST", "/v1/logs", export_request({}, log_record("theirs by otlp", 1)), f"Bearer {token}",
                                       Content_Type="application/x-protobuf")[0])
        self.server.find("theirs", count=3, tenant="other")
        self.assertEqual(0, self.server.count("theirs", tenant="default"))
        status = self.ask("POST", "/_bulk?tenant=default", '{"index":{}}\n{"message":"theirs in our house"}\n', f"Bearer {token}")[0]
        self.assertEqual(404, status)

    def test_strangers_are_refused_and_bad_bodies_harm_nothing(self):
        for authorization in ("Bearer swt_000000000000_x", "Basic " + base64.b64encode(b"elastic:changeme").decode(), "nonsense"):
            self.assertEqual(401, self.ask("GET", "/", authorization=authorization)[0])
            self.assertIn(self.ask("POST", "/services/collector", '{"event":"stranger"}', authorization)[0], (401, 403))
            self.assertEqual(401, self.ask("POST", "/v1/logs", b"", authorization, Content_Type="application/x-protobuf")[0])
        hostile = [b"\x00" * 1000, b"\xff" * 1000, b"[" * 100000, b'{"event":' * 50000, b"\x0a" * 100000, b'{"index":{}}\n' * 999]
        for body in hostile:
            for path, kind in (("/_bulk", "application/x-ndjson"), ("/services/collector", "text/plain"),
                               ("/v1/logs", "application/json"), ("/v1/logs", "application/x-protobuf")):
                status = self.ask("POST", path, body, Content_Type=kind)[0]
                self.assertIn(status // 100, (2, 4), (path, body[:20]))
        bomb = gzip.compress(b"0" * (257 << 20), 1)
        self.assertEqual(413, self.ask("POST", "/_bulk", bomb, Content_Encoding="gzip")[0])
        try:
            self.assertEqual(413, self.ask("POST", "/_bulk", b"0" * (33 << 20))[0])
        except (BrokenPipeError, ConnectionResetError):
            pass  # it was answered and hung up on while it was still being sent

    def test_senders_at_once_lose_nothing(self):
        counts = {"elastic": 0, "splunk": 0, "otlp": 0}

        def send(kind, number):
            for round_number in range(5):
                words = [f"crowd {kind} {number} {round_number} {i}" for i in range(40)]
                if kind == "elastic":
                    status = self.ask("POST", "/_bulk", "".join('{"create":{}}\n' + json.dumps({"message": w}) + "\n" for w in words))[0]
                elif kind == "splunk":
                    status = self.ask("POST", "/services/collector", "".join(json.dumps({"event": w}) for w in words))[0]
                else:
                    status = self.ask("POST", "/v1/logs", export_request({}, *(log_record(w, 1795132800000000000) for w in words)),
                                      Content_Type="application/x-protobuf")[0]
                self.assertEqual(200, status)
                counts[kind] += len(words)

        threads = [threading.Thread(target=send, args=(kind, number)) for kind in counts for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.server.settle()
        for kind in counts:
            self.assertEqual(600, self.server.count(f'"crowd {kind}"'), kind)
        metrics = self.server.metrics()
        for kind in counts:
            self.assertGreaterEqual(metrics[f'shuwei_spooled_total{{listener="{kind}"}}'], 600)


class CrashTest(test.TestCase):
    def test_what_was_answered_survives_a_kill(self):
        folder = self.temporary_folder() / "data"
        first = test.Server(data=folder).start()
        try:
            for i in range(20):
                status, _, _ = first.request("POST", "/push/services/collector", b'{"event":"kept by splunk %d"}' % i)
                self.assertEqual(200, status)
                status, _, _ = first.request("POST", "/push/_bulk", b'{"create":{}}\n{"message":"kept by elastic %d"}\n' % i)
                self.assertEqual(200, status)
        finally:
            first.kill()
            first.reap_workers()
            first.clean()
        with test.Server(data=folder) as second:
            second.settle()
            self.assertEqual(20, second.count('"kept by splunk"'))
            self.assertEqual(20, second.count('"kept by elastic"'))


if __name__ == "__main__":
    test.main()
