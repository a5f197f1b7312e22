import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutOwnMember } from '../../../src/identity/signature/own-member.ts';

const OURS = 'weft=("@method" "@path");created=1790000000;tag="weft-mesh/1"';

const cases: readonly (readonly [what: string, text: string, rest: string])[] = [
  ['ours alone', OURS, ''],
  ['ours as bytes', 'weft=:AAAA:', ''],
  ['ours before another', `${OURS}, sig1=("@path")`, 'sig1=("@path")'],
  ['ours behind another', `sig1=("@path"),${OURS}`, 'sig1=("@path")'],
  ['a comma within ours', 'weft="a, sig1=1"', ''],
  ['no other label', 'weftx=1', 'weftx=1'],
  ['none of ours', 'sig1=:AAAA:', 'sig1=:AAAA:'],
  ['ours without a value', 'weft;a=1', ''],
  ['ours unfinished', 'weft=(', ''],
  ['ours with something behind', 'weft=1 sig1=2', ''],
  ['what is no dictionary', 'weft=(, sig1=1', ''],
  ['ours twice', 'weft=1, weft=2', ''],
  ['nothing', '', ''],
];
for (const [what, text, rest] of cases) {
  test(`without our member there is left of ${what}: ${rest || 'nothing'}`, () => {
    assert.equal(withoutOwnMember(text), rest);
  });
}
