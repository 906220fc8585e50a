import { serve } from '@hono/node-server';
import { slug } from '@links/slug';
import { Hono } from 'hono';

const app = new Hono();
app.get('/health', (context) => context.json({ status: 'ok' }));
app.get('/slug/:title', (context) => context.json({ slug: slug(context.req.param('title')) }));

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });
process.once('SIGTERM', () => server.close());
