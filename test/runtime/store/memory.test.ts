import { describe, test } from 'node:test';
import { MemoryStore } from '../../../src/runtime/store/memory.ts';
import { storeCases, swapStoreCases } from '../../support/store-suite.ts';

describe('the store in memory', () => {
  for (const { name, run } of [...storeCases, ...swapStoreCases]) test(name, () => run(new MemoryStore()));
});
