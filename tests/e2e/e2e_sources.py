"""A source is found, proposed, confirmed and bound to an asset; a clock in another zone is noticed and set right; silence
becomes an alert that ends with the next line."""
import datetime
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

CHINA = datetime.timezone(datetime.timedelta(hours=8))


def sshd(host, zone=CHINA):
    now = datetime.datetime.now(zone)
    return f"<86>{now:%b} {now.day:2d} {now:%H:%M:%S} {host} sshd[21001]: Failed password for root from 203.0.113.150 port 40001 ssh2"


class SourcesTest(test.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = test.Server().start_for(cls)

    def source(self, peer):
        return next((s for s in self.server.api("GET", "/sources")["items"] if s["peer"] == peer), None)

    def wait_for_source(self, peer, what, condition):
        def fitting():
            source = self.source(peer)
            return source if source and condition(source) else None
        return test.wait_for(f"{peer} {what}", fitting)

    def patch(self, source, **change):
        return self.server.api("PATCH", f"/sources/{source['id']}", change)

    def send_batches(self, peer, count, zone=CHINA):
        """Each line in a batch of its own: the next one goes when the last one is counted."""
        for _ in range(count):
            total = (self.source(peer) or {"total": 0})["total"]
            self.server.udp(sshd("batch-host", zone), peer=peer)
            self.wait_for_source(peer, "counts the line", lambda s, total=total: s["total"] > total)

    def alerts(self, name):
        return [a for a in self.server.api("GET", "/alerts", query={"rule": "shuwei-source-silent", "state": "open,acknowledged,closed"})["items"]
                if a["entities"]["target"]["value"] == name]

    def test_from_the_first_line_to_an_asset(self):
        self.server.udp(*[sshd("bastion-01")] * 25, peer="127.0.0.21")
        found = self.wait_for_source("127.0.0.21", "has 25 lines", lambda s: s["total"] == 25)
        self.assertFalse(found["confirmed"])
        self.assertIn("proposed", found["conditions"])
        proposal = found["proposal"]
        self.assertEqual("bastion-01", proposal["name"])
        self.assertEqual(1, proposal["share"])
        self.assertTrue(proposal["bind_pack"])
        self.assertIn("vendor", proposal)

        wanted = {"id": found["id"], "name": "运维堡垒机", "vendor": proposal["vendor"], "pack": proposal["pack"]}
        confirmed = self.server.api("POST", "/sources/confirm", {"items": [wanted]})["items"][0]
        self.assertTrue(confirmed["confirmed"])
        self.assertTrue(confirmed["pack_bound"])
        self.assertEqual([], confirmed["conditions"])
        asset = self.server.api("GET", f"/assets/{confirmed['asset']['id']}")
        self.assertEqual("运维堡垒机", asset["name"])
        self.assertEqual(["bastion-01"], asset["addresses"])  # loopback is a trusted relay, so the lines name the source
        with self.assertRaises(test.ApiError) as again:
            self.server.api("POST", "/sources/confirm", {"items": [wanted]})
        self.assertEqual(409, again.exception.status)

        self.server.tcp(sshd("bastion-02"))  # another source, merged into the asset by hand
        other = self.wait_for_source("127.0.0.1", "is there", lambda s: True)
        self.assertEqual(asset["id"], self.patch(other, asset_id=asset["id"])["asset"]["id"])
        self.assertEqual(["bastion-01", "bastion-02"], self.server.api("GET", f"/assets/{asset['id']}")["addresses"])
        actions = [e["action"] for e in self.server.api("GET", "/audit")["items"]]
        self.assertIn("confirm_source", actions)

    def test_a_clock_in_another_zone_is_named_and_set_right(self):
        self.send_batches("127.0.0.22", 5, datetime.timezone.utc)  # read as Asia/Shanghai, eight hours too early
        wrong = self.wait_for_source("127.0.0.22", "is judged", lambda s: s["clock"]["verdict"] != "unknown")
        self.assertEqual("zone", wrong["clock"]["verdict"])
        self.assertEqual("UTC", wrong["clock"]["zone"])
        self.assertIn("zone", wrong["conditions"])
        self.patch(wrong, zone="UTC")
        # Lines of the first second may still be read the old way.
        def right():
            self.send_batches("127.0.0.22", 1, datetime.timezone.utc)
            return self.source("127.0.0.22")["clock"]["verdict"] == "right"
        test.wait_for("the clock to be right", right)
        self.assertNotIn("zone", self.source("127.0.0.22")["conditions"])
        with self.assertRaises(test.ApiError) as refused:
            self.patch(wrong, zone="Mars/Olympus")
        self.assertEqual(400, refused.exception.status)

    def test_charset_of_a_source_holds_at_once(self):
        self.server.udp("<13>Nov 21 20:00:00 gbk-host test: first", peer="127.0.0.24")
        source = self.wait_for_source("127.0.0.24", "is there", lambda s: True)
        # Bytes that are UTF-8 too, and mean other letters there: only the setting tells which.
        raw = b"<13>Nov 21 20:00:00 gbk-host test: marked \xc3\xa9\xc3\xa9"
        self.patch(source, charset="gb18030")
        def read_as_gb18030():
            self.server.udp(raw, peer="127.0.0.24")
            self.server.settle()
            return self.server.count('"茅茅"') > 0
        test.wait_for("the charset to hold", read_as_gb18030)

    def test_silence_is_an_alert_that_ends_with_the_next_line(self):
        self.server.udp(sshd("quiet-01"), peer="127.0.0.23")
        source = self.wait_for_source("127.0.0.23", "is there", lambda s: True)
        self.assertEqual("active", source["state"])
        self.assertNotIn("after_s", source["silence"])  # too little to be judged
        self.patch(source, silent_after_s=1)
        silent = self.wait_for_source("127.0.0.23", "is silent", lambda s: s["state"] == "silent")
        self.assertIn("silent", silent["conditions"])
        alerts = self.alerts(silent["name"])
        self.assertEqual(1, len(alerts))
        self.assertEqual(silent["silence"]["alert_id"], alerts[0]["id"])
        self.assertEqual("medium", alerts[0]["severity"])
        self.assertEqual("open", alerts[0]["state"])
        self.assertIn("人工设定的阈值", self.server.api("GET", f"/alerts/{alerts[0]['id']}")["rule_description"])
        self.assertGreaterEqual(self.server.api("GET", "/overview")["silent_sources"], 1)
        self.assertGreaterEqual(self.server.metrics()["shuwei_silence_alerts_total"], 1)

        self.patch(source, silent_after_s=600)
        self.server.udp(sshd("quiet-01"), peer="127.0.0.23")
        self.wait_for_source("127.0.0.23", "speaks again", lambda s: s["state"] == "active")
        self.assertEqual(["closed"], [a["state"] for a in self.alerts(silent["name"])])


if __name__ == "__main__":
    test.main()
