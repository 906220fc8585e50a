import { createServer } from 'node:http';
import { type Order, Status } from '@orders/contract';

const orders = new Map<string, Order>([
  ['1', { id: '1', status: Status.paid, total: 24900 }],
  ['2', { id: '2', status: Status.open, total: 3950 }],
]);

const server = createServer((request, response) => {
  const send = (code: number, body: unknown) =>
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/health') return send(200, { status: 'ok', statuses: Object.values(Status) });
  const order = orders.get(pathname.replace('/orders/', ''));
  return order ? send(200, order) : send(404, { error: 'no such order' });
});

process.once('SIGTERM', () => server.close());
server.listen(Number(process.env.PORT ?? 3000), '0.0.0.0');
