import type { NamedMatch, StringMatch } from '../../src/match/value-match.ts';
import type { RouteMatch, VirtualHost } from '../../src/snapshot/route.ts';

/** A request in the words of a client. */
export interface GeneratedRequest {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** The Host header. */
  readonly host: string;
  /** Origin-form. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | undefined;
}

/** Texts that a regular expression matches, by its pattern. */
export type RegexSamples = ReadonlyMap<string, readonly string[]>;

/** Requests in the making: everything that a near miss may spoil. */
interface Draft {
  method: string;
  scheme: 'http' | 'https';
  host: string;
  path: string;
  query: [string, string][];
  headers: Map<string, string>;
}

/** Uniform in [0, 1) from a seed, the same on every machine (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Makes requests out of the route table itself: each match of each route in turn, once as it wants to be met
 * and once spoiled in one place, until there are `count`.
 */
export function generateRequests(
  virtualHosts: readonly VirtualHost[],
  samples: RegexSamples,
  count: number,
  random: () => number,
): GeneratedRequest[] {
  const make = new Generator(samples, random);
  const matches = virtualHosts.flatMap(({ domains, routes }) =>
    routes.flatMap((route) =>
      (route.matches.length > 0 ? route.matches : [{}]).flatMap((match) =>
        domains.map((domain) => ({ domain, match })),
      ),
    ),
  );
  return Array.from({ length: count }, (_, index) => {
    const { domain, match } = matches[(index >> 1) % matches.length] ?? { domain: '*', match: {} };
    const draft = make.draft(domain, match);
    if (index % 2 === 1) make.spoil(draft);
    return make.request(draft);
  });
}

class Generator {
  readonly #samples: RegexSamples;
  readonly #random: () => number;

  constructor(samples: RegexSamples, random: () => number) {
    this.#samples = samples;
    this.#random = random;
  }

  /** A request that satisfies the match on this domain. */
  draft(domain: string, match: RouteMatch): Draft {
    const draft: Draft = {
      method: match.method ? this.#text(match.method) : this.#pick(['GET', 'GET', 'POST', 'HEAD', 'OPTIONS']),
      scheme: match.scheme && this.#text(match.scheme) === 'https' ? 'https' : 'http',
      host: match.authority ? this.#authority(match.authority) : this.#host(domain),
      path: match.path ? this.#text(match.path) : `/${this.#word()}`,
      query: this.#pairs(match.queryParams),
      headers: new Map(this.#pairs(match.headers)),
    };
    this.#decorate(draft);
    return draft;
  }

  /** Changes one thing, so that the request may go elsewhere. */
  spoil(draft: Draft): void {
    const [name = 'x-user'] = [...draft.headers.keys()];
    this.#pick([
      () => void (draft.method = this.#pick(['GET', 'PUT', 'DELETE', 'PATCH', 'POST'])),
      () => void draft.headers.delete(name),
      () => void draft.headers.set(name, this.#pick(['', 'Ann', 'annx', `${draft.headers.get(name)}x`])),
      () =>
        void draft.headers.set(
          ...this.#pick<[string, string]>([
            ['x-robot', 'yes'],
            ['x-robot', 'evil-1'],
            ['x-user', 'bo'],
            ['x-token', 'v-1'],
          ]),
        ),
      () => void (draft.path = draft.path.slice(0, -1) || '/'),
      () => void (draft.path += this.#pick(['x', '/', '/.git', '/admin', '%2F', '%7e', ';v=1', '//x'])),
      () => void (draft.path = draft.path.toUpperCase()),
      () => void (draft.path = `/${draft.path}`),
      () => void (draft.path = draft.path.replace('/', this.#pick(['/./', '/x/../', '/%2e/', '/%61']))),
      () => void (draft.query = draft.query.slice(1)),
      () =>
        void draft.query.unshift(
          this.#pick<[string, string]>([
            ['kind', 'book'],
            ['kind', 'Book'],
            ['q', '1'],
            ['page', 'x'],
          ]),
        ),
      () =>
        void (draft.host = this.#pick([
          `a.${draft.host}`,
          draft.host.slice(1),
          `${draft.host}.`,
          'unknown.test',
          'go.test',
        ])),
      () => void (draft.host = draft.host.toUpperCase()),
      () => void (draft.host = `${draft.host.split(':')[0]}:${this.#pick(['80', '8080', '443', '9090'])}`),
      () => void (draft.scheme = draft.scheme === 'http' ? 'https' : 'http'),
    ])();
  }

  request({ method, scheme, host, path, query, headers }: Draft): GeneratedRequest {
    const search = query.map(([name, value]) => `${name}=${value}`).join('&');
    const mark = search !== '' || this.#random() < 0.1 ? '?' : '';
    const body = method === 'POST' || method === 'PUT' ? this.#word() : undefined;
    return { method, scheme, host, target: `${path}${mark}${search}`, headers: [...headers], body };
  }

  /** What routes do not ask for but edit, pass on or must not see. */
  #decorate({ headers, query }: Draft): void {
    const extra: [string, () => string][] = [
      ['x-user', () => this.#pick(['ann', 'bob', 'carol', 'dave'])],
      ['x-team', () => this.#pick(['red', 'blue'])],
      ['x-secret', () => this.#word()],
      ['x-add', () => 'client'],
      ['x-forwarded-for', () => '203.0.113.7'],
      ['x-request-id', () => 'mine'],
      ['x-weft-route', () => 'forged'],
      ['x-envoy-original-path', () => '/forged'],
      ['x-echo-status', () => this.#pick(['200', '201', '204', '304', '404', '409', '500', '503'])],
      [
        'x-echo-header',
        () => 'x-add=upstream, set-cookie=a=1, x-powered-by=test, x-internal=1, x-weft-flag=forged',
      ],
    ];
    for (const [name, value] of extra) {
      if (!headers.has(name) && this.#random() < 0.25) headers.set(name, value());
    }
    if (this.#random() < 0.3) query.push([this.#word(), this.#word()]);
  }

  #host(domain: string): string {
    return domain.startsWith('*') ? `${this.#word()}${domain.slice(1) || '.test'}` : domain;
  }

  #authority(match: StringMatch): string {
    return match.kind === 'prefix' ? `${match.value}${Math.floor(this.#random() * 100)}` : this.#text(match);
  }

  #pairs(matches: readonly NamedMatch[] = []): [string, string][] {
    return matches
      .filter(({ invert }) => !invert)
      .map(({ name, match }) => [name, match ? this.#text(match) : this.#word()]);
  }

  #text(match: StringMatch): string {
    const { kind, value } = match;
    const text = kind === 'regex' ? this.#pick(this.#samplesOf(value)) : value;
    const whole =
      kind === 'prefix' ? text + this.#pick(['', this.#word(), `${this.#word()}/${this.#word()}`]) : text;
    return 'ignoreCase' in match && match.ignoreCase
      ? this.#pick([whole, whole.toUpperCase(), whole.toLowerCase()])
      : whole;
  }

  #samplesOf(pattern: string): readonly string[] {
    const samples = this.#samples.get(pattern);
    if (!samples) throw new Error(`no samples of ${pattern}`);
    return samples;
  }

  #word(): string {
    const length = 1 + Math.floor(this.#random() * 8);
    return Array.from({ length }, () => this.#pick([...'abcdefghijklmnopqrstuvwxyz0123456789-_'])).join('');
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T;
  }
}
