"""Traps and informs of Net-SNMP become events; what does not prove itself does not."""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

LINK_DOWN = ["1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.2.2.1.1.7", "i", "7", "1.3.6.1.2.1.2.2.1.2.7", "s", "GigabitEthernet0/0/7",
             "1.3.6.1.2.1.2.2.1.8.7", "i", "2"]
AES = ["-u", "aes", "-l", "authPriv", "-a", "SHA-256", "-A", "authpass-1", "-x", "AES", "-X", "privpass-1"]
ENGINE = ["-e", "0x8000000001020304"]


class SnmpTest(test.TestCase):
    def setUp(self):
        if not test.peer("snmptrap") or not test.peer("snmpinform"):
            self.skip("Net-SNMP's senders are missing (tests/support/fetch_peers.py build/peers)")
        self.folder = self.temporary_folder()
        (self.folder / "users").write_text("aes SHA-256 authpass-1 AES privpass-1\ndes MD5 authpass-1 DES privpass-1\nopen\n")
        (self.folder / "communities").write_text("public\n")
        (self.folder / "shuwei.yaml").write_text(
            "inputs:\n  - name: traps\n    kind: snmp_trap\n    settings:\n      address: 127.0.0.1:0\n"
            f"      communities_file: {self.folder}/communities\n      users_file: {self.folder}/users\n")
        self.server = self.enterContext(test.Server(config=self.folder / "shuwei.yaml"))

    def input(self):
        return next(entry for entry in self.server.api("GET", "/inputs")["items"] if entry["name"] == "traps")

    def send(self, program, *arguments):
        environment = {**test.peer_environment(), "SNMP_PERSISTENT_DIR": str(self.folder / "net-snmp"),
                       "SNMPCONFPATH": str(self.folder / "net-snmp"), "MIBS": ""}
        return subprocess.run([test.peer(program), *arguments], env=environment, capture_output=True, text=True, timeout=120)

    def test_traps_and_informs_become_events(self):
        target = "udp:" + self.input()["address"]
        for version, arguments in {"1": ["-v1", "-c", "public", target, "1.3.6.1.4.1.9.1.1", "192.0.2.44", "2", "0", "4200", *LINK_DOWN[1:]],
                                   "2c": ["-v2c", "-c", "public", target, "4200", *LINK_DOWN],
                                   "3": ["-v3", *ENGINE, *AES, target, "4200", *LINK_DOWN]}.items():
            with self.subTest(version):
                done = self.send("snmptrap", *arguments)
                self.assertEqual(0, done.returncode, done.stderr)
                event = self.server.find(f'event.code:linkDown and snmp.version:"{version}"')[0]
                self.assertEqual("snmp-trap", event["shuwei.pack"])
                self.assertEqual("link-down", event["event.action"])
                self.assertEqual("GigabitEthernet0/0/7", event["observer.ingress.interface.name"])
                self.assertEqual("down(2)", event["snmp.values.ifOperStatus"])
                self.assertEqual("192.0.2.44" if version == "1" else "127.0.0.1", event["observer.ip"])
                self.assertEqual("127.0.0.1", event["log.source.address"])
                self.assertNotIn("public", event["event.original"])
        for arguments in (["-v2c", "-c", "public"], ["-v3", *AES], ["-v3", "-u", "open", "-l", "noAuthNoPriv"]):
            done = self.send("snmpinform", *arguments, "-r", "2", "-t", "30", target, "4200", *LINK_DOWN)
            self.assertEqual(0, done.returncode, done.stderr)
        self.server.find("snmp.pdu:inform", 3)

    def test_what_does_not_prove_itself_is_no_event(self):
        target = "udp:" + self.input()["address"]
        wrong = [argument.replace("authpass-1", "guessed-it") for argument in AES]
        self.send("snmptrap", "-v2c", "-c", "guess", target, "4200", *LINK_DOWN)
        self.send("snmptrap", "-v3", *ENGINE, *wrong, target, "4200", *LINK_DOWN)
        self.send("snmptrap", "-v3", *ENGINE, "-u", "aes", "-l", "noAuthNoPriv", target, "4200", *LINK_DOWN)
        self.assertNotEqual(0, self.send("snmpinform", "-v3", *wrong, "-r", "0", "-t", "30", target, "4200", *LINK_DOWN).returncode)
        for reason, count in {"community": 1, "auth": 2, "level": 1}.items():
            label = f'shuwei_dropped_total{{listener="traps",reason="snmp_{reason}"}}'
            test.wait_for(label, lambda: self.server.metrics().get(label) == count)
        self.assertIn("wrong digest", self.input()["last_error"])
        self.server.settle()
        self.assertEqual(0, self.server.count("event.code:linkDown"))


if __name__ == "__main__":
    test.main()
