const quiet = '--disable-warning=ExperimentalWarning';
/** Tests read it to take their long form. */
const env = { WEFT_FULL: '1' } as const;
const output = 'node-test';

/** The long forms of what proves the transport, as steps of `npm run full`. */
export const wireSteps = [
  {
    name: 'strictness',
    about: 'smuggling heads, raw probes, 10,000 poisoned pipelines per runtime and through nginx',
    command: [
      'node',
      quiet,
      '--test',
      'test/wire/smuggling.test.ts',
      'test/wire/raw-probes.test.ts',
      'test/wire/poisoned-pipelines.test.ts',
    ],
    env,
    output,
    limitMinutes: 15,
  },
  {
    name: 'faults',
    about: 'responses cut at every byte, clients that go, 10,000 POSTs over breaking connections per runtime',
    command: [
      'node',
      quiet,
      '--test',
      'test/wire/broken-responses.test.ts',
      'test/wire/client-cancel.test.ts',
      'test/wire/single-post.test.ts',
    ],
    env,
    output,
    limitMinutes: 20,
  },
  {
    name: 'fuzz',
    about: '1,000,000 mutated messages through the codec, and what of it they cover',
    command: [
      'node',
      quiet,
      '--test',
      '--experimental-test-coverage',
      '--test-coverage-include=src/http/**',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=./test/support/coverage-figures.ts',
      '--test-reporter-destination',
      '{figures}',
      'test/fuzz/codec.test.ts',
    ],
    env,
    output,
    limitMinutes: 10,
  },
  {
    name: 'slow-clients',
    about: '1,000 slow clients at the deadlines of every day, per runtime',
    command: ['node', quiet, '--test', 'test/wire/slow-clients.test.ts'],
    env,
    output,
    limitMinutes: 10,
  },
  {
    name: 'floods',
    about: 'bombs and floods on 128 connections, and what memory they take',
    command: ['node', quiet, '--test', 'test/wire/floods.test.ts'],
    env,
    output,
    limitMinutes: 10,
  },
  {
    name: 'dns',
    about: '100,000 questions at 10,000 a second, per runtime',
    command: ['node', quiet, '--test', 'test/wire/dns-load.test.ts'],
    env,
    output,
    limitMinutes: 5,
  },
  {
    name: 'long-bodies',
    about: '1 GiB each way, in both framings, through one sidecar and two, per runtime',
    command: ['node', quiet, '--test', 'test/wire/long-bodies.test.ts'],
    env,
    output,
    limitMinutes: 15,
  },
  {
    name: 'nghttp2',
    about: 'nghttp in nine ways and 100,000 requests of h2load over HTTP/2 and HTTP/1.1, per runtime',
    command: ['node', quiet, '--test', 'test/wire/nghttp2.test.ts'],
    env,
    output,
    limitMinutes: 10,
  },
] as const;
