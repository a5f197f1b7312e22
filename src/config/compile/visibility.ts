/**
 * Whether something that a namespace exports can be seen from another (exportTo: `*`, `.`, `~` or names).
 * Absent or empty = everywhere, the default of meshConfig.
 */
export function visibleFrom(client: string, owner: string, exportTo: readonly string[] | undefined): boolean {
  if (!exportTo || exportTo.length === 0) return true;
  return exportTo.some((to) => to === '*' || to === client || (to === '.' && client === owner));
}
