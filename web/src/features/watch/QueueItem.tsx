import { EntityPair } from '@/components/alert/parts';
import { SeverityMark } from '@/components/Severity';
import { leadingClock, SlaChip } from '@/components/SlaChip';
import { Sparkline } from '@/components/Sparkline';
import { Age } from '@/components/Time';
import { useTenantName } from '@/lib/api/queries';
import { serverNow } from '@/lib/api/client';
import { formatCompact } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { ruleTitle } from '@/lib/rule-text';
import type { QueueRow } from './queue';

/** One row for a case or an alert: what, for whom, between whom, how often, how old, how long left, whose. */
export function QueueItem({ row }: { row: QueueRow }) {
  const { t, language } = useI18n();
  const tenantName = useTenantName();
  const subject = row.subject;
  const clock = row.kind === 'case' ? leadingClock(row.subject.clocks, serverNow()) : undefined;
  return (
    <div className="queue-item">
      <SeverityMark severity={subject.severity} size={12} />
      <div className="queue-what">
        <div className="row">
          <span className="cut title">{row.kind === 'case' ? row.subject.title : ruleTitle(row.subject, language)}</span>
          {row.kind === 'case' && <span className="faint small mono nowrap">{row.subject.number}</span>}
        </div>
        <div className="row small secondary under">
          <span className="cut tenant">{tenantName(subject.tenant)}</span>
          <EntityPair entities={subject.entities} still />
        </div>
      </div>
      <div className="queue-figures">
        <div className="row tight">
          {row.kind === 'alert' && row.subject.sparkline && <Sparkline values={row.subject.sparkline} width={48} height={14} />}
          {row.kind === 'alert' ? <span className="small" title={t('alert.count')}>×{formatCompact(row.subject.count, language)}</span> : clock ? <SlaChip clock={clock} name /> : <span className="chip quiet">{t(`case_state.${row.subject.state}`)}</span>}
        </div>
        <div className="row tight small secondary">
          {row.kind === 'case' && <span className="cut">{row.subject.owner?.display_name ?? t('case.unowned')}</span>}
          {row.kind === 'case' && <span>·</span>}
          <span className="nowrap"><Age at={row.kind === 'case' ? row.subject.opened : row.subject.last_seen} /></span>
        </div>
      </div>
    </div>
  );
}
