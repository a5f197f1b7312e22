import 'reflect-metadata';
import { ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension } from '@peculiar/x509';
import { Purpose } from '../../../src/identity/x509/extensions.ts';
import { der, text } from '../raw-certificate.ts';
import { leafExtensions, uriNames } from '../test-certificate.ts';
import {
  authority,
  type BadSvid,
  bytes,
  goodId,
  leafOf,
  purposes,
  raw,
  signs,
  subtrees,
  withExtensions,
} from './bad-svid.ts';

/** Leaves that are wrong in what they may do. */
export const badRights: readonly BadSvid[] = [
  withExtensions('the right to be an authority', 'svid_authority', ...leafExtensions(goodId), authority),
  withExtensions(
    'the right to sign certificates',
    'svid_authority',
    uriNames(goodId),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign, true),
    purposes,
  ),
  withExtensions(
    'the right to sign revocation lists',
    'svid_authority',
    uriNames(goodId),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.cRLSign, true),
    purposes,
  ),
  withExtensions('no key usage', 'certificate_usage', uriNames(goodId), purposes),
  withExtensions(
    'a key for encryption only',
    'certificate_usage',
    uriNames(goodId),
    new KeyUsagesExtension(KeyUsageFlags.keyEncipherment, true),
    purposes,
  ),
  withExtensions(
    'an empty key usage',
    'der_malformed',
    uriNames(goodId),
    raw('2.5.29.15', true, bytes(3, 1, 0)),
  ),
  withExtensions('no purpose', 'certificate_usage', uriNames(goodId), signs),
  withExtensions(
    'a purpose for servers only',
    'certificate_usage',
    uriNames(goodId),
    signs,
    new ExtendedKeyUsageExtension([Purpose.server]),
  ),
  withExtensions(
    'any purpose',
    'certificate_usage',
    uriNames(goodId),
    signs,
    new ExtendedKeyUsageExtension([Purpose.server, Purpose.client, '2.5.29.37.0']),
  ),
  withExtensions(
    'an empty list of purposes',
    'der_malformed',
    uriNames(goodId),
    signs,
    raw('2.5.29.37', false, der(0x30)),
  ),
  withExtensions(
    'critical purposes',
    'certificate_extension',
    uriNames(goodId),
    signs,
    new ExtendedKeyUsageExtension([Purpose.server, Purpose.client], true),
  ),
  withExtensions(
    'name constraints',
    'certificate_constraints',
    ...leafExtensions(goodId),
    subtrees('cluster.local', ''),
  ),
  withExtensions(
    'a critical extension that nobody knows',
    'certificate_extension',
    ...leafExtensions(goodId),
    raw('1.2.3.4', true, bytes(5, 0)),
  ),
  withExtensions(
    'policy constraints',
    'certificate_extension',
    ...leafExtensions(goodId),
    raw('2.5.29.36', false, der(0x30, bytes(0x80, 1, 0))),
  ),
  withExtensions(
    'malformed information access',
    'der_malformed',
    ...leafExtensions(goodId),
    raw('1.3.6.1.5.5.7.1.1', false, text('nothing')),
  ),
  leafOf('no key identifiers', 'certificate_extension', {
    extensions: leafExtensions(goodId),
    identifyKeys: false,
  }),
];
