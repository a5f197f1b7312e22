import { createHmac } from 'node:crypto';
import type { TokenRefusal } from '../../../src/identity/jwt/token-verdict.ts';
import { base64Url, type TokenIssuer } from '../../support/token-issuer.ts';

/** A token that must not count, and the reason that is told. */
export interface Attack {
  readonly name: string;
  readonly reason: TokenRefusal;
  readonly token: string;
}

/** What the attacks are aimed at, and with what. */
export interface Target {
  /** Whose tokens count, with claims `iss: issuer, aud: app`. */
  readonly issuer: TokenIssuer;
  readonly attacker: TokenIssuer;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** Claims that would count. */
export function goodClaims(now: number): Readonly<Record<string, unknown>> {
  return { iss: 'https://issuer.example', sub: 'alice', aud: 'app', exp: now + 600, iat: now };
}

/** Every attack, made against the target. */
export async function attacks(target: Target): Promise<readonly Attack[]> {
  const good = await target.issuer.sign(goodClaims(target.now));
  const groups = await Promise.all([
    unsigned(target),
    confused(target),
    injected(target),
    typed(target),
    claimed(target),
    worded(target),
  ]);
  return [...groups.flat(), ...respelled(good), ...resized(good), ...resigned(good)];
}

type Fields = Readonly<Record<string, unknown>>;
type Row = readonly [name: string, reason: TokenRefusal, token: string];

function rows(list: readonly Row[]): Attack[] {
  return list.map(([name, reason, token]) => ({ name, reason, token }));
}

function raw(header: Fields | string, claims: Fields | string, signature = ''): string {
  const text = (part: Fields | string) => base64Url(typeof part === 'string' ? part : JSON.stringify(part));
  return `${text(header)}.${text(claims)}.${signature}`;
}

/** Algorithm `none` in every spelling, and no algorithm at all. */
function unsigned({ now }: Target): Attack[] {
  const claims = goodClaims(now);
  const spellings = ['none', 'None', 'NONE', 'nOnE', 'none ', '', 'null', 'HS256 ', 'es256', 'ES256K', 'RS1'];
  return rows([
    ...spellings.map(
      (alg): Row => [`alg "${alg}"`, 'alg_unsupported', raw({ alg, typ: 'JWT' }, claims, 'AAAA')],
    ),
    ['alg none, empty signature', 'alg_unsupported', raw({ alg: 'none' }, claims)],
    ['alg none, two parts', 'format', raw({ alg: 'none' }, claims).slice(0, -1)],
    ['no alg', 'header_alg', raw({ typ: 'JWT' }, claims, 'AAAA')],
    ['alg null', 'header_alg', raw({ alg: null }, claims, 'AAAA')],
    ['alg a list', 'header_alg', raw({ alg: ['ES256'] }, claims, 'AAAA')],
    ['alg a number', 'header_alg', raw({ alg: 256 }, claims, 'AAAA')],
    ['alg an object', 'header_alg', raw({ alg: { value: 'ES256' } }, claims, 'AAAA')],
    ['alg inherited by __proto__', 'header_alg', raw('{"__proto__":{"alg":"ES256"}}', claims, 'AAAA')],
    ['alg twice, none last', 'header_json', raw('{"alg":"ES256","alg":"none"}', claims, 'AAAA')],
    ['alg twice by escape', 'header_json', raw('{"alg":"ES256","\\u0061lg":"none"}', claims, 'AAAA')],
    ['empty signature', 'signature_base64', raw({ alg: 'ES256', kid: 'key-1' }, claims)],
  ]);
}

/** Another algorithm or key than the issuer's. */
async function confused({ issuer, attacker, now }: Target): Promise<Attack[]> {
  const claims = goodClaims(now);
  const input = raw({ alg: 'HS256', kid: 'key-1', typ: 'JWT' }, claims).slice(0, -1);
  const hmac = (secret: string | Buffer) =>
    `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  const pem = `-----BEGIN PUBLIC KEY-----\n${issuer.jwk.x}\n-----END PUBLIC KEY-----\n`;
  const others = [
    'ES384',
    'ES512',
    'RS256',
    'RS384',
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'EdDSA',
    'HS384',
    'HS512',
  ];
  return rows([
    ['HS256 with the public key as PEM', 'key_unknown', hmac(pem)],
    ['HS256 with the JWK', 'key_unknown', hmac(JSON.stringify(issuer.jwk))],
    ['HS256 with x', 'key_unknown', hmac(Buffer.from(issuer.jwk.x ?? '', 'base64url'))],
    ['HS256 with a blank secret', 'key_unknown', hmac('')],
    ['HS256 with "secret"', 'key_unknown', hmac('secret')],
    ...others.map(
      (alg): Row => [`${alg} in place of ES256`, 'key_unknown', raw({ alg, kid: 'key-1' }, claims, 'AAAA')],
    ),
    ["the attacker's key under the issuer's kid", 'signature', await attacker.sign(claims, { kid: 'key-1' })],
    ["the attacker's key under no kid", 'signature', await attacker.sign(claims, { kid: undefined })],
  ]);
}

/** Keys and ways to keys that the header offers, and key ids that mean something elsewhere. */
async function injected({ attacker, now }: Target): Promise<Attack[]> {
  const claims = goodClaims(now);
  const own = attacker.jwk;
  const offers: readonly Fields[] = [
    { jwk: own },
    { jwk: own, kid: own.kid },
    { jku: 'https://attacker.example/jwks' },
    { jku: 'http://169.254.169.254/' },
    { x5u: 'https://attacker.example/chain.pem' },
    { x5c: ['MIIBszCCAVmgAwIBAgIU'] },
    { x5t: 'AAAA', jwk: own },
    { epk: own },
  ];
  const ids = [
    '../../../../dev/null',
    '/dev/null',
    "' UNION SELECT 'secret' --",
    'key-1\u0000',
    ' key-1',
    'KEY-1',
    'key-1,key-2',
    '`id`',
    '__proto__',
    'constructor',
    '*',
    'x'.repeat(500),
  ];
  const offered = await Promise.all(
    offers.map(async (offer): Promise<Row> => {
      const header = 'kid' in offer ? offer : { ...offer, kid: 'key-1' };
      const reason = 'kid' in offer ? 'key_unknown' : 'signature';
      return [
        `header offers (${'kid' in offer ? 'own id' : 'id of the issuer'}) ${JSON.stringify(offer).slice(0, 60)}`,
        reason,
        await attacker.sign(claims, header),
      ];
    }),
  );
  const named = await Promise.all(
    ids.map(
      async (kid): Promise<Row> => [
        `kid ${kid.slice(0, 30)}`,
        'key_unknown',
        await attacker.sign(claims, { kid }),
      ],
    ),
  );
  const odd = [1, null, ['key-1'], { value: 'key-1' }, true].map(
    (kid): Row => [`kid ${JSON.stringify(kid)}`, 'header_kid', raw({ alg: 'ES256', kid }, claims, 'AAAA')],
  );
  return rows([...offered, ...named, ...odd]);
}

/** Tokens for another purpose, and headers that ask to be understood. */
async function typed({ issuer, now }: Target): Promise<Attack[]> {
  const claims = goodClaims(now);
  const types = [
    'dpop+jwt',
    'logout+jwt',
    'secevent+jwt',
    'kb+jwt',
    'oauth-authz-req+jwt',
    'JOSE+JSON',
    '',
    5,
    null,
  ];
  const critical: readonly Fields[] = [
    { crit: ['exp'], exp: 1 },
    { crit: [] },
    { crit: ['unknown'], unknown: true },
    { crit: 'b64' },
    { b64: false },
    { b64: true },
  ];
  const header = { alg: 'ES256', kid: 'key-1' };
  return rows([
    ...(await Promise.all(
      types.map(
        async (typ): Promise<Row> => [`typ ${typ}`, 'header_typ', await issuer.sign(claims, { typ })],
      ),
    )),
    ...critical.map(
      (fields): Row => [
        `header ${JSON.stringify(fields)}`,
        'header_critical',
        raw({ ...header, ...fields }, claims, 'AAAA'),
      ],
    ),
    ['a token within a token', 'header_typ', await issuer.sign(await issuer.sign(claims), { cty: 'JWT' })],
    ['a JWE of five parts', 'format', 'eyJhbGciOiJkaXIifQ.a.b.c.d'],
    ['a token of four parts', 'format', `${await issuer.sign(claims)}.AAAA`],
    ['JSON serialization', 'format', JSON.stringify({ payload: 'e30', signatures: [] })],
  ]);
}

/** Well signed, but the claims do not fit. */
async function claimed({ issuer, now }: Target): Promise<Attack[]> {
  const cases: readonly (readonly [TokenRefusal, Fields])[] = [
    ['expired', { exp: now - 61 }],
    ['expired', { exp: 0 }],
    ['expired', { exp: 1 }],
    ['claim_exp', { exp: String(now + 600) }],
    ['claim_exp', { exp: -1 }],
    ['claim_exp', { exp: 1e300 }],
    ['claim_exp', { exp: null }],
    ['claim_exp', { exp: [now + 600] }],
    ['claim_exp', { exp: true }],
    ['not_yet_valid', { nbf: now + 61 }],
    ['not_yet_valid', { nbf: 9e15 }],
    ['claim_nbf', { nbf: 'yesterday' }],
    ['claim_nbf', { nbf: -5 }],
    ['claim_iat', { iat: 'now' }],
    ['claim_iat', { iat: {} }],
    ['claim_jti', { jti: 5 }],
    ['claim_sub', { sub: 5 }],
    ['claim_sub', { sub: null }],
    ['claim_iss', { iss: ['https://issuer.example'] }],
    ['claim_iss', { iss: null }],
    ['issuer', { iss: undefined }],
    ['issuer', { iss: '' }],
    ['issuer', { iss: 'https://issuer.example/' }],
    ['issuer', { iss: 'https://issuer.exampl' }],
    ['issuer', { iss: 'https://ISSUER.example' }],
    ['issuer', { iss: 'https://issuer.example.attacker.example' }],
    ['issuer', { iss: ' https://issuer.example' }],
    ['issuer', { iss: 'https://issuer.example\u0000' }],
    ['audience', { aud: undefined }],
    ['audience', { aud: '' }],
    ['audience', { aud: 'APP' }],
    ['audience', { aud: 'app2' }],
    ['audience', { aud: 'ap' }],
    ['audience', { aud: [] }],
    ['audience', { aud: ['other', 'app '] }],
    ['audience', { aud: 'other app' }],
    ['claim_aud', { aud: 5 }],
    ['claim_aud', { aud: { app: true } }],
    ['claim_aud', { aud: ['app', 5] }],
    ['claim_aud', { aud: [['app']] }],
    ['claim_aud', { aud: null }],
  ];
  return Promise.all(
    cases.map(async ([reason, changed]) => ({
      name: `claims ${JSON.stringify(changed, (_, value: unknown) => (value === undefined ? 'none' : value))}`,
      reason,
      token: await issuer.sign({ ...goodClaims(now), ...changed }),
    })),
  );
}

/** Well signed, but the payload is no JSON object, or one that two readers would read in two ways. */
async function worded({ issuer, now }: Target): Promise<Attack[]> {
  const claims = JSON.stringify(goodClaims(now));
  const texts: readonly (readonly [string, string])[] = [
    ['not JSON', 'iss=alice'],
    ['a list', `[${claims}]`],
    ['a string', JSON.stringify(claims)],
    ['null', 'null'],
    ['nothing', ''],
    ['JSON cut short', claims.slice(0, -1)],
    ['JSON with more behind it', `${claims}{}`],
    ['a comment', `${claims.slice(0, -1)}/*x*/}`],
    ['a byte order mark', `\uFEFF${claims}`],
    ['a member twice', `{"aud":"other",${claims.slice(1)}`],
    ['a member twice by escape', `{"\\u0061ud":"other",${claims.slice(1)}`],
    ['a nested member twice', `{"x":{"y":1,"y":2},${claims.slice(1)}`],
    ['10,000 levels', `{"x":${'['.repeat(2500)}${']'.repeat(2500)},${claims.slice(1)}`],
    ['33 levels', `{"x":${'['.repeat(33)}${']'.repeat(33)},${claims.slice(1)}`],
    ['NaN', `{"x":NaN,${claims.slice(1)}`],
  ];
  return Promise.all(
    texts.map(async ([name, text]) => ({
      name: `payload is ${name}`,
      reason: 'payload_json' as const,
      token: await issuer.sign(text),
    })),
  );
}

/** The good token in another spelling of the same bytes, or nearly. */
function respelled(good: string): Attack[] {
  const [header = '', payload = '', signature = ''] = good.split('.');
  const standard = (part: string) => part.replaceAll('-', '+').replaceAll('_', '/');
  /** The same bytes with a bit set that nobody reads. */
  const spare = `${signature.slice(0, -1)}${nextCharacter(signature.at(-1) ?? '')}`;
  return rows([
    ['padding behind the header', 'header_base64', `${header}=.${payload}.${signature}`],
    ['padding behind the payload', 'payload_base64', `${header}.${payload}=.${signature}`],
    ['padding behind the signature', 'signature_base64', `${good}==`],
    ['a space before', 'header_base64', ` ${good}`],
    ['a line end behind', 'signature_base64', `${good}\n`],
    ['a space within', 'payload_base64', `${header}.${payload.slice(0, 5)} ${payload.slice(5)}.${signature}`],
    ['a NUL within', 'payload_base64', `${header}.${payload}\u0000.${signature}`],
    ['a percent sign', 'signature_base64', `${header}.${payload}.%${signature}`],
    ['standard base64', 'signature_base64', `${header}.${payload}.${standard(`${signature.slice(1)}_`)}`],
    ['spare bits in the signature', 'signature_base64', `${header}.${payload}.${spare}`],
    ['a header of one character', 'header_base64', `A.${payload}.${signature}`],
    ['an empty header', 'header_base64', `.${payload}.${signature}`],
    ['an empty payload', 'payload_json', `${header}..${signature}`],
    [
      'a header that is no UTF-8',
      'header_json',
      `${base64Url(Uint8Array.of(0xff, 0xfe))}.${payload}.${signature}`,
    ],
    ['a quoted token', 'header_base64', `"${good}"`],
    ['two tokens', 'format', `${good},${good}`],
    ['nothing', 'format', ''],
    ['dots', 'header_base64', '..'],
  ]);
}

function nextCharacter(last: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(last) + 1] ?? '';
}

/** Too much of it. */
function resized(good: string): Attack[] {
  const [header = '', payload = '', signature = ''] = good.split('.');
  return rows([
    ['a megabyte of signature', 'too_long', `${header}.${payload}.${'A'.repeat(1 << 20)}`],
    ['a megabyte of payload', 'too_long', `${header}.${'A'.repeat(1 << 20)}.${signature}`],
    ['a megabyte of dots', 'too_long', '.'.repeat(1 << 20)],
    ['8 KiB and one', 'too_long', `${good}${'A'.repeat(8193 - good.length)}`],
    ['a header over 1 KiB', 'too_long', `${'A'.repeat(1028)}.${payload}.${signature}`],
  ]);
}

/** The right header and claims under a signature that is not theirs. */
function resigned(good: string): Attack[] {
  const [header = '', payload = '', signature = ''] = good.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const flipped = Buffer.from(bytes);
  flipped[10] = (flipped[10] ?? 0) ^ 1;
  const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
  const one = Buffer.concat([Buffer.alloc(31), Buffer.from([1])]);
  const signatures: readonly (readonly [string, Buffer])[] = [
    ['r = s = 0', Buffer.alloc(64)],
    ['r = 0', Buffer.concat([Buffer.alloc(32), bytes.subarray(32)])],
    ['s = 0', Buffer.concat([bytes.subarray(0, 32), Buffer.alloc(32)])],
    ['r = s = 1', Buffer.concat([one, one])],
    ['r = s = n', Buffer.concat([order, order])],
    ['a bit flipped', flipped],
    ['r and s exchanged', Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)])],
    ['cut short', bytes.subarray(0, 63)],
    ['with a byte more', Buffer.concat([bytes, Buffer.alloc(1)])],
    [
      'DER',
      Buffer.concat([
        Buffer.from([0x30, 0x44, 2, 32]),
        bytes.subarray(0, 32),
        Buffer.from([2, 32]),
        bytes.subarray(32),
      ]),
    ],
    ['one byte', Buffer.from([0])],
  ];
  const other = base64Url(
    JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: 'bob' }),
  );
  return rows([
    ...signatures.map(
      ([name, value]): Row => [`signature: ${name}`, 'signature', `${header}.${payload}.${base64Url(value)}`],
    ),
    ['another subject under the same signature', 'signature', `${header}.${other}.${signature}`],
  ]);
}
