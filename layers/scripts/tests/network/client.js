// What scripts do to download, without a word of proxies. Prints a line for each.
const https = require('https'), http = require('http'), net = require('net');
const get = (url, options = {}) => new Promise((resolve) => {
  const request = (url.startsWith('https') ? https : http).request(url, options, (response) => {
    const pieces = [];
    response.on('data', (piece) => pieces.push(piece));
    response.on('end', () => {
      const body = Buffer.concat(pieces).toString();
      const more = [response.headers.location, response.headers['content-range']].filter(Boolean).map((text) => ` ${text}`);
      resolve(`${response.statusCode}${more.join('')} ${body.length > 100 ? body.length : body.trim()}`);
    });
  });
  request.on('error', (error) => resolve(error.code || error.message));
  request.end();
});
const steps = {
  https: () => get('https://a.example/https'),
  http: () => get('http://a.example/http'),
  fetch: async () => { const response = await fetch('https://a.example/fetch'); return `${response.status} ${await response.text()}`; },
  redirected: async () => (await fetch('https://a.example/latest')).url,
  redirect: () => get('https://a.example/latest'),
  signed: () => get('https://a.example/signed', { headers: { Authorization: 'Bearer secret' } }),
  missing: () => get('https://a.example/missing'),
  head: () => get('https://a.example/large', { method: 'HEAD' }),
  large: () => get('https://a.example/large'),
  part: () => get('https://a.example/https', { headers: { Range: 'bytes=0-8' } }),
  mirror: () => get(`${process.env.MIRROR}/mirror`),
  post: () => get('https://a.example/post', { method: 'POST' }),
  metadata: () => get('http://169.254.169.254/latest/meta-data'),
  local: () => get('http://localhost/'),
  address: () => get('https://203.0.113.7/'),
  otherport: () => get('https://a.example:9443/'),
  own: () => new Promise((resolve) => {
    const server = net.createServer((socket) => socket.end('own'));
    server.listen(5555, '127.0.0.1', () => net.connect(5555, '127.0.0.1').on('data', (text) => { server.close(); resolve(`${text}`); }));
  }),
};
(async () => {
  for (const step of process.argv.slice(2)) console.log(step, await Promise.resolve().then(steps[step]).catch((error) => (error.cause && error.cause.code) || error.code || error.message));
})();
