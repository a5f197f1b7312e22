import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FieldError } from '../../../src/identity/signature/structured-field.ts';
import { RFC_KEYS, RFC_REQUEST, RFC_VECTORS, TRANSFORMED } from '../../support/rfc9421-vectors.ts';
import { baseOf, holds, withSignature } from '../../support/signature-vector.ts';
import { missingVectors, readVectors } from '../../support/vectors.ts';

describe('RFC 9421 Appendix B', () => {
  for (const { section, message, algorithm, input, signature } of RFC_VECTORS) {
    test(`the signature of ${section} holds`, async () => {
      const signed = withSignature(message, input, signature);
      assert.equal(
        await holds(signed, input.slice(0, input.indexOf('=')), algorithm, RFC_KEYS[algorithm] ?? {}),
        true,
      );
    });
  }

  for (const [what, valid, message] of TRANSFORMED) {
    test(`the request of B.4 ${what} ${valid ? 'holds' : 'does not hold'}`, async () =>
      assert.equal(await holds(message, 'transform', 'ed25519', RFC_KEYS.ed25519 ?? {}), valid));
  }

  test('what a message does not have, or what nobody defined, cannot be covered', () => {
    for (const list of [
      '("x-none")',
      '("@unknown")',
      '("@query-param")',
      '("date";sf)',
      '("date";tr)',
      '("@method";req)',
      '(date)',
    ])
      assert.throws(() => baseOf(withSignature(RFC_REQUEST, `a=${list}`, 'a=:AA==:'), 'a'), FieldError, list);
  });
});

interface BotVector {
  readonly key: { readonly kty: string };
  readonly target_url: string;
  readonly label: string;
  readonly signature: string;
  readonly signature_input: string;
  readonly signature_agent?: string;
}

describe('Web Bot Auth', { skip: missingVectors('web-bot-auth/web_bot_auth_architecture_v1.json') }, () => {
  for (const version of ['v1', 'v2']) {
    test(`every signature of the architecture's vectors ${version} holds`, async () => {
      const vectors = readVectors<readonly BotVector[]>(
        `web-bot-auth/web_bot_auth_architecture_${version}.json`,
      );
      for (const { key, target_url, label, signature, signature_input, signature_agent } of vectors) {
        const agent = signature_agent === undefined ? [] : [['Signature-Agent', signature_agent] as const];
        const message = withSignature({ url: target_url, headers: agent }, signature_input, signature);
        const algorithm = key.kty === 'RSA' ? 'rsa-pss-sha512' : 'ed25519';
        assert.equal(
          await holds(message, label, algorithm, RFC_KEYS[algorithm] ?? {}),
          true,
          signature_input,
        );
      }
    });
  }
});
