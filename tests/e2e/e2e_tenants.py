"""Clients are kept apart: neither events, alerts, cases, sources nor tokens of one are seen by another."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

GUESS = "<86>Nov 21 20:00:{0:02} {1}-host sshd[21001]: Failed password for root from 203.0.113.{2} port 40001 ssh2"


class TenantsTest(test.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = test.Server().start_for(cls)
        cls.tokens = {}
        for number, name in enumerate(("water", "power")):
            cls.server.api("POST", "/tenants", {"name": name, "display_name": f"{name} 公司"})
            cls.server.api("POST", "/accounts", {"name": f"{name}-client", "role": "client", "tenants": [name], "password": "a long password"})
            cls.server.api("POST", "/accounts", {"name": f"{name}-analyst", "role": "analyst", "tenants": [name], "password": "a long password"})
            for role in ("client", "analyst"):
                cls.tokens[name, role] = cls.server.make_token(f"{name}-{role}")
            lines = [GUESS.format(i, name, 10 + number) for i in range(15)] + [f"secret of {name}"]
            cls.server.ingest(lines, token=cls.tokens[name, "client"])
        cls.server.settle()
        test.wait_for("both cases", lambda: cls.server.api("GET", "/cases")["total"] >= 2)

    def refused(self, *statuses):
        outer = self

        class Refused:
            def __enter__(self):
                return self

            def __exit__(self, kind, value, trace):
                outer.assertIsNotNone(kind, "it was not refused")
                if kind is test.ApiError:
                    outer.assertIn(value.status, statuses, value)
                    return True
                return False
        return Refused()

    def test_events(self):
        for own, other in (("water", "power"), ("power", "water")):
            for role in ("client", "analyst"):
                token = self.tokens[own, role]
                self.assertEqual(16, self.server.count("", token=token))
                self.assertEqual({own}, {event["shuwei.tenant"] for event in self.server.search("", token=token)})
                self.assertEqual(0, self.server.count(f'"secret of {other}"', token=token))
                with self.refused(403, 404):
                    self.server.search("", token=token, tenant=other)
        self.assertEqual(32, self.server.count('host.name:*-host or "secret of"'))
        self.assertEqual(16, self.server.count("", tenant="water"))

    def test_one_event_by_its_number(self):
        seq = self.server.search('"secret of power"')[0]["shuwei.seq"]
        with self.refused(404):
            self.server.api("GET", f"/events/{seq}", token=self.tokens["water", "client"])
        self.assertEqual(seq, self.server.api("GET", f"/events/{seq}", token=self.tokens["power", "client"])["event"]["shuwei.seq"])

    def test_statistics_and_completion(self):
        token = self.tokens["water", "client"]
        for path, body in (("/events/field_stats", {"field": "host.name"}), ("/events/histogram", {"split": "host.name"})):
            self.assertNotIn("power", str(self.server.api("POST", path, body, token)))
        values = self.server.api("GET", "/events/suggest", token=token, query={"field": "host.name", "since": "2000-01-01T00:00:00Z"})
        self.assertNotIn("power", str(values))
        self.assertNotIn("power", str(self.server.api("GET", "/overview", token=token, query={"since": "2000-01-01T00:00:00Z"})))

    def test_alerts(self):
        token = self.tokens["water", "analyst"]
        own = self.server.api("GET", "/alerts", token=token)["items"]
        self.assertEqual({"water"}, {alert["tenant"] for alert in own})
        foreign = [alert["id"] for alert in self.server.api("GET", "/alerts")["items"] if alert["tenant"] == "power"]
        self.assertTrue(foreign)
        for method, path, body in (("GET", "", None), ("GET", "/events", None), ("GET", "/similar", None),
                                   ("PATCH", "", {"state": "closed"}), ("POST", "/case", {})):
            with self.refused(404):
                self.server.api(method, f"/alerts/{foreign[0]}{path}", body, token)

    def test_cases(self):
        token = self.tokens["water", "analyst"]
        self.assertEqual({"water"}, {case["tenant"] for case in self.server.api("GET", "/cases", token=token)["items"]})
        foreign = [case["number"] for case in self.server.api("GET", "/cases")["items"] if case["tenant"] == "power"]
        for method, path, body in (("GET", "", None), ("GET", "/timeline", None), ("GET", "/alerts", None),
                                   ("PATCH", "", {"state": "in_progress"}), ("POST", "/notes", {"text": "x"})):
            with self.refused(404):
                self.server.api(method, f"/cases/{foreign[0]}{path}", body, token)
        with self.refused(403, 404):
            self.server.api("POST", "/cases", {"title": "x", "level": "general"}, token, {"tenant": "power"})

    def test_sources_and_tenants(self):
        token = self.tokens["water", "client"]
        self.assertEqual({"water"}, {source["tenant"] for source in self.server.api("GET", "/sources", token=token)["items"]})
        self.assertEqual(["water"], [tenant["name"] for tenant in self.server.api("GET", "/tenants", token=token)["items"]])

    def test_sending_for_another(self):
        with self.refused(403, 404):
            self.server.ingest(["forged"], token=self.tokens["water", "client"], tenant="power")
        self.server.settle()
        self.assertEqual(0, self.server.count('"forged"'))

    def test_a_client_may_read_and_note_but_not_decide(self):
        token = self.tokens["water", "client"]
        number = self.server.api("GET", "/cases", token=token)["items"][0]["number"]
        self.server.api("POST", f"/cases/{number}/notes", {"text": "这是我们的扫描器"}, token)
        for method, path, body in (("PATCH", f"/cases/{number}", {"state": "closed"}), ("GET", "/accounts", None),
                                   ("POST", "/tenants", {"name": "x", "display_name": "x"}), ("GET", "/audit", None),
                                   ("GET", "/rules", None)):
            with self.refused(403):
                self.server.api(method, path, body, token)

    def test_the_command_line(self):
        done = test.run("events", "search", "", "--tenant", "power", "--server", self.server.url,
                        "--token", self.tokens["water", "client"])
        self.assert_exit(3, done)
        self.assertEqual("", done.stdout)
        done = test.run("events", "search", "", "--tenant", "power", "--server", self.server.url, "--token", self.server.token)
        self.assertEqual(16, len(test.ndjson(done.stdout)))

    def test_a_tenant_made_by_another_process_is_served_soon(self):
        self.assert_exit(0, test.run("tenant", "create", "gas", "--data", self.server.data))

        def answers():
            try:
                return self.server.search('"secret of water"')
            except test.ApiError:
                return None
        test.wait_for("searches over all tenants", answers)
        self.assertEqual(0, self.server.count("", tenant="gas"))

    def test_a_disabled_account_is_out_at_once(self):
        self.server.api("POST", "/accounts", {"name": "leaver", "role": "analyst", "tenants": ["water"], "password": "a long password"})
        token = self.server.make_token("leaver")
        self.server.search("", token=token)
        self.server.api("PATCH", "/accounts/leaver", {"disabled": True})
        with self.refused(401, 403):
            self.server.search("", token=token)


if __name__ == "__main__":
    test.main()
