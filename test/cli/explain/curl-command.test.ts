import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseClaims } from '../../../cli/explain/claims.ts';
import { readCurl } from '../../../cli/explain/curl-command.ts';
import { shellWords } from '../../../cli/explain/curl-words.ts';

const read = (text: string) => {
  const { method, url, headers } = readCurl(shellWords(text));
  return [`${method} ${url}`, ...headers.filter((line) => line !== 'accept: */*')];
};

describe('a curl command', () => {
  const cases: readonly (readonly [command: string, ...request: string[]])[] = [
    ['curl http://a.test/b', 'GET http://a.test/b'],
    ['curl a.test', 'GET http://a.test'],
    ['curl -X PUT --url http://a/', 'PUT http://a/'],
    ['curl -XDELETE http://a/', 'DELETE http://a/'],
    ['curl -sSkLv http://a/', 'GET http://a/'],
    ['curl -I http://a/', 'HEAD http://a/'],
    ['curl -H \'x-a: b\' -H "x-c: d e" http://a/', 'GET http://a/', 'x-a: b', 'x-c: d e'],
    ["curl -H 'Empty;' -H 'accept:' http://a/", 'GET http://a/', 'Empty:'],
    ['curl -d a=b http://a/', 'POST http://a/', 'content-type: application/x-www-form-urlencoded'],
    [
      "curl --data-raw '{}' -H 'Content-Type: application/json' http://a/",
      'POST http://a/',
      'Content-Type: application/json',
    ],
    [
      "curl --json '{}' http://a/",
      'POST http://a/',
      'accept: application/json',
      'content-type: application/json',
    ],
    ['curl -G -d a=b --data-urlencode "q=x y" http://a/?z=1', 'GET http://a/?z=1&a=b&q=x%20y'],
    ['curl -T file http://a/', 'PUT http://a/'],
    ['curl -F a=b http://a/', 'POST http://a/', 'content-type: multipart/form-data'],
    ['curl -u ann:secret http://a/', 'GET http://a/', 'authorization: Basic YW5uOnNlY3JldA=='],
    ['curl --oauth2-bearer t http://a/', 'GET http://a/', 'authorization: Bearer t'],
    [
      "curl -A me -e http://r/ -b 'c=d' http://a/",
      'GET http://a/',
      'user-agent: me',
      'referer: http://r/',
      'cookie: c=d',
    ],
    ['curl -o out -m 5 --connect-timeout 2 -x http://p:1 --resolve a:80:::1 http://a/', 'GET http://a/'],
    ['curl --compressed http://a/', 'GET http://a/', 'accept-encoding: deflate, gzip, br, zstd'],
    ["curl 'http://a/x' \\\n  -H 'x-a: 1' \\\n  --insecure", 'GET http://a/x', 'x-a: 1'],
    ["curl $'http://a/it\\'s' -H $'x-a: \\u0041\\x42\\tc'", "GET http://a/it's", 'x-a: AB\tc'],
  ];
  for (const [command, ...request] of cases)
    test(command.replaceAll('\n', '⏎'), () => {
      assert.deepEqual(read(command), request);
    });

  const wrong: readonly (readonly [command: string, message: RegExp])[] = [
    ['curl', /names no URL/],
    ['curl --foo http://a/', /option --foo is not understood/],
    ['curl -sQ http://a/', /option -Q is not understood/],
    ['curl http://a/ http://b/', /one URL at a time/],
    ['curl http://a/ -H', /--header wants a value/],
  ];
  for (const [command, message] of wrong)
    test(`${command} is refused`, () =>
      assert.throws(() => read(command), { name: 'CommandError', exitCode: 64, message }));

  test('words in single quotes come back as they were', () => {
    const word = fc.string({ maxLength: 12 });
    const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        assert.deepEqual(shellWords(words.map(quoted).join(' ')), words);
      }),
    );
  });
});

describe('claims', () => {
  const claims = { iss: 'https://id.test', sub: 'änn' };
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');

  test('are JSON, or those of a token', () => {
    for (const text of [
      JSON.stringify(claims),
      ` ${JSON.stringify(claims)}`,
      `x.${payload}.y`,
      `Bearer x.${payload}.`,
    ])
      assert.deepEqual(parseClaims(text), claims);
  });

  test('that are neither are refused', () => {
    for (const text of ['', '{', '[]', 'a.b.c', 'token', `x.${Buffer.from('[1]').toString('base64url')}.y`])
      assert.throws(() => parseClaims(text), {
        name: 'CommandError',
        exitCode: 64,
        message: /^--jwt must be claims/,
      });
  });
});
