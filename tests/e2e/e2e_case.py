"""From a line to a worked case: guessing passwords by hand opens a case, the case is worked, everything is on record."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

ATTACKER = "203.0.113.77"


def guesses(count, attacker=ATTACKER, host="app-01"):
    return [f"<86>Nov 21 20:00:{i % 60:02} {host} sshd[{21000 + i}]: Failed password for root from {attacker} port {40000 + i} ssh2"
            for i in range(count)]


class CaseTest(test.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = test.Server().start_for(cls)

    def case_about(self, entity):
        def found():
            for case in self.server.api("GET", "/cases")["items"]:
                if entity in json.dumps(case["entities"]):
                    return case
        return test.wait_for(f"a case about {entity}", found)

    def test_guessing_by_hand_opens_a_case_with_its_clock_running(self):
        self.server.udp(*guesses(12))
        case = self.case_about(ATTACKER)
        self.assertRegex(case["number"], r"^SW-\d{8}-\d{4,}$")
        self.assertEqual("new", case["state"])
        clocks = {clock["name"]: clock for clock in case["clocks"]}
        self.assertEqual("running", clocks["respond"]["state"])
        self.assertIn("fix", clocks)
        alerts = self.server.api("GET", f"/cases/{case['number']}/alerts")["items"]
        self.assertTrue(alerts)
        alert = self.server.api("GET", f"/alerts/{alerts[0]['id']}")
        self.assertEqual("high", alert["severity"])
        self.assertIn("attack.t1110.001", alert["tags"])
        counted = alert["reason"]["correlation"]
        self.assertEqual(("event_count", "gte 8", 300, 8), (counted["type"], counted["threshold"], counted["window_s"], counted["count"]))
        self.assertEqual([{"field": "source.ip", "value": ATTACKER}], counted["group_by"])
        self.assertEqual(["SSH password rejected"], [rule["title"] for rule in counted["rules"]])
        events = self.server.api("GET", f"/alerts/{alerts[0]['id']}/events?limit=5")
        self.assertEqual((5, 8), (len(events["items"]), events["total"]), "all that was counted, not the completing event alone")
        rest = self.server.api("GET", f"/alerts/{alerts[0]['id']}/events?limit=5&cursor={events['next_cursor']}")
        lines = [item["event"]["event.original"] for item in events["items"] + rest["items"]]
        self.assertEqual(8, len(set(lines)))
        for line in lines:
            self.assertIn(f"Failed password for root from {ATTACKER}", line)
        self.assertTrue(alert["first_events"])
        self.assertTrue(alert["advice"])
        timeline = self.server.api("GET", f"/cases/{case['number']}/timeline")["items"]
        self.assertEqual("opened", timeline[0]["kind"])
        self.assertEqual("system", timeline[0]["actor"]["kind"])

    def test_a_case_is_worked_to_its_end(self):
        attacker = "203.0.113.78"
        self.server.udp(*guesses(12, attacker))
        number = self.case_about(attacker)["number"]
        change = lambda **what: self.server.api("PATCH", f"/cases/{number}", what)  # noqa: E731
        self.assertEqual("admin", change(owner="admin")["owner"]["name"])
        case = change(state="in_progress")
        self.assertIn({clock["name"]: clock["state"] for clock in case["clocks"]}["respond"], ("met",))
        note = self.server.api("POST", f"/cases/{number}/notes", {"text": "已封禁来源地址 <b>not html</b>"})
        self.assertEqual("note", note["kind"])
        change(state="on_hold", comment="waiting for the client")
        change(state="in_progress")
        change(verdict="true_positive")
        case = change(state="resolved", comment="blocked at the border")
        self.assertEqual("met", {clock["name"]: clock["state"] for clock in case["clocks"]}["fix"])
        self.assertEqual("closed", change(state="closed")["state"])
        with self.assertRaises(test.ApiError) as refused:
            change(state="on_hold")
        self.assertEqual(409, refused.exception.status)
        kinds = [entry["kind"] for entry in self.server.api("GET", f"/cases/{number}/timeline")["items"]]
        for kind in ("opened", "owner", "state", "note", "verdict", "clock_paused", "clock_resumed", "clock_met"):
            self.assertIn(kind, kinds)

    def test_more_of_the_same_attack_stays_one_alert_and_one_case(self):
        attacker = "203.0.113.79"
        self.server.udp(*guesses(10, attacker))
        number = self.case_about(attacker)["number"]
        self.server.udp(*guesses(40, attacker))
        self.server.settle()

        def cases():
            return [case["number"] for case in self.server.api("GET", "/cases")["items"] if attacker in json.dumps(case["entities"])]
        self.assertEqual([number], cases())
        alerts = self.server.api("GET", "/alerts", query={"entity": attacker})["items"]
        by_rule = [alert["rule_id"] for alert in alerts]
        self.assertEqual(len(by_rule), len(set(by_rule)), "one row for each rule")

    def test_writes_need_the_csrf_token_of_the_session(self):
        password = test.run("account", "reset-password", "admin", "--data", self.server.data).stdout.strip()
        status, headers, body = self.server.request("POST", "/api/v1/session", {"name": "admin", "password": password}, token="")
        self.assertEqual(200, status, body)
        cookie = headers["Set-Cookie"]
        for word in ("HttpOnly", "SameSite=Strict", "Path=/"):
            self.assertIn(word, cookie)
        session = {"Cookie": cookie.split(";")[0]}
        case = json.dumps({"title": "by hand", "level": "general"}).encode()
        headers = {"Content-Type": "application/json", **session}
        self.assertEqual(403, self.server.request("POST", "/api/v1/cases", case, "", headers)[0])
        headers["X-CSRF-Token"] = json.loads(body)["csrf_token"]
        self.assertEqual(201, self.server.request("POST", "/api/v1/cases", case, "", headers)[0])
        self.assertEqual(204, self.server.request("DELETE", "/api/v1/session", None, "", headers)[0])
        self.assertEqual(401, self.server.request("GET", "/api/v1/cases", None, "", session)[0])

    def test_the_audit_chain_is_whole_and_notices_a_change(self):
        self.server.api("GET", "/audit")
        checked = self.server.api("GET", "/audit/verify")
        self.assertTrue(checked["ok"], checked)
        self.assertGreater(checked["entries"], 0)
        done = test.run("audit", "verify", "--data", self.server.data, "--output", "json")
        self.assert_exit(0, done)


if __name__ == "__main__":
    test.main()
