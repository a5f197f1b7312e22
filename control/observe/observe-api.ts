import { Hono } from 'hono';
import { configParts } from './config-rows.ts';
import type { Observation } from './observation.ts';
import { keptMs, stepMs } from './traffic-ring.ts';

/** What operators look at: `/graph`, `/proxies`, `/proxies/:instance/config/:part`. */
export function observeApi(observation: Observation): Hono {
  const app = new Hono();
  app.get('/graph', async (context) => {
    const seconds = Number(context.req.query('seconds') ?? '60');
    const [least, most] = [stepMs / 1000, keptMs / 1000];
    if (!Number.isInteger(seconds) || seconds < least || seconds > most)
      return context.text(`seconds must be a whole number from ${least} to ${most}`, 400);
    return context.json(await observation.graph(seconds));
  });
  app.get('/proxies', async (context) => context.json(await observation.rows()));
  app.get('/proxies/:instance/config/:part', async (context) => {
    const { instance, part: asked } = context.req.param();
    const part = configParts.find((one) => one === asked);
    if (!part) return context.text(`there is no part ${asked}; there are ${configParts.join(', ')}`, 404);
    const config = await observation.config(instance, part);
    return config
      ? context.json(config)
      : context.text(`there is no proxy ${instance}, or no configuration for it`, 404);
  });
  return app;
}
