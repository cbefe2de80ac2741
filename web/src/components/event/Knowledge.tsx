// What an event's codes mean: its name, its meaning, what to look at next; the values inside it in one line each.
import { BookOpen } from 'lucide-react';
import { Link } from 'react-router-dom';
import type { KnowledgeEntry } from '@/lib/api/types';
import { useI18n } from '@/lib/i18n';
import { condition, quote } from '@/lib/kql';
import { inLanguage } from '@/lib/rule-text';
import { useHref } from '@/lib/scope';
import { SeverityMark } from '../Severity';

/** The search for all events of a code; undefined where no field carries it. */
export function codeQuery(entry: KnowledgeEntry): string | undefined {
  if (entry.conditions.length === 0) return undefined;
  return entry.conditions.map(({ field, values }) => (values.length === 1 ? condition(field, values[0]!) : `${field}:(${values.map(quote).join(' or ')})`)).join(' and ');
}

export function useKnowledgeText() {
  const { language } = useI18n();
  return (entry: KnowledgeEntry) => ({
    name: inLanguage(language, entry.name_en, entry.name_zh)!, meaning: inLanguage(language, entry.meaning_en, entry.meaning_zh),
    look: inLanguage(language, entry.look_en, entry.look_zh)!, family: inLanguage(language, entry.family_en, entry.family_zh)!, type: inLanguage(language, entry.type_en, entry.type_zh)!,
  });
}

export function KnowledgeText({ entry }: { entry: KnowledgeEntry }) {
  const { t } = useI18n();
  const href = useHref();
  const text = useKnowledgeText()(entry);
  const query = codeQuery(entry);
  return (
    <div className="stack" style={{ gap: 4 }}>
      <div className="row wrap"><b style={{ overflowWrap: 'anywhere' }}>{text.name}</b><code className="secondary" style={{ overflowWrap: 'anywhere' }}>{entry.code}{entry.symbol && ` ${entry.symbol}`}</code></div>
      <div className="row wrap tight"><span className="chip quiet">{text.family}</span><span className="chip quiet">{text.type}</span><SeverityMark severity={entry.severity} word /></div>
      {text.meaning && <p>{text.meaning}</p>}
      <p className="secondary"><span className="small">{t('knowledge.look')} </span>{text.look}</p>
      {query && <div><Link className="small" to={href('/investigate', { q: query })}>{t('knowledge.all_events')}</Link></div>}
    </div>
  );
}

/** The block beside an event. */
export function EventKnowledge({ entries }: { entries: readonly KnowledgeEntry[] }) {
  const { t } = useI18n();
  const text = useKnowledgeText();
  const events = entries.filter((entry) => entry.explains === 'event');
  const values = entries.filter((entry) => entry.explains === 'value');
  if (entries.length === 0) return null;
  return (
    <section aria-label={t('knowledge.title')}>
      <div className="section-title" style={{ marginTop: 16 }}><BookOpen size={13} />{t('knowledge.title')}</div>
      <div className="panel" style={{ padding: '8px 10px' }}>
        <div className="stack" style={{ gap: 10 }}>
          {events.map((entry) => <KnowledgeText key={`${entry.family} ${entry.code}`} entry={entry} />)}
          {values.length > 0 && (
            <dl className="facts" style={{ margin: 0 }}>
              {values.map((entry) => {
                const { name, meaning, family } = text(entry);
                return [<dt key={`${entry.family} ${entry.code} dt`}>{family} <code>{entry.code}</code></dt>, <dd key={`${entry.family} ${entry.code} dd`}><b>{name}</b>{meaning && <span className="secondary"> {meaning}</span>}</dd>];
              })}
            </dl>
          )}
        </div>
      </div>
    </section>
  );
}
