/** The first value of a query parameter as it is written, not decoded; undefined when it is missing. */
export function queryParameter(query: string, name: string): string | undefined {
  for (let start = 1; start < query.length; ) {
    let end = query.indexOf('&', start);
    if (end < 0) end = query.length;
    const nameEnd = start + name.length;
    if (nameEnd <= end && query.startsWith(name, start)) {
      if (nameEnd === end) return '';
      if (query[nameEnd] === '=') return query.slice(nameEnd + 1, end);
    }
    start = end + 1;
  }
  return undefined;
}
