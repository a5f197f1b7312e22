import type { ProxyReport } from '../../proxy/telemetry/report.ts';
import type { Clock, Log } from '../ports.ts';
import type { ControlConnection } from './control-connection.ts';

const everyMs = 5000;

/** Tells control of a proxy every five seconds until the signal; control's absence is survived, and told of once. */
export async function keepReporting(
  control: Pick<ControlConnection, 'call'>,
  report: () => ProxyReport,
  clock: Clock,
  log: Log,
  stopped: AbortSignal,
): Promise<void> {
  let absent = false;
  while (!stopped.aborted) {
    const body = report();
    await reportOnce(control, body).then(
      () => {
        absent = false;
      },
      (error: unknown) => {
        if (!absent) log.warn('report not sent', { error: String(error) });
        absent = true;
      },
    );
    await clock.sleep(everyMs, stopped).catch(() => undefined);
  }
}

/** One report. Rejects where control does not take it. */
export async function reportOnce(
  control: Pick<ControlConnection, 'call'>,
  report: ProxyReport,
): Promise<void> {
  await control.call({ method: 'PUT', path: `/v1/reports/${report.instance}`, body: report });
}
