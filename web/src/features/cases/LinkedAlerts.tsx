import { Link } from 'react-router-dom';
import { SeverityMark } from '@/components/Severity';
import { Sparkline } from '@/components/Sparkline';
import { Empty, Loaded } from '@/components/States';
import { Age } from '@/components/Time';
import { useCaseAlerts } from '@/lib/api/queries';
import { formatCount } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { useHref } from '@/lib/scope';
import { ruleTitle } from '@/lib/rule-text';

export function LinkedAlerts({ number, limit }: { number: string; limit?: number }) {
  const { t, language } = useI18n();
  const href = useHref();
  const alerts = useCaseAlerts(number);
  return (
    <Loaded query={alerts} what={t('alert.list')}>
      {(data) => (data.items.length === 0 ? <Empty inline say={t('case.no_alerts')} /> : (
        <div>
          {data.items.slice(0, limit ?? data.items.length).map((alert) => (
            <Link key={alert.id} className="mini-row" to={href(`/alerts/${alert.id}`)}>
              <SeverityMark severity={alert.severity} />
              <span className="grow" style={{ minWidth: 0 }}><span className="cut" style={{ display: 'block' }}>{ruleTitle(alert, language)}</span><span className="cut secondary small" style={{ display: 'block' }}>{[alert.entities.source?.value, alert.entities.target?.value].filter(Boolean).join(' → ')}</span></span>
              {limit === undefined && alert.sparkline && <Sparkline values={alert.sparkline} width={44} height={16} />}<span className="secondary small nowrap">×{formatCount(alert.count)}</span><span className="faint small nowrap"><Age at={alert.last_seen} /></span>
            </Link>
          ))}
          {limit !== undefined && data.total > limit && <Link className="mini-row" to={href(`/cases/${number}`, { tab: 'alerts' })}>{t('act.see_all_n', { n: formatCount(data.total) })}</Link>}
        </div>
      ))}
    </Loaded>
  );
}
