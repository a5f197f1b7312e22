/** Values by domain: exact names, `*.suffix` and `*`. */
export interface HostIndex<T> {
  /** The value of the best domain for a lower-case host without port: exact, longest suffix, `*`. */
  find(host: string): HostMatch<T> | undefined;
}

export interface HostMatch<T> {
  /** The domain that was chosen, as it is written. */
  readonly domain: string;
  readonly value: T;
}

/** Builds the index. The first value of a domain keeps it. `*.a.b` matches `x.a.b` and `x.y.a.b`, not `a.b`. */
export function buildHostIndex<T>(
  entries: Iterable<{ readonly domains: readonly string[]; readonly value: T }>,
): HostIndex<T> {
  const exact = new Map<string, HostMatch<T>>();
  const suffixes = new Map<string, HostMatch<T>>();
  let any: HostMatch<T> | undefined;
  for (const { domains, value } of entries) {
    for (const written of domains) {
      const domain = written.toLowerCase();
      if (domain === '*') any ??= { domain, value };
      else if (domain.startsWith('*.')) addFirst(suffixes, domain.slice(2), { domain, value });
      else addFirst(exact, domain, { domain, value });
    }
  }
  return { find: (host) => exact.get(host) ?? findSuffix(suffixes, host) ?? any };
}

function addFirst<T>(map: Map<string, T>, key: string, value: T): void {
  if (!map.has(key)) map.set(key, value);
}

function findSuffix<T>(suffixes: ReadonlyMap<string, T>, host: string): T | undefined {
  if (suffixes.size === 0) return undefined;
  // The first hit is the longest, because labels fall away from the left; `*` is at least one character.
  for (let dot = host.indexOf('.', 1); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    const found = suffixes.get(host.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}
