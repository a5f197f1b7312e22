import process from 'node:process';
import { type Fields, type LogLevel, logLine } from './log-line.ts';
import type { Log } from './ports.ts';

const severity: Readonly<Record<LogLevel, number>> = { info: 0, warn: 1, error: 2, silent: 3 };

/** A log whose level an operator may change. */
export interface AdjustableLog extends Log {
  level: LogLevel;
}

/** Newline-delimited JSON on stderr: `time`, `level`, `event`, then the fields. */
export function systemLog(level: LogLevel): AdjustableLog {
  const log: AdjustableLog = {
    level,
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
  };
  const write = (as: LogLevel, event: string, fields?: Fields): void => {
    if (severity[as] >= severity[log.level]) process.stderr.write(logLine(as, event, fields));
  };
  return log;
}
