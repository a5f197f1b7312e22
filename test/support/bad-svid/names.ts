import 'reflect-metadata';
import { SubjectAlternativeNameExtension } from '@peculiar/x509';
import { der, text } from '../raw-certificate.ts';
import { leafExtensions, uriNames } from '../test-certificate.ts';
import { type BadSvid, goodId, leafOf, names, raw, usages, withExtensions, withName } from './bad-svid.ts';

/** Leaves that are wrong in whom they name. */
export const badNames: readonly BadSvid[] = [
  withExtensions('two IDs', 'svid_names', uriNames(goodId, `${goodId}2`), ...usages),
  withExtensions('no names', 'svid_names', ...usages),
  withExtensions('a DNS name alone', 'svid_names', names(['dns', 'reviews.default']), ...usages),
  withName('of another scheme', 'http://cluster.local/ns/default/sa/reviews'),
  withName('without a path', 'spiffe://cluster.local'),
  withName('with a slash at its end', `${goodId}/`),
  withName('with an empty segment', 'spiffe://cluster.local/ns//sa/reviews'),
  withName('with a dot segment', 'spiffe://cluster.local/ns/default/../sa/reviews'),
  withName('with percent-encoding', 'spiffe://cluster.local/ns/default/sa/%61dmin'),
  withName('with an encoded dot', 'spiffe://cluster.local/ns/%2e/sa/reviews'),
  withName('with a query', `${goodId}?a=b`),
  withName('with a fragment', `${goodId}#a`),
  withName('with a port', 'spiffe://cluster.local:443/ns/default/sa/reviews'),
  withName('with a user', 'spiffe://root@cluster.local/ns/default/sa/reviews'),
  withName('in upper case', 'spiffe://CLUSTER.LOCAL/ns/default/sa/reviews'),
  withName('of 2,049 octets', `${goodId}/${'a'.repeat(2048 - goodId.length)}`),
  withName('without a trust domain', 'spiffe:///ns/default/sa/reviews'),
  withName('of another trust domain', 'spiffe://other/ns/default/sa/reviews', 'svid_trust_domain'),
  withName('of a longer trust domain', 'spiffe://cluster.local.evil/ns/default/sa/a', 'svid_trust_domain'),
  withName('of a punycode trust domain', 'spiffe://xn--cluster-.local/ns/a/sa/b', 'svid_trust_domain'),
  withExtensions(
    'a NUL in its ID',
    'svid_id',
    raw('2.5.29.17', true, der(0x30, der(0x86, text(`${goodId}\0.evil`)))),
    ...usages,
  ),
  withExtensions(
    'an ID beyond ASCII',
    'der_malformed',
    raw('2.5.29.17', true, der(0x30, der(0x86, text(`${goodId}é`)))),
    ...usages,
  ),
  withExtensions('names that are no list', 'der_malformed', raw('2.5.29.17', true, text(goodId)), ...usages),
  withExtensions('an empty list of names', 'der_malformed', raw('2.5.29.17', true, der(0x30)), ...usages),
  withExtensions(
    'no subject and uncritical names',
    'svid_names',
    new SubjectAlternativeNameExtension([{ type: 'url', value: goodId }], false),
    ...usages,
  ),
  leafOf('a subject and critical names', 'certificate_names', {
    subject: 'CN=reviews',
    extensions: leafExtensions(goodId),
  }),
  leafOf('a common name that is none of its hosts', 'certificate_names', {
    subject: 'CN=admin.default',
    extensions: [
      new SubjectAlternativeNameExtension([
        { type: 'url', value: goodId },
        { type: 'dns', value: 'reviews.default' },
      ]),
      ...usages,
    ],
  }),
  withExtensions(
    'an underscore in a DNS name',
    'certificate_names',
    names(['url', goodId], ['dns', 'a_b.default']),
    ...usages,
  ),
  withExtensions(
    'an address as a DNS name',
    'certificate_names',
    names(['url', goodId], ['dns', '10.0.0.1']),
    ...usages,
  ),
  withExtensions(
    'a wildcard inside a label',
    'certificate_names',
    names(['url', goodId], ['dns', 'a*.default.svc']),
    ...usages,
  ),
];
