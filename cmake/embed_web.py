#!/usr/bin/env python3
"""Writes an assembler file that holds the gzipped files of a folder, and a table of them.

usage: embed_web.py FOLDER OUTPUT.S
Table `shuwei_web_assets`: entries of {path, content type, etag, gzipped bytes, size}, ended by a null path; the layout
of `EmbeddedFile` in apps/shuwei/src/web_assets.hpp. A missing folder gives an empty table.
"""
import gzip
import hashlib
import pathlib
import sys

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".json": "application/json",
         ".webmanifest": "application/manifest+json", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8"}


def main() -> None:
    folder, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".")) if folder.is_dir() else []
    packed_folder = output.parent / "web_assets"
    packed_folder.mkdir(parents=True, exist_ok=True)
    data, table = [], []
    for number, path in enumerate(files):
        packed = gzip.compress(path.read_bytes(), 9, mtime=0)
        blob = packed_folder / f"{number}.gz"
        blob.write_bytes(packed)
        name = "/" + path.relative_to(folder).as_posix()
        kind = TYPES.get(path.suffix, "application/octet-stream")
        etag = hashlib.sha256(packed).hexdigest()[:32]
        data.append(f'p{number}: .asciz "{name}"\nt{number}: .asciz "{kind}"\ne{number}: .asciz "{etag}"\n'
                    f'b{number}: .incbin "{blob}"\n')
        table.append(f"  .quad p{number}, t{number}, e{number}, b{number}, {len(packed)}\n")
    output.write_text("  .section .rodata\n" + "".join(data)
                      + "  .section .data.rel.ro,\"aw\"\n  .balign 8\n  .globl shuwei_web_assets\nshuwei_web_assets:\n"
                      + "".join(table) + "  .quad 0, 0, 0, 0, 0\n  .section .note.GNU-stack,\"\",%progbits\n")


main()
