// Tells which models its client has.
const { Prisma } = require('@prisma/client')
require('node:http')
  .createServer((_, response) => response.end(Object.keys(Prisma.ModelName).join()))
  .listen(process.env.PORT)
process.on('SIGTERM', () => process.exit(0))
