// What several pages show of an alert.
import { Link } from 'react-router-dom';
import { ArrowRight } from 'lucide-react';
import type { AlertState, Entities, Verdict } from '@/lib/api/types';
import { useI18n, type Key } from '@/lib/i18n';
import { useHref } from '@/lib/scope';
import { EntityChip } from '../EntityChip';

export function EntityPair({ entities, still = false }: { entities: Entities; still?: boolean }) {
  return (
    <span className="row tight" style={{ overflow: 'hidden' }}>
      {entities.source && <EntityChip entity={entities.source} still={still} />}
      {entities.source && entities.target && <ArrowRight size={12} style={{ flex: 'none', color: 'var(--faint)' }} />}
      {entities.target && <EntityChip entity={entities.target} still={still} />}
    </span>
  );
}

const tone: Record<Verdict, string> = { true_positive: 'bad', false_positive: 'quiet', benign: 'good', undetermined: 'quiet' };
export function VerdictChip({ verdict }: { verdict: Verdict }) {
  const { t } = useI18n();
  if (verdict === 'undetermined') return <span className="faint">—</span>;
  return <span className={`chip ${tone[verdict]}`}>{t(`verdict.${verdict}`)}</span>;
}

export function AlertStateText({ state }: { state: AlertState }) {
  const { t } = useI18n();
  return <span className={state === 'open' ? '' : 'secondary'}>{t(`alert_state.${state}`)}</span>;
}

const tactics = new Set(['reconnaissance', 'resource-development', 'initial-access', 'execution', 'persistence', 'privilege-escalation', 'defense-evasion', 'credential-access', 'discovery', 'lateral-movement', 'collection', 'command-and-control', 'exfiltration', 'impact', 'stealth', 'defense-impairment']);
export function useStageName(): (stage: string | undefined) => string {
  const { t } = useI18n();
  return (stage) => (stage && tactics.has(stage) ? t(`stage.${stage}` as Key) : stage ?? '');
}

/** ATT&CK techniques of the tags, as the ids people know. */
export function techniques(tags: readonly string[]): string[] {
  return tags.filter((tag) => /^attack\.t\d{4}/i.test(tag)).map((tag) => tag.slice(7).toUpperCase());
}

export function CaseLink({ number }: { number: string | undefined }) {
  const href = useHref();
  if (!number) return <span className="faint">—</span>;
  return <Link to={href(`/cases/${number}`)} onClick={(event) => event.stopPropagation()} className="mono" style={{ fontSize: 12 }}>{number}</Link>;
}
