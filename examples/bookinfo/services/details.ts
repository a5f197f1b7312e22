import { Hono } from 'hono';
import type { Details } from './book.ts';

const silasMarner: Omit<Details, 'id'> = {
  author: 'George Eliot',
  year: 1861,
  type: 'paperback',
  pages: 224,
  publisher: 'Raveloe Press',
  language: 'English',
  'ISBN-10': '0123456789',
  'ISBN-13': '9780123456786',
};

/** Facts about a book. Calls nobody. */
export function detailsApp(): Hono {
  const app = new Hono();
  app.get('/health', (c) => c.json({ status: 'ok', app: 'details' }));
  app.get('/details/:id{[0-9]+}', (c) => c.json({ id: Number(c.req.param('id')), ...silasMarner }));
  app.get('/details/:id', (c) => c.json({ error: 'The id of a book is a number.' }, 400));
  return app;
}
