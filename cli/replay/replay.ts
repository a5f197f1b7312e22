import type { Meaning } from '../../src/proxy/compare/meaning.ts';
import { DifferenceGroups } from '../compare/difference-groups.ts';
import { meaningOf, type Side } from '../compare/side.ts';
import type { Question } from '../explain/question.ts';
import { isNoRequest, type NoRequest, type RecordedRequest } from './log-line.ts';
import type { RecordedItem } from './recording.ts';

/** What a recording gave. */
export interface ReplayCount {
  readonly differences: DifferenceGroups;
  /** Lines that are about something else than a request. */
  others: number;
  malformed: number;
  /** The first of them. */
  readonly samples: { readonly number: number; readonly reason: string }[];
}

/** Who sent what was recorded. */
export type Sender = Pick<Question, 'from' | 'target' | 'principal'>;

/** So many different requests are remembered with what they mean; logs repeat themselves. */
const REMEMBERED = 20_000;
const SAMPLES = 10;

/** Asks both configurations about requests, one after the other. */
export class Replay {
  readonly count: ReplayCount = { differences: new DifferenceGroups(), others: 0, malformed: 0, samples: [] };
  readonly #file: string;
  readonly #sides: readonly [Side, Side];
  readonly #sender: Sender;
  readonly #known = new Map<string, readonly [Meaning, Meaning]>();
  readonly #looksAt: LooksAt;

  constructor(file: string, sides: readonly [Side, Side], sender: Sender) {
    this.#file = file;
    this.#sides = sides;
    this.#sender = sender;
    this.#looksAt = looksAt(sides);
  }

  /** Throws CommandError where the sender is nobody of the mesh. */
  add({ number, read }: RecordedItem): void {
    if (isNoRequest(read)) this.#skip(number, read);
    else this.#compare(number, read);
  }

  #skip(number: number, { kind, reason }: NoRequest): void {
    if (kind === 'other') this.count.others++;
    else if (++this.count.malformed <= SAMPLES) this.count.samples.push({ number, reason });
  }

  #compare(number: number, recorded: RecordedRequest): void {
    const request = this.#relevant(recorded);
    const { method, url, headers, remoteAddress = '' } = request;
    const key = `${method} ${url} ${remoteAddress} ${headers.join('\n')}`;
    const [before, after] = this.#known.get(key) ?? this.#ask(key, request);
    const example = () => ({ where: `${this.#file}:${number}`, request: `${method} ${url}` });
    this.count.differences.add(before, after, example);
  }

  #ask(key: string, request: RecordedRequest): readonly [Meaning, Meaning] {
    const question = { ...request, ...this.#sender };
    const [before, after] = this.#sides;
    const meanings = [meaningOf(before, question), meaningOf(after, question)] as const;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(key, meanings);
    return meanings;
  }

  /** Without what neither configuration looks at, so that more requests are the same. */
  #relevant(request: RecordedRequest): RecordedRequest {
    const { method, url, headers } = request;
    const { agent, address } = this.#looksAt;
    const sent = agent ? headers : headers.filter((line) => !line.startsWith('user-agent:'));
    const from = address && request.remoteAddress ? { remoteAddress: request.remoteAddress } : {};
    return { method, url, headers: sent, ...from };
  }
}

interface LooksAt {
  readonly agent: boolean;
  readonly address: boolean;
}

function looksAt(sides: readonly [Side, Side]): LooksAt {
  const text = JSON.stringify(sides.map(({ view }) => [...view.snapshots.values()]));
  return {
    agent: /"user-agent"|%REQ\(user-agent/i.test(text),
    address: /"source\.ip"|"remote\.ip"|x-forwarded-for|DOWNSTREAM/i.test(text),
  };
}

/** Headers that routes or policies look at and that no access log has: the log cannot tell what they decide. */
export function unseenHeaders(sides: readonly [Side, Side]): string[] {
  const names = new Set<string>();
  for (const { view } of sides) for (const snapshot of view.snapshots.values()) addNames(snapshot, names);
  return [...names].sort();
}

const SEEN = new Set(['user-agent', ':authority', 'host', ':method', ':path']);

/** Conditions on a header have its name beside what it must be; those of a policy say so in their kind. */
function addNames(part: unknown, names: Set<string>): void {
  if (typeof part !== 'object' || part === null) return;
  if (Array.isArray(part)) {
    for (const item of part) addNames(item, names);
    return;
  }
  const fields = part as Readonly<Record<string, unknown>>;
  const { kind, name, headers } = fields;
  if (kind === 'request.header') note(name, names);
  if (Array.isArray(headers)) for (const header of headers) note((header as { name?: unknown }).name, names);
  for (const value of Object.values(fields)) addNames(value, names);
}

function note(name: unknown, names: Set<string>): void {
  if (typeof name === 'string' && !SEEN.has(name.toLowerCase())) names.add(name.toLowerCase());
}
