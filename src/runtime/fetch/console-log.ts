import type { AccessLog, AccessLogFormat } from '../../proxy/telemetry/access-log.ts';
import { logLine } from '../log-line.ts';
import type { Log } from '../ports.ts';

/** One JSON line per event on the console, which is where Workers collect logs. */
export const consoleLog: Log = {
  info: (event, fields) => console.log(logLine('info', event, fields).trimEnd()),
  warn: (event, fields) => console.warn(logLine('warn', event, fields).trimEnd()),
  error: (event, fields) => console.error(logLine('error', event, fields).trimEnd()),
};

/** An access log on the console; undefined for no format. */
export function consoleAccessLog(format: AccessLogFormat | undefined): AccessLog | undefined {
  return format && { format, write: (line) => console.log(line.trimEnd()), dropped: () => 0 };
}
