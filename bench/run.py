#!/usr/bin/env python3
"""Runs the benchmarks and writes docs/benchmarks.md.

usage: run.py --build FOLDER [--runs N] [--seconds N] [--only micro,end-to-end,recordings,peers] [--output FILE]

micro        every *_bench in FOLDER/bin, each N times; medians
end-to-end   `shuwei serve` with all shared Sigma rules (where they are present), fed by traffic_player on the same
             machine: the highest rate that is sustained without loss, then what it costs at that rate
recordings   size at rest of the shared Windows recordings
peers        parsing of one known format by rsyslog and syslog-ng on the same lines; only with --only …,peers, since it
             fetches them with apt-get
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench"))
sys.path.insert(0, str(ROOT / "tests" / "support"))
import end_to_end  # noqa: E402
import peers  # noqa: E402
import recordings  # noqa: E402


def machine():
    """One line about what this ran on."""
    model = cache = ""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
        if line.startswith("cache size"):
            cache = line.split(":", 1)[1].strip()
    memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) / 2**20
    filesystem = subprocess.run(["findmnt", "-no", "FSTYPE", "-T", str(ROOT)], capture_output=True, text=True).stdout.strip()
    return (f"{os.cpu_count()} cores of {model} ({cache} cache), {memory:.0f} GiB memory, {filesystem or 'unknown'} file system, "
            f"Linux {platform.release().split('-')[0]}")


def revision():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def quantity(value, unit=""):
    for limit, suffix in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= limit:
            return f"{value / limit:.3g}{suffix}{unit}"
    return f"{value:.3g}{' ' if unit else ''}{unit}"


def duration(nanoseconds):
    for limit, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if nanoseconds >= limit:
            return f"{nanoseconds / limit:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def micro(build, runs, only):
    """Markdown rows of every Google Benchmark binary."""
    rows = []
    for program in sorted((build / "bin").glob("*_bench")):
        if only and program.name not in only:
            continue
        print(f"-- {program.name}", file=sys.stderr, flush=True)
        done = subprocess.run([program, "--benchmark_format=json", f"--benchmark_repetitions={runs}",
                               "--benchmark_report_aggregates_only=true"], stdout=subprocess.PIPE, check=False, cwd=ROOT,
                              env={"SHUWEI_BENCH_EVENTS": "5000000", **os.environ})
        if done.returncode != 0 or not done.stdout.strip():
            rows.append((program.name, f"ended with {done.returncode}", "", "", ""))
            continue
        for result in json.loads(done.stdout)["benchmarks"]:
            if result.get("aggregate_name", "median") != "median" or result.get("error_occurred"):
                continue
            scale = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[result.get("time_unit", "ns")]
            known = {"items_per_second", "bytes_per_second", "real_time", "cpu_time", "iterations", "threads", "repetitions",
                     "family_index", "per_family_instance_index", "repetition_index"}
            others = ", ".join(f"{key} {quantity(value)}" for key, value in result.items()
                               if key not in known and isinstance(value, (int, float)))
            rows.append((program.name.removesuffix("_bench"), result.get("run_name", result["name"]), duration(result["real_time"] * scale),
                         quantity(result["items_per_second"], "/s") if "items_per_second" in result else "",
                         quantity(result["bytes_per_second"], "B/s") if "bytes_per_second" in result else "", others))
    return rows


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [str(cell).replace("|", "\\|") for cell in row] + [""] * (len(head) - len(row))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def page(sections, runs):
    return "\n\n".join([
        "# Benchmarks",
        f"Written by `./dev bench` ({revision()}, {datetime.date.today()}). Machine: {machine()}. Generator and server share it. "
        f"Figures are medians of {runs} runs where nothing else is said; a figure of one machine is comparable with figures of "
        "the same run alone.",
        *sections]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="build folder (release)")
    parser.add_argument("--runs", type=int, default=3, help="repetitions of each micro benchmark and of the end-to-end rate")
    parser.add_argument("--seconds", type=int, default=60, help="length of the end-to-end measurement")
    parser.add_argument("--rate", type=int, default=0, help="end to end: measure at this rate instead of looking for the highest")
    parser.add_argument("--only", default="micro,end-to-end,recordings", help="parts, comma-separated")
    parser.add_argument("--bench", action="append", default=[], help="only this *_bench program; may be repeated")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs/benchmarks.md")
    options = parser.parse_args()
    options.build = options.build.resolve()
    parts = set(options.only.split(","))
    unknown = parts - {"micro", "end-to-end", "recordings", "peers"}
    if unknown:
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}")

    sections = []
    if "end-to-end" in parts:
        sections += end_to_end.section(options, table, quantity)
    if "recordings" in parts:
        sections += recordings.section(options, table, quantity)
    if "peers" in parts:
        sections += peers.section(options, table, quantity)
    if "micro" in parts:
        rows = micro(options.build, options.runs, set(options.bench))
        sections += ["## Libraries",
                     "Google Benchmark, one thread unless the name says otherwise. `sigma` and `parse` say in the name what they read.",
                     table(["library", "benchmark", "time", "items", "bytes", "other"], rows)]
    text = page(sections, options.runs)
    options.output.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
