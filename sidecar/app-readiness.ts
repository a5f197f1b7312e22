import { type AppProbe, probeApp } from '../src/runtime/control/admin/app-probe.ts';
import type { Clock } from '../src/runtime/ports.ts';

/** What the application must do before requests may come. */
export type AppReadiness = AppProbe;

/** An application that starts is asked this often, ms. */
const askEveryMs = 100;
const timeoutMs = 2000;

/** `off`, `tcp` (it takes connections) or a path (it answers 2xx). Throws on anything else. */
export function appReadiness(text: string, port: number): AppReadiness | undefined {
  if (text === 'off') return undefined;
  if (text === 'tcp') return { port, timeoutMs, how: { kind: 'tcp' } };
  if (/^\/[!-~]*$/.test(text))
    return { port, timeoutMs, how: { kind: 'http', path: text, tls: false, headers: [] } };
  throw new Error(`--app-ready must be off, tcp or a path like /health, not "${text}"`);
}

/** Resolves when the application is ready; rejects after the abort. */
export async function untilAppIsReady(
  probe: AppReadiness,
  clock: Pick<Clock, 'sleep'>,
  stopped: AbortSignal,
): Promise<void> {
  while (!isSuccess(await probeApp(probe))) await clock.sleep(askEveryMs, stopped);
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;
