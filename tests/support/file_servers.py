#!/usr/bin/env python3
"""Real FTP, FTPS and SFTP servers on loopback (vsftpd, OpenSSH of the unpacked peers) for tests that pull files.

    tests/support/file_servers.py sftp|ftp|ftps|ftps_implicit|liar FOLDER     serves FOLDER; says how in one line of JSON,
                                                                              until its standard input ends

Each connection gets a server of its own, as inetd does it, in a mount namespace with accounts of its own: nothing on the
machine changes. That wants root; `available()` says why it cannot be done.
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from shuwei_test import peer, peer_environment  # noqa: E402

USER, PASSWORD = "puller", "correct horse: battery; staple"
PREPARE = """
mount --bind passwd /etc/passwd && mount --bind shadow /etc/shadow && mount --bind pam.d /etc/pam.d || exit 1
mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/sshd /run/vsftpd/empty || exit 1
exec "$@"
"""


def available():
    """None, or why the servers cannot run here."""
    if os.geteuid() != 0:
        return "servers with accounts of their own need root"
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        return "no mount namespaces here"
    missing = [name for name in ("sshd", "vsftpd", "ssh-keygen") if not peer(name)]
    return f"peers are missing: {' '.join(missing)}" if missing else None


class FileServer:
    """Serves `folder` to USER by `kind`; port, and certificate or host_key and private_key, are for the client."""

    def __init__(self, kind, folder):
        self.kind = kind
        self.folder = pathlib.Path(folder)
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="file-server-"))
        self.certificate = self.host_key = self.private_key = ""
        self._prepare_accounts()
        self.command = self._prepare_sshd() if kind == "sftp" else self._prepare_vsftpd()
        self.children = []
        self.listener = None
        self.port = 0
        self.start()

    def start(self):
        """Listens, at the same port when it did before."""
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, args=(self.listener,), daemon=True)
        self.thread.start()

    def stop(self):
        """Closes the door and all connections, as a server that goes down."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for child in self.children:
            if child.poll() is None:
                os.killpg(child.pid, 9)
            child.wait()
        self.children = []

    def close(self):
        self.stop()
        shutil.rmtree(self.place, ignore_errors=True)

    def settings(self):
        """What an input is told, besides what it shall do."""
        common = {"host": "127.0.0.1", "port": str(self.port), "user": USER}
        if self.kind == "sftp":
            return {**common, "folder": str(self.folder), "host_key": self.host_key, "password": PASSWORD}
        tls = {"ftp": "none", "ftps": "explicit", "ftps_implicit": "implicit"}[self.kind]
        return {**common, "folder": "/", "tls": tls, "authorities": self.certificate, "password": PASSWORD}

    def _serve(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                self.children.append(subprocess.Popen(
                    ["unshare", "--mount", "--propagation", "private", "sh", "-c", PREPARE, "sh", *self.command],
                    stdin=connection, stdout=connection, stderr=subprocess.DEVNULL, cwd=self.place, start_new_session=True,
                    env={key: value for key, value in peer_environment().items() if key in ("PATH", "LD_LIBRARY_PATH")}))

    def _prepare_accounts(self):
        shadowed = subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, capture_output=True, text=True, check=True)
        (self.place / "home").mkdir()
        users = [("root", 0), ("sshd", 65530), ("ftp", 65531), ("nobody", 65534), (USER, 65532)]
        (self.place / "passwd").write_text("".join(f"{name}:x:{uid}:{uid}::{self.place / 'home'}:/bin/sh\n" for name, uid in users))
        (self.place / "shadow").write_text("".join(
            f"{name}:{shadowed.stdout.strip() if name == USER else '*'}:20000:0:99999:7:::\n" for name, _ in users))
        (self.place / "pam.d").mkdir()
        rules = "".join(f"{group} required pam_unix.so\n" for group in ("auth", "account")) + "session required pam_permit.so\n"
        for service in ("sshd", "vsftpd", "other"):
            (self.place / "pam.d" / service).write_text(rules)
        for path in (self.place, self.folder):
            path.chmod(0o755)
        os.chown(self.folder, 65532, 65532)

    def _prepare_sshd(self):
        environment = peer_environment()
        for name in ("host", "user"):
            subprocess.run([peer("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", self.place / name], check=True, env=environment)
        self.host_key = (self.place / "host.pub").read_text().strip()
        self.private_key = (self.place / "user").read_text()
        (self.place / "config").write_text(f"""
HostKey {self.place / 'host'}
AuthorizedKeysFile {self.place / 'user.pub'}
StrictModes no
UsePAM yes
PasswordAuthentication yes
PidFile none
Subsystem sftp internal-sftp
""")
        return [peer("sshd"), "-i", "-e", "-f", str(self.place / "config")]

    def _prepare_vsftpd(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-days", "2", "-keyout", self.place / "key.pem", "-out",
                        self.place / "certificate.pem"], check=True, capture_output=True)
        lines = ["listen=NO", "anonymous_enable=NO", "local_enable=YES", "write_enable=YES", f"local_root={self.folder}",
                 "chroot_local_user=YES", "allow_writeable_chroot=YES", "seccomp_sandbox=NO", "pam_service_name=vsftpd",
                 "secure_chroot_dir=/run/vsftpd/empty", "xferlog_enable=NO"]
        if self.kind != "ftp":
            self.certificate = (self.place / "certificate.pem").read_text()
            lines += ["ssl_enable=YES", "force_local_data_ssl=YES", "force_local_logins_ssl=YES", "ssl_ciphers=HIGH",
                      f"rsa_cert_file={self.place / 'certificate.pem'}", f"rsa_private_key_file={self.place / 'key.pem'}"]
        if self.kind == "ftps_implicit":
            lines.append("implicit_ssl=YES")
        (self.place / "config").write_text("\n".join(lines) + "\n")
        return [peer("vsftpd"), str(self.place / "config")]


class LyingServer:
    """Speaks as much FTP as a client needs and does not keep its word: a listing without end, an endless file, a short one."""

    LISTING = b"".join(b"-rw-r--r-- 1 0 0 %d Nov 21 10:00 %s\r\n" % entry for entry in ((10, b"endless.log"), (1000, b"short.log"), (10**12, b"huge.log")))
    private_key = ""

    def __init__(self, *_):
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def settings(self):
        return {"host": "127.0.0.1", "port": str(self.listener.getsockname()[1]), "user": "x", "password": "y", "folder": "/", "tls": "none"}

    def close(self):
        self.listener.close()

    def _serve(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, control):
        def say(text):
            control.sendall(text.encode() + b"\r\n")

        try:
            say("220 hello")
            data = None
            for line in control.makefile("r", encoding="utf-8", errors="replace"):
                word, _, name = line.strip().partition(" ")
                if word == "EPSV":
                    data = socket.create_server(("127.0.0.1", 0))
                    say(f"229 Entering (|||{data.getsockname()[1]}|)")
                elif word in ("LIST", "RETR"):
                    with data.accept()[0] as sink:
                        say("150 here it comes")
                        self._send(sink, word, name)
                    data.close()
                    say("226 done")
                else:
                    say({"USER": "331 password", "PASS": "230 in", "PWD": '257 "/"', "TYPE": "200 ok", "REST": "350 ok"}.get(word, "502 no"))
        except OSError:
            control.close()

    def _send(self, sink, word, name):
        try:
            if name.endswith("short.log"):
                sink.sendall(b"tiny\n")
                return
            if word == "LIST":
                sink.sendall(self.LISTING)
            filler = b"d" + b"x" * 99 + b"\r\n" if word == "LIST" else b"endless line of a file that was said to be ten bytes long\n"
            while True:
                sink.sendall(filler * 1000)
        except OSError:
            return


def main():
    if sys.argv[1] == "liar":
        server = LyingServer()
        print(json.dumps({**server.settings(), "private_key": ""}), flush=True)
        sys.stdin.read()
        return
    reason = available()
    if reason:
        print(json.dumps({"skipped": reason}), flush=True)
        return
    server = FileServer(sys.argv[1], sys.argv[2])
    print(json.dumps({**server.settings(), "private_key": server.private_key}), flush=True)
    for line in sys.stdin:  # "stop" and "start" for tests of a server that goes away
        {"stop": server.stop, "start": server.start}[line.strip()]()
        print(json.dumps({"done": line.strip()}), flush=True)
    server.close()


if __name__ == "__main__":
    main()
