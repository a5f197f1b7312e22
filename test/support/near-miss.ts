import type { RequestDraft } from './request-draft.ts';
import type { SeededRandom } from './seeded-random.ts';

type Pair = readonly [string, string];
type Change = (draft: RequestDraft, random: SeededRandom) => Partial<RequestDraft>;

/** The draft with one thing changed, so that it may go elsewhere. */
export function nearMiss(draft: RequestDraft, random: SeededRandom): RequestDraft {
  return { ...draft, ...random.pick(changes)(draft, random) };
}

const strangeHeaders: readonly Pair[] = [
  ['x-robot', 'yes'],
  ['x-robot', 'evil-1'],
  ['x-user', 'bo'],
  ['x-token', 'v-1'],
];

const strangeParameters: readonly Pair[] = [
  ['kind', 'book'],
  ['kind', 'Book'],
  ['q', '1'],
  ['page', 'x'],
];

/** The one that matters most; what the echo upstream is told stays. */
const firstHeader = ({ headers }: RequestDraft): string =>
  [...headers.keys()].find((name) => !name.startsWith('x-echo-')) ?? 'x-user';

const changes: readonly Change[] = [
  (_, random) => ({ method: random.pick(['GET', 'PUT', 'DELETE', 'PATCH', 'POST']) }),
  (draft) => ({ headers: new Map([...draft.headers].filter(([name]) => name !== firstHeader(draft))) }),
  (draft, random) => {
    const value = random.pick(['', 'Ann', 'annx', `${draft.headers.get(firstHeader(draft))}x`]);
    return { headers: new Map([...draft.headers, [firstHeader(draft), value]]) };
  },
  ({ headers }, random) => ({ headers: new Map([...headers, random.pick(strangeHeaders)]) }),
  ({ path }) => ({ path: path.slice(0, -1) || '/' }),
  ({ path }, random) => ({
    path: path + random.pick(['x', '/', '/.git', '/admin', '%2F', '%7e', ';v=1', '//x']),
  }),
  ({ path }) => ({ path: path.toUpperCase() }),
  ({ path }) => ({ path: `/${path}` }),
  ({ path }, random) => ({ path: path.replace('/', random.pick(['/./', '/x/../', '/%2e/', '/%61'])) }),
  ({ query }) => ({ query: query.slice(1) }),
  ({ query }, random) => ({ query: [random.pick(strangeParameters), ...query] }),
  ({ host }, random) => ({
    host: random.pick([`a.${host}`, host.slice(1), `${host}.`, 'unknown.test', 'go.test']),
  }),
  ({ host }) => ({ host: host.toUpperCase() }),
  ({ host }, random) => ({ host: `${host.split(':')[0]}:${random.pick(['8080', '8443', '9090'])}` }),
  ({ scheme }) => ({ scheme: scheme === 'http' ? 'https' : 'http' }),
];
