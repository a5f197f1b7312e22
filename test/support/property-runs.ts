import fc from 'fast-check';

/** How many cases `npm run full` wants of every property; elsewhere absent. */
const wanted = Number(process.env.WEFT_PROPERTY_RUNS ?? 0);

/** The number of cases of a property: its own, or what the environment asks for when that is more. */
export function propertyRuns(defaultRuns: number): number {
  return Math.max(defaultRuns, wanted);
}

// Properties that name no number have fast-check's; `--import` of this file reaches those too.
if (wanted > 0) fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: propertyRuns(100) });
