import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fetchKeys } from '../../../src/runtime/fetch/fetch-keys.ts';

const uri = 'https://issuer.example/jwks';

/** Fetches keys where the platform answers like this. */
function answered(response: () => Response) {
  const asked: [string, RequestInit | undefined][] = [];
  const platform = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    asked.push([String(input), init]);
    return response();
  };
  return { asked, fetch: fetchKeys(new Set(), platform as typeof fetch) };
}

describe('keys by fetch', () => {
  test('a document is read, and no redirect is followed on the way', async () => {
    const { asked, fetch } = answered(() => new Response('{"keys":["ö"]}'));
    assert.equal(await fetch(uri, 1000), '{"keys":["ö"]}');
    assert.equal(asked[0]?.[0], uri);
    assert.equal(asked[0]?.[1]?.redirect, 'manual');
    assert.ok(asked[0]?.[1]?.signal);
  });

  test('anything but 200 gives no keys', async () => {
    for (const status of [204, 301, 302, 404, 500]) {
      const { fetch } = answered(
        () => new Response(null, { status, headers: { location: 'http://169.254.169.254/' } }),
      );
      await assert.rejects(fetch(uri, 1000), new RegExp(`answered ${status}`));
    }
  });

  test('more than 64 KiB, or what is no text, gives no keys', async () => {
    await assert.rejects(
      answered(() => new Response(' '.repeat(65_537))).fetch(uri, 1000),
      /more than 65536/,
    );
    await assert.rejects(answered(() => new Response(Uint8Array.of(0xff))).fetch(uri, 1000));
    assert.equal((await answered(() => new Response(' '.repeat(65_536))).fetch(uri, 1000)).length, 65_536);
  });

  test('an address that is not public is never asked', async () => {
    const { asked, fetch } = answered(() => new Response('{}'));
    for (const address of [
      'http://issuer.example/',
      'https://127.0.0.1/',
      'https://localhost/',
      'https://[::1]/',
    ])
      await assert.rejects(fetch(address, 1000), /is not/);
    assert.deepEqual(asked, []);
  });
});
