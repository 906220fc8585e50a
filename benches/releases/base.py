"""Writes a base of a few kilobytes into a workspace, with names that native modules look for: `base.py WORKSPACE`. Nothing is ever started on it."""
import hashlib
import io
import pathlib
import sys
import tarfile

LIBRARIES = "libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 libresolv.so.2 libssl.so.3 libcrypto.so.3 libz.so.1 libgcc_s.so.1 libstdc++.so.6"
workspace = pathlib.Path(sys.argv[1])
archive = io.BytesIO()
with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
    for path in ["lib64/ld-linux-x86-64.so.2", "usr/bin/node", *(f"usr/lib/{name}" for name in LIBRARIES.split())]:
        entry = tarfile.TarInfo(path)
        entry.mode = 0o755
        tar.addfile(entry, io.BytesIO())
(workspace / "base.tar").write_bytes(archive.getvalue())
digest = hashlib.sha256(archive.getvalue()).hexdigest()
(workspace / "fourply.toml").write_text(
    f'[base]\nrootfs = {{ file = "base.tar", sha256 = "{digest}" }}\n[build]\nscript = false\n[image]\ncmd = ["node", "dist/main.js"]\n'
)
