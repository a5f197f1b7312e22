import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { activate } from '../../../src/proxy/activate.ts';
import type { RedirectAction, RouteMatch } from '../../../src/snapshot/route.ts';
import {
  buildConnection,
  buildRequest,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  fixedInputs,
  gatewaySnapshot,
} from '../../support/snapshot.ts';

interface Case {
  readonly redirect: Partial<RedirectAction>;
  readonly url: string;
  readonly location: string;
  readonly match?: RouteMatch;
  readonly scheme?: 'http' | 'https';
}

const whole: RouteMatch = {};
const foo: RouteMatch = { path: { kind: 'prefix', value: '/foo' } };

describe('redirect', () => {
  const cases: Case[] = [
    { redirect: { uri: '/new' }, url: 'b/foo', location: 'http://b/new' },
    { redirect: { uri: '/new' }, url: 'b/foo?x=1', location: 'http://b/new?x=1' },
    { redirect: { uri: '/new?y=2' }, url: 'b/foo?x=1', location: 'http://b/new?y=2' },
    { redirect: { authority: 'other' }, url: 'b:8080/foo', location: 'http://other/foo' },
    { redirect: { scheme: 'https' }, url: 'b/foo', location: 'https://b/foo' },
    { redirect: { scheme: 'https' }, url: 'b:80/foo', location: 'https://b/foo' },
    { redirect: { scheme: 'https' }, url: 'b:8080/foo', location: 'https://b:8080/foo' },
    { redirect: { scheme: 'http' }, url: 'b:443/', scheme: 'https', location: 'http://b/' },
    { redirect: { port: 8081 }, url: 'b:8080/foo', location: 'http://b:8081/foo' },
    { redirect: { port: 8081 }, url: '[::1]:8080/foo', location: 'http://[::1]:8081/foo' },
    { redirect: { port: 80 }, url: 'b/foo', location: 'http://b/foo' },
    { redirect: { port: 443, scheme: 'https' }, url: 'b/foo', location: 'https://b/foo' },
    { redirect: { port: 443, scheme: 'https' }, url: 'b:8080/foo', location: 'https://b/foo' },
    { redirect: { port: 80, scheme: 'https' }, url: 'b/foo', location: 'https://b:80/foo' },
    { redirect: { authority: 'c', port: 81 }, url: 'b/foo', location: 'http://c:81/foo' },
    { redirect: { prefixRewrite: '/bar' }, match: foo, url: 'b/foo/x?y', location: 'http://b/bar/x?y' },
    { redirect: { prefixRewrite: '/bar' }, match: whole, url: 'b/x', location: 'http://b/barx' },
    { redirect: { uri: '/a\r\nset-cookie: x' }, url: 'b/', location: 'http://b/a%0D%0Aset-cookie:%20x' },
  ];
  for (const { redirect, url, location, match = whole, scheme = 'http' } of cases) {
    test(`${JSON.stringify(redirect)} sends ${scheme}://${url} to ${location}`, () => {
      const action = { kind: 'redirect', status: 301, ...redirect } as const;
      const routes = [buildRoute('r', action, { matches: [match] })];
      const active = activate(gatewaySnapshot([buildVirtualHost(['*'], routes)], []));
      const decision = active.decide(
        buildRequest(url, [], { scheme }),
        buildConnection('gateway'),
        fixedInputs(),
      );
      assert.deepEqual(decision.kind === 'reply' && [decision.status, decision.headers], [
        301,
        [['location', location]],
      ]);
    });
  }

  const derived: [url: string, scheme: 'http' | 'https' | undefined, location: string][] = [
    ['b/foo', 'https', 'https://b:80/foo'],
    ['b/foo', undefined, 'http://b/foo'],
    ['b:80/foo', undefined, 'http://b:80/foo'],
    ['b:85/foo', undefined, 'http://b:85/foo'],
  ];
  for (const [url, scheme, location] of derived) {
    test(`FROM_REQUEST_PORT is the service port: ${url} to ${location}`, () => {
      const action = { kind: 'redirect', status: 302, port: 'request', ...(scheme && { scheme }) } as const;
      const virtualHosts = [buildVirtualHost(['b'], [buildRoute('r', action)])];
      const outbound = [80, 85].map((port) => ({ port, virtualHosts }));
      const decision = activate(buildSnapshot({ outbound })).decide(
        buildRequest(url),
        buildConnection('outbound', { port: 15001 }),
        fixedInputs(),
      );
      assert.deepEqual(decision.kind === 'reply' && decision.headers, [['location', location]]);
    });
  }
});
