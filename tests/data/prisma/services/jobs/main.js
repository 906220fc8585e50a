// Tells which models its two clients have.
const clients = [require('@prisma/client'), require('@jobs/client')]
require('node:http')
  .createServer((_, response) => response.end(clients.map(({ Prisma }) => Object.keys(Prisma.ModelName).join()).join()))
  .listen(process.env.PORT)
process.on('SIGTERM', () => process.exit(0))
