import { Hono } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { timingSafeEqual } from 'hono/utils/buffer';
import { PROMETHEUS_TYPE } from '../src/proxy/telemetry/prometheus.ts';
import type { Environment, ExecutionContext } from './environment.ts';
import type { Gateway } from './gateway.ts';

/** Pages for who has the admin token. */
const CLOSED = ['/status', '/stats', '/stats/*'];

type Current = (environment: Environment) => Promise<Gateway>;

/** `/ready` for anybody; `/status` and `/stats` (this isolate's traffic) for who has the admin token, and for nobody while none is set. */
export function adminPages(current: Current): Hono<{ Bindings: Environment }> {
  const pages = new Hono<{ Bindings: Environment }>();
  pages.get('/ready', async ({ env, executionCtx, text }) => {
    const gateway = await current(env);
    await gateway.keepCurrent(executionCtx as ExecutionContext);
    return gateway.revision > 0 ? text('ready') : text('no configuration yet', 503);
  });
  pages.on('ALL', CLOSED, async (context, next) => {
    const token = context.env.WEFT_ADMIN_TOKEN;
    if (!token) return context.text('WEFT_ADMIN_TOKEN is not set', 403);
    return bearerAuth<{ Bindings: Environment }>({ verifyToken: (given) => timingSafeEqual(given, token) })(
      context,
      next,
    );
  });
  pages.get('/status', async ({ env, json }) =>
    json({ revision: (await current(env)).revision, target: env.WEFT_TARGET }),
  );
  // Asked regularly, this keeps an idle isolate on the newest revision.
  pages.get('/stats', async ({ env, executionCtx, json }) => {
    const gateway = await current(env);
    await gateway.keepCurrent(executionCtx as ExecutionContext);
    return json(gateway.telemetry.report());
  });
  pages.get('/stats/prometheus', async ({ env, body }) =>
    body((await current(env)).telemetry.prometheus(), 200, { 'content-type': PROMETHEUS_TYPE }),
  );
  return pages;
}
