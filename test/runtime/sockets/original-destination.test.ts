import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { originalDestinations } from '../../../src/runtime/sockets/original-destination.ts';
import type { GetSocketOption } from '../../../src/runtime/sockets/socket-option.ts';

/** A socket of this local address, which the kernel says was going elsewhere. */
async function told(localAddress: string, localPort: number, answer: Uint8Array | undefined) {
  const asked: number[] = [];
  const getOption: GetSocketOption = (_socket, level, name, value) => {
    asked.push(level, name);
    if (answer === undefined) return -1;
    value.set(answer);
    return 0;
  };
  const tell = await originalDestinations(async () => getOption);
  const socket = Object.create(Socket.prototype, {
    localAddress: { value: localAddress },
    localPort: { value: localPort },
  });
  return { original: tell?.(socket), asked };
}

/** struct sockaddr_in and sockaddr_in6; port 80. */
const IPV4 = Uint8Array.of(2, 0, 0, 80, 240, 240, 1, 2);
const IPV6 = Uint8Array.of(10, 0, 0, 80, 0, 0, 0, 0, 0x20, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0xf0, 1, 2);

describe('where a connection was going', () => {
  test('is asked of the kernel in the family of its address', async () => {
    assert.deepEqual(await told('127.0.0.1', 15001, IPV4), {
      original: { address: '240.240.1.2', port: 80 },
      asked: [0, 80],
    });
    assert.deepEqual((await told('::ffff:10.0.0.2', 15006, IPV4)).original, {
      address: '240.240.1.2',
      port: 80,
    });
    assert.deepEqual(await told('::1', 15001, IPV6), {
      original: { address: '2001:2::f0f0:102', port: 80 },
      asked: [41, 80],
    });
  });

  test('is nowhere else when the kernel does not say, or names the port that it came to', async () => {
    assert.equal((await told('127.0.0.1', 15001, undefined)).original, undefined);
    assert.equal((await told('10.0.0.2', 80, IPV4)).original, undefined);
  });

  test('is told by nobody where the runtime has no foreign functions', async () => {
    assert.equal(await originalDestinations(async () => undefined), undefined);
  });
});
