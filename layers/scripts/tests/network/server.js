// All servers of the world: HTTP, HTTPS and a proxy that leads to both. `/log` tells what was asked; `/version/N` changes what is answered.
const http = require('http'), https = require('https'), fs = require('fs');
let version = '1', asked = [];
const answer = (request, response) => {
  const url = new URL(request.url, `http://${request.headers.host}`);
  const path = url.pathname;
  if (path === '/log') { response.end(JSON.stringify(asked)); asked = []; return; }
  if (path.startsWith('/version/')) { version = path.slice(9); response.end(version); return; }
  asked.push(`${request.method} ${request.headers.host}${request.url} ${request.headers.authorization || '-'}`);
  const tell = (status, headers, body) => { response.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headers }); response.end(body); };
  if (path === '/signed') return tell(302, { Location: `https://cdn.example/file?sig=${Math.random()}` }, '');
  if (path === '/changing') return setTimeout(() => tell(200, {}, `${Math.random()}\n`), 200);
  if (path === '/latest') return tell(302, { Location: '/v1' }, '');
  if (path === '/missing') return tell(404, {}, 'missing');
  const file = `files/${path.split('/').pop()}`;
  if (fs.existsSync(file)) {
    // As GitHub does with what belongs to a release.
    if (request.headers.host === 'github.com') return tell(302, { Location: `https://cdn.example${path}?sig=${Math.random()}` }, '');
    return tell(200, {}, request.method === 'HEAD' ? '' : fs.readFileSync(file));
  }
  if (path === '/large') return tell(200, {}, 'x'.repeat(3000000));
  tell(200, { 'Content-Type': 'text/plain', Date: new Date().toUTCString() }, `${request.headers.host}${path} ${version}`);
};
const secure = https.createServer({ key: fs.readFileSync('leaf.key'), cert: fs.readFileSync('leaf.pem') }, answer);
const plain = http.createServer(answer);
const proxy = http.createServer(answer);
proxy.on('connect', (request, socket) => {
  socket.on('error', () => {});
  socket.write('HTTP/1.1 200 OK\r\n\r\n');
  (request.url.endsWith(':443') ? secure : plain).emit('connection', socket);
});
plain.listen(0, '127.0.0.1', () => proxy.listen(0, '127.0.0.1', () => console.log(`${plain.address().port} ${proxy.address().port}`)));
