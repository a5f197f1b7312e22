import type { BadSvid } from './bad-svid.ts';
import { badEncodings } from './encodings.ts';
import { badIssuers, badSignatures } from './issuers.ts';
import { badKeys } from './keys.ts';
import { badNames } from './names.ts';
import { badRights } from './rights.ts';
import { badTimes } from './times.ts';

/** Every chain that must be refused, with one fault each. */
export const badSvids: readonly BadSvid[] = [
  ...badNames,
  ...badRights,
  ...badTimes,
  ...badKeys,
  ...badSignatures,
  ...badIssuers,
  ...badEncodings,
];
