import { Link } from 'react-router-dom';
import { Advice } from '@/components/alert/Advice';
import { useEvidence } from '@/components/alert/evidence';
import { EntityPair, techniques, useStageName } from '@/components/alert/parts';
import { EventItems } from '@/components/EventItems';
import { SeverityMark } from '@/components/Severity';
import { Time } from '@/components/Time';
import { useCorrelationSentence, WhyPanel } from '@/components/WhyPanel';
import { useTenantName } from '@/lib/api/queries';
import type { Alert } from '@/lib/api/types';
import { formatCount } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { formatDuration } from '@/lib/time';
import { ruleTitle } from '@/lib/rule-text';

/** What happened, in one sentence of figures. */
export function Story({ alert }: { alert: Alert }) {
  const { t, language } = useI18n();
  const sentence = useCorrelationSentence();
  const seconds = (Date.parse(alert.last_seen) - Date.parse(alert.first_seen)) / 1000;
  const source = alert.entities.source?.value;
  const target = alert.entities.target?.value;
  const counted = alert.reason?.correlation && sentence(alert.reason.correlation);
  if (alert.count === 1) return <p>{counted ?? t('story.once', { who: [source, target].filter(Boolean).join(' → ') || ruleTitle(alert, language) })}</p>;
  return (
    <p>
      {t(source && target ? 'story.pair' : source ? 'story.source' : target ? 'story.target' : 'story.plain', { source: source ?? '', target: target ?? '', n: formatCount(alert.count), duration: seconds < 1 ? t('story.moment') : formatDuration(seconds, language) })}
      {counted && ` ${counted}`}
    </p>
  );
}

/** The drawer's and the watch page's short form of an alert. */
export function AlertSummary({ alert, advice }: { alert: Alert; advice: boolean }) {
  const { t, language } = useI18n();
  const tenantName = useTenantName();
  const stageName = useStageName();
  const evidence = useEvidence(alert, 3);
  return (
    <div>
      <div className="stack" style={{ marginBottom: 12 }}>
        <div className="row wrap"><SeverityMark severity={alert.severity} word />{alert.stage && <span className="chip quiet">{stageName(alert.stage)}</span>}{techniques(alert.tags).map((id) => <span key={id} className="chip quiet mono">{id}</span>)}<span className="end secondary small">{tenantName(alert.tenant)}</span></div>
        <h2 style={{ fontSize: 16, lineHeight: '22px' }}>{ruleTitle(alert, language)}</h2>
        <EntityPair entities={alert.entities} />
        <Story alert={alert} />
        <div className="secondary small">{t('alert.first_seen')} <Time at={alert.first_seen} /> · {t('alert.last_seen')} <Time at={alert.last_seen} /></div>
      </div>
      {evidence.length > 0 && <><div className="section-title">{t('alert.evidence')}</div><EventItems items={evidence} /></>}
      {alert.reason && <><div className="section-title">{t('alert.why')}</div><WhyPanel alert={alert} /></>}
      {advice && alert.advice && alert.advice.length > 0 && <><div className="section-title">{t('alert.advice')}</div><Advice alert={alert} /></>}
    </div>
  );
}

export function SimilarRow({ alert, to }: { alert: Alert; to: string }) {
  const { t, language } = useI18n();
  return (
    <Link className="mini-row" to={to}>
      <SeverityMark severity={alert.severity} /><span className="cut grow">{ruleTitle(alert, language)}</span>
      <span className="secondary small cut">{[alert.entities.source?.value, alert.entities.target?.value].filter(Boolean).join(' → ')}</span>
      <span className="secondary small nowrap">×{formatCount(alert.count)}</span>
      {alert.verdict !== 'undetermined' && <span className="chip quiet">{t(`verdict.${alert.verdict}`)}</span>}
      <span className="faint small nowrap"><Time short at={alert.last_seen} precision="minute" /></span>
    </Link>
  );
}
