"""Proof: stored events are sealed; what is changed, removed, added or swapped by hand is named, and one event's proof can
be checked without the server."""
import json
import pathlib
import shutil
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402
import stored_rows  # noqa: E402
import time_stamp_authority  # noqa: E402

UPDATE = "ALTER TABLE shuwei.events_1 UPDATE {} WHERE {} SETTINGS mutations_sync = 2"
DELETE = "ALTER TABLE shuwei.events_1 DELETE WHERE {} SETTINGS mutations_sync = 2"


class ProofTest(test.TestCase):
    """One server is run and stopped; each tampering works on a copy of its data."""

    def test_proof(self):
        self.folder = self.temporary_folder()
        self.original = self.folder / "original"
        self.authority = time_stamp_authority.Authority(self.folder / "tsa")
        self.addCleanup(self.authority.close)
        self.authority.refuse = True  # whenever the server asks by itself
        config = self.config = self.folder / "shuwei.yaml"
        config.write_text(f"timestamp_authority: {{url: '{self.authority.url}', certificates: '{self.authority.authorities}'}}\n"
                          f"archive: {{path: '{self.folder / 'archive'}', after_days: 1}}\n")
        with test.Server(data=self.original, config=config) as server:
            server.ingest([f"door {i} opened by 张三" for i in range(200)])
            test.wait_for("200 events", lambda: server.count("door") == 200)
            self.assertEqual(0, test.run("events", "seal", "--data", self.original).returncode)
            server.ingest([f"window {i} closed" for i in range(100)])
            test.wait_for("100 events", lambda: server.count("window") == 100)
            self.while_it_runs(server)
            self.stamps(server)
            self.seqs = sorted(event["shuwei.seq"] for event in server.every_event("", fields=("shuwei.seq",)))
            self.over_http(server)
        for check in (self.untouched, self.stamped_by_itself, self.changed_removed_swapped, self.added_and_a_seal_changed, self.proof_of_one_event):
            with self.subTest(check.__name__):
                self.data = self.folder / check.__name__
                shutil.copytree(self.original, self.data, symlinks=True)
                check()

    def while_it_runs(self, server):
        verified = test.run("events", "verify", "--server", server.url, "--token", server.token, "--output", "json")
        self.assertEqual(0, verified.returncode, verified.stderr)
        chain, = json.loads(verified.stdout)
        self.assertEqual((True, 300), (chain["ok"], chain["events"]))
        busy = test.run("events", "verify", "--data", self.original)
        self.assertEqual(3, busy.returncode, "another process has the store")
        chain, = server.api("GET", "/proof")["chains"]
        self.assertEqual((1, 200, 100), (chain["seals"], chain["events"], chain["open_events"]))
        self.assertEqual(2, test.run("retention", "set", "--days", "30", "--data", self.original).returncode, "no reason")
        self.assertEqual(0, test.run("retention", "set", "--days", "365", "--data", self.original).returncode)
        rule, = server.api("GET", "/retention")["items"]
        self.assertEqual((365, True), (rule["days"], rule["set_by_hand"]))
        rule = server.api("PUT", "/tenants/default/retention", {"days": 200})
        self.assertEqual(200, rule["days"])

    def stamps(self, server):
        stamp = ["events", "stamp", "--tsa", self.authority.url, "--data", self.original]
        self.assertEqual(3, test.run(*stamp).returncode, "the authority refuses")
        self.authority.refuse = False
        foreign = time_stamp_authority.Authority(self.folder / "foreign")
        self.addCleanup(foreign.close)
        self.foreign = foreign.authorities
        self.assertEqual(3, test.run(*stamp, "--authorities", self.foreign).returncode, "not vouched for: not kept")
        done = test.run(*stamp, "--authorities", self.authority.authorities)
        self.assertEqual((0, "1 seals time-stamped\n"), (done.returncode, done.stdout), done.stderr)
        self.assertEqual("0 seals time-stamped\n", test.run(*stamp).stdout, "it bears one")
        proof = server.api("GET", "/proof")
        self.assertTrue(proof["chains"][0]["last"]["time_stamped"])
        self.assertEqual(self.authority.url, proof["time_stamping"]["authority"])

    def over_http(self, server):
        proof = server.api("GET", f"/events/{self.seqs[42]}/proof")
        file = self.folder / "http.proof.json"
        file.write_text(json.dumps(proof))
        self.assertEqual(0, test.run("events", "prove", "--check", file).returncode)
        with self.assertRaises(test.ApiError) as refused:
            server.api("GET", f"/events/{self.seqs[-1]}/proof")
        self.assertEqual(409, refused.exception.status, "its segment is open")
        self.assertEqual({"closed": 1}, server.api("POST", "/proof/seals"))
        self.assertEqual(2, server.api("GET", f"/events/{self.seqs[-1]}/proof")["seal"]["number"])
        with self.assertRaises(test.ApiError) as missing:
            server.api("GET", "/events/999999999/proof")
        self.assertEqual(404, missing.exception.status)

    def verify(self, *arguments, code=0):
        done = test.run("events", "verify", "--data", self.data, "--output", "json", *arguments)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def flaws(self):
        return [(flaw["kind"], flaw.get("seq")) for chain in self.verify(code=1) for flaw in chain["flaws"]]

    def untouched(self):
        chain, = self.verify()
        self.assertTrue(chain["ok"])
        self.assertEqual(300, chain["events"])
        self.assertEqual((2, 2, 1), (chain["segments"], chain["last_seal"], chain["time_stamps"]))
        self.verify("--authorities", self.authority.authorities)
        chain, = self.verify("--authorities", self.foreign, code=1)
        self.assertEqual("time_stamp", chain["flaws"][0]["kind"])

    def stamped_by_itself(self):
        with test.Server(data=self.data, config=self.config) as server:
            test.wait_for("a stamp", lambda: server.api("GET", "/proof")["chains"][0]["last"]["time_stamped"])
            self.assertEqual("", server.api("GET", "/proof")["time_stamping"]["error"])

    def changed_removed_swapped(self):
        removed, a, b, changed, late = (self.seqs[i] for i in (5, 20, 30, 77, 250))
        stored_rows.change(
            self.data, DELETE.format(f"seq = {removed}"),
            UPDATE.format(f"raw = if(seq = {a}, 'door 30 opened by 张三', 'door 20 opened by 张三')", f"seq IN ({a}, {b})"),
            UPDATE.format("raw = replace(raw, 'opened', 'locked')", f"seq = {changed}"),
            UPDATE.format("peer = toIPv6('::ffff:9.9.9.9')", f"seq = {late}"))
        self.assertEqual([("missing", removed), ("reordered", a), ("reordered", b), ("changed", changed), ("changed", late)], self.flaws())
        with test.Server(data=self.data) as server:
            verification = server.api("GET", "/proof")["verification"]
            self.assertEqual((False, "local"), (verification["ok"], verification["by"]), "what was found is kept")
            flaws = server.api("GET", "/audit?action=verification_flaw")["items"]
            self.assertEqual("failed", flaws[0]["result"])
            self.assertIn(f"event {removed} is missing", flaws[0]["detail"])
            self.assertIn("proof_broken", server.first_stats().get("notices", []))

    def added_and_a_seal_changed(self):
        seq = self.seqs[40]
        stored_rows.change(self.data, f"INSERT INTO shuwei.events_1 (ts, seq, received, retention_class, peer, raw) SELECT ts, seq, received, "
                                      f"retention_class, peer, 'made up' FROM shuwei.events_1 WHERE seq = {seq}")
        with sqlite3.connect(self.data / "ledger.sqlite") as ledger:
            ledger.execute("UPDATE seal SET last_received = last_received + 1000 WHERE number = 1")
        found = self.flaws()
        self.assertEqual("seal", found[0][0])
        self.assertIn(found[1], [("added", seq), ("changed", seq)])

    def proof_of_one_event(self):
        proof = test.run("events", "prove", str(self.seqs[42]), "--data", self.data)
        self.assertEqual(0, proof.returncode, proof.stderr)
        file = self.folder / "proof.json"
        file.write_text(proof.stdout)
        checked = test.run("events", "prove", "--check", file)
        self.assertEqual(0, checked.returncode, checked.stderr)
        stamped = test.run("events", "prove", "--check", file, "--authorities", self.authority.authorities)
        self.assertEqual(0, stamped.returncode, stamped.stderr)
        self.assertIn("CN = Shuwei test TSA", stamped.stdout)
        self.assertEqual(1, test.run("events", "prove", "--check", file, "--authorities", self.foreign).returncode)
        document = json.loads(proof.stdout)
        document["event"]["received_us"] += 1
        file.write_text(json.dumps(document))
        self.assertEqual(1, test.run("events", "prove", "--check", file).returncode)


if __name__ == "__main__":
    test.main()
