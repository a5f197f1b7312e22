import type { HeaderList } from './header-list.ts';

/** Whether a Connection field of the head has the option `name` (lower-case; RFC 9110 §7.6.1). */
export function hasConnectionOption(headers: HeaderList, name: string): boolean {
  for (let i = headers.indexOf('connection'); i >= 0; i = headers.indexOf('connection', i + 1)) {
    const value = headers.valueAt(i);
    if (value === name) return true;
    if (value.length >= name.length && splitOptions(value).includes(name)) return true;
  }
  return false;
}

/** All options of the head's Connection fields, lower-case; undefined when there is no such field. */
export function connectionOptions(headers: HeaderList): readonly string[] | undefined {
  const value = headers.get('connection');
  return value === undefined ? undefined : splitOptions(value);
}

function splitOptions(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((option) => option.trim())
    .filter((option) => option !== '');
}
