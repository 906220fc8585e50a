// Hashes with the native module, and says so.
const bcrypt = require('bcrypt')
const hash = bcrypt.hashSync('secret', 4)
require('node:http')
  .createServer((_, response) => response.end(String(bcrypt.compareSync('secret', hash))))
  .listen(process.env.PORT)
process.on('SIGTERM', () => process.exit(0))
