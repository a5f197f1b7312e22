const quiet = '--disable-warning=ExperimentalWarning';
const output = 'node-test';

/** The long forms of what proves request policy, as steps of `npm run full`. */
export const policySteps = [
  {
    name: 'policy-wire',
    about:
      'Istio’s authorization and path tests, and forged identities, over raw sockets, per runtime and in workerd',
    command: [
      'node',
      quiet,
      '--test',
      'test/wire/authorization-cases.test.ts',
      'test/wire/policy-paths.test.ts',
      'test/wire/spoofed-identity.test.ts',
      'test/wire/raw-probes.test.ts',
    ],
    env: { WEFT_FULL: '1' },
    output,
    limitMinutes: 10,
  },
  {
    name: 'policy-index',
    about: 'the policy index against a plain reading, over 500,000 policy sets and callers, and its mutants',
    command: ['node', quiet, '--test', 'test/proxy/decide/policy-index.property.test.ts'],
    env: { WEFT_PROPERTY_RUNS: '20000' },
    output,
    limitMinutes: 15,
  },
] as const;
