import { logLine } from '../log-line.ts';
import type { Log } from '../ports.ts';

/** One JSON line per event on the console, which is where Workers collect logs. */
export const consoleLog: Log = {
  info: (event, fields) => console.log(logLine('info', event, fields).trimEnd()),
  warn: (event, fields) => console.warn(logLine('warn', event, fields).trimEnd()),
  error: (event, fields) => console.error(logLine('error', event, fields).trimEnd()),
};
