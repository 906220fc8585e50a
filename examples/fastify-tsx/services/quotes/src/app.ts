import { type Money, format, times } from '@quotes/money';
import fastify from 'fastify';

const prices: Record<string, Money> = {
  desk: { cents: 24900, currency: 'EUR' },
  lamp: { cents: 3950, currency: 'EUR' },
};

export function buildApp() {
  const app = fastify({ logger: true });

  app.get('/health', () => ({ status: 'ok' }));

  app.get<{ Params: { item: string }; Querystring: { count?: string } }>('/quotes/:item', (request, reply) => {
    const price = prices[request.params.item];
    if (!price) return reply.code(404).send({ error: 'no such item' });
    const total = times(price, Number(request.query.count ?? 1));
    return { item: request.params.item, total: format(total) };
  });

  return app;
}
