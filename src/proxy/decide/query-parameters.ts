/** Every value of a query parameter, decoded; one that cannot be decoded stays as it is written. */
export function queryParameters(query: string, name: string): readonly string[] {
  return parameters(query)
    .filter((parameter) => nameOf(parameter) === name)
    .map((parameter) => decoded(parameter.slice(parameter.indexOf('=') + 1)));
}

/** The query (with its `?`) without those parameters, the others as written; empty when nothing is left. */
export function withoutParameters(query: string, names: ReadonlySet<string>): string {
  const kept = parameters(query).filter((parameter) => !names.has(nameOf(parameter) ?? ''));
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}

function parameters(query: string): readonly string[] {
  return query.length < 2 ? [] : query.slice(1).split('&');
}

/** A name without `=` has no value, and holds nothing. */
function nameOf(parameter: string): string | undefined {
  const equals = parameter.indexOf('=');
  return equals < 0 ? undefined : decoded(parameter.slice(0, equals));
}

function decoded(text: string): string {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
