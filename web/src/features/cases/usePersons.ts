import { useAssignees } from '@/lib/api/queries';
import type { Case } from '@/lib/api/types';
import { useMe } from '@/lib/session';

/** Display names for the account names in a case's timeline. */
export function usePersons(subject: Case): (name: string) => string {
  const me = useMe();
  const people = useAssignees(subject.tenant, me.canJudge);
  return (name) => people.data?.items.find((p) => p.name === name)?.display_name
    ?? (name === me.name ? me.display_name : subject.owner?.name === name ? subject.owner.display_name : name);
}
