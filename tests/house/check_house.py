#!/usr/bin/env python3
"""The rules of the house (ARCHITECTURE.md, CONTRIBUTING.md), checked on the tracked and new files of the tree.

usage: check_house.py ROOT
Prints one line a breach and exits 1, or the number of files looked at.
"""
import pathlib
import re
import subprocess
import sys
import unicodedata

# Third-party headers and the only libraries that may see them.
HOMES = [
    (re.compile(r"^openssl/"), {"net", "crypto"}, "OpenSSL"),
    (re.compile(r"^boost/"), {"net"}, "Boost"),
    (re.compile(r"^(soci/|soci\.h|sqlite3\.h)"), {"ledger"}, "SOCI and SQLite"),
    (re.compile(r"^(chdb\.h|clickhouse/)"), {"eventstore"}, "ClickHouse"),
    (re.compile(r"^(hs/|hs\.h|hs_)"), {"parse", "sigma"}, "Hyperscan"),
    (re.compile(r"^pcre2"), {"parse", "sigma", "collect"}, "PCRE2"),
    (re.compile(r"^librdkafka/"), {"collect", "forward"}, "librdkafka"),
    (re.compile(r"^nats(/|\.h)"), {"collect", "forward"}, "libnats"),
    (re.compile(r"^(curl/|(sql|sqlext|sqlucode)\.h$)"), {"collect"}, "libcurl and ODBC"),
    (re.compile(r"^simdjson"), {"event", "parse", "sigma", "forward"}, "simdjson"),
]
# Heavy headers stay in .cpp files.
HEAVY = re.compile(r"^(boost/|yaml-cpp/|nlohmann/json\.hpp|spdlog/|soci/|simdjson)")
LINE_CAPS = {"README.md": 120, "README.zh-CN.md": 120, "ARCHITECTURE.md": 250, "CONTRIBUTING.md": 60}
LIBRARY_README_CAP = 60
SOURCE_CAP = 600  # "about 500"
BANNED_NAMES = {"utils", "util", "common", "core", "helpers", "misc"}
# Folders of one machine; the words are split so that this file does not break its own rule. Log samples may name /root.
MACHINE_PATHS = re.compile(r"(?<![\w.-])/wo" r"rk/[\w.-]")
MACHINE_PATHS_OUTSIDE_SAMPLES = re.compile(r"(?<![\w.-])/ro" r"ot/[\w.-]")
MARKDOWN_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
SOURCE_SUFFIXES = {".cpp", ".hpp", ".inc"}


class House:
    def __init__(self, root):
        self.root = root
        self.breaches = []
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root,
                                stdout=subprocess.PIPE, check=True).stdout
        self.files = sorted(path for path in map(pathlib.PurePosixPath, listed.decode().split("\0")) if str(path) != "." and (root / path).is_file())
        self.texts = {}
        for path in self.files:
            try:
                self.texts[path] = (root / path).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                pass

    def breach(self, path, what, line=None):
        self.breaches.append(f"{path}:{line}: {what}" if line else f"{path}: {what}")

    def line_of(self, text, position):
        return text.count("\n", 0, position) + 1

    # --- layers
    def layers(self):
        """{library: (layer, libraries it names)} as the CMake files declare them."""
        found = {}
        for path, text in self.texts.items():
            if path.parts[0] != "libs" or path.name != "CMakeLists.txt" or len(path.parts) != 3:
                continue
            call = re.search(r"shuwei_library\((\w+)\s+LAYER\s+(\d+)([^)]*)\)", text)
            if not call:
                self.breach(path, "no shuwei_library(NAME LAYER n …)")
                continue
            words = call.group(3).split()
            named, taking = set(), False
            for word in words:
                if word in ("PUBLIC", "PRIVATE"):
                    taking = True
                elif word.isupper():
                    taking = False
                elif taking:
                    named.add(word)
            if call.group(1) != path.parts[1]:
                self.breach(path, f"declares library '{call.group(1)}'")
            found[call.group(1)] = (int(call.group(2)), named)
        return found

    def check_includes(self):
        layers = self.layers()
        for path, text in self.texts.items():
            if path.suffix not in SOURCE_SUFFIXES or path.parts[0] not in ("libs", "apps"):
                continue
            library = path.parts[1] if path.parts[0] == "libs" else None
            for match in INCLUDE.finditer(text):
                header, line = match.group(1), self.line_of(text, match.start())
                for pattern, homes, name in HOMES:
                    if pattern.match(header) and library not in homes:
                        self.breach(path, f"includes <{header}>: {name} belongs to {', '.join(sorted(homes))}", line)
                if path.suffix == ".hpp" and HEAVY.match(header) and "/include/" in str(path):
                    self.breach(path, f"a public header includes the heavy <{header}>", line)
                own = re.match(r"shuwei/(\w+)/", header)
                if not own or library is None or own.group(1) == library:
                    continue
                target = own.group(1)
                if target not in layers:
                    self.breach(path, f"includes a header of unknown library '{target}'", line)
                elif library in layers and layers[target][0] >= layers[library][0]:
                    self.breach(path, f"layer {layers[library][0]} ({library}) includes layer {layers[target][0]} ({target})", line)
                elif library in layers and target not in layers[library][1] and not self.reachable(layers, library, target):
                    self.breach(path, f"includes {target}, which libs/{library}/CMakeLists.txt does not name", line)

    def reachable(self, layers, library, target):
        seen, todo = set(), [library]
        while todo:
            for name in layers.get(todo.pop(), (0, set()))[1]:
                if name == target:
                    return True
                if name not in seen:
                    seen.add(name)
                    todo.append(name)
        return False

    # --- shape
    def check_libraries(self):
        libraries = sorted({path.parts[1] for path in self.files if path.parts[0] == "libs" and len(path.parts) > 2})
        for name in libraries:
            inside = [path for path in self.files if path.parts[:2] == ("libs", name)]
            if name in BANNED_NAMES:
                self.breach(f"libs/{name}", "a name that says nothing")
            if pathlib.PurePosixPath(f"libs/{name}/README.md") not in self.texts:
                self.breach(f"libs/{name}", "has no README.md")
            if not any(path.match(f"libs/{name}/tests/*_test.cpp") for path in inside):
                self.breach(f"libs/{name}", "has no tests")
            fuzzers = [path for path in inside if path.match("*/fuzz/*_fuzz.cpp")]
            for fuzzer in fuzzers:
                if not any(path.parts[3:5] == ("corpus", fuzzer.stem) for path in inside if len(path.parts) > 5):
                    self.breach(fuzzer, f"has no corpus in fuzz/corpus/{fuzzer.stem}/")

    def check_sizes(self):
        for path, text in self.texts.items():
            lines = text.count("\n")
            cap = LINE_CAPS.get(str(path))
            if path.parts[0] == "libs" and path.name == "README.md":
                cap = LIBRARY_README_CAP
            if path.suffix in (".cpp", ".hpp") and path.parts[0] in ("libs", "apps") and not path.match("*.gen.*"):
                cap = SOURCE_CAP
            if cap and lines > cap:
                self.breach(path, f"{lines} lines, cap {cap}")

    def check_headers(self):
        for path, text in self.texts.items():
            if path.suffix != ".hpp" or path.parts[0] not in ("libs", "apps"):
                continue
            if "#pragma once" not in text:
                self.breach(path, "no #pragma once")
            if "/include/" in str(path) and not text.startswith("//"):
                self.breach(path, "does not open with what it is")

    def check_content(self):
        names = set(self.files)
        for path in self.files:
            if path.parts[:2] == ("content", "packs") and path.name == "pack.yaml" and path.with_name("cases.yaml") not in names:
                self.breach(path, "has no cases.yaml beside it")
        for path in self.files:
            if path.parts[:2] == ("content", "rules") and path.suffix in (".yml", ".yaml"):
                for kind in ("positive", "negative"):
                    if path.with_name(f"{path.stem}.{kind}.log") not in names:
                        self.breach(path, f"has no {path.stem}.{kind}.log beside it")

    # --- words
    def check_words(self):
        for path, text in self.texts.items():
            if path.name == "package-lock.json" or path.parts[0] == "LICENSE" or "corpus" in path.parts:
                continue
            samples = path.parts[0] in ("content", "bench") or "tests" in path.parts or "fuzz" in path.parts
            for pattern in [MACHINE_PATHS] + ([] if samples else [MACHINE_PATHS_OUTSIDE_SAMPLES]):
                for match in pattern.finditer(text):
                    self.breach(path, f"names a path of one machine: {match.group(0)}…", self.line_of(text, match.start()))
            for match in re.finditer("[\u200b\u200c\u200d\u2060\ufeff\u202a-\u202e]", text):
                if path.suffix in SOURCE_SUFFIXES | {".py", ".ts", ".tsx", ".md"}:
                    self.breach(path, f"invisible character {unicodedata.name(match.group(0), 'unknown')}", self.line_of(text, match.start()))
            for number, line in enumerate(text.split("\n"), 1):
                if re.match(r"^(<{7}|>{7}) ", line):
                    self.breach(path, "a merge conflict's mark", number)

    def check_links(self):
        for path, text in self.texts.items():
            if path.suffix != ".md":
                continue
            without_code = re.sub(r"```.*?```", lambda match: "\n" * match.group(0).count("\n"), text, flags=re.S)
            without_code = re.sub(r"`[^`\n]*`", "", without_code)
            for match in MARKDOWN_LINK.finditer(without_code):
                target = match.group(1) or match.group(2)
                if re.match(r"^[a-z]+:", target) or target.startswith("#"):
                    continue
                file = (self.root / path).parent / target.split("#")[0]
                if not file.exists():
                    self.breach(path, f"link to nothing: {target}", self.line_of(without_code, match.start()))

    def run(self):
        self.check_includes()
        self.check_libraries()
        self.check_sizes()
        self.check_headers()
        self.check_content()
        self.check_words()
        self.check_links()
        for line in sorted(set(self.breaches)):
            print(line)
        print(f"{len(self.files)} files, {len(set(self.breaches))} breaches")
        return 1 if self.breaches else 0


if __name__ == "__main__":
    sys.exit(House(pathlib.Path(sys.argv[1]).resolve()).run())
