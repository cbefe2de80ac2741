#!/usr/bin/env python3
"""Analysts' questions while events come in.

usage: search_load.py --build FOLDER [--stored N] [--rate N] [--analysts N] [--seconds N]

Fills a server with N events (--stored) by traffic_player, plants a needle early among them, then measures how long a
page of the needle takes in quiet, and what ten analysts (--analysts) wait for while --rate events a second come in.
Prints one JSON object. The full size is --stored 50000000; the aims are 2 s for the needle and no lost event.
"""
import argparse
import json
import os
import pathlib
import statistics
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench"))
sys.path.insert(0, str(ROOT / "tests" / "support"))
import end_to_end  # noqa: E402

QUESTIONS = {
    "newest page": ("/events/search", {"query": "", "limit": 200}),
    "failures of an hour": ("/events/search", {"query": "event.outcome:failure", "limit": 200, "since": "-1h"}),
    "network": ("/events/search", {"query": "source.ip:10.0.0.0/8 and event.outcome:failure", "limit": 200}),
    "text": ("/events/search", {"query": '"failed password"', "limit": 200, "since": "-1h"}),
    "chinese text": ("/events/search", {"query": "登录失败", "limit": 200, "since": "-1h"}),
    "histogram": ("/events/histogram", {"query": "", "buckets": 90, "split": "event.outcome"}),
    "top sources": ("/events/field_stats", {"query": "", "field": "source.ip"}),
    "statistics": ("/search_jobs", {"query": "", "wait_ms": 10000, "statistics": {"groups": ["source.ip", "event.outcome"], "top": 10}}),
}


def ask(server, path, body):
    body = dict(body)
    if str(body.get("since", "")).startswith("-"):
        body["since"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
    began = time.monotonic()
    server.api("POST", path, body)
    return time.monotonic() - began


def summary(seconds):
    ordered = sorted(seconds)
    return {"asked": len(ordered), "median_s": round(statistics.median(ordered), 3),
            "p95_s": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 3), "worst_s": round(ordered[-1], 3)}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--build", type=pathlib.Path, required=True)
    options.add_argument("--stored", type=int, default=1_000_000)
    options.add_argument("--fill-rate", type=int, default=40_000)
    options.add_argument("--rate", type=int, default=20_000)
    options.add_argument("--analysts", type=int, default=10)
    options.add_argument("--seconds", type=int, default=60)
    options = options.parse_args()
    bench = end_to_end.Bench(options.build).start()
    server = bench.server
    try:
        needle = f"needle{os.getpid()}zq"
        server.udp(f"one line with {needle} in it")
        filled = bench.play(options.fill_rate, max(1, options.stored // options.fill_rate))
        stored = server.metrics()["shuwei_stored_total"]
        quiet = [ask(server, "/events/search", {"query": needle, "limit": 10}) for _ in range(5)]
        found = server.api("POST", "/events/search", {"query": needle, "limit": 10})["total"]

        waits = {name: [] for name in QUESTIONS}
        failures = []
        over = threading.Event()

        def analyst(number):
            names = list(QUESTIONS)
            turn = number
            while not over.is_set():
                name = names[turn % len(names)]
                turn += 1
                try:
                    waits[name].append(ask(server, *QUESTIONS[name]))
                except Exception as error:  # noqa: BLE001
                    failures.append(f"{name}: {error}")
                over.wait(1)  # people read what they found

        analysts = [threading.Thread(target=analyst, args=(number,)) for number in range(options.analysts)]
        for each in analysts:
            each.start()
        load = bench.play(options.rate, options.seconds)
        over.set()
        for each in analysts:
            each.join()
        print(json.dumps({
            "stored": stored, "filled_without_loss": bench.sustained(filled), "needle_found": found, "needle": summary(quiet),
            "rate": round(load["lines"] / load["seconds"]), "kept_up": bench.sustained(load), "dropped": load["dropped"],
            "waiting_at_the_end": load["left"], "analysts": options.analysts, "failures": len(failures), "first_failures": failures[:3],
            "questions": {name: summary(seconds) for name, seconds in waits.items() if seconds},
        }, ensure_ascii=False, indent=2))
    finally:
        bench.close()


if __name__ == "__main__":
    main()
