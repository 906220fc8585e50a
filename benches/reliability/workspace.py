"""A workspace of two services with scripts, three packages and a package of its own, and the registry that has them. In: a folder. Out: builds."""
import base64, gzip, hashlib, http.server, io, json, os, pathlib, shutil, subprocess, tarfile, threading

PACKAGES = ("aa", "bb", "cc")


class Registry:
    """npm's registry on loopback: made-up packages, and this machine's node as npm has it."""

    def __enter__(self):
        self.files, self.versions = {}, {}
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = registry.answer(self.path)
                try:
                    self.send_response(404 if body is None else 200)
                    self.send_header("Content-Length", str(len(body or b"")))
                    self.end_headers()
                    self.wfile.write(body or b"")
                except OSError:
                    pass  # Its client was killed.

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        for name in PACKAGES:
            files = {"package/package.json": json.dumps({"name": name, "version": "1.0.0", "bin": "cli.js"}), "package/cli.js": "#!/usr/bin/env node\n"}
            files |= {f"package/f{number}.js": hashlib.sha512(f"{name}{number}".encode()).hexdigest() * 20 for number in range(20)}
            self.add(name, "1.0.0", {path: (text.encode(), 0o644) for path, text in files.items()})
        node = subprocess.check_output(["node", "-p", "process.execPath"], text=True).strip()
        self.node = subprocess.check_output(["node", "-p", "process.versions.node"], text=True).strip()
        self.arch = subprocess.check_output(["node", "-p", "process.arch"], text=True).strip()
        manifest = json.dumps({"name": f"node-linux-{self.arch}", "version": self.node}).encode()
        files = {"package/package.json": (manifest, 0o644), "package/bin/node": (pathlib.Path(node).read_bytes(), 0o755)}
        self.add(f"node-linux-{self.arch}", self.node, files)
        return self

    def __exit__(self, *_):
        self.server.shutdown()

    def add(self, name, version, files):
        packed = gzip.compress(tar(files), 1, mtime=0)
        path = f"{name}/-/{name}-{version}.tgz"
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
        self.files["/" + path] = packed
        dist = {"tarball": self.url + path, "integrity": integrity}
        self.versions[name] = {"name": name, "version": version, "dist": dist}

    def answer(self, path):
        if path in self.files:
            return self.files[path]
        name, _, version = path.strip("/").partition("/")
        found = self.versions.get(name)
        if not found or version not in ("", found["version"]):
            return None
        return json.dumps(found if version else {"name": name, "dist-tags": {"latest": found["version"]}, "versions": {found["version"]: found}}).encode()


def tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path, (content, mode) in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), mode
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


class Built:
    def __init__(self, done, out):
        self.code, self.error = done.returncode, done.stderr
        self.digest = done.stdout.strip()
        self.told = "were not what was put there" in done.stderr
        self.sound = self.code == 0 and is_sound(out)


def is_sound(layout):
    """Every blob is what its name says, and every layer unpacks to what the configuration promises."""
    blobs = layout / "blobs/sha256"
    content = {}
    for blob in blobs.iterdir():
        content[blob.name] = blob.read_bytes()
        if hashlib.sha256(content[blob.name]).hexdigest() != blob.name:
            return False
    for entry in json.loads((layout / "index.json").read_text())["manifests"]:
        manifest = json.loads(content[entry["digest"][7:]])
        promised = json.loads(content[manifest["config"]["digest"][7:]])["rootfs"]["diff_ids"]
        layers = [hashlib.sha256(gzip.decompress(content[layer["digest"][7:]])).hexdigest() for layer in manifest["layers"]]
        if ["sha256:" + layer for layer in layers] != promised:
            return False
    return True


class Workspace:
    def __init__(self, root, registry, fourply, scripts=True):
        self.root, self.fourply, self.known = root, fourply, {}
        empty = b"\x7fELF"
        build = f'node = "{registry.node}"' if scripts else "script = false"
        loader = {"x64": "lib64/ld-linux-x86-64.so.2", "arm64": "lib/ld-linux-aarch64.so.1"}[registry.arch]
        base = tar({"usr/bin/node": (empty, 0o755), loader: (empty, 0o755), "etc/passwd": (b"root:x:0:0::/root:/bin/sh\n", 0o644)})
        files = {
            "base.tar": base,
            ".npmrc": f"registry={registry.url}\nfetch-retries=1\n",
            "package.json": json.dumps({"name": "w", "private": True, "packageManager": "pnpm@10.34.0"}),
            "pnpm-workspace.yaml": "packages: ['services/*', 'shared/*']\n",
            "fourply.toml": f'[base]\nrootfs = {{ file = "base.tar", sha256 = "{hashlib.sha256(base).hexdigest()}" }}\n'
            f'[build]\n{build}\n[image]\nhealth = false\n[services.a]\noutput = ["dist"]\n[services.b]\noutput = ["dist"]\n',
            "shared/lib/package.json": json.dumps({"name": "lib", "version": "1.0.0", "main": "dist/i.js", "scripts": {"build": "mkdir -p dist && cp i.js dist/"}}),
            "shared/lib/i.js": "module.exports = 1;\n",
        }
        importers, dependencies = "", {name: "1.0.0" for name in PACKAGES}
        for service in ("a", "b"):
            # What it writes into node_modules is a layer of its own.
            script = "mkdir -p dist node_modules/aa/made && cp main.js dist/ && node -e \"fs.copyFileSync('main.js', 'node_modules/aa/made/main.js')\""
            manifest = {"name": service, "version": "1.0.0", "main": "dist/main.js", "scripts": {"build": script}}
            files[f"services/{service}/package.json"] = json.dumps(manifest | {"dependencies": dependencies | {"lib": "workspace:*"}})
            files[f"services/{service}/main.js"] = f"require('lib'); // {service}\n"
            importers += f"  services/{service}:\n    dependencies:\n"
            importers += "".join(f"      {name}:\n        specifier: 1.0.0\n        version: 1.0.0\n" for name in PACKAGES)
            importers += "      lib:\n        specifier: workspace:*\n        version: link:../../shared/lib\n"
        packages = "".join(
            f"  {name}@1.0.0:\n    resolution: {{integrity: {registry.versions[name]['dist']['integrity']}}}\n    hasBin: true\n" for name in PACKAGES
        )
        files["pnpm-lock.yaml"] = (
            "lockfileVersion: '9.0'\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\nimporters:\n  .: {}\n"
            f"{importers}  shared/lib: {{}}\npackages:\n{packages}snapshots:\n" + "".join(f"  {name}@1.0.0: {{}}\n" for name in PACKAGES)
        )
        for path, content in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
        # Without scripts, the outputs are there.
        for folder, name in (("services/a", "main.js"), ("services/b", "main.js"), ("shared/lib", "i.js")):
            if not scripts:
                (root / folder / "dist").mkdir()
                shutil.copy(root / folder / name, root / folder / "dist")
        self.main = root / "services/a" / ("main.js" if scripts else "dist/main.js")
        self.text = self.main.read_text()

    def set_variant(self, variant):
        text = self.text + f"// {variant}\n"
        if self.main.read_text() != text:
            self.main.write_text(text)

    def command(self, store, out, service="a", everything=False):
        what = ["--all"] if everything else [f"services/{service}"]
        return [self.fourply, "build", *what, "--store", store, "-o", f"type=oci,dest={out}" + ("-{service}" if everything else "")]

    def build(self, store, service="a"):
        out = self.root.parent / "out"
        shutil.rmtree(out, ignore_errors=True)
        try:
            done = subprocess.run(self.command(store, out, service), cwd=self.root, capture_output=True, text=True, timeout=120)
        except subprocess.TimeoutExpired:
            done = subprocess.CompletedProcess([], -1, "", "no answer for two minutes")
        return Built(done, out)

    def reference(self, variant, service="a"):
        """The digest that an empty store leads to."""
        if (variant, service) not in self.known:
            self.set_variant(variant)
            store = self.root.parent / "reference"
            built = self.build(store, service)
            if not built.sound:
                raise SystemExit(built.error)
            self.known[variant, service], self.size = built.digest, size(store)
            shutil.rmtree(store)
        return self.known[variant, service]

    def size_of(self, _digest):
        return self.size

    def thin(self, store, how):
        """Takes records away, so that a build has to look deeper."""
        layers = ["records/stage-layers", "records/layer"]
        gone = {"layers": layers, "pieces": layers + ["fragments"], "outputs": layers + ["records/outputs", "derived"]}
        gone["packages"] = gone["pieces"] + ["records/prune", "records/bins", "sources"]
        for kind in gone.get(how, []):
            place = store / "v2" / kind
            shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else None


def size(folder):
    return sum(os.lstat(os.path.join(at, name)).st_size for at, _, names in os.walk(folder) for name in names)
