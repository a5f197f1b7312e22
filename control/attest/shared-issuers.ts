import type { ClaimCondition } from '../../src/identity/attest/claim-condition.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';

/**
 * Issuers whose tokens anybody may have, and the claims that say whose a token is. GitHub:
 * https://docs.github.com/actions/reference/security/oidc; GitLab: `id_tokens`; Google: `hd` and `email` of accounts.
 */
const SHARED: ReadonlyMap<string, readonly string[]> = new Map([
  // `job_workflow_ref` is not among them: anybody may call a public workflow of somebody else's.
  [GITHUB, ['repository', 'repository_id', 'repository_owner', 'repository_owner_id', 'sub']],
  ['https://gitlab.com', ['project_path', 'project_id', 'namespace_path', 'namespace_id', 'sub']],
  ['https://accounts.google.com', ['sub', 'email', 'hd']],
  ['https://agent.buildkite.com', ['organization_slug', 'sub']],
  ['https://app.terraform.io', ['terraform_organization_name', 'sub']],
]);

/** The claims of which one must be in every rule; undefined for an issuer of one owner. */
export function ownersOf(issuer: string): readonly string[] | undefined {
  return SHARED.get(issuer);
}

/** What a rule demands besides what it says, where strangers can cause tokens of an owner. */
export function impliedConditions(
  issuer: string,
  when: readonly ClaimCondition[],
): readonly ClaimCondition[] {
  const isGitHub = issuer === GITHUB || issuer.startsWith(`${GITHUB}/`);
  if (!isGitHub || when.some(({ claim }) => claim[0] === 'event_name')) return [];
  return [{ claim: ['event_name'], values: OWNERS_EVENTS }];
}

/** Only who may write to a repository causes them; anybody causes the others: pull requests, comments, forks, … */
const OWNERS_EVENTS = [
  'push',
  'workflow_dispatch',
  'repository_dispatch',
  'schedule',
  'release',
  'merge_group',
  'deployment',
];
