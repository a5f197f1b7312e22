import { Hono } from 'hono';
import type { Ratings } from './book.ts';

const given: Ratings['ratings'] = { Reviewer1: 5, Reviewer2: 4 };

/** Stars by reviewer. Calls nobody; security.yaml lets only reviews ask. */
export function ratingsApp(): Hono {
  const app = new Hono();
  app.get('/health', (c) => c.json({ status: 'ok', app: 'ratings' }));
  app.get('/ratings/:id{[0-9]+}', (c) => c.json({ id: Number(c.req.param('id')), ratings: given }));
  app.get('/ratings/:id', (c) => c.json({ error: 'The id of a book is a number.' }, 400));
  return app;
}
