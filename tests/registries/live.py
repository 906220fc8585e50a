"""Servers on loopback for the tests of TLS and proxies: a registry of one package by http, by https, and by https for those with a certificate, and a proxy.

In: a folder with lib.tgz, ca.pem, server.pem and server.key. Out: the ports, one line, in that order; a line of FOLDER/log for each request.
"""
import http.server, select, socket, ssl, sys, threading

folder = sys.argv[1]
package = open(f"{folder}/lib.tgz", "rb").read()


def note(*words):
    with open(f"{folder}/log", "a") as log:
        log.write(" ".join(words) + "\n")


class Answer(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        note(self.server.label, self.headers.get("Authorization", "-"))
        self.send_response(200)
        self.send_header("content-length", str(len(package)))
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(package)


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # a client that does not trust it


def serve(label, wants_certificate=None):
    server = Server(("127.0.0.1", 0), Answer)
    server.label = label
    if wants_certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(f"{folder}/server.pem", f"{folder}/server.key")
        if wants_certificate:
            tls.load_verify_locations(f"{folder}/ca.pem")
            tls.verify_mode = ssl.CERT_REQUIRED
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def forward(client):
    with client:
        head = b""
        while b"\r\n\r\n" not in head:
            more = client.recv(4096)
            if not more:
                return
            head += more
        lines = head.split(b"\r\n\r\n")[0].decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        method, target, _ = lines[0].split(" ")
        note("proxy", "password" if "proxy-authorization" in headers else "-")
        address = target if method == "CONNECT" else target.split("/")[2]
        host, port = address.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as server:
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                path = "/" + target.split("/", 3)[3]
                server.sendall(head.replace(target.encode(), path.encode(), 1))
            while ready := select.select([client, server], [], [], 5)[0]:
                for side in ready:
                    data = side.recv(65536)
                    if not data:
                        return
                    (server if side is client else client).sendall(data)


def proxy():
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        while True:
            threading.Thread(target=forward, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1]


print(serve("http"), serve("https", False), serve("certified", True), proxy(), flush=True)
sys.stdin.read()
