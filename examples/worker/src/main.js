import { Cron } from 'croner';
import { beat } from './heartbeat.js';
import { Outbox } from './outbox.js';

const outbox = new Outbox();

const job = new Cron('* * * * * *', { protect: true }, async () => {
  const sent = await outbox.flush();
  await beat();
  if (sent > 0) console.log(`sent ${sent} messages`);
});

outbox.add({ to: 'ops@example.com', subject: 'worker started' });

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, async () => {
    job.stop();
    await outbox.flush();
    process.exit(0);
  });
}
