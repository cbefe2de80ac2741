"""Packs that people make: from lines nobody knows to their fields, for one client alone, after a restart too; a bad one harms nothing."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

DOOR = "<134>Nov 21 20:00:0{second} door01 doord[77]: badge {badge} of {who} admitted at {address} port {port}"
HEAD = "title: {{zh: 测试, en: Test}}\nvendor: Own\nproduct: Door\ndevice_type: host\nprovenance: observed\n"


def door(who, badge=1001):
    return DOOR.format(second=badge % 10, badge=badge, who=who, address="10.20.0.5", port=51000 + badge % 1000)


def pack(name, rest):
    return f"pack: {name}\n" + HEAD.replace("{{", "{").replace("}}", "}") + rest


class UserPacksTest(test.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = test.Server().start_for(cls)

    def make(self, name, text, **activation):
        made = self.server.api("POST", "/user-packs", {"name": name, "text": text}, query={"tenant": "default"})
        return self.server.api("POST", f"/user-packs/{made['id']}/activation", activation)

    def state(self, number):
        return self.server.api("GET", f"/user-packs/{number}")

    def find_parsed(self, query, line):
        """Sends the line until the pack has come into the stream and parsed one."""
        def parsed():
            self.server.udp(line)
            self.server.settle()
            return self.server.search(query)
        return test.wait_for(query, parsed)[0]

    def test_unknown_lines_become_known_and_stay_so_after_a_restart(self):
        self.server.udp(door("alice"), door("bob", 2077), peer="127.0.0.7")
        self.server.find('"badge 1001 of alice"')
        source = next(s for s in self.server.api("GET", "/sources")["items"] if s["peer"] == "127.0.0.7")
        suggested = self.server.api("POST", "/packs/suggestion", {"source_id": source["id"], "name": "door-control"})
        self.assertIn(door("alice"), suggested["lines"])
        text = suggested["text"]
        self.assertIn("appname: 'doord'", text)
        trial = self.server.api("POST", "/packs/trial", {"text": text, "source_id": source["id"]})
        self.assertNotIn("problem", trial)
        line = next(one for one in trial["lines"] if "alice" in one["line"])
        self.assertTrue(line["parsed"] and line["recognised"], text)
        address = next(field for field in line["fields"] if field["name"] == "source.ip")
        self.assertEqual("10.20.0.5", line["line"].encode()[address["begin"]:address["end"]].decode())

        made = self.make("door-control", text)
        self.assertEqual(("live", 1), (made["state"], made["live_version"]))
        event = self.find_parsed('shuwei.pack:door-control and "carol"', door("carol"))
        self.assertEqual("10.20.0.5", event["source.ip"])
        bound = self.server.api("PATCH", f"/sources/{source['id']}", {"pack": "door-control"})
        self.assertEqual("door-control", bound["pack"])
        self.assertGreater(self.state(made["id"])["events"], 0)

        self.server.stop()
        self.server.start()
        self.server.udp(door("dave"))
        self.assertEqual("door-control", self.server.find('"of dave admitted"')[0]["shuwei.pack"], "from the first line on")
        actions = {entry["action"] for entry in self.server.api("GET", "/audit", query={"action": "pack"})["items"]}
        self.assertTrue({"create_pack", "activate_pack"} <= actions, actions)

        self.server.api("PATCH", f"/sources/{source['id']}", {"pack": ""})
        self.server.api("DELETE", f"/user-packs/{made['id']}")

        def unknown_again():
            self.server.udp(door("erin"))
            self.server.settle()
            return any("shuwei.pack" not in event for event in self.server.search('"of erin admitted"'))
        test.wait_for("lines without the pack", unknown_again)

    def test_one_clients_pack_never_touches_anothers_lines(self):
        self.server.api("POST", "/tenants", {"name": "beta", "display_name": "Beta"})
        made = self.make("only-default", pack("only-default", "recognise: [{contains: 'WIDGET '}]\nextract: [{dissect: 'WIDGET %{user.name}'}]\n"))
        self.find_parsed("shuwei.pack:only-default", "WIDGET frank")
        self.server.ingest(["WIDGET grace"], tenant="beta")
        event = self.server.find('"WIDGET grace"')[0]
        self.assertNotIn("shuwei.pack", event)
        self.server.api("POST", f"/user-packs/{made['id']}/activation", {"everyone": True})

        def for_all():
            self.server.ingest(["WIDGET heidi"], tenant="beta")
            self.server.settle()
            return [e for e in self.server.search('user.name:heidi') if e.get("shuwei.pack") == "only-default"]
        test.wait_for("the pack for everybody", for_all)

    def test_a_wrong_text_names_its_place_and_does_not_go_live(self):
        text = pack("wrong", "recognise: [{contains: 'x='}]\nextract: [{disect: 'x=%{y}'}]\n")
        problem = self.server.api("POST", "/packs/trial", {"text": text, "lines": ["x=1"]})["problem"]
        self.assertEqual(8, problem["line"])
        made = self.server.api("POST", "/user-packs", {"name": "wrong", "text": text}, query={"tenant": "default"})
        self.assertEqual("draft", made["state"])
        with self.assertRaises(test.ApiError) as refused:
            self.server.api("POST", f"/user-packs/{made['id']}/activation", {})
        self.assertEqual(400, refused.exception.status)
        self.assertIn("line 8", refused.exception.json()["message"])

    def test_a_catastrophic_expression_is_set_aside_and_the_stream_goes_on(self):
        text = pack("evil", "recognise: [{contains: 'EVIL '}]\nextract: [{regex: '^EVIL (?<x>(a+)+)$'}]\n")
        line = "EVIL " + "a" * 40 + "!"
        trial = self.server.api("POST", "/packs/trial", {"text": text, "lines": [line] * 50})
        if "problem" in trial:  # refused before it did anything: as good
            return
        self.assertTrue(all(one["slow"] for one in trial["lines"]))
        made = self.make("evil", text)

        def set_aside():
            self.server.udp(*[line] * 100, "<86>Nov 21 20:00:01 h sshd[1]: Failed password for root from 203.0.113.9 port 4 ssh2")
            self.server.settle()
            return self.state(made["id"])["state"] == "set_aside"
        test.wait_for("the pack to be set aside", set_aside)
        now = self.state(made["id"])
        self.assertGreaterEqual(now["slow_lines"], 64)
        self.assertTrue(now["reason"])
        self.server.find('source.ip:203.0.113.9 and event.outcome:failure')
        better = self.server.api("PATCH", f"/user-packs/{made['id']}", {"version": 1, "text": pack("evil", "recognise: [{contains: 'EVIL '}]\nextract: [{dissect: 'EVIL %{x}'}]\n")})
        self.server.api("POST", f"/user-packs/{made['id']}/activation", {"version": better["version"]})
        self.find_parsed("shuwei.pack:evil", line)
        self.assertEqual("live", self.state(made["id"])["state"])


if __name__ == "__main__":
    test.main()
