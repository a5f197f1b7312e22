import type { LogLevel } from '../../log-line.ts';
import { type AdminAnswer, type AdminRequest, text } from './admin-page.ts';

/** Envoy's names of levels, and what this log has for them. */
const LEVELS: ReadonlyMap<string, LogLevel> = new Map([
  ['trace', 'info'],
  ['debug', 'info'],
  ['info', 'info'],
  ['warning', 'warn'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['critical', 'error'],
  ['off', 'silent'],
]);

const SHOWN: Readonly<Record<LogLevel, string>> = {
  info: 'info',
  warn: 'warning',
  error: 'error',
  silent: 'off',
};

/** Envoy's `/logging`: a GET tells the level, a POST with `?level=` changes it (`?weft=` names the one logger). */
export function logging(log: { level: LogLevel }, { method, query }: AdminRequest): AdminAnswer {
  const wanted = query.get('level') ?? query.get('weft');
  if (wanted === null) return text(activeLoggers(log.level));
  if (method !== 'POST') return text('changing a level wants POST\n', 405);
  const level = LEVELS.get(wanted);
  if (level === undefined)
    return text(`error: unknown level; there are ${[...LEVELS.keys()].join(', ')}\n`, 400);
  log.level = level;
  return text(activeLoggers(level));
}

const activeLoggers = (level: LogLevel): string => `active loggers:\n  weft: ${SHOWN[level]}\n`;
