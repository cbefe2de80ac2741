"""serve: starting, refusing to start, ending, starting again."""
import json
import os
import pathlib
import signal
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402


class LifecycleTest(test.TestCase):
    def serve(self, *arguments):
        return test.run("serve", "--http", "127.0.0.1:0", "--syslog", "127.0.0.1:0", *arguments)

    def test_says_ready_once_and_ends_cleanly_on_sigterm(self):
        with test.Server() as server:
            self.assertRegex(server.stdout, r"\Aready http://127\.0\.0\.1:\d+ syslog 127\.0\.0\.1:\d+\n\Z")
            status, _, body = server.request("GET", "/readyz", token="")
            self.assertEqual(200, status, body)
            self.assertTrue(json.loads(body)["ready"])
            self.assertEqual(200, server.request("GET", "/healthz", token="")[0])
            self.assertEqual(0, server.stop())

    def test_ends_cleanly_on_sigint(self):
        with test.Server() as server:
            self.assertEqual(0, server.stop(signal.SIGINT))

    def test_sighup_reads_packs_and_rules_anew(self):
        folder = self.temporary_folder()
        packs, rules = folder / "packs", folder / "rules"
        (packs / "door").mkdir(parents=True)
        rules.mkdir()
        config = folder / "shuwei.yaml"
        config.write_text(f"packs: [{packs}]\nrules: [{rules}]\n")
        with test.Server(config=config) as server:
            server.udp("<134>Nov 21 20:10:00 door-3 doorctl: ACCESS denied card=1")
            self.assertNotIn("shuwei.pack", server.find("card=1")[0])
            (packs / "door" / "pack.yaml").write_text(
                "pack: door\ntitle: {zh: 门禁, en: Door}\nvendor: Acme\nproduct: Door\ndevice_type: access-control\nprovenance: observed\n"
                "recognise: [{appname: [doorctl]}]\nextract: [{dissect: 'ACCESS %{verdict} card=%{card}'}]\n"
                "set: {event.category: authentication, event.type: access}\n")
            (rules / "door.yml").write_text(
                "title: Card two\nid: 0b6ff6a8-0f0a-4a57-9c6b-5d1a3a1e0002\nlogsource: {category: any}\n"
                "detection: {line: ['card=2'], condition: line}\nlevel: high\n")
            server.process.send_signal(signal.SIGHUP)
            test.wait_for("the new rule", lambda: any(rule["title"] == "Card two" for rule in server.api("GET", "/rules", query={"q": "Card two"})["items"]))
            test.wait_for("the new pack", lambda: any(pack["name"] == "door" for pack in server.api("GET", "/packs")["items"]))
            server.udp("<134>Nov 21 20:10:09 door-3 doorctl: ACCESS denied card=2")
            self.assertEqual("door", server.find("card=2")[0]["shuwei.pack"])
            (rules / "door.yml").unlink()
            rules.rmdir()
            server.process.send_signal(signal.SIGHUP)
            test.wait_for("the refusal", lambda: "the old rules stay" in server.log_text())
            self.assertEqual(0, server.stop())

    def test_never_prints_a_password(self):
        with test.Server() as server:
            server.stop()
            text = (server.stdout + server.log_text()).lower()
            self.assertNotIn("password", text)

    def test_reset_password_prints_the_password_alone_and_it_signs_in(self):
        with test.Server() as server:
            done = test.run("account", "reset-password", "admin", "--data", server.data)
            self.assert_exit(0, done)
            self.assertRegex(done.stdout, r"\A\S{12,}\n\Z")
            session = server.api("POST", "/session", {"name": "admin", "password": done.stdout.strip()}, token="")
            self.assertEqual("admin", session["account"]["name"])
            with self.assertRaises(test.ApiError) as wrong:
                server.api("POST", "/session", {"name": "admin", "password": "not the password"}, token="")
            self.assertEqual(401, wrong.exception.status)

    def test_accepts_a_folder_that_exists_and_is_not_empty(self):
        folder = self.temporary_folder()
        (folder / "notes.txt").write_text("someone else's file\n")
        (folder / "old").mkdir()
        with test.Server(data=folder):
            pass
        self.assertEqual("someone else's file\n", (folder / "notes.txt").read_text())

    def test_makes_a_folder_that_is_missing(self):
        folder = self.temporary_folder() / "a" / "b"
        with test.Server(data=folder):
            self.assertEqual(0o700, folder.stat().st_mode & 0o777 & ~0o050)

    def test_a_second_start_keeps_what_was_stored(self):
        folder = self.temporary_folder()
        with test.Server(data=folder) as server:
            server.tcp("<13>Nov 21 20:00:00 app-01 test: kept over the restart")
            server.find('"kept over the restart"')
            token = server.token
            seq = server.search('"kept over the restart"')[0]["shuwei.seq"]
        with test.Server(data=folder) as server:
            server._token = token  # the token is kept, too
            self.assertEqual([seq], [event["shuwei.seq"] for event in server.find('"kept over the restart"')])
            server.tcp("<13>Nov 21 20:00:01 app-01 test: after the restart")
            self.assertGreater(server.find('"after the restart"')[0]["shuwei.seq"], seq)

    def test_what_was_sent_just_before_the_end_is_not_lost(self):
        folder = self.temporary_folder()
        with test.Server(data=folder) as server:
            token = server.token
            answer = server.ingest([f"last words {i}" for i in range(500)])
            self.assertEqual(500, answer["accepted"])
            self.assertEqual(0, server.stop())
        with test.Server(data=folder) as server:
            server._token = token
            server.settle()
            self.assertEqual(500, server.count('"last words"'))

    def test_a_second_server_on_the_same_folder_is_refused(self):
        with test.Server() as server:
            done = self.serve("--data", server.data)
            self.assert_exit(3, done)
            self.assertIn("in use", done.stderr)
            self.assertEqual("", done.stdout)

    def test_an_occupied_port_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for option in ("--http", "--syslog"):
                other = "--syslog" if option == "--http" else "--http"
                done = test.run("serve", "--data", self.temporary_folder(), option, f"127.0.0.1:{port}", other, "127.0.0.1:0")
                self.assert_exit(3, done)
                self.assertIn(str(port), done.stderr)
                self.assertRegex(done.stderr.lower(), "in use")

    def test_a_data_path_that_is_a_file_is_refused(self):
        file = self.temporary_folder() / "data"
        file.write_text("")
        done = self.serve("--data", file)
        self.assertIn(done.returncode, (2, 3))
        self.assertIn(str(file), done.stderr)

    def test_a_folder_without_permission_is_refused(self):
        folder = self.temporary_folder() / "data"
        folder.mkdir(mode=0o500)
        if os.geteuid() == 0:
            # Root may write everywhere but where the file system forbids it.
            folder = pathlib.Path("/proc/shuwei-data")
        done = self.serve("--data", folder)
        self.assert_exit(3, done)
        self.assertIn(str(folder), done.stderr)

    def test_an_address_that_is_none_is_wrong_usage(self):
        for address in ("localhost", "127.0.0.1", "127.0.0.1:99999", ":"):
            done = test.run("serve", "--data", self.temporary_folder(), "--http", address, "--syslog", "127.0.0.1:0")
            self.assert_exit(2, done)
            self.assertNotEqual("", done.stderr)

    def test_a_wrong_configuration_is_refused_with_its_place(self):
        folder = self.temporary_folder()
        cases = {
            "unknown key": ("http: 127.0.0.1:0\nhtttp: 127.0.0.1:0\n", 2),
            "wrong type": ("http: 127.0.0.1:0\nworkers: many\n", 2),
            "no YAML": ("http: 127.0.0.1:0\nsyslog: [\n", None),
            "retention under 180 days": ("\n\nretention_days: 30\n", 3),
        }
        for name, (text, line) in cases.items():
            with self.subTest(name):
                config = folder / "shuwei.yaml"
                config.write_text(text)
                done = self.serve("--data", folder / "data", "--config", config)
                self.assert_exit(2, done)
                self.assertIn("shuwei.yaml", done.stderr)
                if line:
                    self.assertRegex(done.stderr, rf"(line |:){line}\b")
        done = self.serve("--data", folder / "data", "--config", folder / "missing.yaml")
        self.assert_exit(2, done)
        self.assertIn("missing.yaml", done.stderr)

    def test_a_bad_rule_and_a_bad_pack_are_passed_over(self):
        folder = self.temporary_folder()
        (folder / "rules").mkdir()
        (folder / "rules/bad.yml").write_text(
            "title: Bad\nid: 4b8e1f9c-2f1f-4c66-8f0f-0d6ad9a1d111\nlogsource: {product: linux}\n"
            "detection:\n  selection:\n    CommandLine|sounds_like: evil\n  condition: selection\n")
        (folder / "packs/broken").mkdir(parents=True)
        (folder / "packs/broken/pack.yaml").write_text("name: broken\nrecognise:\n  - regex: '(unclosed'\n")
        config = folder / "shuwei.yaml"
        config.write_text(f"rules: [{folder}/rules]\npacks: [{folder}/packs]\n")
        with test.Server(data=folder / "data", config=config) as server:
            server.tcp("<13>Nov 21 20:00:00 app-01 test: still working")
            server.find('"still working"')
            log = server.log_text()
            self.assertRegex(log, r"bad\.yml\S*.*sounds_like")
            self.assertIn("broken/pack.yaml", log)

    def test_a_store_worker_that_dies_comes_back(self):
        with test.Server() as server:
            first = test.wait_for("the store worker", server.worker_pids)
            os.kill(first[0], signal.SIGKILL)
            server.tcp("<13>Nov 21 20:00:00 app-01 test: after the worker died")

            def found():  # searches fail while there is no worker
                try:
                    return server.search('"after the worker died"')
                except test.ApiError as error:
                    self.assertIn(error.status, (503, 504))
            test.wait_for("the event", found)
            self.assertNotEqual(first, server.worker_pids())


if __name__ == "__main__":
    test.main()
