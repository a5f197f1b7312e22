/**
 * The request target as the client wrote it, cut out of a fetch runtime's `request.url`.
 * Runtimes paste the Host header into that URL, so it is cut by that header's length and never parsed:
 * a Host with a slash or a question mark would otherwise move the border. Undefined when they disagree.
 */
export function rawTarget(url: string, host: string): string | undefined {
  const start = url.indexOf('://') + 3;
  if (start < 3) return undefined;
  const end = start + host.length;
  if (url.slice(start, end).toLowerCase() !== host.toLowerCase()) return undefined;
  const rest = url.slice(end);
  if (rest === '' || rest[0] === '?') return `/${rest}`;
  return rest[0] === '/' ? rest : undefined;
}
