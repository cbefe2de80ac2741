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

UPDATE = "ALTER TABLE shuwei.events_1 UPDATE {} WHERE {} SETTINGS mutations_sync = 2"
DELETE = "ALTER TABLE shuwei.events_1 DELETE WHERE {} SETTINGS mutations_sync = 2"


class ProofTest(test.TestCase):
    """One server is run and stopped; each tampering works on a copy of its data."""

    def test_proof(self):
        self.folder = self.temporary_folder()
        self.original = self.folder / "original"
        with test.Server(data=self.original) as server:
            server.ingest([f"door {i} opened by 张三" for i in range(200)])
            test.wait_for("200 events", lambda: server.count("door") == 200)
            self.assertEqual(0, test.run("events", "seal", "--data", self.original).returncode)
            server.ingest([f"window {i} closed" for i in range(100)])
            test.wait_for("100 events", lambda: server.count("window") == 100)
            self.while_it_runs(server)
            self.seqs = sorted(event["shuwei.seq"] for event in server.every_event("", fields=("shuwei.seq",)))
        for check in (self.untouched, self.changed_removed_swapped, self.added_and_a_seal_changed, self.proof_of_one_event):
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
        self.assertEqual(2, chain["segments"], "one that is closed and one that is open")
        self.assertEqual(1, chain["last_seal"])

    def changed_removed_swapped(self):
        removed, a, b, changed, late = (self.seqs[i] for i in (5, 20, 30, 77, 250))
        stored_rows.change(
            self.data, DELETE.format(f"seq = {removed}"),
            UPDATE.format(f"raw = if(seq = {a}, 'door 30 opened by 张三', 'door 20 opened by 张三')", f"seq IN ({a}, {b})"),
            UPDATE.format("raw = replace(raw, 'opened', 'locked')", f"seq = {changed}"),
            UPDATE.format("peer = toIPv6('::ffff:9.9.9.9')", f"seq = {late}"))
        self.assertEqual([("missing", removed), ("reordered", a), ("reordered", b), ("changed", changed), ("changed", late)], self.flaws())

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
        document = json.loads(proof.stdout)
        document["event"]["received_us"] += 1
        file.write_text(json.dumps(document))
        self.assertEqual(1, test.run("events", "prove", "--check", file).returncode)
        self.assertEqual(3, test.run("events", "prove", str(self.seqs[-1]), "--data", self.data).returncode, "its segment is open")


if __name__ == "__main__":
    test.main()
