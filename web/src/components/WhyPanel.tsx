import type { Alert, MatchReason } from '@/lib/api/types';
import { useI18n, type Key } from '@/lib/i18n';
import { condition } from '@/lib/kql';
import { useFields } from '@/lib/api/queries';
import { inLanguage } from '@/lib/rule-text';
import { useHref } from '@/lib/scope';
import { formatDuration } from '@/lib/time';
import { Link } from 'react-router-dom';
import { MarkedText } from './RawLine';
import { Time } from './Time';

type Correlation = NonNullable<NonNullable<Alert['reason']>['correlation']>;

const modifiers: Record<string, Key> = { contains: 'why.contains', startswith: 'why.startswith', endswith: 'why.endswith', re: 'why.re', cidr: 'why.cidr', gte: 'why.gte', gt: 'why.gt', lt: 'why.lt', lte: 'why.lte', exists: 'why.exists' };

/** How a match reads: a rule without a modifier may still say `*x*`, which a person calls "contains x". */
export function asWords(match: MatchReason): { key: Key; patterns: string[] } {
  const given = modifiers[match.modifier ?? ''];
  const { patterns } = match;
  if (!given && patterns.length === 1 && patterns[0] === 'exists' && match.value !== 'exists') return { key: 'why.exists', patterns: [] };
  const all = (shape: RegExp): boolean => patterns.length > 0 && patterns.every((p) => shape.test(p));
  const inner = (cut: RegExp): string[] => patterns.map((p) => p.replace(cut, ''));
  if (all(/^\*[^*?]+\*$/) && (!given || given === 'why.contains')) return { key: 'why.contains', patterns: inner(/^\*|\*$/g) };
  if (all(/^\*[^*?]+$/) && (!given || given === 'why.endswith')) return { key: 'why.endswith', patterns: inner(/^\*/) };
  if (all(/^[^*?]+\*$/) && (!given || given === 'why.startswith')) return { key: 'why.startswith', patterns: inner(/\*$/) };
  return { key: given ?? (patterns.some((p) => /[*?]/.test(p)) ? 'why.like' : 'why.equals'), patterns };
}

export function matchMarks(matches: readonly MatchReason[]) {
  const literal = (m: MatchReason) => m.modifier !== 're' && m.modifier !== 'cidr';
  return matches.flatMap((m) => [
    ...(m.value && m.value.length <= 300 ? [{ text: m.value, kind: 'match' as const, title: m.field ?? m.selection }] : []),
    ...(literal(m) ? m.patterns.flatMap((p) => p.split('*')).filter((p) => p.length > 1).map((text) => ({ text, kind: 'match' as const, title: m.field ?? m.selection })) : []),
  ]);
}

/** Which selections matched, on which field, with which of the rule's values. */
export function Matches({ matches }: { matches: readonly MatchReason[] }) {
  const { t, language } = useI18n();
  const { byName } = useFields();
  return (
    <div>
      {matches.map((match, i) => {
        const words = asWords(match);
        const known = match.field ? byName.get(match.field) : undefined;
        return (
          <div className="why-row" key={i}>
            <div>
              <div><span className="chip quiet">{match.selection}</span></div>
            </div>
            <div className="stack" style={{ gap: 3 }}>
              <div className="row wrap tight">
                <span>{match.field ? (known ? (language === 'zh' ? known.label_zh : known.label_en) : match.field) : t('why.keyword')}</span>
                {match.field && <code className="faint">{match.field}</code>}
                {match.rule_field && match.rule_field !== match.field && <code className="faint">({match.rule_field})</code>}
                <span className="secondary">{t(words.key)}</span>
                {words.patterns.slice(0, 6).map((pattern) => <code key={pattern} className="marked">{pattern}</code>)}
                {match.patterns.length > 6 && <span className="faint">+{match.patterns.length - 6}</span>}
              </div>
              {match.value !== undefined && <div className="mono" style={{ overflowWrap: 'anywhere' }}><MarkedText line={match.value} marks={matchMarks([{ ...match, value: undefined }])} /></div>}
            </div>
          </div>
        );
      })}
    </div>
  );
}

/** What a correlation counted, as a sentence. */
export function useCorrelationSentence() {
  const { t, language } = useI18n();
  return (counted: Correlation): string => t(counted.type === 'event_count' ? 'why.event_count' : counted.type === 'value_count' ? 'why.value_count' : 'why.correlation', {
    count: counted.count, window: formatDuration(counted.window_s, language), field: counted.field ?? '',
    threshold: counted.threshold.replace(/^gte /, '≥ ').replace(/^gt /, '> ').replace(/^lte /, '≤ ').replace(/^lt /, '< ').replace(/^eq /, '= '),
  });
}

export function CorrelationFacts({ counted }: { counted: Correlation }) {
  const { t, language } = useI18n();
  const href = useHref();
  const sentence = useCorrelationSentence();
  return (
    <div className="stack" style={{ gap: 6 }}>
      <div>{sentence(counted)}</div>
      {counted.first && counted.last && <div className="secondary small"><Time at={counted.first} /> – <Time at={counted.last} /></div>}
      <div className="row wrap tight">
        {counted.group_by.map((g) => <Link key={g.field} className="chip value" to={href('/investigate', { q: condition(g.field, g.value) })}>{g.field}: {g.value}</Link>)}
      </div>
      {(counted.rules ?? []).length > 0 && <div className="secondary small">{t('why.counted')} {counted.rules!.map((rule) => (language === 'zh' && rule.title_zh) || rule.title).join(language === 'zh' ? '、' : ', ')}</div>}
    </div>
  );
}

export function WhyPanel({ alert }: { alert: Alert }) {
  const { t, language } = useI18n();
  const reason = alert.reason;
  return (
    <div className="stack">
      {alert.rule_description && <p className="secondary" style={{ whiteSpace: 'pre-wrap' }}>{inLanguage(language, alert.rule_description, alert.rule_description_zh)}</p>}
      {reason?.condition && <div className="row wrap"><span className="secondary small">{t('why.condition')}</span><code>{reason.condition}</code></div>}
      {reason?.correlation ? <div className="panel panel-body" style={{ padding: '8px 12px' }}><CorrelationFacts counted={reason.correlation} /></div>
        : reason && <Matches matches={reason.matches} />}
    </div>
  );
}
