/** Envoy's flags of one answer as text, comma between them; `-` is none. `more` may be empty. */
export function responseFlags(flag: string, more: string, delayed: boolean): string {
  const all = more === '' || more === flag ? flag : flag === '-' ? more : `${flag},${more}`;
  if (!delayed) return all;
  return all === '-' ? 'DI' : `DI,${all}`;
}
