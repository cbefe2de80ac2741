"""RELP as rsyslog speaks it: omrelp sends, every line arrives, also where the server is killed in between."""
import collections
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

RSYSLOG = """
module(load="imfile" mode="polling" pollingInterval="1")
module(load="omrelp")
global(workDirectory="{folder}")
main_queue(queue.timeoutShutdown="1000")
input(type="imfile" File="{folder}/in.log" Tag="app:" ruleset="out")
ruleset(name="out") {{
  action(type="omrelp" target="127.0.0.1" port="{port}" template="RSYSLOG_SyslogProtocol23Format" rebindinterval="0" timeout="20"
         action.resumeRetryCount="-1" action.resumeInterval="1" action.resumeIntervalMax="1" queue.type="LinkedList" queue.size="100000"
         queue.timeoutShutdown="1000"{tls})
}}
"""
TLS = """
         tls="on" tls.caCert="{folder}/server.pem" tls.myCert="{folder}/client.pem" tls.myPrivKey="{folder}/client.key"
         tls.authMode="name" tls.permittedPeer=["logs.example"]"""
MODULES = test.PEERS / "usr/lib/x86_64-linux-gnu/rsyslog"


class RelpTest(test.TestCase):
    def setUp(self):
        self.program = test.peer("rsyslogd")
        if not self.program or not (MODULES / "omrelp.so").exists():
            self.skip("rsyslogd with omrelp is not among the peers")
        self.folder = self.temporary_folder()

    def certificate(self, name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-keyout", self.folder / f"{name}.key", "-out", self.folder / f"{name}.pem", "-subj", f"/CN={name}.example",
                        "-addext", "subjectAltName=DNS:logs.example,IP:127.0.0.1"], check=True, capture_output=True)

    def server(self, port=0, token=None, **settings):
        (self.folder / "config.yaml").write_text(
            f"inputs:\n  - name: branch\n    kind: relp\n    settings:\n      address: 127.0.0.1:{port}\n"
            + "".join(f"      {name}: {value}\n" for name, value in settings.items()))
        server = test.Server(data=self.folder / "data", config=self.folder / "config.yaml")
        server._token = token
        self.addCleanup(server.clean)
        self.addCleanup(server.stop)
        return server.start()

    def input_of(self, server):
        return next(item for item in server.api("GET", "/inputs")["items"] if item["name"] == "branch")

    def port_of(self, server):
        return int(self.input_of(server)["address"].rpartition(":")[2])

    def rsyslog(self, port, tls=""):
        (self.folder / "peer.conf").write_text(RSYSLOG.format(folder=self.folder, port=port, tls=tls.format(folder=self.folder)))
        process = subprocess.Popen([self.program, "-n", "-f", self.folder / "peer.conf", "-i", self.folder / "peer.pid", "-M", MODULES],
                                   env=test.peer_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

    def write(self, first, count):
        with (self.folder / "in.log").open("a") as file:
            file.write("".join(f"RELP KEY {number} 登录失败\n" for number in range(first, first + count)))

    def test_rsyslog_in_the_clear(self):
        server = self.server()
        self.write(0, 1000)
        self.rsyslog(self.port_of(server))
        test.wait_for("every line", lambda: server.count('"登录失败"') == 1000)
        told = self.input_of(server)
        self.assertEqual(("running", 0), (told["state"], told["errors"]), told)

    def test_rsyslog_over_tls_with_a_client_certificate(self):
        self.certificate("server")
        self.certificate("client")
        server = self.server(certificate_file=f"{self.folder}/server.pem", key_file=f"{self.folder}/server.key",
                             client_authorities_file=f"{self.folder}/client.pem", permitted_names="[client.example]")
        self.write(0, 1000)
        self.rsyslog(self.port_of(server), TLS)
        test.wait_for("every line", lambda: server.count('"登录失败"') == 1000)

    def test_nothing_is_lost_by_kill_9_under_load(self):
        """What was on its way at a kill is sent again: it may be stored twice, nothing else is."""
        server = self.server()
        port, token = self.port_of(server), server.token
        self.rsyslog(port)
        written, lives = 0, 3
        for life in range(lives):
            target = 2000 * (life + 1) + 777 * life
            self.write(written, target)
            written += target
            test.wait_for("acknowledged lines",
                          lambda: server.metrics().get('shuwei_spooled_total{listener="branch-relp"}', 0) >= target // 3)
            server.kill()
            server.reap_workers()
            server = self.server(port, token)

        def stored():
            server.settle()
            found = collections.Counter(int(match.group(1)) for event in server.every_event("")
                                        if (match := re.search(r"RELP KEY (\d+)", event["event.original"])))
            return found if len(found) >= written else None
        found = test.wait_for(f"{written} lines", stored)
        self.assertEqual(set(range(written)), set(found))
        twice = sum(found.values()) - written
        print(f"{written} lines, {lives} kills, {twice} stored once more", flush=True)
        self.assertLessEqual(max(found.values()), 1 + lives)
        self.assertLessEqual(twice, lives * 2 * 128, "no more than rsyslog has on its way at each kill")


if __name__ == "__main__":
    test.main()
