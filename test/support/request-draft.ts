import type { NamedMatch, StringMatch } from '../../src/match/value-match.ts';
import type { RouteMatch } from '../../src/snapshot/route.ts';
import type { SeededRandom } from './seeded-random.ts';

/** A request in parts. */
export interface RequestDraft {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** The Host header. */
  readonly host: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: ReadonlyMap<string, string>;
}

/** Texts that a regular expression matches, by its pattern. */
export type RegexSamples = ReadonlyMap<string, readonly string[]>;

/** Makes requests that satisfy a match. */
export class Drafter {
  readonly #samples: RegexSamples;
  readonly #random: SeededRandom;

  constructor(samples: RegexSamples, random: SeededRandom) {
    this.#samples = samples;
    this.#random = random;
  }

  /** A request that satisfies the match on this domain, and says some more. */
  draft(domain: string, match: RouteMatch): RequestDraft {
    const { method, scheme, authority, path, queryParams, headers } = match;
    return {
      method: method ? this.#text(method) : this.#random.pick(['GET', 'GET', 'POST', 'HEAD', 'OPTIONS']),
      scheme: scheme && this.#text(scheme) === 'https' ? 'https' : 'http',
      host: authority ? this.#authority(authority) : this.#host(domain),
      path: path ? this.#text(path) : `/${this.#random.word()}`,
      query: [
        ...this.#pairs(queryParams),
        ...this.#sometimes<[string, string]>(0.3, [this.#random.word(), this.#random.word()]),
      ],
      headers: this.#headers(headers),
    };
  }

  /** Those that the match asks for come first and stand. */
  #headers(matches: readonly NamedMatch[] = []): ReadonlyMap<string, string> {
    const asked = this.#pairs(matches);
    return new Map([...asked, ...this.#more(), ...asked]);
  }

  /** Headers that routes do not ask for but edit, pass on or must not believe, and wishes for the echo upstream. */
  #more(): [string, string][] {
    const status = this.#random.pick(['200', '201', '204', '304', '404', '409', '500', '503']);
    const answer = 'x-add=upstream, set-cookie=a=1, x-powered-by=test, x-internal=1, x-weft-flag=forged';
    const headers: [string, string][] = [
      ['x-user', this.#random.pick(['ann', 'bob', 'carol', 'dave'])],
      ['x-team', this.#random.pick(['red', 'blue'])],
      ['x-secret', this.#random.word()],
      ['x-add', 'client'],
      ['x-forwarded-for', '203.0.113.7'],
      ['x-request-id', 'mine'],
      ['x-weft-route', 'forged'],
      ['x-envoy-original-path', '/forged'],
      ['x-echo-status', status],
      ['x-echo-header', answer],
    ];
    return headers.flatMap((header) => this.#sometimes(header[0] === 'x-echo-status' ? 0.5 : 0.25, header));
  }

  #sometimes<T>(chance: number, item: T): T[] {
    return this.#random.unit() < chance ? [item] : [];
  }

  #host(domain: string): string {
    return domain.startsWith('*') ? `${this.#random.word()}${domain.slice(1) || '.test'}` : domain;
  }

  /** A prefix of an authority ends in its port; never the scheme's own, which `wrangler dev` takes away. */
  #authority(match: StringMatch): string {
    const rest = match.kind === 'prefix' ? 100 + Math.floor(this.#random.unit() * 100) : '';
    return match.kind === 'prefix' ? `${match.value}${rest}` : this.#text(match);
  }

  #pairs(matches: readonly NamedMatch[] = []): [string, string][] {
    return matches
      .filter(({ invert }) => !invert)
      .map(({ name, match }) => [name, match ? this.#text(match) : this.#random.word()]);
  }

  #text(match: StringMatch): string {
    if (match.kind === 'regex') return this.#random.pick(this.#samplesOf(match.value));
    if (match.kind !== 'exact' && match.kind !== 'prefix') throw new Error(`routes have no ${match.kind}`);
    const [a, b] = [this.#random.word(), this.#random.word()];
    const text =
      match.kind === 'prefix' ? match.value + this.#random.pick(['', a, `${a}/${b}`]) : match.value;
    return match.ignoreCase ? this.#random.pick([text, text.toUpperCase(), text.toLowerCase()]) : text;
  }

  #samplesOf(pattern: string): readonly string[] {
    const samples = this.#samples.get(pattern);
    if (!samples) throw new Error(`no samples of ${pattern}`);
    return samples;
  }
}
