"""Hostile peers: registries of images, their token servers and npm registries on loopback, each with one way of its own to misbehave, against the pull of a
base, a push and the fetch of a package. Each attempt must end in bounded time and memory, well or with an error, and leave nothing that is half written: the
next one, with a good peer and the same store, gives the image that an empty store leads to."""
import base64, concurrent.futures, gzip, hashlib, io, json, os, pathlib, random, shutil, socket, subprocess, tarfile, tempfile, threading, time
from collections import Counter

from workspace import PACKAGES, is_sound, tar

# Seconds and bytes that no attempt may take more of. A silent peer costs two waits for an answer, an upload to one two longer waits.
LONGEST, LARGEST, AT_ONCE = 200, 256 << 20, 6
PASSWORD = "Swordfish"
INDEX, MANIFEST = "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json"
CONFIG, LAYER = "application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar+gzip"
digest = lambda content: "sha256:" + hashlib.sha256(content).hexdigest()


class Request:
    """One request, and the ways to answer it."""

    def __init__(self, server, wire, line, headers, body_left, reader):
        self.server, self.wire, self.headers, self.left, self.reader = server, wire, headers, body_left, reader
        self.method, self.target = (line.split(" ") + ["", ""])[:2]
        self.path = self.target.split("?")[0]
        with server.lock:
            self.count = server.counts[self.method, self.path] = server.counts[self.method, self.path] + 1
        if headers.get("authorization"):
            server.credentials.append(headers["authorization"])

    def body(self):
        content, self.left = self.reader.read(self.left), 0
        return content

    def send(self, status, content=b"", length=None, **headers):
        names = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        size = "" if length == "none" else f"Content-Length: {len(content) if length is None else length}\r\n"
        self.wire.sendall(f"HTTP/1.1 {status} X\r\n{size}{names}\r\n".encode())
        if self.method != "HEAD":
            self.wire.sendall(content)

    def raw(self, content):
        self.wire.sendall(content)

    def chunked(self, pieces, **headers):
        self.send(200, length="none", Transfer_Encoding="chunked", **headers)
        for piece in pieces:
            self.raw(b"%x\r\n%s\r\n" % (len(piece), piece))

    def trickle(self, content):
        for at in range(len(content)):
            self.raw(content[at : at + 1])
            self.server.closed.wait(1)


class Server:
    """A server of one case. `behave(request)` answers; what it gives back ends the connection."""

    def __init__(self, behave, host="127.0.0.1"):
        self.behave, self.counts, self.lock, self.credentials, self.closed = behave, Counter(), threading.Lock(), [], threading.Event()
        self.listener = socket.create_server((host, 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                wire, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(wire,), daemon=True).start()

    def serve(self, wire):
        reader = wire.makefile("rb")
        try:
            while not self.closed.is_set():
                line = reader.readline(65536).decode("latin-1").strip()
                if not line:
                    return
                headers = {}
                while name := reader.readline(65536).decode("latin-1").strip():
                    headers[name.split(":")[0].lower()] = name.split(":", 1)[-1].strip()
                request = Request(self, wire, line, headers, int(headers.get("content-length") or 0), reader)
                if self.behave(request):
                    return
                reader.read(request.left)
        except (OSError, ValueError):
            pass  # Its client went away.
        finally:
            try:
                wire.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            wire.close()

    def close(self):
        self.closed.set()
        self.listener.close()


class Image:
    """The base, and what a registry says of it."""

    def __init__(self, plain):
        self.layer = gzip.compress(plain, 1, mtime=0)
        self.blobs = {digest(self.layer): self.layer}
        self.config = self.blob(json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [digest(plain)]}}).encode())
        self.plain, self.manifest = plain, self.manifest_of([(digest(self.layer), len(self.layer))])

    def blob(self, content):
        self.blobs[digest(content)] = content
        return content

    def manifest_of(self, layers, config=None):
        config = config or self.config
        described = lambda kind, name, size: {"mediaType": kind, "digest": name, "size": size}
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described(CONFIG, digest(config), len(config))}
        return json.dumps(document | {"layers": [described(LAYER, name, size) for name, size in layers]}).encode()

    def with_layer(self, packed, plain_digest):
        self.blob(packed)
        config = self.blob(json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [digest(self.plain), plain_digest]}}).encode())
        return self.manifest_of([(digest(self.layer), len(self.layer)), (digest(packed), len(packed))], config)

    def serve(self, request, manifest=None):
        """A good registry, to read."""
        name = request.path.rsplit("/", 1)[-1]
        manifest = self.manifest if manifest is None else manifest
        if request.path in ("/v2/", "/v2"):
            request.send(200, b"{}")
        elif "/manifests/" in request.path and name in ("1", digest(manifest)):
            request.send(200, manifest, Content_Type=MANIFEST)
        elif "/manifests/" in request.path and name in self.blobs:
            request.send(200, self.blobs[name], Content_Type=INDEX)
        elif "/blobs/" in request.path and name in self.blobs:
            content, start = self.blobs[name], request.headers.get("range", "")
            if start.startswith("bytes="):
                at = int(start[6:].split("-")[0])
                request.send(206, content[at:], Content_Range=f"bytes {at}-{len(content) - 1}/{len(content)}")
            else:
                request.send(200, content)
        else:
            request.send(404, b'{"errors":[{"code":"NOT_FOUND","message":"nothing here"}]}')


def at(kind, answer, image, **more):
    """A registry that misbehaves for what has `kind` in its path, and is good otherwise."""
    return lambda request: answer(request) if kind in request.path else image.serve(request, **more)


def endless(request):
    request.chunked(b"\0" * (1 << 20) for _ in range(1 << 20))
    return True


def bomb(header_size):
    """Gigabytes of zeros in a few hundred kilobytes, behind the header of one file."""
    entry = tarfile.TarInfo("package/zeros" if header_size < 0 else "zeros")
    entry.size = abs(header_size)
    zeros = gzip.compress(b"\0" * (64 << 20), 9, mtime=0)
    return gzip.compress(entry.tobuf(), mtime=0) + zeros * (entry.size >> 26)


def nested(image, depth):
    kind, content = MANIFEST, image.blob(image.manifest)
    for _ in range(depth):
        entry = {"mediaType": kind, "digest": digest(content), "size": len(content), "platform": {"os": "linux", "architecture": "amd64"}}
        kind, content = INDEX, image.blob(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}).encode())
    return content


def silent(request):
    request.server.closed.wait(LONGEST * 2)
    return True


def answer(status, content=b"", **headers):
    return lambda request: request.send(status, content, **headers)


def first(count, bad, good):
    """`bad` so many times for each thing that is asked for, then `good`."""
    return lambda request: bad(request) if request.count <= count else good(request)


def pulls(image, other):
    """By name: the registry, and whether the pull may go well."""
    layer = digest(image.layer)
    cut = lambda part: lambda request: request.send(200, image.layer[:part], length=len(image.layer)) or True
    loop = lambda request: request.send(307, Location=request.target + "x")
    away = lambda request: request.send(307, Location=f"http://localhost:{other.port}{request.path}")
    serve, manifest = image.serve, "/manifests/"
    sized = lambda size: at("none", None, image, manifest=image.manifest_of([(layer, size)]))
    named = lambda name: at("none", None, image, manifest=image.manifest_of([(name, 10)]))
    plain = lambda content: at("none", None, image, manifest=content)
    config = lambda content: at("none", None, image, manifest=image.manifest_of([(layer, len(image.layer))], image.blob(content)))

    def one_byte(request):
        start = int(request.headers.get("range", "bytes=0-")[6:].split("-")[0])
        size = len(image.layer)
        request.send(206 if start else 200, image.layer[start : start + 1], length=size - start, Content_Range=f"bytes {start}-{size - 1}/{size}")
        return True

    def after_login(challenge, then):
        def behave(request):
            if request.path.startswith("/token"):
                return then(request)
            if request.headers.get("authorization", "").startswith("Bearer good"):
                return serve(request)
            request.send(401, WWW_Authenticate=challenge(request))

        return behave

    token = lambda then: after_login(lambda request: f'Bearer realm="http://{request.headers["host"]}/token",service="s"', then)
    realm = lambda text: after_login(lambda _: text, None)
    empty = gzip.compress(b"\0" * 1024, mtime=0)
    image.blob(empty)
    self_index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [{"mediaType": INDEX, "digest": "sha256:" + "1" * 64, "size": 300, "platform": {"os": "linux", "architecture": "amd64"}}]}).encode()
    big = bomb(4 << 30)
    return {
        "layer with other bytes": (at(layer, answer(200, image.layer[:-9] + b"x" * 9), image), False),
        "configuration with other bytes": (at(digest(image.config), answer(200, b"{" + image.config[1:-1] + b" "), image), False),
        "digest in the header that lies": (at(manifest, answer(200, image.manifest, Content_Type=MANIFEST, Docker_Content_Digest="sha256:" + "a" * 64), image), False),
        "layer without an end": (at(layer, endless, image), False),
        "layer cut in its middle, each time": (at(layer, cut(50), image), False),
        "layer cut in its middle, once": (at(layer, first(1, cut(50), serve), image), True),
        "one byte for each request": (at(layer, one_byte, image), False),
        "another range than asked for": (at(layer, first(1, cut(50), answer(206, image.layer, Content_Range="bytes 7-9/10")), image), False),
        "redirects in a loop": (at(layer, loop, image), False),
        "redirect to file:": (at(layer, answer(307, Location="file:///etc/passwd"), image), False),
        "redirect to no URL": (at(layer, answer(307, Location="http://["), image), False),
        "redirect to another host": (at(layer, away, image), True),
        "silent": (silent, False),
        "silent for manifests": (at(manifest, silent, image), False),
        "silent after the head of a layer": (at(layer, lambda request: request.send(200, length=len(image.layer)) or silent(request), image), False),
        "layer with a byte a second": (at(layer, lambda request: request.send(200, length=len(image.layer)) or request.trickle(image.layer), image), False),
        "head with a byte a second": (at(manifest, lambda request: request.trickle(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500), image), False),
        "manifest of a gigabyte, as its head says": (at(manifest, lambda request: request.send(200, b"{", length=1 << 30) or silent(request), image), False),
        "manifest without an end": (at(manifest, endless, image), False),
        "layer of 2^62 bytes": (sized(2**62), False),
        "layer of -1 bytes": (sized(-1), False),
        "layer of fewer bytes than it has": (sized(10), False),
        "digest that is a path": (named("sha256:../../../etc/passwd"), False),
        "digest of another kind": (named("md5:abc"), False),
        "deep JSON": (plain(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), False),
        "manifest in no UTF-8": (plain(b'{"schemaVersion":2,"x":"\xff\xfe"}'), False),
        "empty manifest": (plain(b""), False),
        "configuration that is no JSON": (config(b"not json"), False),
        "configuration with other diff IDs": (config(json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}}).encode()), False),
        "configuration with too many diff IDs": (config(json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest(image.plain)] * 3}}).encode()), False),
        "20,000 layers": (plain(image.manifest_of([(layer, len(image.layer))] + [(digest(empty), len(empty))] * 19_998)), False),
        "layer that unpacks to 4 GB": (plain(image.with_layer(big, "sha256:" + "0" * 64)), False),
        "index that names itself": (lambda request: request.send(200, self_index, Content_Type=INDEX) if manifest in request.path else serve(request), False),
        "300 indexes in each other": (plain(nested(image, 300)), False),
        "chunks that are none": (at(manifest, lambda request: request.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n") or True, image), False),
        "another protocol": (lambda request: request.raw(b"SSH-2.0-OpenSSH_9.6\r\n") or True, False),
        "head without an end": (at(manifest, lambda request: [request.raw(b"HTTP/1.1 200 OK\r\n")] + [request.raw(b"X-%d: %s\r\n" % (n, b"x" * 60_000)) for n in range(10_000)] and True, image), False),
        "100 Continue without an end": (at(manifest, lambda request: [request.raw(b"HTTP/1.1 100 Continue\r\n\r\n") for _ in range(10**7)] and True, image), False),
        "204 for a manifest": (at(manifest, answer(204), image), False),
        "HTML for a manifest": (at(manifest, answer(200, b"<html>log in</html>", Content_Type="text/html"), image), False),
        "manifest with a type of HTML": (at(manifest, answer(200, image.manifest, Content_Type="text/html"), image), True),
        "connection closed after each answer": (lambda request: serve(request) or True, True),
        "401 for ever": (answer(401, WWW_Authenticate='Basic realm="x"'), False),
        "401 without a challenge": (answer(401), False),
        "token that nobody takes": (token(answer(200, b'{"token":"bad"}')), False),
        "token server that is silent": (token(silent), False),
        "token server that answers HTML": (token(answer(200, b"<html>")), False),
        "token of a gigabyte": (token(endless), False),
        "token with a line end": (token(answer(200, b'{"token":"a\\r\\nX: y"}')), False),
        "token server in a file": (realm('Bearer realm="file:///etc/passwd"'), False),
        "token server without a URL": (realm('Bearer realm="gopher"'), False),
        "503 for ever": (at(manifest, answer(503), image), False),
        "503 twice": (at(manifest, first(2, answer(503), serve), image), True),
        "429 for 30 years": (at(manifest, answer(429, b'{"errors":[{"code":"TOOMANYREQUESTS","message":"go away"}]}', Retry_After="999999999"), image), False),
        "429 for a second": (at(manifest, first(1, answer(429, Retry_After="1"), serve), image), True),
        "error of a gigabyte": (at(manifest, lambda request: request.send(403, length="none", Transfer_Encoding="chunked") or [request.raw(b"100000\r\n" + b"x" * (1 << 20) + b"\r\n") for _ in range(1024)] and True, image), False),
        "error that steers the terminal": (at(manifest, answer(403, json.dumps({"errors": [{"code": "DENIED", "message": "\x1b]0;x\x07\u202e" * 5000}]}).encode()), image), False),
    }


class Uploads:
    """A registry to push to: in memory, good unless `odd` answers first."""

    def __init__(self, odd):
        self.odd, self.blobs, self.manifests, self.sessions, self.numbers = odd, {}, {}, {}, 0

    def __call__(self, request):
        done = self.odd(request, self)
        return self.serve(request) if done is None else done is True

    def serve(self, request):
        name = request.path.rsplit("/", 1)[-1]
        if request.path.rstrip("/") == "/v2":
            request.send(200, b"{}")
        elif request.method == "POST":
            self.numbers += 1
            request.body()
            self.sessions[f"s{self.numbers}"] = b""
            request.send(202, Location=f"/v2/x/blobs/uploads/s{self.numbers}")
        elif request.method == "PATCH":
            self.sessions[name] += request.body()
            request.send(202, Location=request.path, Range=f"0-{len(self.sessions[name]) - 1}")
        elif request.method == "PUT" and "/manifests/" in request.path:
            content = request.body()
            self.manifests[name] = self.manifests[digest(content)] = content
            request.send(201, Docker_Content_Digest=digest(content))
        elif request.method == "PUT":
            content = self.sessions.pop(name, b"") + request.body()
            wanted = request.target.split("digest=")[-1].replace("%3A", ":")
            if digest(content) == wanted:
                self.blobs[wanted] = content
            request.send(201 if digest(content) == wanted else 400)
        elif request.method in ("GET", "HEAD") and "/manifests/" in request.path:
            found = self.manifests.get(name)
            request.send(404 if found is None else 200, found or b"", Content_Type=MANIFEST)
        elif request.method in ("GET", "HEAD") and "/blobs/" in request.path and "/uploads/" not in request.path:
            request.send(200 if name in self.blobs else 404, self.blobs.get(name, b""))
        else:
            request.send(404)

    def whole(self, root):
        """Whether the tag leads to an image that is here as a whole."""
        manifest = self.manifests.get("1")
        if manifest is None or digest(manifest) != root:
            return False
        names = json.loads(manifest)
        return all(one["digest"] in self.blobs for one in [names["config"], *names["layers"]])


def pushes(other):
    def when(method, part, then):
        return lambda request, registry: then(request) if request.method == method and part in request.path else None

    flag = lambda then: lambda request: then(request) or False
    end = lambda then: lambda request: then(request) or True
    too_large = lambda request, registry: request.send(413) or False if request.method == "PUT" and "/blobs/" in request.path and request.left > 1 << 20 else request.send(416) or False if request.method == "PATCH" else None
    small_chunks = lambda request, registry: request.send(413) or False if request.method == "PUT" and "/blobs/" in request.path and request.left > 3 << 20 else request.send(416) or False if request.method == "PATCH" and request.left > 2 << 20 else None
    uploads, manifests = "/uploads/", "/manifests/"
    return {
        "upload without a Location": (when("POST", uploads, flag(answer(202))), False),
        "upload whose Location is a file": (when("POST", uploads, flag(answer(202, Location="file:///etc/x"))), False),
        "upload whose Location is another host": (when("POST", uploads, flag(lambda request: request.send(202, Location=f"http://localhost:{other.port}/up"))), False),
        "upload that is redirected for ever": (when("PUT", uploads, flag(lambda request: request.send(307, Location=request.target))), False),
        "silent once all was sent": (when("PUT", uploads, lambda request: request.body() and silent(request)), False),
        "silent while bytes are sent": (when("PUT", uploads, silent), False),
        "500 for each blob": (when("PUT", uploads, flag(answer(500))), False),
        "connection cut within each blob": (when("PUT", uploads, lambda request: request.reader.read(1000) and True), False),
        "413 for a blob, 416 for each chunk": (too_large, False),
        "413 for a blob, 416 for large chunks": (small_chunks, True),
        "another digest than was sent": (when("PUT", uploads, flag(answer(201, Docker_Content_Digest="sha256:" + "b" * 64))), False),
        "more bytes arrived than were sent": (lambda request, registry: (request.send(413) or True) if request.method == "PUT" and request.left > 1 << 20 else request.send(503) or False if request.method == "PATCH" else request.send(204, Range="0-99999999999") or False if request.method == "GET" and uploads in request.path else None, False),
        "415 for the manifest": (when("PUT", manifests, flag(answer(415))), False),
        "MANIFEST_INVALID": (when("PUT", manifests, flag(answer(400, b'{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid"}]}'))), False),
        "another digest for the manifest": (when("PUT", manifests, flag(answer(201, Docker_Content_Digest="sha256:" + "c" * 64))), False),
        "429 for 30 years": (when("POST", uploads, flag(answer(429, Retry_After="999999999"))), False),
        "403 with a page": (when("POST", uploads, flag(answer(403, b"<html>" + b"x" * 100_000))), False),
        "500 once for each blob": (lambda request, registry: request.send(500) or True if request.method == "POST" and request.count == 2 else None, True),
    }


def packages(files, other):
    """npm registries, by name. `files`: path → tarball."""
    good = lambda request: request.send(200, files[request.path]) if request.path in files else request.send(404)
    one = sorted(files)[0]
    odd = lambda then: lambda request: then(request) if request.path == one else good(request)
    content = files[one]
    return {
        "another package than locked": (odd(answer(200, gzip.compress(b"x" * 9999))), False),
        "cut in its middle, each time": (odd(lambda request: request.send(200, content[:99], length=len(content)) or True), False),
        "cut in its middle, once": (odd(first(1, lambda request: request.send(200, content[:99], length=len(content)) or True, good)), True),
        "without an end": (odd(endless), False),
        "silent": (odd(silent), False),
        "a byte a second": (odd(lambda request: request.send(200, length=len(content)) or request.trickle(content)), False),
        "redirects in a loop": (odd(lambda request: request.send(302, Location=request.target)), False),
        "redirect to file:": (odd(answer(302, Location="file:///etc/passwd")), False),
        "redirect to another host": (odd(lambda request: request.send(302, Location=f"http://localhost:{other.port}/npm{request.path}")), True),
        "503 for ever": (odd(answer(503)), False),
        "503 once": (odd(first(1, answer(503), good)), True),
        "429 for 30 years": (odd(answer(429, Retry_After="999999999")), False),
        "401": (odd(answer(401, b'{"error":"who are you?"}')), False),
        "404": (odd(answer(404)), False),
        "HTML": (odd(answer(200, b"<html>log in</html>", Content_Type="text/html")), False),
        "chunks that are none": (odd(lambda request: request.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") or True), False),
        "connection closed after each answer": (lambda request: good(request) or True, True),
    }


def peak(number):
    """The most memory that a running program had."""
    try:
        lines = pathlib.Path(f"/proc/{number}/status").read_text().splitlines()
        return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


class Peers:
    def __init__(self, work, registry, workspace, fourply, fault):
        self.work, self.registry, self.workspace, self.fourply, self.fault = work, registry, workspace, fourply, fault
        self.root = workspace.root
        plain = (self.root / "base.tar").read_bytes()
        self.image, files = Image(plain), {path: content for path, content in registry.files.items() if path.split("/")[1] in PACKAGES}

        def elsewhere(request):
            name = request.path.rsplit("/", 1)[-1]
            content = self.image.blobs.get(name) or files.get(request.path.removeprefix("/npm"))
            request.body()
            request.send(404 if content is None else 200, content or b"")

        # Another host: nobody's credentials may arrive here.
        self.other = Server(elsewhere)
        self.cases = [("pull of a base", name, *case) for name, case in pulls(self.image, self.other).items()]
        self.cases += [("push", name, *case) for name, case in pushes(self.other).items()]
        self.cases += [("npm package", name, *case) for name, case in packages(files, self.other).items()]

    def run(self, chosen=None):
        good = Server(self.image.serve)
        docker = self.work / "docker"
        docker.mkdir()
        self.docker, self.good = docker, good.host
        store, out = self.work / "good", self.work / "good-out"
        done = self.attempt(self.build(self.root, store, out, good.host), self.root)[0]
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        self.want, self.layout = done.stdout.strip(), out
        (self.work / "large").write_bytes(random.Random(1).randbytes(5 << 20))
        self.push_layout = self.with_large_layer()
        tally, slowest, largest = Counter(), (0, ""), (0, "")
        cases = [case for case in self.cases if chosen is None or (case[0], case[1]) in chosen]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for case, (result, seconds, memory, text) in zip(cases, pool.map(self.case, cases)):
                tally[result] += 1
                slowest, largest = max(slowest, (seconds, case[1])), max(largest, (memory, case[1]))
                if os.environ.get("VERBOSE"):
                    print(f"{case[0]:15} {case[1]:45} {result:10} {seconds:6.1f} s {memory >> 20:4} MB  {text}", flush=True)
                if result not in ("refused", "well"):
                    self.fault(f"{case[0]}, {case[1]}: {result} after {seconds:.1f} s with {memory >> 20} MB: {text}")
        if any(PASSWORD in base64.b64decode(found.split()[-1] + "==").decode("latin-1") or PASSWORD in found for found in self.other.credentials):
            self.fault("credentials arrived at another host")
        bad = sum(tally.values()) - tally["refused"] - tally["well"]
        print(f"| {len(cases)} hostile peers: registries, token servers, npm registries | wrong, without an end, too large, or half written | {bad} |")
        print(f"| | refused, well in spite of it | {tally['refused']}, {tally['well']} |")
        print(f"| | the longest, the largest | {slowest[0]:.0f} s ({slowest[1]}), {largest[0] >> 20} MB ({largest[1]}) |")
        self.other.close()
        good.close()

    def with_large_layer(self):
        """The image that is pushed: one of its layers is larger than the smallest chunks."""
        folder = self.work / "pushed"
        shutil.copytree(self.layout, folder)
        blobs, index = folder / "blobs/sha256", json.loads((folder / "index.json").read_text())
        manifest = json.loads((blobs / index["manifests"][0]["digest"][7:]).read_text())
        config = json.loads((blobs / manifest["config"]["digest"][7:]).read_text())

        def put(content):
            (blobs / digest(content)[7:]).write_bytes(content)
            return {"digest": digest(content), "size": len(content)}

        plain = tar({"large": ((self.work / "large").read_bytes(), 0o644)})
        config["rootfs"]["diff_ids"].append(digest(plain))
        manifest["layers"].append({"mediaType": LAYER} | put(gzip.compress(plain, 1, mtime=0)))
        manifest["config"] |= put(json.dumps(config).encode())
        index["manifests"][0] |= put(json.dumps(manifest).encode())
        self.pushed = index["manifests"][0]["digest"]
        (folder / "index.json").write_text(json.dumps(index))
        return folder

    def build(self, root, store, out, base=None):
        base = ["--base", f"{base}/x:1"] if base else []
        return [self.fourply, "build", "services/a", "--store", store, "-o", f"type=oci,dest={out}", *base]

    def attempt(self, command, folder, docker=None):
        """The end of a program, its time, and the most memory that it had."""
        began = time.time()
        environment = os.environ | {"DOCKER_CONFIG": str(docker or self.docker), "HOME": str(self.docker)}
        with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
            process = subprocess.Popen(command, cwd=folder, stdout=stdout, stderr=stderr, env=environment)
            memory = 0
            while process.poll() is None:
                # What wait() tells begins with the size of this program, which the other one was for a moment.
                memory = max(memory, peak(process.pid))
                if time.time() - began > LONGEST:
                    process.kill()
                time.sleep(0.02)
            stdout.seek(0), stderr.seek(0)
            text = [pipe.read().decode("utf-8", "replace") for pipe in (stdout, stderr)]
        return subprocess.CompletedProcess(command, process.returncode, *text), time.time() - began, memory

    def case(self, case):
        kind, _, behave, may_go_well = case
        work = pathlib.Path(tempfile.mkdtemp(dir=self.work))
        store, out, docker = work / "store", work / "out", work / "docker"
        docker.mkdir()
        registry = Uploads(behave) if kind == "push" else None
        server = Server(registry or behave)
        auth = base64.b64encode(f"user:{PASSWORD}".encode()).decode()
        (docker / "config.json").write_text(json.dumps({"auths": {server.host: {"auth": auth}}}))
        try:
            if kind == "push":
                command = [self.fourply, "copy", f"oci:{self.push_layout}", f"{server.host}/x:1", "--store", store]
                done, seconds, memory = self.attempt(command, work, docker)
                right, again = registry.whole(self.pushed) and done.stdout.strip() == self.pushed, None
            elif kind == "npm package":
                root = self.with_npm(work / "workspace", server)
                done, seconds, memory = self.attempt(self.build(root, store, out, self.good), root, docker)
                right, again = done.stdout.strip() == self.want, self.root
            else:
                done, seconds, memory = self.attempt(self.build(self.root, store, out, server.host), self.root, docker)
                right, again = out.exists() and is_sound(out), self.root
            return *self.judged(done, seconds, memory, right, may_go_well, store, out, again), seconds, memory, self.told(done)
        finally:
            server.close()
            shutil.rmtree(work)

    def judged(self, done, seconds, memory, right, may_go_well, store, out, again):
        if seconds >= LONGEST:
            return ("WITHOUT AN END",)
        if memory > LARGEST:
            return ("TOO LARGE",)
        if "panicked" in done.stderr or done.returncode not in (0, 1, 3):
            return (f"ENDED WITH {done.returncode}",)
        if any(ord(letter) < 32 and letter != "\n" for letter in done.stderr) or PASSWORD in done.stderr or len(done.stderr) > 20_000:
            return ("MESSAGE",)
        if done.returncode == 0 and not right:
            return ("WRONG",)
        if may_go_well and done.returncode != 0:
            return ("NOT WELL",)
        if not may_go_well and done.returncode == 0:
            return ("WELL AGAINST ALL",)
        if done.returncode != 0 and os.path.lexists(out) or any(path.is_file() for path in (store / "v2/tmp").rglob("*")):
            return ("HALF WRITTEN",)
        if again:
            shutil.rmtree(out, ignore_errors=True)
            healed = self.attempt(self.build(again, store, out, self.good), again)[0]
            if healed.returncode != 0 or healed.stdout.strip() != self.want or not is_sound(out):
                return ("STAYS: " + self.told(healed),)
        return ("well" if done.returncode == 0 else "refused",)

    def with_npm(self, root, server):
        shutil.copytree(self.root, root)
        (root / ".npmrc").write_text(f"registry=http://{server.host}/\n//{server.host}/:_authToken={PASSWORD}\nfetch-retries=2\nfetch-timeout=2000\n")
        return root

    def told(self, done):
        lines = [line for line in done.stderr.splitlines() if line.startswith(("error", "caused by", "hint"))]
        return " / ".join(lines)[:500]
