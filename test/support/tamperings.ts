import type { SignedDraft } from './signed-request.ts';

const replaced = (draft: SignedDraft, field: string, from: string | RegExp, to: string): void => {
  const value = draft.headers.get(field) ?? '';
  const changed = value.replace(from, to);
  if (changed === value) throw new Error(`${field} has no ${from}`);
  draft.headers.set(field, changed);
};
const input = (from: string | RegExp, to: string) => (draft: SignedDraft) =>
  replaced(draft, 'signature-input', from, to);
const signature = (from: string | RegExp, to: string) => (draft: SignedDraft) =>
  replaced(draft, 'signature', from, to);

/** What is covered, or stands for itself. */
export const SIGNED_FIELDS = [
  'content-type',
  'content-digest',
  'authorization',
  'x-weft-src',
  'x-weft-dst',
  'x-weft-authority',
  'x-weft-server-name',
  'x-weft-svid',
];
const LISTED = [
  '@method',
  '@authority',
  '@path',
  '@query',
  ...SIGNED_FIELDS.slice(3, 7),
  ...SIGNED_FIELDS.slice(0, 3),
];
const PARAMETERS = ['created', 'expires', 'nonce', 'keyid', 'tag'];
const last = (draft: SignedDraft, name: string): string => draft.headers.get(name) ?? '';

/** One change each to a request that was signed. */
export const TAMPERINGS: readonly (readonly [string, (draft: SignedDraft) => void])[] = [
  ...['GET', 'post', 'PUT', 'POST '].map((method) =>
    named(`method ${method}`, (draft) => Object.assign(draft, { method })),
  ),
  ...['localhost', 'localhost:15009', 'LOCALHOST:15008', 'evil.example', 'localhost:15008.'].map(
    (authority) => named(`authority ${authority}`, (draft) => Object.assign(draft, { authority })),
  ),
  ...['/orders/', '/Orders', '/order', '//orders', '/orders%20', '/', '/orders;x', '/orders/1'].map((path) =>
    named(`path ${path}`, (draft) => Object.assign(draft, { path })),
  ),
  ...['', '?', '?a=1', '?b=2&a=1', '?a=1&b=2&', '?a=1&b=3', '?A=1&b=2', '?a=1&b=2#x'].map((query) =>
    named(`query ${query}`, (draft) => Object.assign(draft, { query })),
  ),
  ...SIGNED_FIELDS.flatMap((field) => [
    named(`${field} dropped`, (draft) => draft.headers.delete(field)),
    named(`${field} twice`, (draft) => draft.headers.append(field, last(draft, field))),
    named(`${field} emptied`, (draft) => draft.headers.set(field, '')),
    named(`${field} with more behind`, (draft) => draft.headers.set(field, `${last(draft, field)}x`)),
    named(`${field} with more before`, (draft) => draft.headers.set(field, `x${last(draft, field)}`)),
    named(`${field} in another case`, (draft) => draft.headers.set(field, swapCase(last(draft, field)))),
    named(`a second line of ${field}`, (draft) => draft.headers.append(field, 'other')),
  ]),
  ...['x-weft-digest', 'x-weft-peer', 'x-forwarded-client-cert'].map((field) =>
    named(`${field} added`, (draft) => draft.headers.append(field, 'none')),
  ),
  ...LISTED.flatMap((name) => [
    named(`${name} not listed`, input(new RegExp(` ?"${name}"`), '')),
    named(`${name} listed twice`, input(`"${name}"`, `"${name}" "${name}"`)),
    named(`${name} in another case`, input(`"${name}"`, `"${name.toUpperCase()}"`)),
    named(`${name} listed last`, (draft) => {
      input(new RegExp(`"${name}" ?`), '')(draft);
      input(')', ` "${name}")`)(draft);
    }),
    ...['sf', 'bs', 'tr', 'req', 'key="a"'].map((parameter) =>
      named(`${name} with ${parameter}`, input(`"${name}"`, `"${name}";${parameter}`)),
    ),
  ]).filter(([what]) => what !== 'authorization listed last'),
  ...PARAMETERS.flatMap((name) => [
    named(`no ${name}`, input(new RegExp(`;${name}=("[^"]*"|\\d+)`), '')),
    named(`${name} twice`, (draft) => {
      const [text = ''] = last(draft, 'signature-input').match(new RegExp(`;${name}=("[^"]*"|\\d+)`)) ?? [];
      draft.headers.set('signature-input', last(draft, 'signature-input') + text);
    }),
    named(`${name} as a token`, input(new RegExp(`;${name}=("[^"]*"|\\d+)`), `;${name}=a`)),
  ]),
  named('parameters in another order', input(/(;created=\d+)(;expires=\d+)/, '$2$1')),
  named('created later', input(/created=\d/, 'created=2')),
  named('expires later', input(/expires=(\d{9})\d/, 'expires=$19')),
  named('created as a decimal', input(/created=(\d+)/, 'created=$1.0')),
  named('another nonce', input(/nonce="..../, 'nonce="abcd')),
  named('a short nonce', input(/nonce=".{22}/, 'nonce="abcd')),
  named('another keyid', input(/keyid="..../, 'keyid="abcd')),
  named('another tag', input('weft-mesh/1', 'weft-mesh/2')),
  named('an alg', input(';tag', ';alg="ed25519";tag')),
  named('an alg of HMAC', input(';tag', ';alg="hmac-sha256";tag')),
  named('a space in the list', input('" "', '"  "')),
  named('a space behind a semicolon', input(';created', '; created')),
  named('another label', input(/^weft/, 'weft2')),
  named('both with another label', (draft) => {
    input(/^weft/, 'sig1')(draft);
    signature(/^weft/, 'sig1')(draft);
  }),
  named('our label twice', (draft) =>
    draft.headers.append('signature-input', last(draft, 'signature-input')),
  ),
  named('our signature twice', (draft) => draft.headers.append('signature', last(draft, 'signature'))),
  named('a second one of ours that is empty', (draft) => draft.headers.append('signature-input', 'weft=()')),
  named('a field that is no dictionary', (draft) => draft.headers.append('signature-input', '(')),
  named('no signature', (draft) => draft.headers.delete('signature')),
  named('no input', (draft) => draft.headers.delete('signature-input')),
  named('a signature cut short', signature(/....==:$/, '==:')),
  named('a signature without padding', signature('==:', ':')),
  named('a signature as a string', signature(/:(.*):/, '"$1"')),
  named('a signature with a parameter', signature(/$/, ';a=1')),
  ...Array.from({ length: 12 }, (_, i) =>
    named(`character ${i * 7} of the signature`, (draft) => {
      const text = last(draft, 'signature');
      const at = 'weft=:'.length + i * 7;
      draft.headers.set('signature', text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1));
    }),
  ),
];

function named(what: string, change: (draft: SignedDraft) => void) {
  return [what, change] as const;
}

function swapCase(text: string): string {
  return [...text].map((one) => (one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase())).join('');
}
