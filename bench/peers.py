"""What rsyslog (mmnormalize) and syslog-ng (patterndb) make of the same lines of one known format, against `shuwei parse`.

All three read one file of sshd lines and write JSON with the fields taken from them to a file on the same
disk; time is of the whole process, less that of reading an empty file (starting up).
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

LINES = 1_000_000
# The two cannot be installed side by side, so they are unpacked into a folder, with the libraries they alone need.
PACKAGES = ["rsyslog", "liblognorm5", "libestr0", "libfastjson4", "syslog-ng-core", "libivykis0", "libnet1", "libwrap0"]

LOGNORM = """version=2
prefix=<%priority:number%>%time:date-rfc3164% %host:word% sshd[%pid:number%]: 
rule=:Failed password for %user:word% from %ip:ipv4% port %port:number% ssh2
rule=:Failed password for invalid user %user:word% from %ip:ipv4% port %port:number% ssh2
rule=:Accepted password for %user:word% from %ip:ipv4% port %port:number% ssh2
rule=:Accepted publickey for %user:word% from %ip:ipv4% port %port:number% ssh2: %algorithm:word% %fingerprint:word%
rule=:Connection closed by %ip:ipv4% port %port:number% [preauth]
rule=:Received disconnect from %ip:ipv4% port %port:number%:11: disconnected by user
"""

RSYSLOG = """
module(load="imfile" mode="inotify")
module(load="mmnormalize")
global(workDirectory="{folder}")
template(name="json" type="list") {{ property(name="$!all-json") constant(value="\\n") }}
main_queue(queue.type="LinkedList" queue.size="2000000" queue.workerThreads="1")
input(type="imfile" File="{input}" Tag="sshd:" ruleset="work" reopenOnTruncate="off")
ruleset(name="work") {{
  action(type="mmnormalize" ruleBase="{rulebase}" useRawMsg="on")
  action(type="omfile" file="{output}" template="json" ioBufferSize="256k" asyncWriting="off")
}}
"""

PATTERNDB = """<?xml version='1.0' encoding='UTF-8'?>
<patterndb version='4' pub_date='2026-01-01'>
 <ruleset name='sshd' id='5e0f4f4e-0001-4000-8000-000000000001'>
  <patterns><pattern>sshd</pattern></patterns>
  <rules>
   <rule provider='bench' id='5e0f4f4e-0001-4000-8000-000000000002' class='system'><patterns>
    <pattern>Failed password for @ESTRING:user: @from @IPv4:ip@ port @NUMBER:port@ ssh2</pattern>
    <pattern>Failed password for invalid user @ESTRING:user: @from @IPv4:ip@ port @NUMBER:port@ ssh2</pattern>
    <pattern>Accepted password for @ESTRING:user: @from @IPv4:ip@ port @NUMBER:port@ ssh2</pattern>
    <pattern>Accepted publickey for @ESTRING:user: @from @IPv4:ip@ port @NUMBER:port@ ssh2: @ESTRING:algorithm: @@ANYSTRING:fingerprint@</pattern>
    <pattern>Connection closed by @IPv4:ip@ port @NUMBER:port@ [preauth]</pattern>
    <pattern>Received disconnect from @IPv4:ip@ port @NUMBER:port@:11: disconnected by user</pattern>
   </patterns></rule>
  </rules>
 </ruleset>
</patterndb>
"""

SYSLOG_NG = """@version: {version}
options {{ keep-hostname(yes); use-dns(no); dns-cache(no); stats-freq(0); }};
source s {{ file("{input}" follow-freq(0.1) log-fetch-limit(10000) log-iw-size(100000)); }};
parser p {{ db-parser(file("{patterndb}")); }};
destination d {{ file("{output}" template("$(format-json --scope nv-pairs,rfc3164)\\n") flush-lines(1000)); }};
log {{ source(s); parser(p); destination(d); flags(flow-control); }};
"""


def say(text):
    print(f"-- {text}", file=sys.stderr, flush=True)


def spent(process):
    """CPU seconds that a running process has used, in all its threads."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def until_written(command, output, lines, log, **how):
    """(seconds, CPU seconds) from start until `output` has that many lines; the process is then ended. None: it failed."""
    began = time.monotonic()
    process = subprocess.Popen(command, stderr=log, **{"stdout": log, **how})
    seen, file = 0, None
    try:
        while seen < lines:
            ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
            if time.monotonic() - began > 300:
                return None
            if file is None and output.exists():
                file = output.open("rb")
            more = file.read(1 << 20) if file else b""
            seen += more.count(b"\n")
            if not more and ended:
                return None
            if not more:
                time.sleep(0.02)
        return time.monotonic() - began, spent(process)
    finally:
        if file:
            file.close()
        process.terminate()
        process.wait()


def unpack(folder):
    """Debian's own packages of the peers into folder/root."""
    say("fetching rsyslog and syslog-ng")
    debs = folder / "packages"
    debs.mkdir()
    subprocess.run(["apt-get", "download", "-qq", *PACKAGES], check=True, cwd=debs, stderr=subprocess.DEVNULL)
    for package in debs.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, folder / "root"], check=True)


def environment(folder):
    usr = folder / "root/usr/lib"
    libraries = [usr / "x86_64-linux-gnu", folder / "root/lib/x86_64-linux-gnu", usr / "syslog-ng"]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, libraries))}


def section(options, table, quantity):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="shuwei-peers-"))
    try:
        unpack(folder)
        player = options.build / "bin" / "traffic_player"
        source, one = folder / "sshd.log", folder / "one.log"
        with source.open("wb") as file:
            subprocess.run([player, "--print", str(LINES), "--no-stories", "--device", "app-01"], stdout=file, check=True)
        with source.open("rb") as file:
            one.write_bytes(file.readline())
        log = (folder / "peers.log").open("wb")
        rows = []
        for name, command in (("shuwei parse --pack", shuwei(options, folder)), ("rsyslog mmnormalize", rsyslog(folder)),
                              ("syslog-ng patterndb", syslog_ng(folder))):
            took = [(command(one, 1, log), command(source, LINES, log)) for _ in range(options.runs)]
            if any(None in pair for pair in took):
                rates = ("did not run here", "")
            else:
                rates = [quantity(LINES / statistics.median(max(0.001, full[i] - empty[i]) for empty, full in took), "lines/s") for i in (0, 1)]
            say(f"{name}: {', '.join(rates)}")
            rows.append((name, *rates))
        return ["## Against others: one known format",
                f"{LINES:,} sshd lines from a file, fields taken out, JSON to a file; whole process less starting up. The output differs: "
                "Shuwei's has all ECS fields and the raw line, the others' what their patterns name.",
                table(["program", "lines a second", "a CPU second"], rows)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shuwei(options, folder):
    def measure(source, lines, log):
        output = folder / "shuwei.json"
        output.unlink(missing_ok=True)
        with output.open("wb") as file:
            return until_written([options.build / "bin/shuwei", "parse", "--pack", "linux-sshd", source], output, lines, log, stdout=file)
    return measure


def rsyslog(folder):
    def measure(source, lines, log):
        state = pathlib.Path(tempfile.mkdtemp(dir=folder))
        output, config, rulebase = state / "out.json", state / "rsyslog.conf", state / "sshd.rb"
        rulebase.write_text(LOGNORM)
        config.write_text(RSYSLOG.format(folder=state, input=source, output=output, rulebase=rulebase))
        return until_written([folder / "root/usr/sbin/rsyslogd", "-M", folder / "root/usr/lib/x86_64-linux-gnu/rsyslog", "-n", "-f", config,
                              "-i", state / "pid"], output, lines, log, env=environment(folder))
    return measure


def syslog_ng(folder):
    program, modules = folder / "root/usr/sbin/syslog-ng", next((folder / "root/usr/lib/syslog-ng").glob("[0-9]*"))

    def measure(source, lines, log):
        state = pathlib.Path(tempfile.mkdtemp(dir=folder))
        output, config, patterns = state / "out.json", state / "syslog-ng.conf", state / "sshd.xml"
        patterns.write_text(PATTERNDB)
        config.write_text(SYSLOG_NG.format(version=modules.name, input=source, output=output, patterndb=patterns))
        return until_written([program, "-F", f"--module-path={modules}", "-f", config, "-R", state / "persist", "-c", state / "control",
                              "-p", state / "pid"], output, lines, log, env=environment(folder))
    return measure
