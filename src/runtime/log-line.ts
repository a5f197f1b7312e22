/** What a log lets through; `silent` is nothing. */
export type LogLevel = 'info' | 'warn' | 'error' | 'silent';

/** What a log line says besides its event. */
export type Fields = Readonly<Record<string, unknown>>;

const VALUE_LIMIT = 4096;

/** One log line. Values are capped, and no control character reaches a terminal. */
export function logLine(level: LogLevel, event: string, fields: Fields = {}, now = Date.now()): string {
  const head = { time: new Date(now).toISOString(), level, event };
  // Twice: the first sets the order, the second keeps fields from passing for it.
  const line = { ...head, ...fields, ...head };
  return `${escapeControls(stringify(line, head))}\n`;
}

function stringify(line: Fields, head: Fields): string {
  try {
    return JSON.stringify(line, (_, value: unknown) => plainValue(value));
  } catch {
    return JSON.stringify({ ...head, fields: 'circular' });
  }
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'string' && value.length > VALUE_LIMIT) return `${value.slice(0, VALUE_LIMIT)}…`;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error)
    return 'code' in value ? `${value.message} (${String(value.code)})` : value.message;
  return value;
}

/** JSON escapes C0; DEL, C1 and the Unicode line ends are left to us. */
function escapeControls(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
