import { Hono } from 'hono';
import * as z from 'zod';
import type { Configuration } from '../configuration.ts';
import type { Publisher } from '../publisher.ts';
import { shownText } from '../shown-text.ts';
import type { History } from './history.ts';

export interface HistoryApiParts {
  readonly history: History;
  readonly configuration: Configuration;
  readonly publisher: Pick<Publisher, 'current'>;
}

const rollbackBody = z.strictObject({ revision: z.int().min(1), dryRun: z.boolean().optional() });

/** What was published: `/history`, `/history/:revision`, and the way back, `/rollback`. */
export function historyApi({ history, configuration, publisher }: HistoryApiParts): Hono {
  const app = new Hono();
  const inForce = async () => (await publisher.current())?.revision ?? 0;
  const notKept = async (revision: string | number): Promise<string> => {
    const kept = (await history.list()).map((one) => one.revision);
    const range =
      kept.length > 0 ? `the history goes from ${kept.at(-1)} to ${kept[0]}` : 'there is none yet';
    return `revision ${revision} is not kept; ${range}`;
  };
  app.get('/history', async (context) => {
    const current = await inForce();
    const list = await history.list();
    return context.json(list.map((one) => ({ ...one, inForce: one.revision === current })));
  });
  app.get('/history/:revision{[0-9]{1,15}}', async (context) => {
    const revision = Number(context.req.param('revision'));
    const [record, changes] = [await history.at(revision), await history.changesOf(revision)];
    if (!record || !changes) return context.text(await notKept(revision), 404);
    const documents = await history.documents(record);
    const resources = documents.map((one) => ({ ...one, text: shownText(one.kind, one.text) }));
    return context.json({ ...changes, inForce: revision === (await inForce()), resources });
  });
  app.post('/rollback', async (context) => {
    const { revision, dryRun = false } = rollbackBody.parse(await context.req.json());
    const [wanted, before] = [await history.at(revision), await history.at(await inForce())];
    if (!wanted) return context.text(await notKept(revision), 404);
    const diff = await history.diff(before?.documents ?? [], wanted.documents);
    const change = await configuration.rollback(revision, { dryRun });
    return change ? context.json({ ...change, diff }) : context.text(await notKept(revision), 404);
  });
  return app;
}
