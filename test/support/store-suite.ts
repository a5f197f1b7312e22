import assert from 'node:assert/strict';
import type { Store, SwapStore } from '../../src/runtime/ports.ts';

/** One demand on every store, in a form that needs no test runner. */
export interface StoreCase<S extends Store = Store> {
  readonly name: string;
  /** Gets an empty store. */
  run(store: S): Promise<void>;
}

/** What every store must do. */
export const storeCases: readonly StoreCase[] = [
  {
    name: 'an absent key is undefined',
    async run(store) {
      assert.equal(await store.get('absent'), undefined);
    },
  },
  {
    name: 'a value is read back byte for byte',
    async run(store) {
      const value = Uint8Array.from({ length: 256 }, (_, index) => index);
      await store.put('blob/a', value);
      assert.deepEqual(await store.get('blob/a'), value);
    },
  },
  {
    name: 'an empty value is present',
    async run(store) {
      await store.put('empty', new Uint8Array(0));
      assert.deepEqual(await store.get('empty'), new Uint8Array(0));
    },
  },
  {
    name: 'a value of a megabyte is kept whole',
    async run(store) {
      const value = new Uint8Array(1024 * 1024).fill(7);
      await store.put('large', value);
      const read = await store.get('large');
      assert.equal(read?.length, value.length);
      assert.ok(read.every((byte) => byte === 7));
    },
  },
  {
    name: 'put replaces',
    async run(store) {
      await store.put('key', bytes('first'));
      await store.put('key', bytes('second'));
      assert.equal(text(await store.get('key')), 'second');
    },
  },
  {
    name: 'only the part of a buffer that a view shows is stored',
    async run(store) {
      await store.put('view', bytes('abcdef').subarray(2, 4));
      assert.equal(text(await store.get('view')), 'cd');
    },
  },
  {
    name: 'changing a value after it was put or read changes nothing in the store',
    async run(store) {
      const value = bytes('same');
      await store.put('key', value);
      value.fill(0);
      (await store.get('key'))?.fill(0);
      assert.equal(text(await store.get('key')), 'same');
    },
  },
  {
    name: 'delete removes, and is content with an absent key',
    async run(store) {
      await store.put('key', bytes('value'));
      await store.delete('key');
      await store.delete('key');
      assert.equal(await store.get('key'), undefined);
    },
  },
  {
    name: 'list gives the sorted keys under a prefix, which is not a pattern',
    async run(store) {
      for (const key of ['b/2', 'b/1', 'a/1', 'b', 'b/%', 'c/1']) await store.put(key, bytes('x'));
      assert.deepEqual(await store.list('b/'), ['b/%', 'b/1', 'b/2']);
      assert.deepEqual(await store.list('b/%'), ['b/%']);
      assert.deepEqual(await store.list(''), ['a/1', 'b', 'b/%', 'b/1', 'b/2', 'c/1']);
      assert.deepEqual(await store.list('d'), []);
    },
  },
  {
    name: 'keys that are special in JavaScript or SQL are ordinary',
    async run(store) {
      for (const key of ['__proto__', 'constructor', "a' OR 1=1 --"]) {
        assert.equal(await store.get(key), undefined);
        await store.put(key, bytes(key));
        assert.equal(text(await store.get(key)), key);
      }
    },
  },
];

/** What stores that can serialise writers and tell of changes must do besides. */
export const swapStoreCases: readonly StoreCase<SwapStore>[] = [
  {
    name: 'swap creates only what is absent',
    async run(store) {
      assert.equal(await store.swap('key', undefined, bytes('1')), true);
      assert.equal(await store.swap('key', undefined, bytes('2')), false);
      assert.equal(text(await store.get('key')), '1');
    },
  },
  {
    name: 'swap replaces only the value it expects',
    async run(store) {
      assert.equal(await store.swap('key', bytes('1'), bytes('2')), false);
      assert.equal(await store.get('key'), undefined);
      await store.put('key', bytes('1'));
      assert.equal(await store.swap('key', bytes('0'), bytes('2')), false);
      assert.equal(await store.swap('key', bytes('1'), bytes('2')), true);
      assert.equal(text(await store.get('key')), '2');
    },
  },
  {
    name: 'of writers that race by swap exactly one wins',
    async run(store) {
      await store.put('key', bytes('0'));
      const writers = Array.from({ length: 50 }, (_, index) =>
        store.swap('key', bytes('0'), bytes(`w${index}`)),
      );
      assert.equal((await Promise.all(writers)).filter((won) => won).length, 1);
    },
  },
  {
    name: 'watch tells of put, delete and swap until it is stopped',
    async run(store) {
      let notices = 0;
      const stop = store.watch?.(() => notices++);
      assert.ok(stop);
      await store.put('key', bytes('1'));
      await store.swap('key', bytes('1'), bytes('2'));
      await store.delete('key');
      await Promise.resolve();
      assert.equal(notices, 3);
      stop();
      await store.put('key', bytes('3'));
      await Promise.resolve();
      assert.equal(notices, 3);
    },
  },
];

function bytes(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(value);
}

function text(value: Uint8Array | undefined): string | undefined {
  return value && new TextDecoder().decode(value);
}
