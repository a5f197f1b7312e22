/** A scalar as text; empty for lists, maps and null, whose own text would be an error or a surprise. */
export function scalarText(value: unknown): string {
  return typeof value === 'object' || value === undefined ? '' : String(value);
}
