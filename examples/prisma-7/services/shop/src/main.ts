import { createServer } from 'node:http';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient, Status } from './generated/client.js';

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 2000 });
const prisma = new PrismaClient({ adapter });

/** A route's status and body. */
async function answer(path: string): Promise<[number, unknown]> {
  switch (path) {
    case '/health':
      return [200, { status: 'ok' }];
    case '/statuses':
      return [200, Object.values(Status)];
    case '/orders':
      return [200, await prisma.order.findMany({ where: { status: Status.OPEN }, take: 20 })];
    default:
      return [404, { error: 'no such route' }];
  }
}

const server = createServer(async (request, response) => {
  const [status, body] = await answer(request.url ?? '/').catch((error): [number, unknown] => {
    console.error(error);
    return [503, { error: 'the database does not answer' }];
  });
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});

process.once('SIGTERM', () => server.close(() => void prisma.$disconnect()));
server.listen(Number(process.env.PORT ?? 3000), '0.0.0.0');
