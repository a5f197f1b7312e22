import { der, text } from '../raw-certificate.ts';
import { leafExtensions } from '../test-certificate.ts';
import { type BadSvid, goodId, leafOf, MINUTE, written } from './bad-svid.ts';

const validity = (from: Uint8Array, to: Uint8Array) => ({ validity: der(0x30, from, to) });
const utc = (time: string) => der(0x17, text(time));
const generalized = (time: string) => der(0x18, text(time));

/** Leaves that are wrong in when they are valid. */
export const badTimes: readonly BadSvid[] = [
  leafOf('a validity that is over', 'certificate_expired', {
    extensions: leafExtensions(goodId),
    ends: -1250,
  }),
  {
    ...leafOf('a validity to come at once', 'certificate_not_yet_valid', {
      extensions: leafExtensions(goodId),
      begins: 750,
    }),
    unseen: 'never',
  },
  leafOf('a validity to come', 'certificate_not_yet_valid', {
    extensions: leafExtensions(goodId),
    begins: 10 * MINUTE,
  }),
  leafOf('a validity that ends before it begins', 'certificate_expired', {
    extensions: leafExtensions(goodId),
    begins: -MINUTE,
    ends: -2 * MINUTE,
  }),
  written('a time without seconds', 'der_malformed', () =>
    validity(utc('2611231100Z'), utc('261123130000Z')),
  ),
  written('a time of another zone', 'der_malformed', () =>
    validity(utc('261123110000+0000'), utc('261123130000Z')),
  ),
  written('a day that does not exist', 'der_malformed', () =>
    validity(utc('260230110000Z'), utc('261123130000Z')),
  ),
  written('a long year before 2050', 'der_malformed', () =>
    validity(generalized('20261123110000Z'), utc('261123130000Z')),
  ),
];
