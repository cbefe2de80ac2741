"""`shuwei serve` under load from traffic_player: the highest rate without loss, and what it costs."""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import shuwei_test as test

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def say(text):
    print(f"-- {text}", file=sys.stderr, flush=True)


def cpu_seconds(pid):
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS
    except OSError:
        return 0.0


def peak_memory(pid):
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def metric_sum(metrics, name):
    return sum(value for key, value in metrics.items() if key == name or key.startswith(name + "{"))


class Bench:
    """A server in a folder of its own, and loads played against it."""

    def __init__(self, build, prepared=262_144):
        self.player = build / "bin" / "traffic_player"
        test.PROGRAM = str(build / "bin" / "shuwei")
        self.prepared = prepared
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shuwei-bench-", dir=os.environ.get("SHUWEI_BENCH_FOLDER")))
        self.rules = 0

    def start(self):
        config = self.folder / "shuwei.yaml"
        data = test.shared_data()
        folders = [data / "sigma" / name for name in ("rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance")] if data else []
        config.write_text("rules: [" + ", ".join(map(str, folders)) + "]\n" if folders else "workers: 0\n")
        self.server = test.Server(data=self.folder / "data", config=config)
        self.server.start()
        self.rules = self.server.api("GET", "/rules", query={"limit": 1})["total"]
        return self

    def close(self):
        try:
            self.server.stop()
        finally:
            self.server.clean()
            shutil.rmtree(self.folder, ignore_errors=True)

    def play(self, rate, seconds):
        """Plays and returns what came of it."""
        server = self.server
        before = server.metrics()
        worker = (server.worker_pids() or [0])[0]
        cpu = {"server": cpu_seconds(server.process.pid), "store worker": cpu_seconds(worker)}
        started = time.monotonic()
        generator = subprocess.Popen([self.player, "--syslog", f"127.0.0.1:{server.syslog_port}", "--http", f"127.0.0.1:{server.http_port}",
                                      "--token", server.token, "--rate", str(rate), "--seconds", str(seconds),
                                      "--prepared", str(self.prepared)], stdout=subprocess.PIPE)
        waiting = []
        while generator.poll() is None:
            metrics = server.metrics()
            waiting.append(metrics["shuwei_spool_written_seq"] - metrics["shuwei_checkpoint_seq"])
            time.sleep(0.5)
        sent = json.loads(generator.stdout.read())
        generator_cpu = os.times().children_user + os.times().children_system
        after = server.metrics()
        left = after["shuwei_spool_written_seq"] - after["shuwei_checkpoint_seq"]
        played = time.monotonic() - started
        cpu = {name: cpu_seconds(pid) - cpu[name] for name, pid in (("server", server.process.pid), ("store worker", worker))}
        server.settle()
        settled = time.monotonic() - started
        final = server.metrics()
        received = metric_sum(final, "shuwei_received_total") - metric_sum(before, "shuwei_received_total")
        return {"sent": sent, "lines": sent["lines"], "seconds": sent["seconds"], "played": played, "settled": settled, "left": left,
                "waiting": max(waiting, default=0), "received": received,
                "dropped": metric_sum(final, "shuwei_dropped_total") - metric_sum(before, "shuwei_dropped_total"),
                "stored": final["shuwei_stored_total"] - before["shuwei_stored_total"],
                "matched": final["shuwei_matched_total"] - before["shuwei_matched_total"],
                "cpu": cpu, "generator_cpu": generator_cpu,
                "memory": {"server": peak_memory(server.process.pid), "store worker": peak_memory(worker)}}

    def sustained(self, result):
        """Nothing lost, and what waits at the end is what is always under way (two flushes), not a growing queue."""
        rate = result["lines"] / result["seconds"]
        return (result["stored"] == result["lines"] and result["dropped"] == 0 and result["left"] <= 3 * rate)

    def latency(self, rate, probes=15):
        """Seconds from sending a line over UDP to finding it by search, while load goes on: median and worst."""
        server = self.server
        generator = subprocess.Popen([self.player, "--syslog", f"127.0.0.1:{server.syslog_port}", "--http", f"127.0.0.1:{server.http_port}",
                                      "--token", server.token, "--rate", str(rate), "--seconds", "120", "--prepared", str(self.prepared)],
                                     stdout=subprocess.PIPE)
        took = []
        try:
            time.sleep(3)
            for number in range(probes):
                mark = f"latencyprobe{number}x{os.getpid()}"
                since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 600))
                sent = time.monotonic()
                server.udp(mark)  # without a time of its own: it has that of receipt
                test.wait_for("the probe", lambda: server.search(mark, limit=1, since=since))
                took.append(time.monotonic() - sent)
        finally:
            generator.terminate()
            generator.wait()
        server.settle()
        return statistics.median(took), max(took)


def highest_rate(bench):
    """Doubles until it fails, then halves the distance three times; trials of ten seconds."""
    good, bad, rate = 0, None, 10_000
    for _ in range(12):
        result = bench.play(rate, 10)
        ok = bench.sustained(result)
        say(f"{rate} lines/s: {'kept up' if ok else 'fell behind or lost'} (stored {result['stored']:.0f} of {result['lines']}, "
            f"dropped {result['dropped']:.0f}, {result['left']:.0f} waiting at the end)")
        if ok:
            good = rate
        else:
            bad = rate
        if bad is None:
            rate *= 2
        elif bad - good <= max(1000, bad * 0.06):
            break
        else:
            rate = (good + bad) // 2
    return good


def section(options, table, quantity):
    bench = Bench(options.build).start()
    try:
        rate = options.rate or highest_rate(bench)
    finally:
        bench.close()
    results = []
    for run in range(options.runs):
        while rate >= 1000:
            bench = Bench(options.build).start()
            try:
                say(f"run {run + 1} of {options.runs}: {rate} lines/s for {options.seconds} s")
                result = bench.play(rate, options.seconds)
                if bench.sustained(result) or options.rate:
                    result["rules"] = bench.rules
                    result["at_rest"] = settled_bytes(bench)
                    result["median_latency"], result["worst_latency"] = bench.latency(rate // 2)
                    results.append(result)
                    break
                say("not sustained that long; 10 % lower")
                rate = rate * 9 // 10
                results.clear()
            finally:
                bench.close()
    if not results:
        return ["## End to end", "No rate was sustained."]

    def median(value):
        return statistics.median(value(result) for result in results)
    seconds = median(lambda r: r["seconds"])
    size = median(lambda r: r["sent"]["bytes"] / r["sent"]["lines"])
    rows = [
        ("lines a second, sent, stored and counted without loss", f"{median(lambda r: r['stored'] / r['seconds']):,.0f}"),
        ("length of a run", f"{seconds:.0f} s, {median(lambda r: r['stored']):,.0f} events of {size:.0f} bytes on average"),
        ("rules loaded", f"{median(lambda r: r['rules']):.0f}"),
        ("findings", f"{median(lambda r: r['matched']):,.0f}"),
        ("CPU of the server", f"{median(lambda r: r['cpu']['server'] / r['played']):.2f} cores"),
        ("CPU of the store worker", f"{median(lambda r: r['cpu']['store worker'] / r['played']):.2f} cores"),
        ("peak memory of the server", quantity(median(lambda r: r["memory"]["server"]), "B")),
        ("peak memory of the store worker", quantity(median(lambda r: r["memory"]["store worker"]), "B")),
        ("most frames waiting in the spool", f"{median(lambda r: r['waiting']):,.0f}"),
        ("events at rest, merged, indexes included, over bytes received", f"{median(lambda r: r['at_rest'] / r['sent']['bytes']):.3f}"),
        ("from sending a line to finding it, at half that rate", f"median {median(lambda r: r['median_latency']):.2f} s, "
         f"worst {max(r['worst_latency'] for r in results):.2f} s"),
    ]
    return ["## End to end",
            "Lines of fourteen kinds of devices (content/demo) over syslog UDP, syslog TCP and HTTP at once → spool with fdatasync → "
            "packs → all rules → durable insert → ledger. Generator on the same cores. Sustained means: every line sent is stored, none "
            "dropped, and the queue at the end is under three seconds of input.",
            table(["", "median of the runs"], rows)]


def settled_bytes(bench):
    """Bytes of all active parts once merges have stopped changing them. Parts that a merge has replaced are not counted:
    ClickHouse removes them some minutes later."""
    last, same = -1, 0
    end = time.monotonic() + 180
    while time.monotonic() < end and same < 3:
        size = bench.server.api("GET", "/overview")["stored_bytes"]["value"]
        same = same + 1 if size == last and size > 0 else 0
        last = size
        time.sleep(11)  # the server looks every ten seconds
    return last
